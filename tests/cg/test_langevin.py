"""CG Langevin dynamics: the canonical ensemble, runs that fail, and runs that were killed."""

import gc
import tracemalloc

import numpy as np
import pytest
from scipy import stats

from support import compiled_potential
from support.soft_beads import BOX, MASS, N, T, soft_spheres, start
from thermalcg.cg.engines import engines_of
from thermalcg.cg.langevin import CGSettings, run_cg_md
from thermalcg.cg.openmm_engine import openmm_engines
from thermalcg.cg.replicas import Beads
from thermalcg.geometry.inputs import InputError
from thermalcg.geometry.periodic import minimum_image
from thermalcg.models.species import Species
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.storage.datasets import read_dataset, write_dataset
from thermalcg.storage.provenance import Provenance
from thermalcg.units import KB

pytestmark = pytest.mark.physics


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


def run(tmp_path, force_field=soft_spheres, runs=2, seed=1, members=None, temperature=T, **changes):
    return run_cg_md(
        openmm_engines(lambda: [(force_field, np.arange(runs))]),
        Beads(start(runs), BOX, MASS),
        temperature,
        settings(**changes),
        seed=seed,
        members=np.zeros(runs) if members is None else members,
        checkpoints=Checkpoints(tmp_path, {}),
    )


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
    d = minimum_image(data["position"].values - centre, BOX)
    assert (d**2).mean() == pytest.approx(KB * T / k, rel=0.03)


def test_an_exploding_run_is_marked_and_the_others_go_on(tmp_path):
    """Two beads of run 1 attract without bound: it is reported, run 0 stays as good as it was."""

    def broken(positions):
        energy, force = soft_spheres(positions)
        if len(positions) > 1:
            force[1, 0] += 1e7
        return energy, force

    data = run(tmp_path, broken, production_ps=10.0)
    assert data["healthy"].values.tolist() == [1, 0]
    assert "run 1: force of 1e+07" in data.attrs["failure"]
    assert "run 0" not in data.attrs["failure"]


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


@pytest.mark.parametrize("timestep_fs", [8.0, 40.0])
def test_too_long_a_step_is_named_with_a_shorter_one(tmp_path, timestep_fs):
    """Wells of 105 rad/ps: the dynamics is stable up to 19 fs; with 40 it explodes within a picosecond."""
    centre = start(1)[0]

    def stiff(positions):
        d = positions - centre
        return 1e5 * (d**2).sum(axis=(1, 2)), -2e5 * d

    data = run(tmp_path, stiff, production_ps=20.0, timestep_fs=timestep_fs)
    failure = data.attrs["failure"]
    if timestep_fs == 8.0:
        assert failure == ""
    else:
        assert not data["healthy"].values.any()
        assert "in the first picosecond: try cg_md.timestep_fs of 20 or less (it is 40)" in failure
        # one reason a run, as the table of runs cuts them
        assert len(failure.split("; ")) == 2


def test_a_force_that_explodes_later_is_not_put_down_to_the_step(tmp_path):
    calls = 0

    def later(positions):
        nonlocal calls
        calls += 1
        energy, force = soft_spheres(positions)
        return energy, force + (1e7 if calls > 1000 else 0.0)

    data = run(tmp_path, later, production_ps=10.0)
    assert "force of 1e+07" in data.attrs["failure"]
    assert "first picosecond" not in data.attrs["failure"]


def test_a_temperature_that_is_none_is_refused(tmp_path):
    with pytest.raises(InputError, match="temperature is -5.0 K"):
        run(tmp_path, temperature=-5.0)


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


def test_segments_hold_nothing_of_earlier_ones(tmp_path):
    """Memory at the start of every segment is the same, whatever has been recorded before."""
    held, made = [], engines_of([compiled_potential.potential()], np.zeros(2, int), BOX, T)

    def engines(*arguments):
        gc.collect()
        held.append(tracemalloc.get_traced_memory()[0])
        return made(*arguments)

    lengths = settings(production_ps=195.0, frame_interval_ps=0.04, checkpoint_ps=20.0)
    tracemalloc.start()
    run_cg_md(
        engines, Beads(start(2), BOX, MASS), T, lengths, seed=1, members=np.zeros(2),
        checkpoints=Checkpoints(tmp_path, {}),
    )  # fmt: skip
    tracemalloc.stop()
    positions_of_a_segment = 500 * 2 * N * 3 * 4
    assert len(held) == 10
    # the first ones compile, and have no segment before them
    assert np.ptp(held[3:]) < 0.2 * positions_of_a_segment


def test_the_memory_of_a_run_and_of_its_file_does_not_grow_with_its_length(tmp_path):
    """Runs of 40 and of 160 ps: positions of the longer one alone take twice what may be more."""
    made, peaks = engines_of([compiled_potential.potential()], np.zeros(2, int), BOX, T), []
    for production_ps in (2.0, 40.0, 160.0):  # the first one compiles
        lengths = settings(production_ps=production_ps, frame_interval_ps=0.008, checkpoint_ps=8.0)
        checkpoints = Checkpoints(tmp_path / f"{production_ps}", {})
        tracemalloc.start()
        data = run_cg_md(
            made, Beads(start(2), BOX, MASS), T, lengths, seed=1, members=np.zeros(2), checkpoints=checkpoints
        )
        write_dataset(data, tmp_path / f"{production_ps}.nc", Provenance("c0ffee", 1, "rule test"))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    positions = 20_000 * 2 * N * 3 * 4
    assert peaks[2] - peaks[1] < positions / 2
    read = read_dataset(tmp_path / "160.0.nc", ("position",))
    np.testing.assert_array_equal(read["position"].values, data["position"].values)


def test_beads_of_a_mixture_have_the_temperature_each_with_its_mass(tmp_path):
    """Velocities of every species follow its mass, and pairs of them its potential: a dimer in a well.

    Two beads of one species and two of another, joined in dimers A-B by a harmonic bond in a box with three
    edges: the bond's length has the canonical variance kB T / k along each axis for small displacements.
    """
    species, spring, runs = Species(("A", "B"), np.array([0, 1, 0, 1])), 4000.0, 4
    mass, edges = np.array([10.0, 40.0, 10.0, 40.0]), np.array([2.0, 3.0, 4.0])

    def bonds(position):
        d = minimum_image(position[:, 1::2] - position[:, ::2], edges)
        force = np.zeros_like(position)
        force[:, ::2], force[:, 1::2] = spring * d, -spring * d
        return 0.5 * spring * (d**2).sum(axis=(1, 2)), force

    rng = np.random.default_rng(2)
    places = np.repeat([[0.1, 0.1, 0.1], [1.0, 1.5, 2.0]], 2, axis=0)  # bonds across the boundary, too
    start_at = places + rng.normal(scale=np.sqrt(KB * T / spring / 2), size=(runs, 4, 3))
    data = run_cg_md(
        openmm_engines(lambda: [(bonds, np.arange(runs))]),
        Beads(start_at, edges, mass, species),
        T,
        settings(timestep_fs=2.0, temperature_tolerance=1.0, overlap_nm=0.0, production_ps=100.0),
        seed=1,
        members=np.zeros(runs),
        checkpoints=Checkpoints(tmp_path, {}),
    )
    assert species.same(Species.of(data))
    np.testing.assert_array_equal(data.attrs["box_nm"], edges)
    position = data["position"].values.astype(float)
    assert (position >= 0).all()
    assert (position <= edges).all()
    d = minimum_image(position[:, :, 1::2] - position[:, :, ::2], edges)
    variance = (d**2).mean(axis=(1, 2, 3)) * spring / (KB * T)
    assert abs(variance.mean() - 1) < 4 * variance.std(ddof=1) / np.sqrt(runs)
    kinetic = data["temperature"].values.mean(axis=1)
    assert abs(kinetic.mean() / T - 1) < 4 * kinetic.std(ddof=1) / np.sqrt(runs) / T
