"""The Markovian embedding of a memory kernel."""

import numpy as np
import pytest

from support.oscillator import MASS, MEMORY, T
from thermalcg.dynamics.damped_cosines import Embedding, KernelError
from thermalcg.geometry.inputs import InputError
from thermalcg.units import KB

pytestmark = pytest.mark.physics


def test_embedding_is_its_kernel():
    time = np.linspace(0, 0.5, 2001)
    kernel = MEMORY.kernel(time)
    integral = np.concatenate([[0], np.cumsum(0.5 * (kernel[1:] + kernel[:-1]) * np.diff(time))])
    np.testing.assert_allclose(MEMORY.running_integral(time), integral, atol=2e-3 * MEMORY.friction)
    assert MEMORY.running_integral(np.array([20.0]))[0] == pytest.approx(MEMORY.friction)
    # Einstein: the free particle diffuses by kB T over the friction
    long = np.arange(0, 8, 0.002)
    vv = MEMORY.free_autocorrelation(long, MASS, T)
    assert np.trapezoid(vv, long) == pytest.approx(KB * T / MEMORY.friction, rel=0.01)


@pytest.mark.parametrize(
    ("parts", "named"),
    [
        (([100.0, -5.0], [10.0, 1.0], [0.0, 0.0]), "strengths.*-5.0.*>= 0"),
        (([100.0], [0.0], [0.0]), "rates"),
        (([100.0], [1.0], [-2.0]), "frequencies"),
        (([100.0], [1.0, 2.0], [0.0]), "differ in length"),
    ],
)
def test_kernels_without_fluctuation_dissipation_are_refused(parts, named):
    with pytest.raises(KernelError, match=named):
        Embedding(*parts)


@pytest.mark.parametrize(
    ("mass", "T", "said"), [(MASS, -1.0, "temperature is -1.0 K"), (0.0, 300.0, "mass is 0.0 amu")]
)
def test_a_particle_has_a_mass_and_a_temperature(mass, T, said):
    with pytest.raises(InputError, match=f"{said}.*; allowed: a number > 0"):
        MEMORY.free_autocorrelation(np.arange(3.0), mass, T)
