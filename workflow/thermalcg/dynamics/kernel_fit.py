"""A measured memory kernel as a sum of damped cosines with positive weights.

Rates and frequencies of a dense grid leave only the strengths unknown: a non-negative least-squares problem
with one minimum.  It is sparse by itself; the strongest terms are kept and refined together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares, nnls

from .damped_cosines import Embedding, KernelError, damped_cosines, damped_integrals

#: Fastest rate and frequency, in units of one over the interval: together below the limit of the integrator.
FASTEST = 0.55

#: Grid of the first step: rates per decade, and frequencies per rate.
RATES_PER_DECADE = 5
FREQUENCIES = np.array([0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.5, 6.5])


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


def fit_kernel(
    kernel: np.ndarray,
    integral: np.ndarray,
    interval: float,
    *,
    terms: int,
    tolerance: float,
) -> Fit:
    """Fit kernel and running integral together.

    The running integral decides the diffusion, the kernel the shape of the velocity autocorrelation; both
    enter in units of their own size, and the integral's end, its plateau, counts as much as all the rest.

    Args:
        kernel: K(t), amu/ps^2, shape (lag,).
        integral: its running integral, amu/ps, shape (lag,).
        interval: between lags, ps.
        terms: most damped cosines.
        tolerance: largest ``integral_error`` that is accepted.

    Raises:
        KernelError: the friction (the plateau) is not positive, or the fit misses the running integral.
    """
    time = interval * np.arange(len(kernel))
    plateau, largest = plateau_of(integral), float(np.abs(integral).max())
    if plateau <= 0 or kernel[0] <= 0:
        raise KernelError(
            f"the kernel starts at {kernel[0]:.4g} amu/ps^2 and integrates to {plateau:.4g} amu/ps; allowed: "
            "both positive (is the mean force trained? are the trajectories long enough?)"
        )
    slow, fast = 1.5 / time[-1], FASTEST / interval
    n = int(np.ceil(RATES_PER_DECADE * np.log10(fast / slow))) + 1
    rate, ratio = (x.ravel() for x in np.meshgrid(np.geomspace(slow, fast, n), FREQUENCIES))
    frequency = rate * ratio
    usable = frequency < fast
    rate, frequency = rate[usable], frequency[usable]

    weight_k = 1 / (kernel[0] * np.sqrt(len(time)))
    weight_g = 1 / (largest * np.sqrt(len(time)))
    target = np.concatenate([weight_k * kernel, weight_g * integral, [plateau / largest]])

    def rows(rate: np.ndarray, frequency: np.ndarray) -> np.ndarray:
        whole = rate / (rate**2 + frequency**2)
        return np.vstack(
            [
                weight_k * damped_cosines(time, rate, frequency),
                weight_g * damped_integrals(time, rate, frequency),
                whole / largest,
            ]
        )

    strength = nnls(rows(rate, frequency), target)[0]
    while (strength > 0).sum() > terms:
        # the term whose loss costs least
        kept = np.flatnonzero(strength > 0)
        costs = [
            nnls(rows(rate[k], frequency[k]), target)[1]
            for k in (np.delete(kept, i) for i in range(len(kept)))
        ]
        kept = np.delete(kept, int(np.argmin(costs)))
        rate, frequency = rate[kept], frequency[kept]
        strength = nnls(rows(rate, frequency), target)[0]
    kept = strength > 0
    embedding = _refine(Embedding(strength[kept], rate[kept], frequency[kept]), rows, target, slow, fast)
    fit = Fit(
        embedding,
        float(np.sqrt(np.mean((embedding.kernel(time) - kernel) ** 2)) / kernel[0]),
        float(np.abs(embedding.running_integral(time) - integral).max() / largest),
    )
    if fit.integral_error > tolerance:
        raise KernelError(
            f"{terms} terms miss the running integral of the kernel by up to {fit.integral_error:.2f} of its "
            f"largest value; dynamics.fit_tolerance is {tolerance:g}: allow more terms (dynamics.terms), "
            "sample longer or shorten dynamics.memory_ps"
        )
    return fit


def plateau_of(integral: np.ndarray) -> float:
    """Mean of the last quarter of a running integral."""
    return float(integral[-max(1, len(integral) // 4) :].mean())


def _refine(start: Embedding, rows, target: np.ndarray, slow: float, fast: float) -> Embedding:
    """All parameters together, from a good start; strengths and rates stay positive."""
    oscillates = start.frequency > 0
    n = len(start.rate)

    def unpack(x: np.ndarray) -> Embedding:
        frequency = np.zeros(n)
        frequency[oscillates] = np.exp(x[2 * n :])
        return Embedding(np.exp(x[:n]), np.exp(x[n : 2 * n]), frequency)

    def residual(x: np.ndarray) -> np.ndarray:
        e = unpack(x)
        return rows(e.rate, e.frequency) @ e.strength - target

    x0 = np.log(np.concatenate([start.strength, start.rate, start.frequency[oscillates]]))
    low = np.concatenate([x0[:n] - 6, np.full(n, np.log(0.5 * slow)), x0[2 * n :] - 1])
    high = np.concatenate([x0[:n] + 6, np.full(len(x0) - n, np.log(fast))])
    found = least_squares(residual, np.clip(x0, low + 1e-9, high - 1e-9), bounds=(low, high), max_nfev=200)
    return unpack(found.x)
