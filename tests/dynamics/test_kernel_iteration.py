"""The iteration of memory kernels, on motions that are known exactly."""

from dataclasses import replace

import numpy as np
import pytest

from support.oscillator import MASS, MEMORY, ONE, T, exact_correlations
from thermalcg.dynamics.cg_runs import Motions
from thermalcg.dynamics.damped_cosines import Embedding, KernelError
from thermalcg.dynamics.kernel_files import kernel_dataset, measured_kernel
from thermalcg.dynamics.kernel_fit import FitSettings, fit_kernel, plateau_of
from thermalcg.dynamics.kernel_iteration import GAIN, IterationSettings, iterate_kernel
from thermalcg.dynamics.kernel_target import Measured, Target
from thermalcg.dynamics.kernel_transfer import friction_error
from thermalcg.dynamics.spread_energies import Energies
from thermalcg.dynamics.volterra import memory_kernel, running_integral
from thermalcg.storage.checkpoints import Checkpoints

pytestmark = pytest.mark.physics


def test_iteration_undoes_a_cross_correlation(tmp_path):
    """A free particle whose measured kernel is too strong by a third ends with the right one."""
    interval, lags = 0.004, 300
    time = interval * np.arange(lags)
    true = MEMORY
    exact, _ = exact_correlations(true, interval, lags, 1e-6)
    # a residual force that is a third too large, as where it is correlated with the mean force
    mixed = replace(exact, residual_v=4 / 3 * exact.residual_v, residual_f=4 / 3 * exact.residual_f)
    start = fit_kernel(memory_kernel(mixed), running_integral(mixed), interval, FitSettings(5, 0.3))
    assert start.embedding.friction > 1.15 * true.friction

    def simulate(embedding):
        vacf = embedding.free_autocorrelation(time, MASS, T)
        msd = 6 * np.cumsum(np.cumsum(vacf)) * interval**2
        return Motions(interval, vacf[None].repeat(2, 0), msd[None].repeat(2, 0), np.full(2, T))

    found = iterate_kernel(
        Target.of(mixed), MASS, simulate, IterationSettings(4, (0.5, 1.0), FitSettings(5, 0.3)),
        Checkpoints(tmp_path, {}),
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
        Target.of(mixed), MASS, None, IterationSettings(4, (0.5, 1.0), FitSettings(5, 0.3)),
        Checkpoints(tmp_path, {}),
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
        # symmetric about the canonical mean, so that all weights are equal
        source = Measured(each, None, Energies(np.linspace(-1.0, 1.0, 15), 0.0, 1.0, T))
        found = iterate_kernel(
            source.target(), MASS, simulate, IterationSettings(2, (0.3, 0.9), FitSettings(3, 0.5)),
            Checkpoints(tmp_path / str(repetition), {}),
        )  # fmt: skip
        kernel = measured_kernel(kernel_dataset(source, found))
        frictions.append(plateau_of(kernel.embedding.running_integral(time)))
        errors.append(np.hypot(*friction_error(kernel)))
    # 12 repetitions know a spread to a fifth
    assert np.std(frictions, ddof=1) == pytest.approx(np.mean(errors), rel=0.5)


def test_records_too_far_apart_are_refused(tmp_path):
    c, _ = exact_correlations(MEMORY, 0.03, 100)
    with pytest.raises(
        KernelError, match=r"velocities lose \d+ % .* records of 30 fs; allowed: at most 10 %"
    ):
        iterate_kernel(
            Target.of(c),
            MASS,
            None,
            IterationSettings(0, (0.5, 1.0), FitSettings(3, 1.0)),
            Checkpoints(tmp_path, {}),
        )
