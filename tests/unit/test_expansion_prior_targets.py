"""The temperature expansion, the repulsive prior and the targets of every training mode."""

import numpy as np
import pytest
import xarray as xr

from thermalcg.expansion import KINDS, Expansion
from thermalcg.prior import NO_PRIOR, Prior, fit_prior
from thermalcg.targets import MODES, build_training_set, model_temperature, training_temperatures
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
    with pytest.raises(ValueError, match="expansion is 'cubic'; allowed: constant, linear, heat_capacity"):
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


RUNGS = np.array([300.0, 395.0, 500.0])


def label_dataset(temperature, n_train=4, n_test=2, n=8):
    """Random labels at the frames' own rung; NaN on the other rungs and in test frames."""
    rng = np.random.default_rng(round(temperature))
    frames = n_train + n_test
    own = int(np.flatnonzero(np.isclose(RUNGS, temperature))[0])

    def labelled(*shape):
        values = np.full((frames, len(RUNGS), *shape), np.nan)
        values[:n_train, own] = rng.normal(size=(n_train, *shape))
        return values

    dims = ("frame", "rung", "bead", "axis")
    return xr.Dataset(
        {
            "site_position": (
                ("frame", "bead", "axis"),
                beads(frames, n, round(temperature)).astype(np.float32),
            ),
            "split": (("frame",), np.array([0] * n_train + [1] * n_test)),
            "mean_force": (dims, labelled(n, 3)),
            "trf": (dims, labelled(n, 3)),
            "mean_energy": (("frame", "rung"), 1000 + labelled()),
        },
        coords={"rung": RUNGS},
        attrs={"temperature_K": temperature, "box_nm": BOX},
    )


def own_labels(dataset, name):
    own = int(np.flatnonzero(dataset["rung"].values == dataset.attrs["temperature_K"])[0])
    return dataset[name].isel(rung=own).values[dataset["split"].values == 0]


def training_set(model, prior=PRIOR, **options):
    labels = {t: label_dataset(t) for t in training_temperatures(model, T0, RUNGS.tolist())}
    return labels, build_training_set(model, labels, T0, prior, **options)


EXPECTED = {
    "baseline": [("force", "mean_force", T0, [1.0])],
    "at_temperature-500K": [("force", "mean_force", 500.0, [1.0])],
    "trf1": [("force", "mean_force", T0, [1.0, 0.0]), ("force", "trf", T0, [0.0, 1.0])],
    "energy_matching": [("force", "mean_force", T0, [1.0, 0.0]), ("energy", "mean_energy", T0, [1.0, -T0])],
    "multi_temperature": [
        ("force", "mean_force", t, [1.0, t - T0, T0 * (t * np.log(t / T0) - t + T0)]) for t in RUNGS
    ],
}


@pytest.mark.parametrize("model", sorted(EXPECTED))
def test_targets_of_every_mode(model):
    """Weights, labels and configurations; the prior is taken off with the weight of W_0."""
    labels, data = training_set(model)
    assert len(data.targets) == len(EXPECTED[model])
    for target, (kind, name, temperature, weights) in zip(data.targets, EXPECTED[model], strict=True):
        assert target.kind == kind
        np.testing.assert_allclose(target.weights, weights, atol=1e-9)
        assert len(target.weights) == data.expansion.size
        dataset = labels[temperature]
        position = dataset["site_position"].values[:4].astype(float)
        np.testing.assert_array_equal(target.position, position)
        energy, force = PRIOR.energy_force(position, BOX)
        assert np.abs(force).max() > 1.0
        taken_off = energy if kind == "energy" else force
        np.testing.assert_allclose(target.value, own_labels(dataset, name) - weights[0] * taken_off)
    assert data.box == BOX


def test_every_mode_has_its_targets_tested():
    assert {model.split("-")[0] for model in EXPECTED} == set(MODES)


def test_the_response_does_not_see_the_prior():
    with_prior, without = (training_set("trf1", prior)[1].targets[1] for prior in (PRIOR, NO_PRIOR))
    np.testing.assert_array_equal(with_prior.value, without.value)


def test_scales_are_those_of_the_labels():
    labels, data = training_set("energy_matching")
    force, energy = data.targets
    assert force.scale == pytest.approx(np.sqrt((own_labels(labels[T0], "mean_force") ** 2).mean()))
    assert energy.scale == pytest.approx(own_labels(labels[T0], "mean_energy").std())


def test_labels_of_one_configuration_share_its_identity():
    _, data = training_set("trf1")
    np.testing.assert_array_equal(data.targets[0].frame, data.targets[1].frame)
    assert len(data.frames) == 4


def test_configurations_of_different_temperatures_are_different():
    _, data = training_set("multi_temperature")
    assert len(data.frames) == 3 * 4


def test_only_the_first_frames_are_used_when_asked():
    _, data = training_set("trf1", n_frames=2)
    assert [len(t.value) for t in data.targets] == [2, 2]
    np.testing.assert_array_equal(data.targets[0].position, training_set("trf1")[1].targets[0].position[:2])


def test_the_reference_of_a_yardstick_is_its_own_temperature():
    assert training_set("at_temperature-500K")[1].expansion == Expansion("constant", 500.0)
    assert training_set("trf1")[1].expansion == Expansion("linear", T0)
    assert training_set("multi_temperature")[1].expansion == Expansion("heat_capacity", T0)


def test_training_temperatures_of_models():
    assert model_temperature("at_temperature-555K") == 555.0
    assert model_temperature("trf1") is None
    assert training_temperatures("at_temperature-555K", T0, [300.0]) == [555.0]
    assert training_temperatures("multi_temperature", T0, [300.0, 500.0]) == [300.0, 500.0]
    assert training_temperatures("energy_matching", T0, [300.0]) == [T0]


def test_an_unknown_mode_is_refused():
    with pytest.raises(ValueError, match="training mode is 'trf9'; allowed: baseline, trf1"):
        build_training_set("trf9", {T0: label_dataset(T0)}, T0, PRIOR)
