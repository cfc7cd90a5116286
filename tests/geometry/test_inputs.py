"""What is given to a public function is checked at the door, in words."""

import numpy as np
import pytest

from thermalcg.geometry.inputs import (
    InputError,
    OutsideRange,
    checked_box,
    checked_cube,
    checked_positions,
    checked_temperature,
)


def test_one_configuration_and_several_are_taken():
    one, several = np.zeros((5, 3)), np.zeros((2, 5, 3))
    assert checked_positions(one).values.shape == (1, 5, 3)
    assert checked_positions(one).single
    assert checked_positions(several).values.shape == (2, 5, 3)
    assert not checked_positions(several).single


@pytest.mark.parametrize("shape", [(3,), (5, 2), (1, 2, 5, 3), (0, 3)])
def test_other_shapes_are_refused_by_name(shape):
    with pytest.raises(InputError, match=rf"shape \({shape[0]}.*allowed: \(N, 3\)"):
        checked_positions(np.zeros(shape))


def test_positions_have_to_be_finite():
    with pytest.raises(InputError, match="1 values that are not finite"):
        checked_positions([[0, 0, np.nan]])


@pytest.mark.parametrize("box", [2.0, [2.0, 2.0, 2.0], np.eye(3) * 2])
def test_a_cubic_box_may_be_given_in_three_ways(box):
    np.testing.assert_array_equal(checked_box(box, 1.0), [2.0, 2.0, 2.0])


def test_an_orthorhombic_box_keeps_its_edges():
    np.testing.assert_array_equal(checked_box(np.diag([2.0, 3.0, 4.0])), [2, 3, 4])


@pytest.mark.parametrize(
    ("box", "message"),
    [
        ([[2, 0, 0], [0.5, 2, 0], [0, 0, 2]], "tilted"),
        ([2, 2], "shape"),
        (-1, "positive"),
        (np.nan, "positive"),
        (1.1, r"1\.1 nm.*cutoff 0\.6 nm.*1\.2 nm"),
        ([3, 3, 1.1], r"1\.1 nm"),
    ],
)
def test_a_box_that_cannot_be_is_refused(box, message):
    with pytest.raises(InputError, match=message):
        checked_box(box, 0.6)


@pytest.mark.parametrize("temperature", [-5, 0, np.nan, np.inf, "hot", None])
def test_a_temperature_is_a_positive_number(temperature):
    with pytest.raises(InputError, match="allowed: a number > 0"):
        checked_temperature(temperature)


def test_outside_the_known_range_is_a_warning_or_an_error():
    assert checked_temperature(300, (250, 700)) == 300.0
    with pytest.warns(OutsideRange, match="between 250 and 700 K"):
        assert checked_temperature(5000, (250, 700)) == 5000.0
    with pytest.raises(InputError, match="5000 K"):
        checked_temperature(5000, (250, 700), strict=True)


@pytest.mark.parametrize("box", [2.0, [2.0, 2.0, 2.0], np.eye(3) * 2])
def test_a_cube_is_its_edge(box):
    assert checked_cube(box, 1.0) == 2.0
    assert isinstance(checked_cube(box), float)


@pytest.mark.parametrize(
    ("box", "message"), [([2, 2, 3], r"\[2.0, 2.0, 3.0\] nm; allowed here: a cube"), (1, "cutoff")]
)
def test_what_is_no_cube_is_refused(box, message):
    with pytest.raises(InputError, match=message):
        checked_cube(box, 0.6)
