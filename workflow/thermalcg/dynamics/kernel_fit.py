"""A measured memory kernel as a sum of damped cosines with positive weights.

Rates and frequencies of a dense grid leave only the strengths unknown: a non-negative least-squares problem
with one minimum, whose solution has few terms.  The terms that cost least are dropped until as many are left
as allowed, and these are refined together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares, nnls

from thermalcg.statistics import rms

from .damped_cosines import Embedding, KernelError, damped_cosines, damped_integrals

#: Fastest rate and frequency, in units of one over the interval: together below the limit of the integrator.
FASTEST = 0.55

#: Grid of the first step: rates per decade, and frequencies per rate.
RATES_PER_DECADE = 5
FREQUENCIES = np.array([0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.5, 6.5])


@dataclass(frozen=True)
class FitSettings:
    """How many terms a fit may have, and how far it may miss.

    Attributes:
        terms: largest number of damped cosines.
        fit_tolerance: largest ``Fit.integral_error`` that is accepted.
    """

    terms: int
    fit_tolerance: float


@dataclass(frozen=True)
class Fit:
    """A fitted kernel and how well it fits.

    Attributes:
        embedding: the terms.
        kernel_error: root mean square of the difference from K(t), as a share of K(0).
        integral_error: largest difference from the running integral, as a share of its largest value.
    """

    embedding: Embedding
    kernel_error: float
    integral_error: float


@dataclass(frozen=True)
class _Problem:
    """The linear least-squares problem for the strengths: ``rows(rate, frequency) @ strength = target``.

    Kernel and running integral enter in units of their own size, and the end of the integral, the plateau,
    counts as much as all the rest.
    """

    time: np.ndarray
    kernel: np.ndarray
    integral: np.ndarray

    @property
    def largest(self) -> float:
        """Largest value of the running integral, amu/ps."""
        return float(np.abs(self.integral).max())

    @property
    def weights(self) -> tuple[float, float]:
        """Of the kernel and of the running integral at each lag."""
        root = np.sqrt(len(self.time))
        return 1 / (self.kernel[0] * root), 1 / (self.largest * root)

    @property
    def target(self) -> np.ndarray:
        """What the rows have to add up to, shape (2 lag + 1,)."""
        weight_k, weight_g = self.weights
        end = [plateau_of(self.integral) / self.largest]
        return np.concatenate([weight_k * self.kernel, weight_g * self.integral, end])

    def rows(self, rate: np.ndarray, frequency: np.ndarray) -> np.ndarray:
        """Kernel, running integral and friction of each term of strength one, shape (2 lag + 1, term)."""
        weight_k, weight_g = self.weights
        whole = rate / (rate**2 + frequency**2)
        return np.vstack(
            [
                weight_k * damped_cosines(self.time, rate, frequency),
                weight_g * damped_integrals(self.time, rate, frequency),
                whole / self.largest,
            ]
        )


def fit_kernel(kernel: np.ndarray, integral: np.ndarray, interval: float, settings: FitSettings) -> Fit:
    """The damped cosines that reproduce a kernel and its running integral together.

    The running integral decides the diffusion, the kernel the shape of the velocity autocorrelation.

    Args:
        kernel: K(t), amu/ps^2, shape (lag,).
        integral: its running integral, amu/ps, shape (lag,).
        interval: between lags, ps.

    Raises:
        KernelError: the friction (the plateau) is not positive, or the fit misses the running integral.
    """
    plateau = plateau_of(integral)
    if plateau <= 0 or kernel[0] <= 0:
        raise KernelError(
            f"the kernel starts at {kernel[0]:.4g} amu/ps^2 and integrates to {plateau:.4g} amu/ps; allowed: "
            "both positive (is the mean force trained? are the trajectories long enough?)"
        )
    problem = _Problem(interval * np.arange(len(kernel)), kernel, integral)
    slow, fast = 1.5 / problem.time[-1], FASTEST / interval
    start = _strongest_terms(problem, *_grid(slow, fast), settings.terms)
    embedding = _refine(start, problem, slow, fast)
    fit = Fit(
        embedding,
        float(rms(embedding.kernel(problem.time) - kernel) / kernel[0]),
        float(np.abs(embedding.running_integral(problem.time) - integral).max() / problem.largest),
    )
    if fit.integral_error > settings.fit_tolerance:
        raise KernelError(
            f"{settings.terms} terms miss the running integral of the kernel by up to "
            f"{fit.integral_error:.2f} of its largest value; dynamics.fit_tolerance is "
            f"{settings.fit_tolerance:g}: allow more terms (dynamics.terms), sample longer or shorten "
            "dynamics.memory_ps"
        )
    return fit


def plateau_of(integral: np.ndarray) -> float:
    """The mean of the last quarter of a running integral, shape (lag,)."""
    return float(integral[-max(1, len(integral) // 4) :].mean())


def _grid(slow: float, fast: float) -> tuple[np.ndarray, np.ndarray]:
    """Rates, 1/ps, and frequencies, rad/ps, of the terms to choose from, each of shape (term,)."""
    n = int(np.ceil(RATES_PER_DECADE * np.log10(fast / slow))) + 1
    rate, ratio = (x.ravel() for x in np.meshgrid(np.geomspace(slow, fast, n), FREQUENCIES))
    frequency = rate * ratio
    usable = frequency < fast
    return rate[usable], frequency[usable]


def _strongest_terms(problem: _Problem, rate: np.ndarray, frequency: np.ndarray, terms: int) -> Embedding:
    """At most ``terms`` of the terms offered, with their best strengths."""
    target = problem.target
    strength = nnls(problem.rows(rate, frequency), target)[0]
    while (strength > 0).sum() > terms:
        # the term whose loss costs least
        kept = np.flatnonzero(strength > 0)
        costs = [
            nnls(problem.rows(rate[k], frequency[k]), target)[1]
            for k in (np.delete(kept, i) for i in range(len(kept)))
        ]
        kept = np.delete(kept, int(np.argmin(costs)))
        rate, frequency = rate[kept], frequency[kept]
        strength = nnls(problem.rows(rate, frequency), target)[0]
    kept = strength > 0
    return Embedding(strength[kept], rate[kept], frequency[kept])


def _refine(start: Embedding, problem: _Problem, slow: float, fast: float) -> Embedding:
    """The best strengths, rates and frequencies together, from a good start; all stay positive."""
    oscillates = start.frequency > 0
    n, target = len(start.rate), problem.target

    def unpack(x: np.ndarray) -> Embedding:
        frequency = np.zeros(n)
        frequency[oscillates] = np.exp(x[2 * n :])
        return Embedding(np.exp(x[:n]), np.exp(x[n : 2 * n]), frequency)

    def residual(x: np.ndarray) -> np.ndarray:
        e = unpack(x)
        return problem.rows(e.rate, e.frequency) @ e.strength - target

    x0 = np.log(np.concatenate([start.strength, start.rate, start.frequency[oscillates]]))
    low = np.concatenate([x0[:n] - 6, np.full(n, np.log(0.5 * slow)), x0[2 * n :] - 1])
    high = np.concatenate([x0[:n] + 6, np.full(len(x0) - n, np.log(fast))])
    found = least_squares(residual, np.clip(x0, low + 1e-9, high - 1e-9), bounds=(low, high), max_nfev=200)
    return unpack(found.x)
