"""Correlation functions, averages over energies, all-atom runs of constant energy, CG runs in segments."""

import numpy as np
import openmm as mm
import pytest
import torch
import xarray as xr

from support import pair_gas
from support.oscillator import MASS, MEMORY, ONE
from support.oscillator import T as BATH
from thermalcg.analysis.motion import activation_table, diffusion_of, diffusion_table, error_table, observe
from thermalcg.atomistic.nve import StretchSettings, run_stretches
from thermalcg.atomistic.nvt import AllAtomSettings, run_all_atom
from thermalcg.atomistic.water import load_water_model
from thermalcg.config.files import load_config
from thermalcg.dynamics.cg_runs import DynamicsSettings, run_dynamics
from thermalcg.dynamics.constant_energy_averages import canonical_energy, derivative_weights, mean_weights
from thermalcg.dynamics.correlation import (
    box_correction,
    correlate,
    einstein_diffusion,
    green_kubo_diffusion,
    mean_square_displacement,
    self_scattering,
    spectrum,
)
from thermalcg.dynamics.generalized_langevin import (
    draw_auxiliary,
    generalized_langevin_integrator,
    get_auxiliary,
    set_auxiliary,
)
from thermalcg.models.expansion import Expansion
from thermalcg.models.hipnn_ts.model import HipnnTS
from thermalcg.models.hipnn_ts.network import EnergyNetwork, HipnnSettings
from thermalcg.models.potential import ThermalPotential
from thermalcg.models.prior import Prior
from thermalcg.runtime.platforms import make_context
from thermalcg.runtime.progress import Progress
from thermalcg.statistics import standard_error
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.units import KB

pytestmark = pytest.mark.physics


def test_correlations_are_the_direct_sums():
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 2, 40, 3, 3))
    found = correlate(a, b, 15)
    for s in range(2):
        for lag in (0, 1, 7, 14):
            assert found[s, lag] == pytest.approx((a[s, lag:] * b[s, : 40 - lag]).mean())
    x = np.cumsum(a, axis=1)
    msd = mean_square_displacement(x, 15)
    for lag in (0, 1, 14):
        direct = ((x[0, lag:] - x[0, : 40 - lag]) ** 2).sum(axis=-1).mean()
        assert msd[0, lag] == pytest.approx(direct, abs=1e-12)
    with pytest.raises(ValueError, match="41 lags of a trajectory of 40"):
        correlate(a, b, 41)


def test_both_routes_give_the_diffusion_of_a_langevin_particle():
    """Velocities with an exponential autocorrelation, whose diffusion is kB T / (m friction)."""
    rng = np.random.default_rng(2)
    step, friction, variance = 0.01, 10.0, 0.2
    decay = np.exp(-friction * step)
    noise = rng.normal(size=(4, 3000, 50, 3)) * np.sqrt(variance * (1 - decay**2))
    v = np.empty_like(noise)
    v[:, 0] = rng.normal(size=v[:, 0].shape) * np.sqrt(variance)
    for i in range(1, v.shape[1]):
        v[:, i] = decay * v[:, i - 1] + noise[:, i]
    x = np.cumsum(v, axis=1) * step
    exact = variance / friction
    kubo = green_kubo_diffusion(correlate(v, v, 200), step)[:, -1]
    einstein = einstein_diffusion(mean_square_displacement(x, 300), step, (1.0, 2.9))
    for found in (kubo, einstein):
        assert found.mean() == pytest.approx(exact, abs=4 * found.std(ddof=1) / 2 + 0.02 * exact)
    # diffusive at long times: exp(-k^2 D t)
    lags = np.array([200, 300])
    scattering = self_scattering(x, 3.0, lags)[:].mean(axis=0)
    assert scattering[1] / scattering[0] == pytest.approx(np.exp(-9 * exact * 1.0), rel=0.05)


def test_spectrum_of_a_damped_cosine_peaks_at_its_frequency():
    time = 0.004 * np.arange(1000)
    wave_number, values = spectrum(np.exp(-time / 0.3) * np.cos(2 * np.pi * 6.0 * time), 0.004)
    assert wave_number[values.argmax()] == pytest.approx(6.0 * 33.356, abs=5)


def test_box_correction_of_published_size():
    # Yeh and Hummer's formula by hand: 2.837297 * 1.380649e-23 * 298 / (6 pi 8.9e-4 1.86e-9)
    assert box_correction(298.0, 8.9e-4, 1.86) == pytest.approx(0.374e-3, rel=0.01)


def test_weights_give_the_canonical_mean_and_its_derivative():
    """Observables that are functions of energy, of N oscillators: gamma-distributed energies."""
    rng = np.random.default_rng(3)
    T, n_modes = 400.0, 120
    energy = rng.gamma(n_modes, KB * T, size=6000)

    def exact(temperature):
        # <E^2> of a gamma distribution
        return (KB * temperature) ** 2 * n_modes * (n_modes + 1)

    observable = energy**2
    capacity = n_modes * KB
    weights = mean_weights(energy, n_modes * KB * T)
    assert weights.sum() == pytest.approx(1)
    derivative = derivative_weights(energy, capacity)
    assert derivative.sum() == pytest.approx(0, abs=1e-12)
    assert weights @ observable == pytest.approx(exact(T), rel=1e-3)
    finite = (exact(T + 5) - exact(T - 5)) / 10
    assert derivative @ observable == pytest.approx(finite, rel=0.01)
    # far less noise than the plain mean, whose energies happen to be too high or too low
    few = rng.gamma(n_modes, KB * T, size=(500, 20))
    plain = np.array([(e**2).mean() for e in few])
    weighted = np.array([mean_weights(e, n_modes * KB * T) @ e**2 for e in few])
    assert weighted.std() < 0.3 * plain.std()
    assert weighted.mean() == pytest.approx(exact(T), rel=0.01)


def test_canonical_energy_counts_the_degrees_of_freedom():
    potential = np.random.default_rng(4).normal(-500, 30, size=200000)
    mean, capacity = canonical_energy(potential, 10, 300.0)
    assert mean == pytest.approx(-500 + 0.5 * 57 * KB * 300, abs=0.5)
    assert capacity == pytest.approx(900 / (KB * 300**2) + 0.5 * 57 * KB, rel=0.02)


@pytest.fixture(scope="module")
def stretches(tmp_path_factory):
    water = load_water_model("spce")
    box = water.box_length(27, 0.997)
    folder = tmp_path_factory.mktemp("stretches")
    run = run_all_atom(
        water, 27, box, 0.45, 300.0, AllAtomSettings(2.0, 5.0, 1.0, 0.02, 0.02, 9.0), seed=5,
        platform="Reference", threads=1, checkpoints=Checkpoints(folder / "canonical", {}),
    )  # fmt: skip
    starts = run["atom_position"].values[[-1, -1]]
    arguments = (water, starts, box, 0.45, 300.0, StretchSettings(2.0, 4.0, 0.8))
    options = {"seed": 6, "platform": "Reference", "threads": 1}
    data = run_stretches(*arguments, **options, checkpoints=Checkpoints(folder, {}))
    return data, (arguments, options)


def test_a_stretch_obeys_the_equation_of_motion(stretches):
    data, _ = stretches
    x, v, f = (data[name].values[0].astype(float) for name in ("position", "velocity", "force"))
    interval, mass = 0.004, data.attrs["bead_mass_amu"]
    step_v, step_x = (v[2:] - v[:-2]) / (2 * interval), (x[2:] - x[:-2]) / (2 * interval)
    assert np.corrcoef(mass * step_v.ravel(), f[1:-1].ravel())[0, 1] > 0.998
    assert np.sqrt(np.mean((step_x - v[1:-1]) ** 2)) < 0.01 * v.std()
    # the total momentum is zero and stays so
    assert np.abs(v.mean(axis=1)).max() < 1e-4
    assert data["total_energy"].shape == (2,)
    assert abs(float(data["energy_drift"].mean())) < 2.0
    # different velocities from the same configuration
    assert abs(float(data["total_energy"][0] - data["total_energy"][1])) > 0.1


def test_stretches_are_taken_up_where_they_stopped(stretches, tmp_path):
    data, (arguments, options) = stretches
    first = run_stretches(
        *arguments[:1], arguments[1][:1], *arguments[2:], **options, checkpoints=Checkpoints(tmp_path, {})
    )
    again = run_stretches(*arguments, **options, checkpoints=Checkpoints(tmp_path, {}))
    np.testing.assert_array_equal(first["position"][0], again["position"][0])
    np.testing.assert_array_equal(again["velocity"], data["velocity"])


def fake_observed(T, D, rng, n=12, capacity=2.0):
    """Displacements 6 D t whose slope grows with the energy as an activated process."""
    energy = rng.normal(0, np.sqrt(capacity * KB * T**2), size=n)
    own = D * (1 + 1500 / T**2 * energy / capacity)
    far, near = np.arange(101) * 0.05, np.arange(101) * 0.01
    rate = KB * T / 18.0 / own
    return xr.Dataset(
        {
            "msd": (("stretch", "displacement_lag"), 6 * own[:, None] * far),
            "vacf": (("stretch", "lag"), KB * T / 18.0 * np.exp(-rate[:, None] * near)),
            "total_energy": (("stretch",), energy),
            "kinetic_temperature": (("stretch",), np.full(n, T)),
            "energy_drift": (("stretch",), np.zeros(n) + rng.normal(size=n) * 1e-3),
        },
        coords={"lag": near, "displacement_lag": far},
        attrs={"temperature_K": T, "box_nm": 1.24, "friction_per_ps": 0.0, "canonical_energy": 0.0,
               "heat_capacity": capacity},
    )  # fmt: skip


def test_tables_of_known_diffusion():
    rng = np.random.default_rng(7)
    observed = {T: fake_observed(T, 0.5 * np.exp(-1500 / T), rng) for T in (300.0, 400.0, 600.0)}
    window = (1.0, 5.0)
    table = diffusion_table(observed, window, 7.29e-4).set_index(["temperature_K", "route"])
    for T in observed:
        value = table.loc[(T, "einstein"), "diffusion_1e9_m2_per_s"]
        assert value == pytest.approx(500 * np.exp(-1500 / T), rel=1e-6)
    gain = table["infinite_box_1e9_m2_per_s"] / table["diffusion_1e9_m2_per_s"]
    expected = 1 + 1e3 * box_correction(300, 7.29e-4, 1.24) / (500 * np.exp(-5.0))
    np.testing.assert_allclose(gain, expected)
    activation = activation_table(observed, 400.0, window)
    np.testing.assert_allclose(activation["activation_energy_kJ_per_mol"], 1500 * KB, rtol=1e-3)


def test_errors_of_a_case_that_is_ten_per_cent_too_fast():
    rng = np.random.default_rng(8)
    observed = fake_observed(300.0, 0.003, rng)
    far, near = np.arange(101) * 0.05, np.arange(101) * 0.01
    slopes = 0.0033 * (1 + 0.01 * rng.normal(size=8))
    rate = KB * 300 / 18.0 / diffusion_of(observed, (1.0, 5.0))["einstein"][0]
    motions = xr.Dataset(
        {
            "msd": (("case", "run", "displacement_lag"), (6 * slopes[:, None] * far)[None]),
            "vacf": (("case", "run", "lag"), np.exp(-1.1 * rate * near)[None, None].repeat(8, 1)),
            "kinetic_temperature": (("case", "run"), np.full((1, 8), 300.0)),
            "friction": (("case",), [9.0]),
            "friction_stderr": (("case", "origin"), [[0.0, 0.0]]),
            "healthy": (("case",), [1]),
        },
        coords={"lag": near, "displacement_lag": far, "forces": ("case", ["trf1"]),
                "kernel": ("case", ["response"]), "motion": ("case", ["memory"]),
                "origin": ["stretches", "runs"]},
        attrs={"temperature_K": 300.0},
    )  # fmt: skip
    row = error_table("spline", motions, observed, (1.0, 5.0)).iloc[0]
    assert row["ratio_to_all_atom"] == pytest.approx(1.1, abs=3 * row["ratio_stderr"] + 0.01)
    # of the L1 norm 1/rate, the curves differ by int |exp(-rt) - exp(-1.1rt)| = (1 - 1/1.1)/rate
    assert row["vacf_error"] == pytest.approx(1 - 1 / 1.1, rel=0.2)
    assert row["saw_temperature"] == 0


def test_observe_keeps_every_stretch(stretches):
    data, _ = stretches
    found = observe(data, np.array([-900.0, -905.0, -895.0]), 0.2, 0.4, 22.5)
    assert found["vacf"].shape == (2, 51)
    assert found["msd"].shape == (2, 101)
    assert found["msd"].values[:, 0] == pytest.approx(0, abs=1e-9)
    assert found["scattering"].values.max() <= 1
    kinetic = found["vacf"].values[:, 0] * data.attrs["bead_mass_amu"] / KB
    np.testing.assert_allclose(kinetic, 300, rtol=0.5)


def springs(killed_at=None):
    """Makes force fields that pull at where their first call found the beads, as neighbour lists remember it.

    The call ``killed_at``, counted over all force fields, does not return.
    """
    calls = 0

    def make():
        centre = None

        def force_field(x):
            nonlocal calls, centre
            calls += 1
            if calls == killed_at:
                raise RuntimeError("killed")
            centre = x.copy() if centre is None else centre
            return 500 * ((x - centre) ** 2).sum(axis=(1, 2)), -1000 * (x - centre)

        return force_field

    return make


# segments of 75 steps, of which the first 50 equilibrate
@pytest.mark.parametrize(("killed_at", "kept"), [((100,), 1), ((60, 200), 2)], ids=["once", "twice"])
@pytest.mark.parametrize("motion", [MEMORY, 12.0, None], ids=["memory", "friction", "none"])
def test_a_resumed_cg_run_is_the_undisturbed_one(motion, killed_at, kept, tmp_path):
    """Killed in one of three segments and taken up again: the same numbers to the last bit."""
    settings = DynamicsSettings(4.0, 0.2, 0.7, 0.1, 0.3, 0.3)
    start = pair_gas.gas(np.random.default_rng(5), 3)

    def run(folder, killed_at=None):
        checkpoints = Checkpoints(tmp_path / folder, {})
        with Progress(folder, 3 * 0.9, "ps") as progress:
            motions = run_dynamics(
                springs(killed_at), motion, start, pair_gas.BOX, MASS, BATH, settings, seed=1,
                checkpoints=checkpoints, progress=progress,
            )  # fmt: skip
        # the bar ends at its end, whatever was done before; the last segment needs no file
        assert progress.done == pytest.approx(progress.total)
        assert checkpoints.done == 2
        return motions

    whole = run("whole")
    for call in killed_at:
        with pytest.raises(Exception, match="killed"):
            run("cut", call)
    assert Checkpoints(tmp_path / "cut", {}).done == kept
    resumed = run("cut")
    for name in ("vacf", "msd", "kinetic_temperature"):
        np.testing.assert_array_equal(getattr(resumed, name), getattr(whole, name))


@pytest.mark.parametrize("memory", [ONE, MEMORY], ids=["exponential", "oscillating"])
def test_memory_is_unbroken_between_segments(memory, tmp_path):
    """Segments about as long as the memory: the auxiliary variables have to live through their borders."""
    settings = DynamicsSettings(4.0, 0.2, 4.0, 0.3, 1.0, 0.1)
    start = np.random.default_rng(2).uniform(0, 2, (8, 40, 3))

    def field():
        return lambda x: (np.zeros(len(x)), np.zeros_like(x))

    found = run_dynamics(
        field, memory, start, 2.0, MASS, BATH, settings, seed=1, checkpoints=Checkpoints(tmp_path, {})
    )
    assert Checkpoints(tmp_path, {}).done == 41
    off = found.kinetic_temperature.mean() - BATH
    assert abs(off) < 4 * standard_error(found.kinetic_temperature)
    # one bead in forty moves with the centre of mass, which is taken out
    exact = memory.free_autocorrelation(0.004 * np.arange(76), MASS, BATH) * 39 / 40
    error = standard_error(found.vacf).max()
    assert error < 0.03 * exact[0]
    np.testing.assert_allclose(found.vacf.mean(axis=0), exact, atol=4 * error)


def test_auxiliary_variables_go_from_context_to_context():
    """At 0 K nothing is random: two contexts, one after the other, move a particle as one does."""
    system = mm.System()
    system.addParticle(MASS)

    def go(steps, x, v, auxiliary):
        integrator = generalized_langevin_integrator(MEMORY, MASS, 0.0, 0.004, 1)
        context = make_context(system, integrator, "Reference", 1)
        context.setPositions(x)
        context.setVelocities(v)
        set_auxiliary(integrator, auxiliary)
        integrator.step(steps)
        state = context.getState(positions=True, velocities=True)
        x, v = state.getPositions(asNumpy=True)._value, state.getVelocities(asNumpy=True)._value
        return x, v, get_auxiliary(integrator)

    rng = np.random.default_rng(6)
    first = np.zeros((1, 3)), rng.normal(size=(1, 3)), draw_auxiliary(MEMORY, 1, BATH, rng)
    assert first[2].shape == (3, 1, 3)
    for one, two in zip(go(20, *first), go(12, *go(8, *first)), strict=True):
        np.testing.assert_array_equal(one, two)


def test_a_network_moves_with_memory(tmp_path):
    """A random HIP-NN-TS of two components and a prior: the canonical temperature, and no failure."""
    section = load_config({"hipnn_ts": {"features": 6}}).model_dump()["hipnn_ts"]
    settings = HipnnSettings.from_section(section)
    torch.manual_seed(1)
    # weak enough that the gas does not condense, which would go on heating it
    model = EnergyNetwork(settings, np.array([4.0, 0.04]))
    for layer in model.readouts:
        torch.nn.init.normal_(layer.weight)
    network = HipnnTS.from_tensors(HipnnTS(model).tensors(), settings, 2)
    potential = ThermalPotential(network, Expansion("linear", 300.0), Prior(1e-6, 12, 0.27), "cpu")
    start, box = pair_gas.gas(np.random.default_rng(3), 8), pair_gas.BOX
    learned = potential.mean_force(start, box, BATH) - potential.prior.energy_force(start, box)[1]
    assert np.sqrt((learned**2).mean()) > 30.0
    found = run_dynamics(
        lambda: potential.force_field(box, BATH), MEMORY, start, box, MASS, BATH,
        DynamicsSettings(4.0, 1.0, 4.0, 0.3, 1.0, 3.0), seed=1, checkpoints=Checkpoints(tmp_path, {}),
    )  # fmt: skip
    error = standard_error(found.kinetic_temperature)
    assert error < 0.03 * BATH
    assert abs(found.kinetic_temperature.mean() - BATH) < 4 * error
