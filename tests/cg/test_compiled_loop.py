"""The compiled step against the formulas that it stands for."""

import numpy as np
import pytest

from support.oscillator import MASS, MEMORY, ONE, SPRING, T, oscillator
from thermalcg.cg.baths import friction_bath
from thermalcg.cg.compiled_loop import bounded, move
from thermalcg.cg.replicas import LARGEST_FORCE
from thermalcg.dynamics.correlation import correlate
from thermalcg.dynamics.generalized_langevin import draw_auxiliary, memory_bath
from thermalcg.units import KB

pytestmark = pytest.mark.physics


def test_bounds_see_what_is_no_number():
    force = np.zeros((3, 4))
    assert bounded(force)
    for value in (np.nan, np.inf, -np.inf, LARGEST_FORCE, -2 * LARGEST_FORCE):
        force[2, 3] = value
        assert not bounded(force)


def test_a_step_without_bath_is_leapfrog():
    rng = np.random.default_rng(1)
    position, velocity, force = rng.normal(size=(3, 3, 5))
    x, v = position.copy(), velocity.copy()
    move(x, v, np.zeros((3, 5, 0)), force, friction_bath(0.0, 18.0, 300.0, 0.004), rng)
    np.testing.assert_allclose(v, velocity + 0.004 / 18.0 * force)
    np.testing.assert_allclose(x, position + 0.004 * v)


def run(memory, spring, step, n_particles, n_steps, seed=3):
    """x and v of independent oscillators, shape (step, particle * 3)."""
    rng = np.random.default_rng(seed)
    bath = memory_bath(memory, MASS, T, step)
    width = np.sqrt(KB * T / spring) if spring else 0.0
    position = rng.normal(size=(3, n_particles)) * width
    velocity = rng.normal(size=(3, n_particles)) * np.sqrt(KB * T / MASS)
    auxiliary = np.ascontiguousarray(draw_auxiliary(bath, n_particles, rng).transpose(2, 1, 0))
    x, v = np.empty((2, n_steps, 3 * n_particles))
    for i in range(n_steps):
        move(position, velocity, auxiliary, -spring * position, bath, rng)
        x[i], v[i] = position.ravel(), velocity.ravel()
    return x, v


@pytest.mark.parametrize("memory", [ONE, MEMORY])
@pytest.mark.parametrize("spring", [0.0, SPRING])
def test_memory_has_the_exact_autocorrelation(memory, spring):
    step, lags = 0.004, 60
    _, v = run(memory, spring, step, n_particles=300, n_steps=500)
    found = correlate(v[None, :, :, None], v[None, :, :, None], lags)[0]
    time = step * np.arange(lags)
    free = memory.free_autocorrelation(time, MASS, T)
    exact = oscillator(memory, time)[:, 1, 1] / MASS if spring else free
    # 900 components of 2 ps: 1.4 % of the value at zero
    np.testing.assert_allclose(found / exact[0], exact / exact[0], atol=0.03)


def test_canonical_distribution_at_a_long_step():
    # 8 fs: the mode at 60 rad/ps turns by half a radian a step, the spring's by 0.12
    x, v = run(MEMORY, SPRING, 0.008, n_particles=300, n_steps=600)
    assert x.var() == pytest.approx(KB * T / SPRING, rel=0.03)
    assert v.var() == pytest.approx(KB * T / MASS, rel=0.03)
    assert (x**4).mean() / x.var() ** 2 == pytest.approx(3, rel=0.06)
