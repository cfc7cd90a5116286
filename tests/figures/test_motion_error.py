"""The figure of the errors of the motion."""

from support.figure_tables import is_drawn
from support.motion_data import errors
from thermalcg import figures


def test_errors_of_the_motion_are_drawn(tmp_path):
    assert is_drawn(figures.dynamics_error(errors(), 0.1), tmp_path / "dynamics_error")
