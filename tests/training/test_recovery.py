"""A pair potential that depends on temperature in a known way is recovered by every mode."""

import numpy as np
import pytest
import xarray as xr

from support.pair_gas import BOX, gas
from thermalcg.config.files import load_config
from thermalcg.geometry.periodic import minimum_image
from thermalcg.models.hipnn_ts.model import HipnnTS
from thermalcg.models.names import ModelName
from thermalcg.models.potential import ThermalPotential
from thermalcg.models.prior import Prior
from thermalcg.models.spline.model import Spline
from thermalcg.runtime.settings import from_section
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.training.training_set import build_training_set

pytestmark = pytest.mark.physics

T0, OTHERS = 400.0, (320.0, 520.0)
CUT = 0.55


def shape(r, centre):
    """A bump and its slope, both zero beyond CUT to second order."""
    s = np.where(r < CUT, (1 - (r / CUT) ** 2), 0.0)
    bump = np.exp(-(((r - centre) / 0.06) ** 2))
    value = bump * s**3
    slope = bump * (-2 * (r - centre) / 0.06**2) * s**3 + bump * 3 * s**2 * (-2 * r / CUT**2)
    return value, np.where(r < CUT, slope, 0.0)


def components(position):
    """Energies (2,) and forces (2, N, 3): W_0 in kJ/mol, W_1 in kJ/mol/K."""
    d = minimum_image(position[None] - position[:, None], BOX)
    r = np.sqrt((d**2).sum(-1)) + np.eye(len(position)) * 10
    energy, force = [], []
    for amplitude, centre in ((8.0, 0.32), (-0.03, 0.42)):
        value, slope = shape(r, centre)
        energy.append(0.5 * amplitude * value.sum())
        force.append((amplitude * (slope / r)[..., None] * d).sum(axis=1))
    return np.array(energy), np.array(force)


def data_of(temperature, n_frames, noise, seed):
    """Datasets of exact values plus noise: a trajectory, samples of the response and conditional labels."""
    rng = np.random.default_rng(seed)
    position = gas(rng, n_frames)
    parts = [components(p) for p in position]
    w, f = np.array([e for e, _ in parts]), np.array([g for _, g in parts])
    h = temperature - T0
    force, response = f[:, 0] + h * f[:, 1], f[:, 1]
    # <u> = W - T dW/dT, with an all-atom constant that no CG model knows
    energy = w[:, 0] + h * w[:, 1] - temperature * w[:, 1] - 1234.5
    attrs = {
        "box_nm": BOX,
        "temperature_K": temperature,
        "response_rms": float(np.sqrt((response**2).mean())),
    }
    dims = ("time", "bead", "axis")
    noisy_response = response + noise * rng.normal(size=force.shape) * 0.05
    mapped = xr.Dataset(
        {
            "position": (dims, position),
            "force": (dims, force + noise * rng.normal(size=force.shape) * 10),
            "potential_energy": (("time",), energy + noise * rng.normal(size=n_frames)),
            "split": (("time",), np.zeros(n_frames, np.int8)),
        },
        attrs=attrs,
    )
    # linear in T: noise is all that there is of second order
    second = noise * rng.normal(size=force.shape) * 5e-4
    samples = xr.Dataset(
        {
            "trf_sample": (dims, noisy_response),
            "trf2_sample": (dims, second),
            "trf_product": (dims, noisy_response),
        },
        attrs=attrs,
    )
    frame_dims = ("frame", "rung", "bead", "axis")
    labels = xr.Dataset(
        {
            "site_position": (("frame", "bead", "axis"), position),
            "split": (("frame",), np.zeros(n_frames, np.int8)),
            "trf": (frame_dims, noisy_response[:, None]),
            "trf2": (frame_dims, second[:, None]),
        },
        coords={"rung": [temperature]},
        attrs=attrs,
    )
    return mapped, samples, labels


def train(architecture, model, n_frames, noise, changes, tmp_path):
    sources = ModelName.parse(model).training_temperatures(T0, [T0, *OTHERS])
    made = {float(t): data_of(float(t), n_frames, noise, seed=int(t)) for t in sources}
    data = build_training_set(
        model,
        {t: mapped for t, (mapped, _, _) in made.items()},
        T0,
        Prior(1e-6, 12, 0.27),
        blocks=10,
        samples={t: samples for t, (_, samples, _) in made.items()},
        labels=made[T0][2] if T0 in made else None,
    )
    section = load_config({architecture.name: changes}).model_dump()[architecture.name]
    settings = from_section(architecture.settings_type, section)
    members, _ = architecture.fit(
        data, settings, seed=1, members=1, device="cpu", checkpoints=Checkpoints(tmp_path, {})
    )
    return ThermalPotential(members[0], data.expansion, Prior(1e-6, 12, 0.27))


def relative_error(predicted, exact):
    return np.sqrt(((predicted - exact) ** 2).mean() / (exact**2).mean())


@pytest.fixture(scope="module")
def test_frames():
    position = gas(np.random.default_rng(99), 20)
    return position, np.array([components(p)[1] for p in position])


@pytest.mark.parametrize(
    ("model", "temperature", "limit"),
    [
        ("baseline", T0, 0.06),
        ("trf1", 520.0, 0.06),
        ("trf1", 320.0, 0.08),
        ("trf1_conditional", 520.0, 0.06),
        ("trf2", 520.0, 0.06),
        ("trf2_conditional", 520.0, 0.06),
        ("trf1_products", 520.0, 0.06),
        ("energy_matching", 520.0, 0.12),
        ("multi_temperature", 520.0, 0.06),
        ("multi_temperature_response", 520.0, 0.06),
        ("at_temperature-520K", 520.0, 0.06),
    ],
)
def test_every_mode_recovers_the_potential(model, temperature, limit, test_frames, tmp_path):
    position, force = test_frames
    n_frames = 150 if model == "energy_matching" else 40
    potential = train(Spline, model, n_frames, 0.02, {}, tmp_path)
    exact = force[:, 0] + (temperature - T0) * force[:, 1]
    assert relative_error(potential.mean_force(position, BOX, temperature), exact) < limit
    if model.startswith("trf") or model.startswith(("energy_matching", "multi")):
        response = potential.thermal_response(position, BOX, T0)
        slope = (response * force[:, 1]).sum() / (force[:, 1] ** 2).sum()
        assert slope == pytest.approx(1.0, abs=0.15)  # the sign, and no lost factor


def test_the_baseline_is_wrong_at_another_temperature(test_frames, tmp_path):
    """The recovery above is no accident: without a response the error is large."""
    position, force = test_frames
    potential = train(Spline, "baseline", 40, 0.02, {}, tmp_path)
    exact = force[:, 0] + 120 * force[:, 1]
    assert (
        relative_error(potential.mean_force(position, BOX, 520.0), exact) > 0.15
    )  # the limit for trf1 is 0.06
    assert not potential.thermal_response(position, BOX, 520.0).any()


def test_hipnn_learns_force_and_response(test_frames, tmp_path):
    """The network with two outputs: sign and size of the response from the labels of one temperature."""
    position, force = test_frames
    changes = {
        "features": 10,
        "validation_fraction": 0.15,
        "epochs": 60,
        "patience": 60,
        "batch_frames": 4,
        "learning_rate": 0.01,
        "checkpoint_epochs": 60,
    }
    potential = train(HipnnTS, "trf1", 40, 0.0, changes, tmp_path)
    assert relative_error(potential.mean_force(position, BOX, T0), force[:, 0]) < 0.35
    response = potential.thermal_response(position, BOX, T0)
    slope = (response * force[:, 1]).sum() / (force[:, 1] ** 2).sum()
    assert 0.6 < slope < 1.2
