"""The training set of every mode: targets, their configurations and their independent pieces."""

import numpy as np
import pytest
import xarray as xr

from thermalcg.atomistic.mapping import training_part
from thermalcg.models.expansion import Expansion
from thermalcg.models.names import MODES, ModelName
from thermalcg.models.prior import NO_PRIOR, Prior
from thermalcg.models.training_data import Source
from thermalcg.training.training_set import RESPONSES, build_training_set, responses_of

T0 = 395.0
PRIOR, BOX = Prior(2e-6, 12, 0.28), 1.0


def beads(frames=2, n=40, seed=1):
    """Random beads: many within the onset, some across the boundary of the box, none on top of another."""
    rng = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(*[np.arange(4)] * 3), axis=-1).reshape(-1, 3)[:n] / 4 * BOX
    return np.array([grid + rng.uniform(-0.04, 0.04, size=(n, 3)) for _ in range(frames)])


TEMPERATURES = [300.0, 395.0, 500.0]
N_TRAIN, N_TEST, BLOCKS = 13, 4, 4
KEPT = slice(1, N_TRAIN)  # three frames a block; the first frame fills none
RESPONSE_RMS = 0.03


def trajectory(temperature, n=8):
    """A random mapped trajectory; what no model may be trained on is NaN."""
    rng = np.random.default_rng(round(temperature))
    frames = N_TRAIN + N_TEST
    variables = {
        "position": beads(frames, n, round(temperature)),
        "force": rng.normal(size=(frames, n, 3)),
        "potential_energy": 1000 + rng.normal(size=frames),
    }
    for values in variables.values():
        values[N_TRAIN:] = np.nan
    dims = ("time", "bead", "axis")
    return xr.Dataset(
        {name: (dims[: v.ndim], v.astype(np.float32)) for name, v in variables.items()}
        | {"split": ("time", np.array([0] * N_TRAIN + [1] * N_TEST))},
        coords={"time": 0.1 * np.arange(frames)},
        attrs={"temperature_K": temperature, "box_nm": BOX},
    )


def samples(temperature, n=8):
    """Random residual products at the frames that fill blocks."""
    rng, shape = np.random.default_rng(int(temperature)), (N_TRAIN - 1, n, 3)
    return xr.Dataset(
        {"trf_product": (("time", "bead", "axis"), rng.normal(size=shape))},
        attrs={"temperature_K": temperature, "box_nm": BOX, "response_rms": RESPONSE_RMS},
    )


def label_dataset(n_train=5, n_test=2, n=8):
    """Random labels at T0 among other rungs; NaN on those and in test frames."""
    rng = np.random.default_rng(2)
    frames, dims = n_train + n_test, ("frame", "rung", "bead", "axis")

    def labelled():
        values = np.full((frames, 3, n, 3), np.nan)
        values[:n_train, 1] = rng.normal(size=(n_train, n, 3))
        return dims, values

    return xr.Dataset(
        {
            "site_position": (("frame", "bead", "axis"), beads(frames, n, 3).astype(np.float32)),
            "split": (("frame",), np.array([0] * n_train + [1] * n_test)),
            "trf": labelled(),
            "trf2": labelled(),
        },
        coords={"rung": TEMPERATURES},
        attrs={"temperature_K": T0, "box_nm": BOX},
    )


class KnownTeacher:
    """Teaches made-up responses beside the frames."""

    def __init__(self, temperature):
        self.temperature = temperature

    def sites(self, position, force):
        return position + 1e-6 * force

    def responses(self, position, box):
        return np.cos(position * self.temperature / box), np.sin(position)


MAPPED = {t: trajectory(t) for t in TEMPERATURES}
SOURCES = {"labels": label_dataset(), "products": samples(T0)}
TEACHERS = {t: KnownTeacher(t) for t in TEMPERATURES}


def training_set(model, prior=PRIOR, **options):
    """The training set of a model that is given the response it asks for and no other."""
    mapped = {t: MAPPED[t] for t in ModelName.parse(model).training_temperatures(T0, TEMPERATURES)}
    source = ModelName.parse(model).response_source
    response = TEACHERS if source == "projection" else SOURCES.get(source)
    return build_training_set(model, mapped, T0, prior, **{"blocks": BLOCKS, "response": response} | options)


def source_of(name, temperature):
    """Configurations and values that a target should have, the prior still in them."""
    if name in ("force", "potential_energy"):
        data = MAPPED[temperature].isel(time=KEPT)
        return data["position"].values, data[name].values
    if name == "trf_product":
        return MAPPED[temperature].isel(time=KEPT)["position"].values, SOURCES["products"][name].values
    if name.startswith("taught"):
        frames, teacher = MAPPED[temperature].isel(time=KEPT), TEACHERS[temperature]
        sites = teacher.sites(*(frames[key].values.astype(float) for key in ("position", "force")))
        return sites, teacher.responses(sites, BOX)[int(name.removeprefix("taught")) - 1]
    data = SOURCES["labels"].isel(rung=1, frame=slice(5))
    return data["site_position"].values, data[name].values


def mean_force(temperature=T0, weights=(1.0,)):
    return "force", "force", temperature, list(weights)


def response(name, *weights):
    return "force", name, T0, list(weights)


EXPECTED = {
    "baseline": [mean_force()],
    "at_temperature-500K": [mean_force(500.0)],
    "trf1": [mean_force(weights=[1, 0]), response("taught1", 0, 1)],
    "trf1_products": [mean_force(weights=[1, 0]), response("trf_product", 0, 1)],
    "trf1_conditional": [mean_force(weights=[1, 0]), response("trf", 0, 1)],
    "trf2": [
        mean_force(weights=[1, 0, 0]),
        response("taught1", 0, 1, 0),
        response("taught2", 0, 0, 1),
    ],
    "trf2_conditional": [mean_force(weights=[1, 0, 0]), response("trf", 0, 1, 0), response("trf2", 0, 0, 1)],
    "energy_matching": [mean_force(weights=[1, 0]), ("energy", "potential_energy", T0, [1, -T0])],
    "multi_temperature": [
        mean_force(t, [1, t - T0, T0 * (t * np.log(t / T0) - t + T0)]) for t in TEMPERATURES
    ],
    "multi_temperature_response": [
        target
        for t in TEMPERATURES
        for target in (
            mean_force(t, [1, t - T0, T0 * (t * np.log(t / T0) - t + T0)]),
            ("force", "taught1", t, [0, 1, T0 * np.log(t / T0)]),
        )
    ],
}


@pytest.mark.parametrize("model", sorted(EXPECTED))
def test_targets_of_every_mode(model):
    """Weights, values and configurations; the prior is taken off with the weight of W_0."""
    data = training_set(model)
    assert len(data.targets) == len(EXPECTED[model])
    for target, (kind, name, temperature, weights) in zip(data.targets, EXPECTED[model], strict=True):
        assert target.kind == kind
        np.testing.assert_allclose(target.weights, weights, atol=1e-9)
        assert len(target.weights) == data.expansion.size
        position, value = source_of(name, temperature)
        found = data.configurations[target.at].position
        np.testing.assert_array_equal(found, position)
        assert found.dtype == target.value.dtype == float
        energy, force = PRIOR.energy_force(position.astype(float), BOX)
        assert np.abs(force).max() > 1.0
        taken_off = energy if kind == "energy" else force
        np.testing.assert_allclose(target.value, value - weights[0] * taken_off)
    assert data.box == BOX


def test_every_mode_has_its_targets_tested():
    assert {ModelName.parse(model).mode for model in EXPECTED} == set(MODES)


def trained_at_the_reference(model):
    return ModelName.parse(model).training_temperatures(T0, TEMPERATURES) == [T0]


@pytest.mark.parametrize("model", list(filter(trained_at_the_reference, sorted(EXPECTED))))
def test_modes_differ_in_what_their_names_say_only(model):
    """Mean forces at T0 are those of the baseline, whatever comes on top."""
    baseline, own = training_set("baseline"), training_set(model)
    for name in ("value", "scale"):
        np.testing.assert_array_equal(getattr(own.targets[0], name), getattr(baseline.targets[0], name))
    assert own.targets[0].at == baseline.targets[0].at == 0
    np.testing.assert_array_equal(own.configurations[0].position, baseline.configurations[0].position)
    np.testing.assert_array_equal(own.pieces(0), baseline.pieces(0))


@pytest.mark.parametrize(
    ("model", "index"),
    [("trf1", 1), ("trf2", 1), ("trf2", 2), ("trf1_conditional", 1), ("trf2_conditional", 2)],
)
def test_the_response_does_not_see_the_prior(model, index):
    with_prior, without = (training_set(model, prior).targets[index] for prior in (PRIOR, NO_PRIOR))
    np.testing.assert_array_equal(with_prior.value, without.value)


@pytest.mark.parametrize("model", sorted(EXPECTED))
def test_scales_are_those_of_the_data(model):
    for target, (kind, name, temperature, _) in zip(
        training_set(model).targets, EXPECTED[model], strict=True
    ):
        _, value = source_of(name, temperature)
        expected = value.std() if kind == "energy" else np.sqrt((value**2).mean())
        assert target.scale == pytest.approx(expected, rel=1e-5)


def test_the_size_of_a_response_is_that_without_noise():
    """Known for residual products; elsewhere the scale has to do."""
    sizes = {model: [t.size for t in training_set(model).targets] for model in EXPECTED}
    assert sizes.pop("trf1_products") == [None, RESPONSE_RMS]
    assert {size for found in sizes.values() for size in found} == {None}


def test_pieces_are_blocks_of_neighbours_of_equal_length():
    data = training_set("baseline")
    assert data.n_pieces == BLOCKS
    np.testing.assert_array_equal(data.pieces(0), np.repeat(np.arange(BLOCKS), 3))


def test_frames_that_fill_no_block_are_left_out_at_the_start():
    for blocks in (2, 3, 4, 5, 13):
        data = training_set("baseline", blocks=blocks)
        length = N_TRAIN // blocks
        np.testing.assert_array_equal(np.unique(data.pieces(0), return_counts=True)[1], [length] * blocks)
        last = MAPPED[T0]["position"].values[N_TRAIN - blocks * length : N_TRAIN]
        np.testing.assert_array_equal(data.configurations[0].position, last)


@pytest.mark.parametrize("model", ["trf1", "trf2"])
def test_taught_sites_are_pieces_with_the_frames_that_they_are_made_of(model):
    data = training_set(model)
    assert len(data.configurations) == 2
    assert [target.at for target in data.targets] == [0] + [1] * (len(data.targets) - 1)
    np.testing.assert_array_equal(data.pieces(0), data.pieces(1))
    assert data.n_pieces == BLOCKS


@pytest.mark.parametrize("model", ["trf1_products", "energy_matching"])
def test_targets_of_one_configuration_share_its_piece(model):
    data = training_set(model)
    assert len(data.targets) > 1
    # one set of configurations: architectures pass over it once
    assert len(data.configurations) == 1
    assert {target.at for target in data.targets} == {0}
    assert data.n_pieces == BLOCKS


@pytest.mark.parametrize("model", ["trf1_conditional", "trf2_conditional"])
def test_labelled_frames_are_pieces_of_their_own(model):
    data = training_set(model)
    force, *labelled = data.targets
    assert len(data.configurations) == 2
    for target in labelled:
        pieces = data.pieces(target.at)
        assert len(np.unique(pieces)) == len(pieces) == 5
        assert not set(pieces) & set(data.pieces(force.at))
        assert target.at == labelled[0].at
    assert data.n_pieces == BLOCKS + 5


def test_pieces_of_different_temperatures_are_different():
    data = training_set("multi_temperature")
    assert data.n_pieces == 3 * BLOCKS
    assert [c.source for c in data.configurations] == [Source(t) for t in TEMPERATURES]
    # also where temperatures differ by fractions of a kelvin
    near = {t: trajectory(T0).assign_attrs(temperature_K=t) for t in (T0, T0 + 0.25)}
    data = build_training_set("multi_temperature", near, T0, PRIOR, blocks=BLOCKS)
    assert data.n_pieces == 2 * BLOCKS


def test_only_the_first_part_of_all_data_is_used_when_asked():
    whole = training_set("trf2_conditional")
    part = training_set("trf2_conditional", fraction=0.5)
    assert [len(t.value) for t in part.targets] == [6, 2, 2]
    for first, all_of_it in zip(part.targets, whole.targets, strict=True):
        n, at = len(first.value), first.at
        assert all_of_it.at == at
        np.testing.assert_array_equal(first.value, all_of_it.value[:n])
        sites, all_sites = part.configurations[at], whole.configurations[at]
        np.testing.assert_array_equal(sites.position, all_sites.position[:n])
        np.testing.assert_array_equal(sites.piece, all_sites.piece[:n])
    # whole blocks, one at least
    assert [len(t.value) for t in training_set("trf2", fraction=0.25).targets] == [3, 3, 3]
    assert [len(t.value) for t in training_set("energy_matching", fraction=0.01).targets] == [3, 3]


def test_the_whole_is_used_unless_less_is_asked_for():
    for model in ("trf2", "trf2_conditional", "multi_temperature"):
        for default, whole in zip(
            training_set(model).targets, training_set(model, fraction=1.0).targets, strict=True
        ):
            np.testing.assert_array_equal(default.value, whole.value)


def test_the_scale_of_a_part_is_its_own():
    target = training_set("baseline", fraction=0.25).targets[0]
    value = MAPPED[T0]["force"].values[KEPT][:3]
    assert target.scale == pytest.approx(np.sqrt((value**2).mean()), rel=1e-5)


def test_the_training_part_is_what_the_split_says():
    part = training_part(MAPPED[T0])
    assert part.sizes["time"] == N_TRAIN
    np.testing.assert_array_equal(part["time"], MAPPED[T0]["time"][:N_TRAIN])
    assert (part["split"] == 0).all()


def test_the_expansion_of_a_model():
    # a yardstick's reference is its own temperature
    assert training_set("at_temperature-500K").expansion == Expansion("constant", 500.0)
    kinds = {"trf1": "linear", "trf1_conditional": "linear", "trf1_products": "linear"}
    kinds |= {"trf2_conditional": "quadratic", "trf2": "heat_capacity"}
    kinds |= {"baseline": "constant", "energy_matching": "linear", "multi_temperature": "heat_capacity"}
    for model, kind in kinds.items():
        assert training_set(model).expansion == Expansion(kind, T0), model


def test_an_unknown_mode_is_refused():
    with pytest.raises(ValueError, match="training mode is 'trf9'; allowed: baseline, trf1"):
        build_training_set("trf9", {T0: MAPPED[T0]}, T0, PRIOR, blocks=BLOCKS)


def test_the_responses_of_a_mode_are_the_derivatives_of_its_expansion():
    orders = {model: [r.order for r in responses_of(ModelName.parse(model))] for model in EXPECTED}
    for model in ("trf1", "trf1_conditional", "trf1_products"):
        assert orders.pop(model) == [1]
    for model in ("trf2", "trf2_conditional"):
        assert orders.pop(model) == [1, 2]
    # the second order follows from several temperatures
    assert orders.pop("multi_temperature_response") == [1]
    # other modes may depend on temperature, and learn it from something else
    assert set(map(tuple, orders.values())) == {()}
    assert [r.order for r in RESPONSES] == [1, 2]
