"""Memory kernels, their embedding and their integrator, on cases whose answers are known exactly."""

from dataclasses import replace

import numpy as np
import openmm as mm
import pytest
from scipy.linalg import expm

from thermalcg.cg_dynamics import Motions
from thermalcg.checkpoints import Checkpoints
from thermalcg.correlation import correlate
from thermalcg.embedding import Embedding, KernelError
from thermalcg.generalized_langevin import draw_auxiliary, generalized_langevin_integrator
from thermalcg.kernel_fit import fit_kernel, plateau_of
from thermalcg.kernel_iteration import GAIN, iterate_kernel
from thermalcg.kernel_transfer import (
    MeasuredKernel,
    friction_error,
    transfer_kernel,
    transferred_friction_error,
    vogel_temperature,
)
from thermalcg.kernels import kernel_dataset, measured_kernel
from thermalcg.memory import Correlations, linear_running_integral, memory_kernel, running_integral
from thermalcg.statistics import jackknife_error
from thermalcg.units import KB

MASS, T, SPRING = 18.0, 400.0, 4000.0
MEMORY = Embedding([2500.0, 900.0], [30.0, 5.0], [60.0, 0.0])
ONE = Embedding([1500.0], [12.0], [0.0])


def oscillator(memory, time, spring=SPRING):
    """<y_i(t) y_j(0)> of y = (x, v, auxiliaries) in V = spring x^2 / 2 with a memory kernel, exactly."""
    inner = memory.drift(MASS)
    size = len(inner) + 1
    matrix = np.zeros((size, size))
    matrix[0, 1] = -1 / np.sqrt(MASS)  # dx = p / sqrt(m) dt, in y = (x, sqrt(m) v, s)
    matrix[1, 0] = spring / np.sqrt(MASS)
    matrix[1:, 1:] = inner
    stationary = KB * T * np.diag([1 / spring, *[1.0] * (size - 1)])
    return np.array([expm(-t * matrix) @ stationary for t in time])


def exact_correlations(memory, interval, n, spring=SPRING):
    """What an all-atom run of this oscillator would measure, with the exact mean force -spring x."""
    c = oscillator(memory, interval * np.arange(n), spring)
    root = np.sqrt(MASS)
    vv, xv = c[:, 1, 1] / MASS, c[:, 0, 1] / root
    # f = m dv/dt; the derivative of a correlation function with respect to time, by the equation of motion
    drift = memory.drift(MASS)
    pull = -np.einsum("j,tjk->tk", drift[0], c[:, 1:, :]) * root  # random and friction force, with y_k(0)
    # <a(t) f(0)> from f(0) as the same combination of y(0)
    combination = np.concatenate([[-spring], -drift[0] * root])
    combination[1] = -drift[0, 0] * root
    residual_f = pull @ combination
    return Correlations(interval, MASS, vv, pull[:, 1] / root, residual_f), xv


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
    draw_auxiliary(integrator, n_particles, T, rng)
    x, v = np.empty((2, n_steps, 3 * n_particles))
    for i in range(n_steps):
        integrator.step(1)
        state = context.getState(positions=True, velocities=True)
        x[i] = state.getPositions(asNumpy=True)._value.ravel()
        v[i] = state.getVelocities(asNumpy=True)._value.ravel()
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


def family(temperature, law=lambda T: np.exp(1200 / T - 3)):
    """A fast part that does not depend on temperature and a slow one that does."""
    return Embedding([6000.0, 900.0 * law(temperature)], [50.0, 4.0], [0.0, 0.0])


def test_transfer_is_exact_where_every_time_follows_the_law():
    time = 0.004 * np.arange(400)
    # one factor for the whole kernel
    kernels = {T: Embedding([900 * np.exp(1200 / T)], [6.0], [0.0]) for T in (350.0, 450.0)}
    fit = transfer_kernel(kernels, 600.0, time, law="arrhenius", terms=3, tolerance=0.05)
    assert fit.embedding.friction == pytest.approx(150 * np.exp(2.0), rel=0.02)
    near = transfer_kernel({T: family(T) for T in (380.0, 420.0)}, 400.0, time, law="arrhenius", terms=4,
                           tolerance=0.05)  # fmt: skip
    assert near.embedding.friction == pytest.approx(family(400.0).friction, rel=0.01)


def test_noise_of_a_carried_over_friction():
    """Errors of the logarithms add with the weights of the law; shared stretches keep their correlation."""
    time, rng = 0.004 * np.arange(400), np.random.default_rng(1)
    kernels = {T: Embedding([900 * np.exp(1200 / T)], [6.0], [0.0]) for T in (350.0, 450.0)}
    left_out = 0.004 * rng.normal(size=(2, 30, 1))
    left_out -= left_out.mean(axis=1, keepdims=True)
    left_out[1] -= left_out[0] * (left_out[0] * left_out[1]).sum() / (left_out[0] ** 2).sum()
    share = (1 / 450 - 1 / 600) / (1 / 350 - 1 / 450)
    for changes, expected in (
        (
            left_out,
            np.hypot(*(w * jackknife_error(x)[0] for w, x in zip((share, 1 + share), left_out, strict=True))),
        ),
        (left_out[[0, 0]], jackknife_error(left_out[0])[0]),
    ):
        none, exact = np.zeros((0, 400)), 150 * np.exp(2.0)
        for origin in ("stretches", "runs"):
            noisy = {
                T: MeasuredKernel(k, none, none)._replace(**{origin: x * k.running_integral(time)})
                for (T, k), x in zip(kernels.items(), changes, strict=True)
            }
            error = transferred_friction_error(noisy, 600.0, time, "arrhenius")
            assert getattr(error, origin) == pytest.approx(exact * expected, rel=0.03)
            assert sum(error) == getattr(error, origin)
            own = next(iter(noisy.values()))
            assert sum(friction_error(own)) == pytest.approx(
                own.embedding.friction * jackknife_error(changes[0])[0], rel=0.01
            )


def test_vogel_temperature_is_found():
    temperatures = np.array([280.0, 320.0, 400.0, 600.0])
    friction = np.exp(-1 + 500 / (temperatures - 150))
    assert vogel_temperature(temperatures, friction, 250.0) == pytest.approx(150, abs=1)
    kernels = {T: Embedding([f * 6.0], [6.0], [0.0]) for T, f in zip(temperatures, friction, strict=True)}
    fit = transfer_kernel(kernels, 250.0, 0.004 * np.arange(400), law="vft", terms=3, tolerance=0.05)
    assert fit.embedding.friction == pytest.approx(np.exp(-1 + 5.0), rel=0.03)


def test_a_vogel_temperature_near_the_prediction_is_refused():
    """The law would diverge between the prediction and the data, or change its sign."""
    time = 0.004 * np.arange(400)
    friction = {T: np.exp(-1 + 40 / (T - 262)) for T in (300.0, 395.0, 625.0)}
    kernels = {T: Embedding([f * 6.0], [6.0], [0.0]) for T, f in friction.items()}
    with pytest.raises(KernelError, match="Vogel temperature runs to 225 K, 0.9 of the lowest"):
        transfer_kernel(kernels, 250.0, time, law="vft", terms=3, tolerance=0.05)
    assert transfer_kernel(kernels, 350.0, time, law="vft", terms=3, tolerance=0.05).embedding.friction > 0


@pytest.mark.parametrize(
    ("temperatures", "law", "named"),
    [((300.0,), "arrhenius", "at least 2"), ((300.0, 400.0), "vft", "at least 3"), ((300.0,), "wlf", "wlf")],
)
def test_laws_need_their_temperatures(temperatures, law, named):
    with pytest.raises(KernelError, match=named):
        transfer_kernel({T: ONE for T in temperatures}, 500.0, np.arange(9) * 0.004, law=law, terms=2,
                        tolerance=0.1)  # fmt: skip


def test_iteration_undoes_a_cross_correlation(tmp_path):
    """A free particle whose measured kernel is too strong by a third ends with the right one."""
    interval, lags = 0.004, 300
    time = interval * np.arange(lags)
    true = MEMORY
    exact, _ = exact_correlations(true, interval, lags, 1e-6)
    # a residual force that is a third too large, as where it is correlated with the mean force
    mixed = replace(exact, residual_v=4 / 3 * exact.residual_v, residual_f=4 / 3 * exact.residual_f)
    start = fit_kernel(memory_kernel(mixed), running_integral(mixed), interval, terms=5, tolerance=0.3)
    assert start.embedding.friction > 1.15 * true.friction

    def simulate(embedding):
        vacf = embedding.free_autocorrelation(time, MASS, T)
        msd = 6 * np.cumsum(np.cumsum(vacf)) * interval**2
        return Motions(interval, vacf[None].repeat(2, 0), msd[None].repeat(2, 0), np.full(2, T))

    found = iterate_kernel(
        mixed, simulate, lags=lags, terms=5, tolerance=0.3, iterations=4, displacement_window=(0.5, 1.0),
        checkpoints=Checkpoints(tmp_path, {}),
    )  # fmt: skip
    # what the steps leave of the first error
    left = np.prod([1 - GAIN / (n + 1) for n in range(4)])
    expected = true.friction + left * (found.embeddings[0].friction - true.friction)
    assert found.embeddings[-1].friction == pytest.approx(expected, rel=0.02)
    assert (np.diff(found.vacf_error) < 0).all()
    assert found.scatter.shape == (2, lags)
    np.testing.assert_allclose(found.scatter, 0, atol=1e-9)  # these runs are all alike
    # taken up again, nothing is simulated twice
    again = iterate_kernel(
        mixed, None, lags=lags, terms=5, tolerance=0.3, iterations=4, displacement_window=(0.5, 1.0),
        checkpoints=Checkpoints(tmp_path, {}),
    )  # fmt: skip
    np.testing.assert_array_equal(again.embeddings[-1].strength, found.embeddings[-1].strength)


def test_scatter_is_that_of_the_friction(tmp_path):
    """Noise of stretches and of CG runs, told from one set of data, against repetition of everything."""
    interval, lags, rng = 0.008, 125, np.random.default_rng(1)
    time = interval * np.arange(lags)
    # a liquid's linear kernel is stronger than its own, so that one step is Newton's
    exact, _ = exact_correlations(ONE, interval, lags, 1e-6)
    shape = np.exp(-time / 0.4) * (1 - np.exp(-time / 0.02))

    def noisy(vv, n):
        return vv + 0.01 * vv[0] * shape * rng.normal(size=(n, 1))

    def simulate(embedding):
        change = (embedding.running_integral(time) / ONE.running_integral(time).clip(1e-9) - 1) / GAIN
        strength = ONE.strength * (1 + float(change[-30:].mean()))
        vacf = Embedding(strength, ONE.rate, ONE.frequency).free_autocorrelation(time, MASS, T)
        msd = 6 * np.cumsum(np.cumsum(vacf)) * interval**2
        return Motions(interval, noisy(vacf, 10), msd[None].repeat(10, 0), np.full(10, T))

    frictions, errors = [], []
    for repetition in range(12):
        vv = noisy(exact.vv, 15)
        each = replace(exact, vv=vv, residual_v=exact.residual_v[None].repeat(15, 0),
                       residual_f=exact.residual_f[None].repeat(15, 0))  # fmt: skip
        weights = lambda kept: np.full(len(kept), 1 / len(kept))  # noqa: E731
        found = iterate_kernel(
            each.mean(), simulate, lags=lags, terms=3, tolerance=0.5, iterations=2,
            displacement_window=(0.3, 0.9), checkpoints=Checkpoints(tmp_path / str(repetition), {}),
        )  # fmt: skip
        kernel = measured_kernel(kernel_dataset(each, weights, found, lags, T))
        frictions.append(plateau_of(kernel.embedding.running_integral(time)))
        errors.append(np.hypot(*friction_error(kernel)))
    # 12 repetitions know a spread to a fifth
    assert np.std(frictions, ddof=1) == pytest.approx(np.mean(errors), rel=0.5)


def test_records_too_far_apart_are_refused(tmp_path):
    c, _ = exact_correlations(MEMORY, 0.03, 100)
    with pytest.raises(
        KernelError, match=r"velocities lose \d+ % .* records of 30 fs; allowed: at most 10 %"
    ):
        iterate_kernel(c, None, lags=100, terms=3, tolerance=1.0, iterations=0,
                       displacement_window=(0.5, 1.0), checkpoints=Checkpoints(tmp_path, {}))  # fmt: skip
