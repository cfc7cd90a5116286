"""Errors, correlation times, convergence and verdicts.

The unit of every error bar is an *independent piece*: a run, a block longer than
the decorrelation time, a chain or a bootstrap replicate.  Nothing here looks at
correlated samples one by one, except the functions that measure the correlation.
"""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

#: Mean of |x| for a normal x of unit variance.
MEAN_ABSOLUTE_NORMAL = math.sqrt(2 / math.pi)


def standard_error(values: ArrayLike, axis: int = 0) -> np.ndarray:
    """Standard error of the mean over independent pieces, which lie along ``axis``.

    Raises:
        ValueError: fewer than two pieces.
    """
    values = np.asarray(values, dtype=float)
    pieces = values.shape[axis]
    if pieces < 2:
        raise ValueError(f"standard error of {pieces} piece(s); allowed: at least 2 independent pieces")
    return values.std(axis=axis, ddof=1) / math.sqrt(pieces)


def jackknife_error(without: ArrayLike) -> np.ndarray:
    """Standard error from estimates that each leave out one piece; they lie along the first axis."""
    without = np.asarray(without, dtype=float)
    n = len(without)
    return np.sqrt((n - 1) / n * ((without - without.mean(axis=0)) ** 2).sum(axis=0))


def delete_one(n: int, estimate: Callable[[np.ndarray], ArrayLike]) -> tuple[np.ndarray, np.ndarray]:
    """An estimate from all of n pieces, and from all but each of them in turn.

    Args:
        estimate: a function of the kept pieces, given by their indices.

    Returns:
        Both; the second has the pieces along its first axis and is what ``jackknife_error`` takes.
    """
    pieces = np.arange(n)
    return np.asarray(estimate(pieces)), np.stack([estimate(np.delete(pieces, i)) for i in pieces])


def bias_corrected(
    pieces: list[np.ndarray], estimate: Callable[[np.ndarray], ArrayLike]
) -> tuple[np.ndarray, np.ndarray]:
    """A non-linear estimate from blocks, its bias of order 1/n removed by the jackknife, and its error.

    Args:
        pieces: index arrays of the blocks.
        estimate: function of an index array.

    Returns:
        (value, standard error).
    """
    n = len(pieces)
    whole, without = delete_one(n, lambda kept: estimate(np.concatenate([pieces[i] for i in kept])))
    return n * whole - (n - 1) * without.mean(axis=0), jackknife_error(without)


def with_jackknife_error(n: int, estimate: Callable[[np.ndarray], ArrayLike]) -> tuple[float, float]:
    """An estimate from n independent pieces, given by their indices, as it is, and its standard error."""
    value, without = delete_one(n, estimate)
    return float(value), float(jackknife_error(without))


def rms(values: ArrayLike) -> float:
    """Root of the mean of the squares of all values."""
    return float(np.sqrt(np.mean(np.square(np.asarray(values, dtype=float)))))


def root_with_error(square: float, error: float) -> tuple[float, float]:
    """Root of a square that has a standard error, and the standard error of the root.

    Noise may have made the square negative; the root is then given as zero, and its error as NaN.
    """
    root = math.sqrt(max(square, 0.0))
    return root, float(error / (2 * root)) if root else math.nan


def root_of_mean(squares: ArrayLike) -> tuple[float, float]:
    """Root of the mean of independent squared errors, and its standard error, as of ``root_with_error``."""
    squares = np.asarray(squares, dtype=float)
    return root_with_error(squares.mean(), standard_error(squares))


def student_width(freedom: float) -> float:
    """Half the width of a 95 % interval, in standard errors (Student's t).

    Args:
        freedom: degrees of freedom of the standard error.
    """
    return float(stdtrit(freedom, 0.975))


def welch_freedom(errors: ArrayLike, freedom: ArrayLike) -> float:
    """Degrees of freedom of an error that is the root of the sum of squares of independent ones.

    Welch and Satterthwaite (Biometrics Bull. 2, 110 (1946)).

    Args:
        errors: standard errors, shape (n,).
        freedom: of each, shape (n,).
    """
    variance = np.square(np.asarray(errors, float))
    total = (variance**2 / np.asarray(freedom, float)).sum()
    return float(variance.sum() ** 2 / total) if total else float(np.min(freedom))


def variance_free_of_noise(values: ArrayLike) -> np.ndarray:
    """Variance over the first axis of what noisy pieces along the second have in common, shape (...).

    Products of different pieces take the place of squares, so that no noise is multiplied by itself.  By
    chance it may be negative; then it is 0.

    Args:
        values: shape (n, piece, ...), with two or more of each.
    """
    changes = np.asarray(values, float)
    changes = changes - changes.mean(axis=0)
    n, pieces = changes.shape[:2]
    products = (changes.sum(axis=1) ** 2 - (changes**2).sum(axis=1)) / (pieces * (pieces - 1))
    return np.maximum(products.sum(axis=0) / (n - 1), 0.0)


def blocks(series: ArrayLike, n_blocks: int) -> np.ndarray:
    """Cut a series into contiguous blocks of equal length.

    From shape (time, ...) to (n_blocks, time // n_blocks, ...).  Samples that do not fit are left out at
    the start, where a series is least equilibrated.  To count as independent pieces the blocks
    have to be longer than the decorrelation time.

    Raises:
        ValueError: fewer than one block, or more blocks than samples.
    """
    series = np.asarray(series)
    if not 1 <= n_blocks <= len(series):
        raise ValueError(f"blocks is {n_blocks}; allowed: 1 to {len(series)}, the number of samples")
    length = len(series) // n_blocks
    return series[len(series) - n_blocks * length :].reshape(n_blocks, length, *series.shape[1:])


def block_means(series: ArrayLike, n_blocks: int, axis: int = 0) -> np.ndarray:
    """Means of the ``blocks`` of a series along ``axis``, which becomes the axis of the blocks."""
    pieces = blocks(np.moveaxis(np.asarray(series, dtype=float), axis, 0), n_blocks)
    return np.moveaxis(pieces.mean(axis=1), 0, axis)


def decorrelation_time(series: ArrayLike, interval: float) -> float:
    """Time between effectively independent samples: twice the integrated correlation time.

    That is the statistical inefficiency (Chodera et al., JCTC 3, 26 (2007)) times the
    interval, which is also the smallest value it can take.

    Args:
        series: one observable, evenly spaced in time, shape (time,).
        interval: spacing of the samples, ps.

    Returns:
        ps.

    Raises:
        ValueError: a series that is constant, not finite or too short; an interval not positive.
    """
    series = np.asarray(series, dtype=float)
    if series.ndim != 1 or series.size < 4 or not np.isfinite(series).all():
        raise ValueError(f"series of shape {series.shape}; allowed: (time,), at least 4 samples, all finite")
    if not interval > 0:
        raise ValueError(f"interval is {interval} ps; allowed: a positive number")
    # a constant series is left with rounding errors once its mean is taken off
    if np.ptp(series) <= 1e-12 * np.abs(series).max():
        raise ValueError("series is constant: it has no decorrelation time")
    # pymbar greets every import of this module with a warning, through the root of its loggers
    logging.getLogger("pymbar").setLevel(logging.ERROR)
    from pymbar.timeseries import statistical_inefficiency

    return float(statistical_inefficiency(series) * interval)


def split_rhat(chains: ArrayLike, method: Literal["rank", "split"] = "rank") -> np.ndarray:
    """Split R-hat of every component: 1 where the chains, cut in halves, agree.

    From shape (chain, sample, ...) to (...); NaN for a component that never changes.  ``rank``
    (Vehtari et al., Bayesian Analysis 16, 667 (2021)) compares locations and spreads, so that it
    also sees a covariance which has not converged; ``split``, means only, is thirty times faster.

    Raises:
        ValueError: fewer than two chains or four samples, or values that are not finite.
    """
    arviz, dataset = _arviz_dataset(chains, minimum_chains=2)
    return arviz.rhat(dataset, method=method)["x"].to_numpy()


def effective_sample_size(chains: ArrayLike) -> np.ndarray:
    """Number of independent samples worth as much as all the chains, for the mean.

    From shape (chain, sample, ...) to (...).  It falls when chains disagree (Vehtari et al.,
    Bayesian Analysis 16, 667 (2021); without rank normalisation, since the labels are means).

    Raises:
        ValueError: no chain, fewer than four samples, or values that are not finite.
    """
    arviz, dataset = _arviz_dataset(chains, minimum_chains=1)
    return arviz.ess(dataset, method="mean")["x"].to_numpy()


def noise_l1(se_a: ArrayLike, se_b: ArrayLike, weights: ArrayLike | None = None) -> float:
    """L1 distance expected between two estimates of the same curve, from their errors alone.

    E|N(0, s^2)| = s sqrt(2/pi), with s^2 the sum of the two squared standard errors, shape (bin,),
    averaged over the bins with the weights, if any.
    """
    return float(MEAN_ABSOLUTE_NORMAL * np.average(np.hypot(se_a, se_b), axis=-1, weights=weights))


def l1_distance(a: ArrayLike, b: ArrayLike) -> float:
    """Mean of |a - b|, shape (bin,), over bins of equal width: for g(r), its average over the range of r."""
    return float(np.abs(np.asarray(a) - np.asarray(b)).mean(axis=-1))


class L1(NamedTuple):
    """An L1 distance between curves, its standard error and noise floor, in the curves' units."""

    value: float
    error: float
    noise: float


def l1_with_error(runs_a: ArrayLike, runs_b: ArrayLike) -> L1:
    """L1 distance between the means of two sets of runs, its error and what noise alone would give.

    The error is the delete-one jackknife over each set in turn, variances added.  For two
    estimates of the same curve the value is near ``noise`` and not near zero.  With few runs the
    noise is a little too low, by about 1/(4n) with n the degrees of freedom (n = 1: 20 %).  Near the
    noise the error is too high, since |x| has no slope at zero.

    Args:
        runs_a, runs_b: a curve for every run or block, shape (run, bin).

    Raises:
        ValueError: a set of fewer than two runs, or sets with different bins.
    """
    a, b = np.asarray(runs_a, dtype=float), np.asarray(runs_b, dtype=float)
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1]:
        raise ValueError(f"runs have shapes {a.shape} and {b.shape}; allowed: (run, bin) on the same bins")
    noise = noise_l1(standard_error(a), standard_error(b))
    mean_a, mean_b = a.mean(axis=0), b.mean(axis=0)
    variance = _jackknife_variance(a, mean_b) + _jackknife_variance(b, mean_a)
    return L1(l1_distance(mean_a, mean_b), math.sqrt(variance), noise)


class Interval(NamedTuple):
    """A value and the ends of its confidence interval."""

    value: float
    low: float
    high: float


def mean_ratio(values: ArrayLike, reference: ArrayLike) -> Interval:
    """Geometric mean of the ratios of paired measurements, with a 95 % interval.

    Student's t on the logarithms of the pairs' ratios, shape (n,) each.
    """
    log = np.log(np.asarray(values, float) / np.asarray(reference, float))
    width = student_width(len(log) - 1) * log.std(ddof=1) / np.sqrt(len(log))
    return Interval(*(float(np.exp(x)) for x in (log.mean(), log.mean() - width, log.mean() + width)))


def verdict(
    low: float, high: float, threshold: float, side: Literal["at most", "at least"]
) -> Literal["holds", "fails", "undecided"]:
    """Whether a claim about a quantity holds, given the interval it was measured to lie in.

    Args:
        low, high: ends of the interval, both NaN if nothing is known.
        threshold: what the claim compares with, in the same units.
        side: ``at most`` claims a quantity <= threshold, ``at least`` one >= threshold.

    Raises:
        ValueError: an unknown side, or ends in the wrong order.
    """
    if side not in ("at most", "at least"):
        raise ValueError(f"side is {side!r}; allowed: 'at most', 'at least'")
    if low > high:
        raise ValueError(f"interval is {low} to {high}; allowed: low <= high")
    if side == "at least":
        low, high, threshold = -high, -low, -threshold
    if high <= threshold:
        return "holds"
    return "fails" if low > threshold else "undecided"


def _jackknife_variance(runs: np.ndarray, other: np.ndarray) -> float:
    means = (runs.sum(axis=0) - runs) / (len(runs) - 1)
    return (len(runs) - 1) * float(np.var([l1_distance(mean, other) for mean in means]))


def _arviz_dataset(chains: ArrayLike, minimum_chains: int):
    chains = np.asarray(chains, dtype=float)
    if chains.ndim < 2 or chains.shape[0] < minimum_chains or chains.shape[1] < 4:
        allowed = f"(chain >= {minimum_chains}, sample >= 4, ...)"
        raise ValueError(f"chains have shape {chains.shape}; allowed: {allowed}")
    if not np.isfinite(chains).all():
        raise ValueError("chains hold values that are not finite")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of arviz 1.0, at import
        import arviz
    return arviz, arviz.convert_to_dataset({"x": chains})
