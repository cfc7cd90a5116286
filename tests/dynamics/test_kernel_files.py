"""Memory kernels survive their dataset."""

import numpy as np

from support.motion_data import kernel, kernel_data
from thermalcg.dynamics.kernel_files import embedding_of, measured_kernel
from thermalcg.statistics import jackknife_error


def test_kernels_survive_their_dataset():
    data = kernel_data(300.0)
    for index, factor in ((0, 1.0), (-1, 0.8)):
        np.testing.assert_allclose(embedding_of(data, index).strength, factor * kernel(300.0).strength)
    # the last fit scatters as the goal of the iteration does, not as the plain kernel
    measured = measured_kernel(data)
    assert measured.stretches.shape == (6, 101)
    assert not np.allclose(jackknife_error(measured.stretches), data["integral_se"])
    np.testing.assert_array_equal(measured.runs, np.ones((4, 101)))
