"""Memory kernels carried to other temperatures, iterated, and simulated with."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from support.oscillator import MASS, MEMORY, ONE, T, exact_correlations
from thermalcg.dynamics.cg_runs import DynamicsSettings, Motions, no_motions, run_dynamics
from thermalcg.dynamics.constant_energy_averages import correlations_of
from thermalcg.dynamics.damped_cosines import Embedding, KernelError
from thermalcg.dynamics.kernel_files import kernel_dataset, measured_kernel
from thermalcg.dynamics.kernel_fit import fit_kernel, plateau_of
from thermalcg.dynamics.kernel_iteration import GAIN, iterate_kernel
from thermalcg.dynamics.kernel_transfer import (
    MeasuredKernel,
    friction_error,
    transfer_kernel,
    transferred_friction_error,
    vogel_temperature,
)
from thermalcg.dynamics.volterra import memory_kernel, running_integral
from thermalcg.statistics import jackknife_error
from thermalcg.storage.checkpoints import Checkpoints

pytestmark = pytest.mark.physics


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


def test_runs_have_the_motion_of_their_kernel(tmp_path):
    """Beads without a force: the exact autocorrelation with memory, none with hardly any friction."""
    settings = DynamicsSettings(4.0, 1.0, 6.0, 0.3, 1.0, 100.0)
    start = np.random.default_rng(2).uniform(0, 2, (4, 40, 3))

    def field():
        return lambda x: (np.zeros(len(x)), np.zeros_like(x))

    runs = [
        run_dynamics(
            field, motion, start, 2.0, MASS, T, settings, seed=1, checkpoints=Checkpoints(tmp_path, {})
        )
        for motion in (ONE, 12.0, None)
    ]
    time = 0.004 * np.arange(76)
    # one bead in forty moves with the centre of mass, which is taken out
    free = ONE.free_autocorrelation(time, MASS, T) * 39 / 40
    curves = (free, free[0] * np.exp(-12 * time), free[0] * np.ones(76))
    for found, exact, loose in zip(runs, curves, (0.03, 0.03, 0.1), strict=True):
        assert found.kinetic_temperature.mean() == pytest.approx(T, rel=loose)
        mean = found.vacf.mean(axis=0)
        np.testing.assert_allclose(mean / mean[0], exact / exact[0], atol=0.04)
    empty = no_motions(settings, 4)
    for name in ("vacf", "msd", "kinetic_temperature"):
        assert getattr(empty, name).shape == getattr(runs[0], name).shape


def test_the_trained_force_is_taken_from_the_measured_one():
    rng = np.random.default_rng(3)
    position, velocity, force = rng.normal(size=(3, 2, 60, 5, 3))
    dims = ("stretch", "time", "bead", "axis")
    stretches = xr.Dataset(
        {"position": (dims, position), "velocity": (dims, velocity), "force": (dims, force)},
        coords={"time": 0.004 * np.arange(60)}, attrs={"bead_mass_amu": MASS},
    )  # fmt: skip
    c = correlations_of(stretches, lambda x: (np.zeros(len(x)), -7.0 * x), 10)
    residual = force + 7.0 * position
    for s in range(2):
        for lag in (0, 3, 9):
            early, late = slice(0, 60 - lag), slice(lag, 60)
            assert c.vv[s, lag] == pytest.approx((velocity[s, late] * velocity[s, early]).mean())
            assert c.residual_v[s, lag] == pytest.approx((residual[s, late] * velocity[s, early]).mean())
            assert c.residual_f[s, lag] == pytest.approx((residual[s, late] * force[s, early]).mean())
