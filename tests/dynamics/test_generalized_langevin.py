"""The generalised Langevin equation in OpenMM, on motions that are known exactly."""

import numpy as np
import openmm as mm
import pytest

from support.oscillator import MASS, MEMORY, ONE, SPRING, T, oscillator
from thermalcg.cg.openmm_engine import get_auxiliary, integrator_of, set_auxiliary
from thermalcg.dynamics.correlation import correlate
from thermalcg.dynamics.damped_cosines import KernelError
from thermalcg.dynamics.generalized_langevin import draw_auxiliary, memory_bath
from thermalcg.geometry.inputs import InputError
from thermalcg.runtime.openmm_arrays import phase_space
from thermalcg.runtime.platforms import REFERENCE_PLATFORM, make_context
from thermalcg.units import KB

pytestmark = pytest.mark.physics


def run(memory, spring, step, n_particles, n_steps, seed=3):
    """x and v of independent oscillators, shape (step, particle * 3)."""
    system = mm.System()
    force = mm.CustomExternalForce(f"0.5*{spring}*(x^2+y^2+z^2)")
    for i in range(n_particles):
        system.addParticle(MASS)
        force.addParticle(i, [])
    if spring:
        system.addForce(force)
    bath = memory_bath(memory, MASS, T, step)
    integrator = integrator_of(bath, seed)
    context = mm.Context(system, integrator, mm.Platform.getPlatformByName("Reference"))
    rng = np.random.default_rng(seed)
    width = np.sqrt(KB * T / spring) if spring else 0.0
    context.setPositions(rng.normal(size=(n_particles, 3)) * width)
    context.setVelocities(rng.normal(size=(n_particles, 3)) * np.sqrt(KB * T / MASS))
    set_auxiliary(integrator, draw_auxiliary(bath, n_particles, rng))
    x, v = np.empty((2, n_steps, 3 * n_particles))
    for i in range(n_steps):
        integrator.step(1)
        x[i], v[i] = (values.ravel() for values in phase_space(context).values())
    return x, v


@pytest.mark.parametrize("memory", [ONE, MEMORY])
@pytest.mark.parametrize("spring", [0.0, SPRING])
def test_integrator_has_the_exact_autocorrelation(memory, spring):
    step, lags = 0.004, 60
    _, v = run(memory, spring, step, n_particles=150, n_steps=500)
    found = correlate(v[None, :, :, None], v[None, :, :, None], lags)[0]
    time = step * np.arange(lags)
    free = memory.free_autocorrelation(time, MASS, T)
    exact = oscillator(memory, time)[:, 1, 1] / MASS if spring else free
    # 450 components of 2 ps: 2 % of the value at zero
    np.testing.assert_allclose(found / exact[0], exact / exact[0], atol=0.03)


def test_canonical_distribution_at_a_long_step():
    # 8 fs: the mode at 60 rad/ps turns by half a radian a step, the spring's by 0.12
    x, v = run(MEMORY, SPRING, 0.008, n_particles=150, n_steps=600)
    assert x.var() == pytest.approx(KB * T / SPRING, rel=0.03)
    assert v.var() == pytest.approx(KB * T / MASS, rel=0.03)
    assert (x**4).mean() / x.var() ** 2 == pytest.approx(3, rel=0.06)


def test_steps_too_long_for_the_kernel_are_refused():
    with pytest.raises(KernelError, match=r"50 fs is too long.*allowed: at most \d"):
        memory_bath(MEMORY, MASS, T, 0.05)


def test_auxiliary_variables_go_from_context_to_context():
    """At 0 K nothing is random: two contexts, one after the other, move a particle as one does."""
    system = mm.System()
    system.addParticle(MASS)

    def go(steps, x, v, auxiliary):
        integrator = integrator_of(memory_bath(MEMORY, MASS, 0.0, 0.004), 1)
        context = make_context(system, integrator, REFERENCE_PLATFORM)
        context.setPositions(x)
        context.setVelocities(v)
        set_auxiliary(integrator, auxiliary)
        integrator.step(steps)
        return *phase_space(context).values(), get_auxiliary(integrator)

    rng = np.random.default_rng(6)
    first = (
        np.zeros((1, 3)),
        rng.normal(size=(1, 3)),
        draw_auxiliary(memory_bath(MEMORY, MASS, T, 0.004), 1, rng),
    )
    assert first[2].shape == (3, 1, 3)
    for one, two in zip(go(20, *first), go(12, *go(8, *first)), strict=True):
        np.testing.assert_array_equal(one, two)


def test_auxiliary_variables_have_a_temperature():
    with pytest.raises(InputError, match="temperature is 0.0 K; allowed: a number > 0"):
        draw_auxiliary(memory_bath(MEMORY, MASS, 0.0, 0.004), 4, np.random.default_rng(0))
