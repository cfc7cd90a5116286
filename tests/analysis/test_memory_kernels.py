"""Table of the memory kernels."""

import numpy as np
import pytest

from support.motion_data import kernel, kernel_data
from thermalcg.analysis.memory_kernels import kernel_rows


def test_a_kernel_has_a_row_for_each_iteration():
    rows = kernel_rows("spline", "300", kernel_data(300.0))
    assert rows["iteration"].tolist() == [0, 1]
    assert rows["friction_per_ps"].iloc[1] == pytest.approx(0.8 * kernel(300.0).friction / 18)
    assert np.isnan(rows["vacf_error"].iloc[1])
