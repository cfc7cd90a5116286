"""The measurement of a memory kernel, on a motion whose kernel is known."""

import numpy as np
import pytest
import xarray as xr
from scipy.linalg import cholesky, expm

from support.oscillator import MASS, ONE, T
from thermalcg.config.study import Config
from thermalcg.dynamics.cg_runs import DynamicsSettings
from thermalcg.dynamics.kernel_fit import FitSettings
from thermalcg.dynamics.kernel_iteration import IterationSettings
from thermalcg.dynamics.kernel_measurement import KernelSettings, measure_kernel
from thermalcg.dynamics.kernel_target import STEP_K
from thermalcg.runtime.settings import from_section
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.units import KB

pytestmark = pytest.mark.physics

SETTINGS = KernelSettings(
    3,
    DynamicsSettings(4.0, 0.2, 2.0, 0.4, (0.1, 0.6), 100.0),
    IterationSettings(1, (0.2, 0.6), FitSettings(3, 0.5)),
)


class Free:
    """A potential without forces; remembers the temperatures that it was asked for."""

    def __init__(self):
        self.temperatures = []

    def tables(self, box, temperature):
        return None

    def force_field(self, box, temperature):
        self.temperatures.append(temperature)
        return lambda x: (np.zeros(len(x)), np.zeros_like(x))


@pytest.fixture(scope="module")
def free_motion():
    """Stretches of free beads whose only force is that of the memory ``ONE``."""
    rng, interval, n_stretches, n_beads = np.random.default_rng(4), 0.004, 8, 60
    drift = ONE.drift(MASS)
    # y in units of the root of kB T
    values = rng.normal(size=(len(drift), n_stretches, n_beads, 3))
    # the exact propagator over a record: y(t + h) = e^(-A h) y(t) + noise that keeps y normal
    step = expm(-drift * interval)
    noise = cholesky(np.eye(len(drift)) - step @ step.T + 1e-14 * np.eye(len(drift)), lower=True)
    unit = np.sqrt(KB * T)
    velocity, force = [], []
    for _ in range(400):
        velocity.append(values[0] * unit / np.sqrt(MASS))
        # m dv/dt = sqrt(c) s
        force.append(-drift[0, 1] * np.sqrt(MASS) * values[1] * unit)
        values = np.tensordot(step, values, 1) + np.tensordot(noise, rng.normal(size=values.shape), 1)
    dims = ("stretch", "time", "bead", "axis")
    velocity, force = (np.swapaxes(np.array(x), 0, 1) for x in (velocity, force))
    return xr.Dataset(
        {
            "position": (dims, np.zeros_like(velocity)),
            "velocity": (dims, velocity),
            "force": (dims, force),
            "total_energy": (("stretch",), rng.normal(0.0, 30.0, n_stretches)),
        },
        coords={"time": interval * np.arange(velocity.shape[1])},
        attrs={"temperature_K": T, "bead_mass_amu": MASS, "starts": "canonical"},
    )  # fmt: skip


@pytest.fixture
def run():
    rng = np.random.default_rng(5)
    return xr.Dataset(
        {
            "position": (("time", "bead", "axis"), rng.uniform(0, 2, (7, 60, 3))),
            "potential_energy": (("time",), rng.normal(-1000.0, 40.0, 7)),
        },
        attrs={"box_nm": 2.0, "bead_mass_amu": MASS},
    )


def measure(stretches, run, folder, potential=None, settings=SETTINGS, shift=0.0):
    return measure_kernel(
        stretches, run, potential or Free(), settings, shift=shift, seed=1, architecture="spline",
        checkpoints=Checkpoints(folder, {}),
    )  # fmt: skip


def test_the_kernel_of_a_free_motion_is_found(free_motion, run, tmp_path):
    data = measure(free_motion, run, tmp_path)
    assert data.sizes["lag"] == 101
    assert data.sizes["iteration"] == 2
    assert data.attrs == {"temperature_K": T, "bead_mass_amu": MASS}
    late = slice(60, None)
    found, error = (data[name].values[late].mean() for name in ("integral", "integral_se"))
    exact = ONE.running_integral(data["lag"].values)[late].mean()
    assert error < 0.2 * exact
    assert abs(found - exact) < 4 * error


def test_a_measurement_is_taken_up_where_it_stopped(free_motion, run, tmp_path):
    whole = measure(free_motion, run, tmp_path / "whole")
    measure(free_motion, run, tmp_path / "cut")
    again = measure(free_motion, run, tmp_path / "cut", potential := Free())
    assert again.identical(whole)
    # the CG runs of the one iteration were not made again: forces were taken from the stretches only
    assert potential.temperatures == [T]


def test_a_kernel_beside_the_stretches_has_its_own_forces_and_weights(free_motion, run, tmp_path):
    potential, far = Free(), 30.0
    data = measure(free_motion, run, tmp_path / "far", potential, shift=far)
    assert set(potential.temperatures) == {T, T + STEP_K, T + far}
    assert data.attrs["temperature_K"] == T + far
    # weights of another temperature: another average of the same stretches
    assert not np.allclose(data["integral"], measure(free_motion, run, tmp_path / "here")["integral"])


def test_settings_are_keys_of_the_configuration():
    section = Config().dynamics
    given = section.model_dump()
    for kind, changes in ((DynamicsSettings, {}), (FitSettings, {}), (IterationSettings, {"fit": None})):
        found = from_section(kind, given, **changes)
        assert vars(found) == {name: given.get(name) for name in vars(found)}
    runs = from_section(DynamicsSettings, given)
    assert runs.timestep_ps == pytest.approx(1e-3 * section.record_fs)
    assert runs.n_lags == tuple(
        round(1000 * longest / section.record_fs) + 1
        for longest in (section.memory_ps, section.msd_window_ps[1])
    )
