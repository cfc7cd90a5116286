"""Which labelled frames test a model."""

import numpy as np
import pytest

from support.noisy_labels import label_dataset
from thermalcg.conditional.own_frames import NoTestFrames, own_test_frames


def test_test_frames_whose_chains_disagree_count_like_all_others():
    labels = label_dataset(frames=10, flagged=(1, 6, 9))
    own = own_test_frames(labels)
    np.testing.assert_array_equal(own["site_position"], labels["site_position"][5:])
    np.testing.assert_array_equal(own["split"], 1)
    assert own["converged"].values.tolist() == [1, 0, 1, 1, 0]


def test_labels_are_those_at_the_temperature_of_the_frames():
    labels = label_dataset(temperature=395.0)  # the middle rung is the nearest
    own = own_test_frames(labels)
    assert float(own["rung"]) == 400.0
    np.testing.assert_array_equal(own["mean_force"], labels["mean_force"][3:, 1])


def test_fewer_than_two_test_frames_are_refused():
    with pytest.raises(NoTestFrames, match=r"1 test frames at 400 K; allowed: at least 2 .frames.test."):
        own_test_frames(label_dataset(frames=2))
