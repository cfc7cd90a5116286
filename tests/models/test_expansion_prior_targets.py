"""The temperature expansion, the repulsive prior and the targets of every training mode."""

import numpy as np
import pytest
import xarray as xr

from thermalcg.atomistic.mapping import training_part
from thermalcg.models.expansion import KINDS, Expansion
from thermalcg.models.prior import NO_PRIOR, Prior, fit_prior
from thermalcg.training.modes import MODES, model_temperature, response_source, training_temperatures
from thermalcg.training.training_set import build_training_set
from thermalcg.units import KB

T0 = 395.0
every_kind = pytest.mark.parametrize("kind", sorted(KINDS))


@every_kind
@pytest.mark.parametrize("temperature", [250.0, 395.0, 700.0])
def test_derivatives_are_those_of_the_values(kind, temperature):
    expansion, h = Expansion(kind, T0), 0.01
    numeric = (expansion.values(temperature + h) - expansion.values(temperature - h)) / (2 * h)
    np.testing.assert_allclose(expansion.derivatives(temperature), numeric, rtol=1e-6, atol=1e-6)
    assert expansion.values(temperature).shape == (expansion.size,) == (KINDS[kind],)


@every_kind
@pytest.mark.parametrize("temperature", [250.0, 395.0, 700.0])
def test_second_derivatives_are_those_of_the_derivatives(kind, temperature):
    expansion, h = Expansion(kind, T0), 0.01
    second = expansion.second_derivatives(temperature)
    numeric = (expansion.derivatives(temperature + h) - expansion.derivatives(temperature - h)) / (2 * h)
    np.testing.assert_allclose(second, numeric, rtol=1e-6, atol=1e-9)
    # of the values themselves, too
    values = [expansion.values(temperature + step) for step in (-1.0, 0.0, 1.0)]
    np.testing.assert_allclose(second, values[0] - 2 * values[1] + values[2], rtol=1e-4, atol=1e-6)
    assert second.shape == (KINDS[kind],)


@pytest.mark.parametrize("kind", ["quadratic", "heat_capacity"])
def test_the_third_function_is_a_second_derivative_at_the_reference(kind):
    """So that one set of second-order targets trains either: d2W/dT2 at T0 is W_2 itself."""
    np.testing.assert_allclose(Expansion(kind, T0).derivatives(T0), [0, 1, 0], atol=1e-12)
    np.testing.assert_allclose(Expansion(kind, T0).second_derivatives(T0), [0, 0, 1], atol=1e-12)


def test_a_quadratic_expansion_is_a_taylor_series():
    np.testing.assert_allclose(Expansion("quadratic", T0).values(T0 + 100), [1, 100, 5000])
    np.testing.assert_allclose(Expansion("quadratic", T0).values(T0 - 100), [1, -100, 5000])


@every_kind
def test_all_but_the_first_are_zero_at_the_reference(kind):
    expected = np.zeros(KINDS[kind])
    expected[0] = 1.0
    np.testing.assert_allclose(Expansion(kind, T0).values(T0), expected, atol=1e-9)


def test_the_third_function_agrees_with_half_the_square_to_second_order():
    for d in (-20.0, -5.0, 5.0, 20.0):
        third = Expansion("heat_capacity", T0).values(T0 + d)[2]
        assert third == pytest.approx(d**2 / 2 - d**3 / (6 * T0), abs=2 * d**4 / (12 * T0**2))
    far = Expansion("heat_capacity", T0).values(700.0)[2]
    assert far < 0.85 * (700.0 - T0) ** 2 / 2  # and is another function further away


def test_the_third_function_is_that_of_a_constant_heat_capacity():
    expansion, h = Expansion("heat_capacity", T0), 0.01
    for temperature in (250.0, T0, 700.0):
        slope = (expansion.mean_energy(temperature + h) - expansion.mean_energy(temperature - h)) / (2 * h)
        # C = d<u>/dT = -T d2W/dT2: -T0 for the third, whatever T; none for the other two
        np.testing.assert_allclose(slope, [0.0, 0.0, -T0], atol=1e-3)


def test_mean_energy_is_w_minus_t_times_its_derivative():
    expansion, h, temperature = Expansion("heat_capacity", T0), 0.01, 520.0
    numeric = (expansion.values(temperature + h) - expansion.values(temperature - h)) / (2 * h)
    expected = expansion.values(temperature) - temperature * numeric
    np.testing.assert_allclose(expansion.mean_energy(temperature), expected, rtol=1e-7)


def test_an_unknown_expansion_is_refused():
    with pytest.raises(
        ValueError, match="expansion is 'cubic'; allowed: constant, linear, quadratic, heat_cap"
    ):
        Expansion("cubic", T0)


PRIOR, BOX = Prior(2e-6, 12, 0.28), 1.0


def beads(frames=2, n=40, seed=1):
    """Random beads: many within the onset, some across the boundary of the box, none on top of another."""
    rng = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(*[np.arange(4)] * 3), axis=-1).reshape(-1, 3)[:n] / 4 * BOX
    return np.array([grid + rng.uniform(-0.04, 0.04, size=(n, 3)) for _ in range(frames)])


def test_prior_force_is_minus_the_gradient_of_its_energy():
    x, h = beads(), 1e-6
    force = PRIOR.energy_force(x, BOX)[1]
    assert np.abs(force).max() > 1.0
    for frame, bead, axis in ((0, 0, 0), (0, 5, 1), (1, 17, 2), (1, 39, 0)):
        energy = []
        for sign in (1, -1):
            moved = x.copy()
            moved[frame, bead, axis] += sign * h
            energy.append(PRIOR.energy_force(moved, BOX)[0][frame])
        assert -(energy[0] - energy[1]) / (2 * h) == pytest.approx(
            force[frame, bead, axis], rel=1e-5, abs=1e-5
        )


def test_prior_is_periodic_and_pairwise():
    x = np.array([[[0.05, 0.5, 0.5], [0.95, 0.5, 0.5]]])
    energy, force = PRIOR.energy_force(x, BOX)
    assert energy[0] == pytest.approx(PRIOR.energy(0.1)[0])
    assert force[0, 0, 0] > 0  # pushed apart through the boundary
    np.testing.assert_allclose(force.sum(axis=1), 0.0, atol=1e-9)
    np.testing.assert_allclose(PRIOR.energy_force(x + 3.7, BOX)[0], energy)


def test_prior_vanishes_at_the_onset_with_force_and_slope():
    onset, n, distance = PRIOR.onset_nm, PRIOR.exponent, 1e-3
    inside = PRIOR.energy(onset - distance * np.array([1.0, 2.0]))
    # the first term that is left is the cubic one
    cubic = PRIOR.amplitude * n * (n + 1) * (n + 2) / 6 * onset ** (-n - 3)
    np.testing.assert_allclose(inside, cubic * (distance * np.array([1.0, 2.0])) ** 3, rtol=0.05)
    np.testing.assert_array_equal(PRIOR.energy(onset + np.array([0.0, 1e-9, 0.1])), 0.0)


def test_prior_is_repulsive_and_grows_like_the_inverse_power():
    energy = PRIOR.energy(np.linspace(0.05, 0.279, 200))
    assert (np.diff(energy) < 0).all()
    assert energy[0] == pytest.approx(PRIOR.amplitude * 0.05**-12, rel=1e-3)


def test_no_prior_is_nothing():
    energy, force = NO_PRIOR.energy_force(beads(), BOX)
    assert not energy.any()
    assert not force.any()


@pytest.mark.parametrize(
    ("truth", "temperature"), [(Prior(2e-6, 12, 0.30), 395.0), (Prior(3e-5, 9, 0.27), 600.0)]
)
def test_fit_recovers_the_prior_of_a_gas(truth, temperature):
    r = np.arange(0.15, 0.6, 0.0005)
    g = np.exp(-truth.energy(r) / (KB * temperature))
    found = fit_prior(r, g, temperature, threshold=0.01, exponent=truth.exponent)
    assert found.exponent == truth.exponent
    assert found.onset_nm == pytest.approx(truth.onset_nm, abs=0.0006)
    assert found.amplitude == pytest.approx(truth.amplitude, rel=0.03)


def test_fit_knows_nothing_below_the_threshold():
    truth = Prior(2e-6, 12, 0.30)
    r = np.arange(0.15, 0.6, 0.0005)
    g = np.exp(-truth.energy(r) / (KB * T0))
    noisy = np.where(g < 0.01, 0.005 * np.random.default_rng(0).random(len(g)), g)
    assert fit_prior(r, noisy, T0, 0.01, 12) == fit_prior(r, g, T0, 0.01, 12)


def test_fit_recovers_the_prior_under_a_first_peak():
    """In a liquid g(r) overshoots: the prior is the flank of the well, counted from its minimum."""
    truth = Prior(2e-6, 12, 0.30)
    r = np.arange(0.15, 0.6, 0.0005)
    g = 2.5 * np.exp(-truth.energy(r) / (KB * T0))
    g = np.where(r < 0.30, g, 1 + 1.5 * np.exp(-(((r - 0.30) / 0.05) ** 2)) - 0.4 * np.sin(20 * (r - 0.30)))
    found = fit_prior(r, g, T0, threshold=0.01, exponent=12)
    assert found.onset_nm == pytest.approx(0.30, abs=0.002)
    flank = np.linspace(0.2, 0.27, 20)
    np.testing.assert_allclose(found.energy(flank), truth.energy(flank), rtol=0.1)


def test_the_onset_is_the_first_peak():
    r = np.arange(10) * 0.02 + 0.2
    g = np.array([0.0, 0.1, 0.2, 0.5, 1.2, 1.9, 1.4, 0.8, 2.5, 1.0])
    assert fit_prior(r, g, T0, 0.05, 12).onset_nm == pytest.approx(0.30)


@pytest.mark.parametrize("g", [np.full(50, 0.4), np.zeros(50), np.linspace(1.0, 2.0, 50)])
def test_fit_refuses_g_that_does_not_rise_through_one(g):
    with pytest.raises(ValueError, match=r"prior: g\(r\) never rises through 1; .*rdf_min_nm"):
        fit_prior(np.linspace(0.2, 0.5, 50), g, T0, 0.01, 12)


def test_fit_refuses_a_flank_of_too_few_bins():
    r, g = np.linspace(0.2, 0.3, 6), np.array([0.0, 0.0, 0.0, 0.3, 0.6, 1.2])
    with pytest.raises(
        ValueError, match=r"prior: 2 bins with prior\.g_threshold = 0\.01 < g < 1; at least 3"
    ):
        fit_prior(r, g, T0, 0.01, 12)


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


def products(n=8):
    """Random products of the frames that fill blocks."""
    rng, shape = np.random.default_rng(1), (N_TRAIN - 1, n, 3)
    dims = ("time", "bead", "axis")
    return xr.Dataset(
        {"trf_product": (dims, rng.normal(size=shape)), "trf2_product": (dims, rng.normal(size=shape))},
        attrs={"temperature_K": T0, "box_nm": BOX, "response_rms": RESPONSE_RMS},
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


MAPPED = {t: trajectory(t) for t in TEMPERATURES}
SOURCES = {"products": products(), "labels": label_dataset()}


def training_set(model, prior=PRIOR, **options):
    """The training set of a model that is given the response it asks for and no other."""
    mapped = {t: MAPPED[t] for t in training_temperatures(model, T0, TEMPERATURES)}
    source = response_source(model)
    given = {source: SOURCES[source]} if source else {}
    return build_training_set(model, mapped, T0, prior, **{"blocks": BLOCKS} | given | options)


def source_of(name, temperature):
    """Configurations and values that a target should have, the prior still in them."""
    if name in ("force", "potential_energy"):
        data = MAPPED[temperature].isel(time=KEPT)
        return data["position"].values, data[name].values
    if name.endswith("_product"):
        return MAPPED[T0].isel(time=KEPT)["position"].values, SOURCES["products"][name].values
    data = SOURCES["labels"].isel(rung=1, frame=slice(5))
    return data["site_position"].values, data[name].values


def mean_force(temperature=T0, weights=(1.0,)):
    return "force", "force", temperature, list(weights)


def response(name, *weights):
    return "force", name, T0, list(weights)


EXPECTED = {
    "baseline": [mean_force()],
    "at_temperature-500K": [mean_force(500.0)],
    "trf1": [mean_force(weights=[1, 0]), response("trf_product", 0, 1)],
    "trf1_conditional": [mean_force(weights=[1, 0]), response("trf", 0, 1)],
    "trf2": [
        mean_force(weights=[1, 0, 0]),
        response("trf_product", 0, 1, 0),
        response("trf2_product", 0, 0, 1),
    ],
    "trf2_conditional": [mean_force(weights=[1, 0, 0]), response("trf", 0, 1, 0), response("trf2", 0, 0, 1)],
    "trf2_heat_capacity": [
        mean_force(weights=[1, 0, 0]),
        response("trf_product", 0, 1, 0),
        response("trf2_product", 0, 0, 1),
    ],
    "energy_matching": [mean_force(weights=[1, 0]), ("energy", "potential_energy", T0, [1, -T0])],
    "multi_temperature": [
        mean_force(t, [1, t - T0, T0 * (t * np.log(t / T0) - t + T0)]) for t in TEMPERATURES
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
        np.testing.assert_array_equal(target.position, position)
        assert target.position.dtype == target.value.dtype == float
        energy, force = PRIOR.energy_force(position.astype(float), BOX)
        assert np.abs(force).max() > 1.0
        taken_off = energy if kind == "energy" else force
        np.testing.assert_allclose(target.value, value - weights[0] * taken_off)
    assert data.box == BOX


def test_every_mode_has_its_targets_tested():
    assert {model.split("-")[0] for model in EXPECTED} == set(MODES)


@pytest.mark.parametrize(
    "model", [m for m in sorted(EXPECTED) if training_temperatures(m, T0, TEMPERATURES) == [T0]]
)
def test_modes_differ_in_what_their_names_say_only(model):
    """Mean forces at T0 are those of the baseline, whatever comes on top."""
    (baseline,) = training_set("baseline").targets
    own = training_set(model).targets[0]
    for name in ("position", "value", "scale", "frame"):
        np.testing.assert_array_equal(getattr(own, name), getattr(baseline, name))


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
    """Known for first-order products; elsewhere the scale has to do."""
    sizes = {model: [t.size for t in training_set(model).targets] for model in EXPECTED}
    assert sizes.pop("trf1") == [None, RESPONSE_RMS]
    assert sizes.pop("trf2") == sizes.pop("trf2_heat_capacity") == [None, RESPONSE_RMS, None]
    assert {size for found in sizes.values() for size in found} == {None}


def test_pieces_are_blocks_of_neighbours_of_equal_length():
    (target,) = training_set("baseline").targets
    assert len(training_set("baseline").frames) == BLOCKS
    np.testing.assert_array_equal(target.frame - target.frame[0], np.repeat(np.arange(BLOCKS), 3))


def test_frames_that_fill_no_block_are_left_out_at_the_start():
    for blocks in (2, 3, 4, 5, 13):
        (target,) = training_set("baseline", blocks=blocks).targets
        length = N_TRAIN // blocks
        np.testing.assert_array_equal(np.unique(target.frame, return_counts=True)[1], [length] * blocks)
        last = MAPPED[T0]["position"].values[N_TRAIN - blocks * length : N_TRAIN]
        np.testing.assert_array_equal(target.position, last)


@pytest.mark.parametrize("model", ["trf1", "trf2", "trf2_heat_capacity", "energy_matching"])
def test_targets_of_one_configuration_share_its_piece(model):
    data = training_set(model)
    for target in data.targets[1:]:
        np.testing.assert_array_equal(target.frame, data.targets[0].frame)
        # the same array: architectures pass over shared configurations once
        assert target.position is data.targets[0].position
    assert len(data.frames) == BLOCKS


@pytest.mark.parametrize("model", ["trf1_conditional", "trf2_conditional"])
def test_labelled_frames_are_pieces_of_their_own(model):
    data = training_set(model)
    force, *labelled = data.targets
    for target in labelled:
        assert len(np.unique(target.frame)) == len(target.frame) == 5
        assert not set(target.frame) & set(force.frame)
        np.testing.assert_array_equal(target.frame, labelled[0].frame)
        assert target.position is labelled[0].position
    assert len(data.frames) == BLOCKS + 5


def test_pieces_of_different_temperatures_are_different():
    assert len(training_set("multi_temperature").frames) == 3 * BLOCKS
    # also where temperatures differ by fractions of a kelvin
    near = {t: trajectory(T0).assign_attrs(temperature_K=t) for t in (T0, T0 + 0.25)}
    data = build_training_set("multi_temperature", near, T0, PRIOR, blocks=BLOCKS)
    assert len(data.frames) == 2 * BLOCKS


def test_only_the_first_part_of_all_data_is_used_when_asked():
    whole = training_set("trf2_conditional")
    part = training_set("trf2_conditional", fraction=0.5)
    assert [len(t.value) for t in part.targets] == [6, 2, 2]
    for first, all_of_it in zip(part.targets, whole.targets, strict=True):
        for name in ("position", "value", "frame"):
            values = getattr(all_of_it, name)[: len(first.frame)]
            np.testing.assert_array_equal(getattr(first, name), values)
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
    kinds = {"trf1": "linear", "trf1_conditional": "linear", "trf2": "quadratic"}
    kinds |= {"trf2_conditional": "quadratic", "trf2_heat_capacity": "heat_capacity"}
    kinds |= {"baseline": "constant", "energy_matching": "linear", "multi_temperature": "heat_capacity"}
    for model, kind in kinds.items():
        assert training_set(model).expansion == Expansion(kind, T0), model


def test_training_temperatures_of_models():
    assert model_temperature("at_temperature-555K") == 555.0
    assert model_temperature("trf1") is None
    assert training_temperatures("at_temperature-555K", T0, [300.0]) == [555.0]
    assert training_temperatures("multi_temperature", T0, [300.0, 500.0]) == [300.0, 500.0]
    assert training_temperatures("energy_matching", T0, [300.0]) == [T0]
    assert training_temperatures("trf2_heat_capacity", T0, [300.0]) == [T0]


def test_where_a_response_comes_from():
    found = {model: response_source(model) for model in EXPECTED}
    assert {model for model, source in found.items() if source == "labels"} == {
        "trf1_conditional",
        "trf2_conditional",
    }
    assert {model for model, source in found.items() if source == "products"} == {
        "trf1",
        "trf2",
        "trf2_heat_capacity",
    }


def test_an_unknown_mode_is_refused():
    with pytest.raises(ValueError, match="training mode is 'trf9'; allowed: baseline, trf1"):
        build_training_set("trf9", {T0: MAPPED[T0]}, T0, PRIOR, blocks=BLOCKS)
