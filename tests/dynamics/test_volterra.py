"""Memory kernels, their embedding and their integrator, on cases whose answers are known exactly."""

from dataclasses import replace

import numpy as np
import openmm as mm
import pytest

from support.oscillator import MASS, MEMORY, ONE, SPRING, T, exact_correlations, oscillator
from thermalcg.dynamics.correlation import correlate
from thermalcg.dynamics.damped_cosines import Embedding, KernelError
from thermalcg.dynamics.generalized_langevin import (
    draw_auxiliary,
    generalized_langevin_integrator,
    set_auxiliary,
)
from thermalcg.dynamics.kernel_fit import fit_kernel, plateau_of
from thermalcg.dynamics.volterra import linear_running_integral, memory_kernel, running_integral
from thermalcg.runtime.openmm_arrays import phase_space
from thermalcg.units import KB

pytestmark = pytest.mark.physics


@pytest.mark.parametrize("memory", [ONE, MEMORY])
@pytest.mark.parametrize("spring", [SPRING, 0.0])
def test_volterra_inversion_recovers_the_kernel(memory, spring):
    interval, n = 0.002, 400
    # a free particle: no position needed, a spring too weak to matter
    c, _ = exact_correlations(memory, interval, n, spring or 1e-6)
    time = interval * np.arange(n)
    np.testing.assert_allclose(memory_kernel(c), memory.kernel(time), atol=0.01 * memory.strength.sum())
    np.testing.assert_allclose(
        running_integral(c), memory.running_integral(time), atol=0.01 * memory.friction
    )


#: Like that of cold water: a collision of 20 fs, of whose friction most is gone again after 60 fs.
WATER = Embedding([7000.0, 2600.0, 150.0], [45.0, 22.0, 1.5], [60.0, 0.0, 0.0])


def test_records_of_four_femtoseconds_are_enough():
    c, _ = exact_correlations(WATER, 0.002, 601, spring=8000.0)
    errors = []
    for n in (4, 2, 1):
        coarse = c.every(n)
        time = coarse.interval * np.arange(len(coarse.vv))
        errors.append(
            (
                np.abs(running_integral(coarse) - WATER.running_integral(time)).max() / WATER.friction,
                np.abs(memory_kernel(coarse) - WATER.kernel(time)).max() / WATER.strength.sum(),
            )
        )
    # a damped cosine has a kink at zero, which the kernel of a liquid has not; it costs 3 % there
    assert errors[1][0] < 0.015
    assert errors[1][1] < 0.03
    for coarse, fine in zip(errors[:-1], errors[1:], strict=True):
        assert max(fine) < 0.35 * max(coarse)


def test_the_wrong_mean_force_is_noticed():
    c, xv = exact_correlations(MEMORY, 0.002, 400)
    # half the spring: the rest of it looks like memory that never ends
    wrong = replace(c, residual_v=c.residual_v - 0.5 * SPRING * xv)
    assert np.abs(running_integral(wrong) - running_integral(c)).max() > 0.3 * MEMORY.friction


def test_the_linear_kernel_is_the_kernel_of_a_free_particle():
    time = 0.002 * np.arange(400)
    vv = MEMORY.free_autocorrelation(time, MASS, T)
    found = linear_running_integral(vv, MASS, 0.002)
    np.testing.assert_allclose(found, MEMORY.running_integral(time), atol=0.02 * MEMORY.friction)


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


def run(memory, spring, step, n_particles, n_steps, seed=3):
    """x and v of independent oscillators, shape (step, particle * 3)."""
    system = mm.System()
    force = mm.CustomExternalForce(f"0.5*{spring}*(x^2+y^2+z^2)")
    for i in range(n_particles):
        system.addParticle(MASS)
        force.addParticle(i, [])
    if spring:
        system.addForce(force)
    integrator = generalized_langevin_integrator(memory, MASS, T, step, seed)
    context = mm.Context(system, integrator, mm.Platform.getPlatformByName("Reference"))
    rng = np.random.default_rng(seed)
    width = np.sqrt(KB * T / spring) if spring else 0.0
    context.setPositions(rng.normal(size=(n_particles, 3)) * width)
    context.setVelocities(rng.normal(size=(n_particles, 3)) * np.sqrt(KB * T / MASS))
    set_auxiliary(integrator, draw_auxiliary(memory, n_particles, T, rng))
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
        generalized_langevin_integrator(MEMORY, MASS, T, 0.05, 1)


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


def test_fit_recovers_a_kernel():
    interval = 0.004
    time = interval * np.arange(300)
    fit = fit_kernel(MEMORY.kernel(time), MEMORY.running_integral(time), interval, terms=4, tolerance=0.02)
    assert fit.kernel_error < 2e-3
    assert fit.integral_error < 0.01
    assert fit.embedding.friction == pytest.approx(plateau_of(MEMORY.running_integral(time)), rel=0.01)
    assert (fit.embedding.strength > 0).all()


def test_fits_that_miss_and_kernels_without_friction_are_refused():
    interval = 0.004
    time = interval * np.arange(300)
    kernel, integral = MEMORY.kernel(time), MEMORY.running_integral(time)
    with pytest.raises(KernelError, match="allowed: both positive"):
        fit_kernel(-kernel, -integral, interval, terms=4, tolerance=0.1)
    wild = integral * (1 + 0.8 * np.sin(40 * time))
    with pytest.raises(KernelError, match="fit_tolerance is 0.05"):
        fit_kernel(np.gradient(wild, interval), wild, interval, terms=1, tolerance=0.05)
