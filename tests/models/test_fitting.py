"""How models are fitted: pieces of data, folds, resamples, and configurations that targets share."""

from dataclasses import replace

import numpy as np
import pytest

from thermalcg.config.files import load_config
from thermalcg.geometry.neighbours import PairList
from thermalcg.models.expansion import Expansion
from thermalcg.models.hipnn_ts import trainer as hipnn_ts
from thermalcg.models.hipnn_ts.trainer import HipnnTS
from thermalcg.models.spline import fit as spline
from thermalcg.models.spline.fit import Spline, bead_features
from thermalcg.models.spline.kernels import design_matrix
from thermalcg.models.training_data import Target, TrainingSet
from thermalcg.storage.checkpoints import Checkpoints

BOX, N, T0 = 1.4, 30, 395.0
SMALL = {"pair_functions": 8, "triplet_radial": 2, "triplet_angular": 2, "ridge": 0.01}
SETTINGS = load_config({"spline": SMALL}).model_dump()["spline"]
AUTO = SETTINGS | {"ridge": "auto"}


def beads(frames, seed, n=N):
    """Random beads on a jittered lattice, shape (frames, n, 3)."""
    rng = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(*[np.arange(4)] * 3), axis=-1).reshape(-1, 3)[:n] / 4 * BOX
    return grid + rng.uniform(-0.06, 0.06, size=(frames, n, 3))


def force_target(position, frame, weights=(1.0,), seed=0):
    """Forces of a spline with random coefficients, and as much noise."""
    rng = np.random.default_rng(seed)
    size = bead_features(position[:1], BOX, SETTINGS).shape[-1]
    model = Spline(rng.normal(size=(1, size)), SETTINGS)
    value = model.force_field(np.ones(1), BOX)(position)[1]
    value = value + value.std() * rng.normal(size=value.shape)
    scale = float(np.sqrt((value**2).mean()))
    return Target("force", np.array(weights, float), position, value, scale, np.asarray(frame))


def energy_target(like, weights=(1.0,)):
    value = np.random.default_rng(1).normal(size=len(like.frame)) + 500.0
    return Target("energy", np.array(weights, float), like.position, value, float(value.std()), like.frame)


def part(target, chosen):
    return replace(
        target, position=target.position[chosen], value=target.value[chosen], frame=target.frame[chosen]
    )


def fit(targets, settings=SETTINGS, members=1, seed=3):
    """Coefficients of all members, shape (member, K, F), and what was recorded of them."""
    kind = {1: "constant", 2: "linear", 3: "quadratic"}[len(targets[0].weights)]
    data = TrainingSet(targets, Expansion(kind, T0), BOX)
    fitted, records = Spline.fit(data, settings, seed=seed, members=members)
    return np.array([m.coefficients for m in fitted]), records


def assert_same(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-9 * np.abs(expected).max())


def test_the_model_for_a_fold_is_a_fit_to_the_other_folds():
    target = force_target(beads(24, 1), np.repeat(np.arange(8) + 100, 3))
    fold = np.repeat([0, 0, 1, 1, 1, 2, 2, 2], 3)
    models = Spline.cross_fit(target, BOX, AUTO, fold)
    assert len(models) == 3
    ridge = fit([target], AUTO)[1][0]["ridge"][0]  # chosen once, from all data
    for k, model in enumerate(models):
        plain, _ = fit([part(target, fold != k)], SETTINGS | {"ridge": ridge})
        assert_same(model.coefficients, plain[0])
    assert np.abs(models[0].coefficients - models[1].coefficients).max() > 0.01


def test_how_data_are_cut_into_pieces_does_not_change_the_fit_to_all():
    position = beads(12, 4)
    single = force_target(position, np.arange(12))
    for frame in (np.repeat(np.arange(4), 3), np.tile(np.arange(4), 3)):
        assert_same(fit([replace(single, frame=frame)])[0], fit([single])[0])
    # nor does the length of pieces change what a target weighs beside others
    other = force_target(beads(5, 14), np.arange(5) + 50, seed=1)
    whole = [fit([replace(single, frame=f), other])[0] for f in (np.arange(12), np.repeat(np.arange(4), 3))]
    assert_same(*whole)
    energies = [energy_target(single), energy_target(replace(single, frame=np.repeat(np.arange(4), 3)))]
    assert_same(*(fit([e])[0] for e in energies))


def test_targets_at_the_same_configurations_give_the_same_equations_as_separate_ones():
    position, frame = beads(9, 5), np.repeat([5, 6, 7], 3)
    shared = [force_target(position, frame, [1, 0, 0], 1), force_target(position, frame, [0, 1, 0], 2)]
    shared.append(energy_target(shared[0], [1, -T0, 0]))
    shared.append(force_target(position, frame, [0, 0, 1], 3))
    separate = [replace(t, position=position.copy()) for t in shared]
    built = [spline._build_equations(t, BOX, SETTINGS) for t in (shared, separate)]
    for one, other in zip(*built, strict=True):
        for name in ("weights", "frame", "gram", "moment", "square", "rows", "values"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert [e.kind for e in built[0]] == ["force", "force", "energy", "force"]
    assert_same(*(fit(t)[0] for t in (shared, separate)))


def test_targets_at_the_same_configurations_share_one_pass(monkeypatch):
    calls = []

    def counted(*arguments):
        calls.append(1)
        return design_matrix(*arguments)

    monkeypatch.setattr(spline, "design_matrix", counted)
    first = force_target(beads(4, 6), np.arange(4), [1, 0])
    other = force_target(beads(3, 7), np.arange(3) + 10, [0, 1])
    spline._build_equations([first, other, energy_target(first, [1, -T0])], BOX, SETTINGS)
    assert len(calls) == 4 + 3


def sources(n_labels=5, seed=8):
    """Forces and responses along a trajectory of six blocks, and labels at frames of their own."""
    position, frame = beads(18, seed), np.repeat(np.arange(6), 3) + 1000
    labelled, own = beads(n_labels, seed + n_labels), np.arange(n_labels) + 2000
    return {
        "force": force_target(position, frame, [1], 1),
        "product": force_target(position, frame, [1], 2),
        "label": force_target(labelled, own, [1], 3),
        "label2": force_target(labelled, own, [1], 4),
    }


def mode(data, *names):
    """The named targets, each of one component."""
    return [replace(data[name], weights=np.eye(len(names))[k]) for k, name in enumerate(names)]


def test_each_source_of_data_is_resampled_on_its_own():
    equations = spline._build_equations(mode(sources(), "force", "product", "label"), BOX, SETTINGS)
    frames = np.concatenate([np.arange(6) + 1000, np.arange(5) + 2000])
    drawn = np.array([spline._resampled(equations, frames, 3, member) for member in range(1, 200)])
    assert (drawn[:, :6].sum(axis=1) == 6).all()
    assert (drawn[:, 6:].sum(axis=1) == 5).all()
    # with replacement, every piece alike, and the two sources not in step
    assert drawn.max() >= 4
    np.testing.assert_allclose(drawn.mean(axis=0), 1.0, atol=4 / np.sqrt(199))
    correlation = np.corrcoef(drawn[:, 0], drawn[:, 6])[0, 1]
    assert abs(correlation) < 4 / np.sqrt(199)


@pytest.mark.parametrize(
    "names",
    [("force", "product"), ("force", "label"), ("force", "label", "label2"), ("force", "product", "product")],
)
def test_modes_that_share_a_source_see_the_same_resample(names):
    """Components that no target couples: every member is made of the members of the single fits."""
    data = sources()
    together, records = fit(mode(data, *names), members=5)
    assert [r["resampled"] for r in records] == [False, True, True, True, True]
    for component, name in enumerate(names):
        alone, _ = fit([data[name]], members=5)
        assert_same(together[:, component], alone[:, 0])
        assert (np.abs(alone[1:] - alone[0]).max(axis=(1, 2)) > 0.01).all()


def test_the_resample_of_a_source_does_not_depend_on_the_others():
    few, many = (fit(mode(sources(n), "force", "label"), members=5)[0] for n in (3, 9))
    assert_same(few[:, 0], many[:, 0])
    assert np.abs(few[:, 1] - many[:, 1]).max() > 0.01


def test_resamples_follow_from_the_seed():
    targets = mode(sources(), "force", "label")
    one, again, other = (fit(targets, members=4, seed=seed)[0] for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, again)
    np.testing.assert_array_equal(one[0], other[0])  # all data, whatever the seed
    assert (np.abs(one[1:] - other[1:]).max(axis=(1, 2)) > 0.01).all()


def test_energies_of_beads_add_up_to_those_of_the_configuration():
    position = beads(3, 9) + np.array([0.4, -2.0, 7.1])
    features = bead_features(position, BOX, SETTINGS)
    assert features.shape[:2] == (3, N)
    for x, found in zip(position, features, strict=True):
        s = SETTINGS
        energy, _ = design_matrix(
            x,
            BOX,
            s["pair_min_nm"],
            s["pair_cutoff_nm"],
            s["pair_functions"],
            s["triplet_cutoff_nm"],
            s["triplet_radial"],
            s["triplet_angular"] + 1,
        )
        assert (np.abs(energy) > 1e-6).all()
        np.testing.assert_allclose(found.sum(axis=0), energy, rtol=1e-10, atol=1e-12)


def test_a_pair_is_halved_and_a_triplet_belongs_to_its_centre():
    """Three beads in a row, the outer ones beyond each other's reach."""
    row = np.array([[[0.3, 0.0, 0.0], [0.0, 0.0, 0.0], [-0.33, 0.0, 0.0]]])
    found = bead_features(row, 4.0, SETTINGS)[0]
    n = SETTINGS["pair_functions"]
    alone = [bead_features(row[:, chosen], 4.0, SETTINGS)[0] for chosen in ([0, 1], [1, 2])]
    for pair in alone:
        np.testing.assert_allclose(pair[0], pair[1])
        assert not pair[:, n:].any()
    np.testing.assert_allclose(found[0, :n], alone[0][0, :n])
    np.testing.assert_allclose(found[2, :n], alone[1][0, :n], atol=1e-12)
    np.testing.assert_allclose(found[1, :n], alone[0][0, :n] + alone[1][0, :n])
    assert found[1, n:].any()
    assert not found[[0, 2], n:].any()


@pytest.mark.parametrize(("n", "most"), [(10, 4), (10, 10), (3, 1600), (4000, 1600), (7, 1)])
def test_configurations_of_a_network_are_evenly_spaced(n, most):
    chosen = hipnn_ts._evenly(n, most)
    assert len(chosen) == min(n, most)
    assert chosen == sorted(set(chosen))
    assert chosen[0] == 0
    assert chosen[-1] < n
    steps = np.diff([*chosen, n])
    assert steps.max() - steps.min() <= 1
    assert steps.max() <= -(-n // most)


NETWORK = {
    "features": 3,
    "sensitivities": 4,
    "epochs": 2,
    "patience": 2,
    "checkpoint_epochs": 2,
    "members": 1,
}


def network_settings(**changes):
    return load_config({"hipnn_ts": NETWORK}).model_dump()["hipnn_ts"] | changes


def network_data():
    data = sources()
    targets = mode(data, "force", "product", "label")
    return TrainingSet(targets, Expansion("quadratic", T0), BOX)


def test_a_network_takes_so_many_configurations_of_each_source():
    trainer = hipnn_ts._Trainer(network_data(), network_settings(configurations=6), 1, "cpu")
    frames = [x.frame for x in trainer.samples]
    every_third = (np.arange(6) + 1000).tolist()
    assert frames == every_third + every_third + (np.arange(5) + 2000).tolist()
    everything = hipnn_ts._Trainer(network_data(), network_settings(), 1, "cpu")
    # the five labels are repeated, so that they weigh about as much as the trajectories
    assert len(everything.samples) == 18 + 18 + 3 * 5


def test_samples_at_one_configuration_share_its_pairs():
    trainer = hipnn_ts._Trainer(network_data(), network_settings(configurations=6), 1, "cpu")
    force, product, label = (trainer.samples[i : i + 6] for i in (0, 6, 12))
    for one, other in zip(force, product, strict=True):
        assert one.geometry is other.geometry
        assert not np.array_equal(one.value, other.value)
    assert label[0].geometry is not force[0].geometry
    np.testing.assert_allclose(
        label[0].geometry.position % BOX, network_data().targets[2].position[0] % BOX, atol=1e-6
    )


@pytest.mark.parametrize("n", [5, 130])  # numbered by integers of one byte, and of two
def test_a_configuration_keeps_each_pair_once_and_hands_it_out_both_ways(n):
    position, box = np.random.default_rng(n).uniform(-1, 2, (n, 3)), 1.3
    wrapped, first, second, shift = hipnn_ts._Geometry(position, box, 0.5).on("cpu")
    expected = PairList(box, 0.5)((position % box)[None])
    np.testing.assert_array_equal(first, expected[0])
    np.testing.assert_array_equal(second, expected[1])
    np.testing.assert_allclose(shift, expected[2], atol=1e-6)
    assert float((wrapped[second] - wrapped[first] + shift).norm(dim=1).max()) < 0.5


def test_a_response_starts_at_its_size_without_noise():
    """Products are mostly noise: their scale would be far too large for the network's output."""
    data = network_data()
    sized = replace(data.targets[1], size=data.targets[1].scale / 50)
    plain = hipnn_ts._Trainer(data, network_settings(), 1, "cpu").output_scale
    data = replace(data, targets=[data.targets[0], sized, data.targets[2]])
    small = hipnn_ts._Trainer(data, network_settings(), 1, "cpu").output_scale
    np.testing.assert_allclose(small, plain * [1, 1 / 50, 1])


def test_a_network_trained_on_fewer_configurations_is_one_trained_on_those(tmp_path):
    data, chosen = network_data(), [0, 3, 6, 9, 12, 15]
    targets = [part(t, chosen) for t in data.targets[:2]]
    # one array, as in a training set
    targets[1] = replace(targets[1], position=targets[0].position)
    fewer = replace(data, targets=[*targets, data.targets[2]])
    trained = [
        HipnnTS.fit(d, s, seed=1, members=1, device="cpu", checkpoints=Checkpoints(tmp_path / str(i), {}))[0][
            0
        ].tensors()
        for i, (d, s) in enumerate(((data, network_settings(configurations=6)), (fewer, network_settings())))
    ]
    assert trained[0].keys() == trained[1].keys()
    for name, value in trained[0].items():
        np.testing.assert_array_equal(value, trained[1][name])
