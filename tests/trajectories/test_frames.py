"""Boxes of frames, and what is said of a file that is at fault."""

from pathlib import Path

import numpy as np
import pytest

from thermalcg.storage.files import DatasetError
from thermalcg.trajectories.frames import cut_off, edges_of, edges_of_angles, wrong_size

FILE = Path("run.trr")


@pytest.mark.parametrize("box", [2.0, [2.0, 2.0, 2.0], np.diag([2.0, 2.0, 2.0])])
def test_edges_of_a_cube(box):
    np.testing.assert_array_equal(edges_of(box, FILE, 0), [2, 2, 2])


def test_edges_of_a_box_with_three_lengths():
    np.testing.assert_array_equal(edges_of([1, 2, 3], FILE, 0), [1, 2, 3])
    np.testing.assert_array_equal(edges_of_angles([1, 2, 3], [90, 90, 90.0004], FILE, 0), [1, 2, 3])


def test_a_tilted_box_is_refused_by_file_and_frame():
    with pytest.raises(DatasetError, match=r"run\.trr: the box of frame 7 is tilted .*0\.5.*right angles"):
        edges_of([[2, 0, 0], [0.5, 2, 0], [0, 0, 2]], FILE, 7)
    with pytest.raises(DatasetError, match=r"run\.trr: the box of frame 7 is tilted .*60"):
        edges_of_angles([2, 2, 2], [90, 90, 60], FILE, 7)


@pytest.mark.parametrize("box", [0.0, [1, -1, 1], [np.nan, 1, 1]])
def test_edges_are_positive(box):
    with pytest.raises(DatasetError, match=r"run\.trr: frame 3: box is .*; allowed: positive edges"):
        edges_of(box, FILE, 3)


def test_what_can_be_used_of_a_damaged_file():
    assert str(cut_off(FILE, 8, 1.4)).endswith("use the frames before with last_ps: 1.4")
    assert "within its first frame" in str(cut_off(FILE, 0, None))


def test_numbers_of_atoms_are_named():
    assert "frame 2 has forces of 80 atoms; expected: 81" in str(wrong_size(FILE, 2, "forces", 80, 81))
