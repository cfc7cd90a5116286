"""Configurations, sources and independent pieces of a training set."""

import numpy as np

from thermalcg.models.expansion import Expansion
from thermalcg.models.training_data import Configurations, Source, TrainingSet


def sites(source, piece):
    return Configurations(source, np.zeros((len(piece), 2, 3)), np.array(piece))


def training_set(*configurations):
    return TrainingSet(list(configurations), [], Expansion("constant", 395.0), 1.0)


def test_pieces_are_numbered_through_the_sources_in_their_order():
    """By temperature, a trajectory before its labelled frames, however the sets are listed."""
    labelled, hot = sites(Source(395.0, labelled=True), [0, 1, 2]), sites(Source(500.0), [0, 0, 1])
    plain, cold = sites(Source(395.0), [0, 1, 1]), sites(Source(300.0), [0, 0, 0])
    data = training_set(hot, labelled, cold, plain)
    assert list(data.sources) == [Source(300.0), Source(395.0), Source(395.0, labelled=True), Source(500.0)]
    found = [data.pieces(at).tolist() for at in range(4)]
    assert found == [[6, 6, 7], [3, 4, 5], [0, 0, 0], [1, 2, 2]]
    assert data.n_pieces == 8


def test_sets_of_one_source_share_its_pieces():
    data = training_set(sites(Source(395.0), [0, 1]), sites(Source(395.0), [1, 2, 2]))
    assert [data.pieces(at).tolist() for at in (0, 1)] == [[0, 1], [1, 2, 2]]
    assert data.n_pieces == 3


def test_pieces_without_configurations_are_not_counted():
    data = training_set(sites(Source(395.0), [7, 3, 3]), sites(Source(400.0), [5]))
    assert [data.pieces(at).tolist() for at in (0, 1)] == [[1, 0, 0], [2]]
    assert data.n_pieces == 3


def test_the_seeds_of_sources_differ_and_do_not_depend_on_other_data():
    sources = [
        Source(t, labelled) for t in (300.0, 395.0, 395.25, 395.251, 395.249) for labelled in (False, True)
    ]
    assert len({source.seed_label for source in sources}) == len(sources)
    # the numbers that the resamples of the published tables were drawn with
    assert Source(395.0).seed_label == 79_000_000_000
    assert Source(395.0, labelled=True).seed_label == 79_001_000_000
    assert Source(298.15).seed_label == 59_630_000_000
