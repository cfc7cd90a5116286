"""A pair potential that depends on temperature in a known way is recovered by every mode."""

from contextlib import nullcontext

import numpy as np
import pytest
import xarray as xr

from support import hidden_mixture
from support.pair_gas import BOX, gas
from thermalcg.config.files import load_config
from thermalcg.geometry.periodic import minimum_image
from thermalcg.models.hipnn_ts.model import HipnnTS
from thermalcg.models.names import ModelName
from thermalcg.models.potential import ThermalPotential
from thermalcg.models.prior import NO_PRIOR, Prior
from thermalcg.models.spline.model import Spline
from thermalcg.response.residual_products import CrossFit, residual_products
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


class KnownTeacher:
    """The exact response, linear in T."""

    def sites(self, position, force):
        return position

    def responses(self, position, box):
        first = np.array([components(p)[1][1] for p in position])
        return first, np.zeros_like(first)


def response_of(source, made):
    """What ``build_training_set`` takes."""
    if source == "projection":
        return dict.fromkeys(made, KnownTeacher())
    return {"products": made[T0][1], "labels": made[T0][2]}[source] if source else None


def train(architecture, model, n_frames, noise, changes, tmp_path):
    sources = ModelName.parse(model).training_temperatures(T0, [T0, *OTHERS])
    made = {float(t): data_of(float(t), n_frames, noise, seed=int(t)) for t in sources}
    data = build_training_set(
        model,
        {t: mapped for t, (mapped, _, _) in made.items()},
        T0,
        Prior(1e-6, 12, 0.27),
        blocks=10,
        response=response_of(ModelName.parse(model).response_source, made),
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


def test_a_mixture_has_the_response_of_every_pair():
    """From one sample at each of many configurations: size and sign of each pair's response, in one fit.

    The forces of the exact responses of the three pairs are fitted to that of the model.  All factors are 1,
    within four standard errors over fits to resamples of the blocks, and clearly not zero.
    """
    mapped = hidden_mixture.trajectory(1000, seed=1)
    changes = {"pair_functions": 12, "triplet_radial": 2, "triplet_angular": 1, "ridge": 1e-4}
    settings = from_section(Spline.settings_type, load_config({"spline": changes}).model_dump()["spline"])
    products = residual_products(
        mapped,
        NO_PRIOR,
        CrossFit(settings, 20, 5),
        radius_nm=hidden_mixture.CUT,
        molecule_energy=mapped["bead_energy"].values,
    )
    data = build_training_set("trf1_products", {T0: mapped}, T0, NO_PRIOR, blocks=20, response=products)
    members, _ = Spline.fit(data, settings, seed=1, members=13)
    position = gas(np.random.default_rng(9), 10)
    exact = hidden_mixture.responses(position).transpose(1, 0, 2, 3).reshape(3, -1)
    factors = []
    for member in members:
        potential = ThermalPotential(member, data.expansion, NO_PRIOR)
        response = potential.thermal_response(position, BOX, T0)
        factors.append(np.linalg.lstsq(exact.T, response.ravel(), rcond=None)[0])
    error = np.std(factors[1:], axis=0, ddof=1)
    assert (np.abs(factors[0] - 1) < 4 * error).all()
    assert (factors[0] > 5 * error).all()
    potential = ThermalPotential(members[0], data.expansion, NO_PRIOR)
    force = hidden_mixture.mean_forces(position, T0)
    assert relative_error(potential.mean_force(position, BOX, T0), force) < 0.06  # as of one species, above


def test_names_of_species_do_not_matter():
    """A training set whose A are called B gives the same forces."""
    mapped = hidden_mixture.trajectory(24, seed=2)
    changes = {"triplet_radial": 2, "triplet_angular": 1}
    settings = from_section(Spline.settings_type, load_config({"spline": changes}).model_dump()["spline"])
    forces = []
    for run in (mapped, mapped.assign(species=1 - mapped["species"])):
        data = build_training_set("baseline", {T0: run}, T0, NO_PRIOR, blocks=6)
        members, _ = Spline.fit(data, settings, seed=1, members=1)
        potential = ThermalPotential(members[0], data.expansion, NO_PRIOR)
        forces.append(potential.mean_force(mapped["position"].values[:3], BOX, T0))
    np.testing.assert_allclose(forces[0], forces[1], atol=1e-6 * np.abs(forces[0]).max())


def test_hipnn_tells_species_apart(tmp_path):
    """A network that knows the species learns what one that does not cannot know."""
    mapped = hidden_mixture.trajectory(40, seed=3)
    exact = hidden_mixture.mean_forces(mapped["position"].values, T0)
    mapped = mapped.assign(force=mapped["force"].copy(data=exact))
    changes = {"features": 10, "epochs": 10, "batch_frames": 4, "learning_rate": 0.01}
    section = load_config({"hipnn_ts": changes}).model_dump()["hipnn_ts"]
    settings = from_section(HipnnTS.settings_type, section)
    position = gas(np.random.default_rng(9), 10)
    force, errors = hidden_mixture.mean_forces(position, T0), []
    for run in (mapped, mapped.drop_vars("species")):
        data = build_training_set("baseline", {T0: run}, T0, NO_PRIOR, blocks=10)
        checkpoints = Checkpoints(tmp_path / str(len(errors)), {})
        members, _ = HipnnTS.fit(data, settings, seed=1, members=1, device="cpu", checkpoints=checkpoints)
        potential = ThermalPotential(members[0], data.expansion, NO_PRIOR)
        errors.append(relative_error(potential.mean_force(position, BOX, T0), force))
    assert errors[0] < 0.5 * errors[1]


def test_one_species_never_comes_near_the_loops_of_mixtures(monkeypatch):
    """What has one species has the loops, and so the bytes, that it had before there were mixtures."""

    def refused(*_):
        raise AssertionError("a loop of mixtures")

    for place in ("fit.basis_rows", "model.basis_rows", "model.mixture_energy_force"):
        monkeypatch.setattr(f"thermalcg.models.spline.{place}", refused)
    mapped = hidden_mixture.trajectory(12, seed=4)
    settings = from_section(Spline.settings_type, load_config({}).model_dump()["spline"])
    for run, reached in ((mapped.drop_vars("species"), False), (mapped, True)):
        data = build_training_set("baseline", {T0: run}, T0, NO_PRIOR, blocks=6)
        with pytest.raises(AssertionError, match="mixtures") if reached else nullcontext():
            members, _ = Spline.fit(data, settings, seed=1, members=1)
            members[0].force_field(np.ones(1), BOX)(mapped["position"].values[:2])
