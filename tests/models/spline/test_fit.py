"""How splines are fitted: pieces of data, folds, resamples, and configurations that targets share."""

from dataclasses import replace

import numpy as np
import pytest

from support.training_data import SETTINGS, T0, beads, energies, forces, mode, sites, sources, training_set
from thermalcg.geometry.inputs import InputError, OverlapError
from thermalcg.models.spline import fit as fitting
from thermalcg.models.spline.kernels import design_matrix
from thermalcg.models.spline.model import Spline

AUTO = replace(SETTINGS, ridge="auto")

#: What the equations of a target hold besides its weights and pieces.
OWN = {"force": ("gram", "moment", "square"), "energy": ("rows", "values", "share")}


def fit(data, settings=SETTINGS, members=1, seed=3):
    """Coefficients of all members, shape (member, K, F), and what was recorded of them."""
    fitted, records = Spline.fit(training_set(data), settings, seed=seed, members=members)
    return np.array([m.coefficients for m in fitted]), records


def assert_same(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-9 * np.abs(expected).max())


def test_the_model_for_a_fold_is_a_fit_to_the_other_folds():
    data = forces(sites(beads(24, 1), np.repeat(np.arange(8) + 100, 3)))
    fold = np.repeat([0, 0, 1, 1, 1, 2, 2, 2], 3)
    models = Spline.cross_fit(training_set([data]), AUTO, fold)
    assert len(models) == 3
    ridge = fit([data], AUTO)[1][0]["ridge"][0]  # chosen once, from all data
    for k, model in enumerate(models):
        plain, _ = fit([data.part(fold != k)], replace(SETTINGS, ridge=ridge))
        assert_same(model.coefficients, plain[0])
    assert np.abs(models[0].coefficients - models[1].coefficients).max() > 0.01


def test_how_data_are_cut_into_pieces_does_not_change_the_fit_to_all():
    single = forces(sites(beads(12, 4), np.arange(12)))
    for piece in (np.repeat(np.arange(4), 3), np.tile(np.arange(4), 3)):
        assert_same(fit([single.cut(piece)])[0], fit([single])[0])
    # nor does the length of pieces change what a target weighs beside others
    other = forces(sites(beads(5, 14), np.arange(5), 500.0), seed=1)
    whole = [fit([single.cut(p), other])[0] for p in (np.arange(12), np.repeat(np.arange(4), 3))]
    assert_same(*whole)
    energy = energies(single.sites)
    assert_same(*(fit([e])[0] for e in (energy, energy.cut(np.repeat(np.arange(4), 3)))))


def test_targets_at_the_same_configurations_give_the_same_equations_as_separate_ones():
    at = sites(beads(9, 5), np.repeat([5, 6, 7], 3))
    shared = [forces(at, [1, 0, 0], 1), forces(at, [0, 1, 0], 2)]
    shared += [energies(at, [1, -T0, 0]), forces(at, [0, 0, 1], 3)]
    separate = [replace(d, sites=replace(at, position=at.position.copy())) for d in shared]
    assert len(training_set(shared).configurations) == 1
    assert len(training_set(separate).configurations) == 4
    built = [fitting.build_equations(training_set(d), SETTINGS) for d in (shared, separate)]
    for one, other in zip(*built, strict=True):
        for name in ("weights", "pieces", *OWN[one.kind]):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert [e.kind for e in built[0]] == ["force", "force", "energy", "force"]
    assert_same(*(fit(t)[0] for t in (shared, separate)))


def test_targets_at_the_same_configurations_share_one_pass(monkeypatch):
    calls = []

    def counted(*arguments):
        calls.append(1)
        return design_matrix(*arguments)

    monkeypatch.setattr(fitting, "design_matrix", counted)
    first = forces(sites(beads(4, 6), np.arange(4)), [1, 0])
    other = forces(sites(beads(3, 7), np.arange(3), 500.0), [0, 1])
    data = training_set([first, other, energies(first.sites, [1, -T0])])
    fitting.build_equations(data, SETTINGS)
    assert len(calls) == 4 + 3


def test_each_source_of_data_is_resampled_on_its_own():
    data = training_set(mode(sources(), "force", "product", "label"))
    drawn = np.array([fitting.resampled(data.sources, 3, member) for member in range(1, 200)])
    assert drawn.shape == (199, 6 + 5)
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


def test_a_fit_in_too_small_a_box_or_with_beads_on_one_spot_is_refused():
    data = training_set([forces(sites(beads(4, 6), np.arange(4)))])
    with pytest.raises(InputError, match=r"1\.1 nm.*cutoff 0\.6 nm"):
        Spline.fit(replace(data, box=1.1), SETTINGS, seed=1, members=1)
    data.configurations[0].position[2, 5] = data.configurations[0].position[2, 4]
    with pytest.raises(OverlapError, match="configuration 2: beads 4 and 5 are 0 nm apart"):
        Spline.fit(data, SETTINGS, seed=1, members=1)
