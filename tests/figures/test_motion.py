"""Figures of the motion: all-atom, and of every case beside it."""

from support.figure_tables import is_drawn
from support.motion_data import motions, observed
from thermalcg import figures


def test_motion_of_all_cases_is_drawn(tmp_path):
    known = {T: observed(T) for T in (300.0, 395.0, 625.0)}
    assert is_drawn(figures.motion(known, {T: motions(T) for T in (300.0, 625.0)}), tmp_path / "motion")


def test_all_atom_motion_is_drawn(tmp_path):
    known = {T: observed(T) for T in (300.0, 395.0, 625.0)}
    assert is_drawn(figures.all_atom_motion(known), tmp_path / "all_atom_motion")
