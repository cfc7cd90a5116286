"""Which labelled frames count as converged test frames."""

import numpy as np
import pytest

from support.noisy_labels import label_dataset
from thermalcg.conditional.converged import NoTestFrames, converged_test_frames


def test_test_frames_that_have_not_converged_are_left_out():
    labels = label_dataset(frames=10, left_out=(1, 6, 9))
    own = converged_test_frames(labels)
    np.testing.assert_array_equal(own["site_position"], labels["site_position"][[5, 7, 8]])
    np.testing.assert_array_equal(own["split"], 1)


def test_labels_are_those_at_the_temperature_of_the_frames():
    labels = label_dataset(temperature=395.0)  # the middle rung is the nearest
    own = converged_test_frames(labels)
    assert float(own["rung"]) == 400.0
    np.testing.assert_array_equal(own["mean_force"], labels["mean_force"][3:, 1])


def test_fewer_than_two_converged_test_frames_are_refused():
    assert converged_test_frames(label_dataset(left_out=(4,))).sizes["frame"] == 2
    labels = label_dataset(left_out=(4, 5))
    with pytest.raises(NoTestFrames) as caught:
        converged_test_frames(labels)
    assert str(caught.value).startswith("1 of the 3 test frames at 400 K have converged")
    assert "conditional.rhat_limit" in str(caught.value)
