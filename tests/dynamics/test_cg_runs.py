"""CG runs with a memory kernel, with constant friction and without, whole and in segments."""

import numpy as np
import pytest
import torch

from support import pair_gas
from support.oscillator import MASS, MEMORY, ONE
from support.oscillator import T as BATH
from thermalcg.cg.engines import engines_of
from thermalcg.cg.openmm_engine import openmm_engines
from thermalcg.cg.replicas import Beads
from thermalcg.config.files import load_config
from thermalcg.dynamics.cg_runs import DynamicsSettings, UnstableDynamics, no_motions, run_dynamics
from thermalcg.geometry.inputs import InputError
from thermalcg.models.expansion import Expansion
from thermalcg.models.hipnn_ts.model import HipnnTS
from thermalcg.models.hipnn_ts.network import EnergyNetwork, HipnnSettings
from thermalcg.models.potential import ThermalPotential
from thermalcg.models.prior import Prior
from thermalcg.runtime.progress import Progress
from thermalcg.runtime.settings import from_section
from thermalcg.statistics import standard_error
from thermalcg.storage.checkpoints import Checkpoints

pytestmark = pytest.mark.physics


def engines(make_field, runs):
    """Engines in OpenMM whose force fields ``make_field`` makes."""
    return openmm_engines(lambda: [(make_field(), np.arange(runs))])


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
@pytest.mark.parametrize("dissipation", [MEMORY, 12.0, None], ids=["memory", "friction", "none"])
def test_a_resumed_cg_run_is_the_undisturbed_one(dissipation, killed_at, kept, tmp_path):
    """Killed in one of three segments and taken up again: the same numbers to the last bit."""
    settings = DynamicsSettings(4.0, 0.2, 0.7, 0.1, (0.1, 0.3), 0.3)
    beads = Beads(pair_gas.gas(np.random.default_rng(5), 3), pair_gas.BOX, MASS)

    def run(folder, killed_at=None):
        checkpoints = Checkpoints(tmp_path / folder, {})
        with Progress(folder, 3 * 0.9, "ps") as progress:
            motions = run_dynamics(
                engines(springs(killed_at), 3), dissipation, beads, BATH, settings, seed=1,
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
    settings = DynamicsSettings(4.0, 0.2, 4.0, 0.3, (0.1, 1.0), 0.1)
    beads = Beads(np.random.default_rng(2).uniform(0, 2, (8, 40, 3)), 2.0, MASS)

    def field():
        return lambda x: (np.zeros(len(x)), np.zeros_like(x))

    found = run_dynamics(
        engines(field, 8), memory, beads, BATH, settings, seed=1, checkpoints=Checkpoints(tmp_path, {})
    )
    assert Checkpoints(tmp_path, {}).done == 41
    off = found.kinetic_temperature.mean() - BATH
    assert abs(off) < 4 * standard_error(found.kinetic_temperature)
    # one bead in forty moves with the centre of mass, which is taken out
    exact = memory.free_autocorrelation(0.004 * np.arange(76), MASS, BATH) * 39 / 40
    error = standard_error(found.vacf).max()
    assert error < 0.03 * exact[0]
    np.testing.assert_allclose(found.vacf.mean(axis=0), exact, atol=4 * error)


def test_runs_have_the_motion_of_their_kernel(tmp_path):
    """Beads without a force: the exact autocorrelation with memory, none with hardly any friction."""
    settings = DynamicsSettings(4.0, 1.0, 6.0, 0.3, (0.1, 1.0), 100.0)
    beads = Beads(np.random.default_rng(2).uniform(0, 2, (4, 40, 3)), 2.0, MASS)

    def field():
        return lambda x: (np.zeros(len(x)), np.zeros_like(x))

    runs = [
        run_dynamics(
            engines(field, 4),
            dissipation,
            beads,
            BATH,
            settings,
            seed=1,
            checkpoints=Checkpoints(tmp_path, {}),
        )
        for dissipation in (ONE, 12.0, None)
    ]
    time = 0.004 * np.arange(76)
    # one bead in forty moves with the centre of mass, which is taken out
    free = ONE.free_autocorrelation(time, MASS, BATH) * 39 / 40
    curves = (free, free[0] * np.exp(-12 * time), free[0] * np.ones(76))
    for found, exact, loose in zip(runs, curves, (0.03, 0.03, 0.1), strict=True):
        assert found.kinetic_temperature.mean() == pytest.approx(BATH, rel=loose)
        mean = found.vacf.mean(axis=0)
        np.testing.assert_allclose(mean / mean[0], exact / exact[0], atol=0.04)
    empty = no_motions(settings, 4)
    for name in ("vacf", "msd", "kinetic_temperature"):
        assert getattr(empty, name).shape == getattr(runs[0], name).shape


def test_a_network_moves_with_memory(tmp_path):
    """A random HIP-NN-TS of two components and a prior: the canonical temperature, and no failure."""
    section = load_config({"hipnn_ts": {"features": 6}}).model_dump()["hipnn_ts"]
    settings = from_section(HipnnSettings, section)
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
        engines_of([potential], np.zeros(8, int), box, BATH), MEMORY, Beads(start, box, MASS), BATH,
        DynamicsSettings(4.0, 1.0, 4.0, 0.3, (0.1, 1.0), 3.0), seed=1, checkpoints=Checkpoints(tmp_path, {}),
    )  # fmt: skip
    error = standard_error(found.kinetic_temperature)
    assert error < 0.03 * BATH
    assert abs(found.kinetic_temperature.mean() - BATH) < 4 * error


def test_a_temperature_that_is_none_is_refused(tmp_path):
    beads = Beads(pair_gas.gas(np.random.default_rng(5), 1), pair_gas.BOX, MASS)
    settings = DynamicsSettings(4.0, 0.2, 0.7, 0.1, (0.1, 0.3), 0.3)
    with pytest.raises(InputError, match="temperature is -5.0 K; allowed: a number > 0"):
        run_dynamics(
            engines(springs(), 1), None, beads, -5.0, settings, seed=1, checkpoints=Checkpoints(tmp_path, {})
        )


@pytest.mark.parametrize("equilibration_ps", [0.0, 0.4, 2.0])
def test_too_long_a_step_is_named_in_the_first_picosecond(equilibration_ps, tmp_path):
    """A spring that the step cannot follow: the run ends at once, and the message says what to try."""
    steps = 0

    def field():
        def force_field(x):
            nonlocal steps
            steps += 1
            return 2e6 * ((x - 1.0) ** 2).sum(axis=(1, 2)) / 2, -2e6 * (x - 1.0)

        return force_field

    beads = Beads(1.0 + 0.001 * np.random.default_rng(0).normal(size=(2, 40, 3)), 2.0, MASS)
    settings = DynamicsSettings(20.0, equilibration_ps, 50.0, 0.3, 1.0, 100.0)
    with pytest.raises(UnstableDynamics, match=r"first picosecond: try dynamics.record_fs of 10 or less"):
        run_dynamics(
            engines(field, 2), 12.0, beads, BATH, settings, seed=1, checkpoints=Checkpoints(tmp_path, {})
        )
    # of 2500 or more
    assert steps < 120


def test_a_run_that_fails_later_is_not_put_down_to_the_step(tmp_path):
    steps = 0

    def field():
        def force_field(x):
            nonlocal steps
            steps += 1
            return np.zeros(len(x)), np.full_like(x, 1e7 if steps > 600 else 0.0)

        return force_field

    beads = Beads(np.random.default_rng(0).uniform(0, 2, (2, 40, 3)), 2.0, MASS)
    settings = DynamicsSettings(4.0, 0.2, 4.0, 0.3, (0.1, 1.0), 100.0)
    with pytest.raises(UnstableDynamics, match="2 of 2 runs at .* K: force of 1e") as caught:
        run_dynamics(
            engines(field, 2), 12.0, beads, BATH, settings, seed=1, checkpoints=Checkpoints(tmp_path, {})
        )
    assert "first picosecond" not in str(caught.value)
