"""CG dynamics: energy conservation, the canonical ensemble, and runs that fail."""

import numpy as np
import openmm as mm
import pytest
from scipy import stats

from thermalcg.cg.langevin import CGSettings, Replicas, make_cg_system, run_cg_md
from thermalcg.models.prior import Prior
from thermalcg.runtime.platforms import make_context
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.units import KB

pytestmark = pytest.mark.physics

MASS, BOX, N, T = 18.015, 1.5, 40, 420.0
SOFT = Prior(2e-5, 12, 0.45)


def soft_spheres(positions):
    return SOFT.energy_force(positions, BOX)


def start(runs, seed=0):
    rng = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(*[np.arange(4)] * 3, indexing="ij"), -1).reshape(-1, 3)[:N] * BOX / 4
    return grid[None] + rng.uniform(-0.02, 0.02, (runs, N, 3))


def settings(**changes):
    base = {
        "timestep_fs": 8.0,
        "friction_per_ps": 5.0,
        "equilibration_ps": 5.0,
        "production_ps": 60.0,
        "frame_interval_ps": 0.2,
        "checkpoint_ps": 25.0,
        "temperature_tolerance": 0.1,
        "overlap_nm": 0.15,
    }
    return CGSettings(**{**base, **changes})


def run(tmp_path, force_field=soft_spheres, runs=2, seed=1, members=None, **changes):
    return run_cg_md(
        lambda: [(force_field, np.arange(runs))],
        start(runs),
        BOX,
        MASS,
        T,
        settings(**changes),
        seed=seed,
        members=np.zeros(runs) if members is None else members,
        checkpoints=Checkpoints(tmp_path, {}),
    )


def test_energy_is_conserved_without_a_thermostat():
    """NVE (velocity Verlet): the drift over 20 ps is far below kB T a bead."""
    replicas = Replicas([(soft_spheres, np.array([0]))], 1, N)
    context = make_context(make_cg_system(replicas, MASS, BOX), mm.VerletIntegrator(0.002), "Reference", 1)
    context.setPositions(start(1)[0])
    context.setVelocitiesToTemperature(T, 1)
    totals = []
    for _ in range(200):
        context.getIntegrator().step(50)
        state = context.getState(energy=True)
        totals.append(state.getPotentialEnergy()._value + state.getKineticEnergy()._value)
    drift = np.polyfit(np.arange(200) * 0.1, totals, 1)[0]
    assert abs(drift) * 20 < 0.02 * N * KB * T
    assert np.std(totals) < 0.05 * N * KB * T


def test_kinetic_energy_follows_the_canonical_distribution(tmp_path):
    """3N degrees of freedom: a gamma distribution, checked by mean, variance and Kolmogorov-Smirnov."""
    data = run(tmp_path, production_ps=200.0, frame_interval_ps=1.0)
    kinetic = data["temperature"].values.ravel() * 1.5 * N * KB
    exact = stats.gamma(1.5 * N, scale=KB * T)
    assert kinetic.mean() == pytest.approx(
        exact.mean(), abs=4 * exact.std() / np.sqrt(kinetic.size) + 0.01 * exact.mean()
    )
    assert kinetic.std() == pytest.approx(exact.std(), rel=0.12)
    assert stats.kstest(kinetic[::2], exact.cdf).pvalue > 1e-3


def test_positions_follow_the_canonical_distribution(tmp_path):
    """Beads in a harmonic well: the variance is kB T/k, also at the long time step."""
    k = 600.0
    centre = start(1)[0]

    def wells(positions):
        d = positions - centre
        return 0.5 * k * (d**2).sum(axis=(1, 2)), -k * d

    data = run(tmp_path, wells, production_ps=100.0)
    d = data["position"].values - centre
    d -= BOX * np.rint(d / BOX)
    assert (d**2).mean() == pytest.approx(KB * T / k, rel=0.03)


def test_replicas_are_independent_of_one_another(tmp_path):
    """A run's forces do not depend on which runs share its system."""
    alone, together = (
        Replicas([(soft_spheres, np.array([0]))], 1, N),
        Replicas([(soft_spheres, np.arange(3))], 3, N),
    )
    x = start(3, seed=5)
    first = soft_spheres(x[:1])[1]
    for replicas, position in ((alone, x[:1]), (together, x)):
        context = make_context(
            make_cg_system(replicas, MASS, BOX), mm.VerletIntegrator(0.001), "Reference", 1
        )
        context.setPositions(position.reshape(-1, 3))
        force = context.getState(forces=True).getForces(asNumpy=True)._value
        np.testing.assert_allclose(force[:N], first[0], atol=1e-10)


def test_an_exploding_run_is_marked_and_the_others_go_on(tmp_path):
    """Two beads of run 1 attract without bound: it is reported, run 0 stays as good as it was."""

    def broken(positions):
        energy, force = soft_spheres(positions)
        if len(positions) > 1:
            force[1, 0] += 1e7
        return energy, force

    messages = []
    data = run_cg_md(
        lambda: [(broken, np.arange(2))],
        start(2),
        BOX,
        MASS,
        T,
        settings(production_ps=10.0),
        seed=1,
        members=np.zeros(2),
        checkpoints=Checkpoints(tmp_path, {}),
        on_failure=messages.append,
    )
    assert data["healthy"].values.tolist() == [1, 0]
    assert "run 1: force of 1e+07" in data.attrs["failure"]
    assert len(messages) == 1


def test_an_energy_that_is_not_a_number_is_a_failure(tmp_path):
    """A kernel that gives up says so through the energy, whatever its forces look like."""

    def lost(positions):
        energy, force = soft_spheres(positions)
        energy[0] = np.nan
        return energy, force

    data = run(tmp_path, lost, production_ps=5.0)
    assert data["healthy"].values.tolist() == [0, 1]
    assert "energy of nan" in data.attrs["failure"]


def test_an_overlap_and_a_wrong_temperature_are_failures(tmp_path):
    """Free particles overlap; a force with a curl heats."""
    free = run(tmp_path / "free", lambda x: (np.zeros(len(x)), np.zeros_like(x)), production_ps=10.0)
    assert not free["healthy"].values.any()
    assert "apart" in free.attrs["failure"]
    # a force with a curl does work on every round: the beads end hotter than the bath
    centre = start(1)[0]

    def swirl(positions):
        d = positions - centre
        return np.zeros(len(positions)), -2000 * d + 700 * np.stack(
            [d[..., 1], -d[..., 0], 0 * d[..., 2]], axis=-1
        )

    hot = run(tmp_path / "hot", swirl, production_ps=10.0)
    assert not hot["healthy"].values.any()
    assert "kinetic temperature" in hot.attrs["failure"]


def test_a_resumed_run_gives_the_same_numbers(tmp_path):
    """Killed after the first segment and resumed: bit for bit the undisturbed run."""

    class Killed(Exception):
        pass

    calls = 0

    def fragile(positions):
        nonlocal calls
        calls += 1
        if calls == 5000:
            raise Killed
        return soft_spheres(positions)

    whole = run(tmp_path / "whole", production_ps=60.0)
    with pytest.raises(Exception, match=".*"):
        run(tmp_path / "cut", fragile, production_ps=60.0)
    assert Checkpoints(tmp_path / "cut", {}).done >= 1
    resumed = run(tmp_path / "cut", production_ps=60.0)
    np.testing.assert_array_equal(resumed["position"].values, whole["position"].values)
    np.testing.assert_array_equal(resumed["temperature"].values, whole["temperature"].values)
