"""The figure of the memory kernels."""

from support.figure_tables import is_drawn
from support.motion_data import kernel_data
from thermalcg import figures


def test_memory_kernels_are_drawn(tmp_path):
    figure = figures.memory_kernels({T: kernel_data(T) for T in (300.0, 395.0, 625.0)})
    assert is_drawn(figure, tmp_path / "memory_kernels")
