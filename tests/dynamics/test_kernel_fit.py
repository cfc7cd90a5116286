"""Memory kernels fitted by damped cosines."""

import numpy as np
import pytest

from support.oscillator import MEMORY
from thermalcg.dynamics.damped_cosines import KernelError
from thermalcg.dynamics.kernel_fit import FitSettings, fit_kernel, plateau_of

pytestmark = pytest.mark.physics


def test_fit_recovers_a_kernel():
    interval = 0.004
    time = interval * np.arange(300)
    fit = fit_kernel(MEMORY.kernel(time), MEMORY.running_integral(time), interval, FitSettings(4, 0.02))
    assert fit.kernel_error < 2e-3
    assert fit.integral_error < 0.01
    assert fit.embedding.friction == pytest.approx(plateau_of(MEMORY.running_integral(time)), rel=0.01)
    assert (fit.embedding.strength > 0).all()


def test_fits_that_miss_and_kernels_without_friction_are_refused():
    interval = 0.004
    time = interval * np.arange(300)
    kernel, integral = MEMORY.kernel(time), MEMORY.running_integral(time)
    with pytest.raises(KernelError, match="allowed: both positive"):
        fit_kernel(-kernel, -integral, interval, FitSettings(4, 0.1))
    wild = integral * (1 + 0.8 * np.sin(40 * time))
    with pytest.raises(KernelError, match="fit_tolerance is 0.05"):
        fit_kernel(np.gradient(wild, interval), wild, interval, FitSettings(1, 0.05))
