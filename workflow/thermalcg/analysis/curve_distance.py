"""Squared distance of two curves without its noise floor, from products of independent pieces.

With curves a_i of independent pieces (runs, or long blocks of them) of one liquid and r_k of another, the
mean over i != i' and k != k' of (a_i - r_k) . (a_i' - r_k') has the expectation |a - r|^2: the noise of a
piece is never multiplied by itself.  So two estimates of one curve have the distance zero on average, and not
what their noise alone would give.  The dot is the mean over bins: the distance is a root mean square.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from thermalcg.statistics import root_with_error, student_width, variance_free_of_noise, welch_freedom

from .ratios import ErrorRatio, Noise


@dataclass(frozen=True)
class Curves:
    """A curve, measured in independent pieces.

    Attributes:
        pieces: shape (piece, bin).
        runs: independent runs that the pieces are cut from, equally many of each.
        members: the curve by force fields that were trained from other seeds, shape (member, bin), whose mean
            it is; none where training has no part in it or is not known.
        member_runs: runs behind the curve of each member.
        changes: in place of members, how force fields that were trained on other data of the same amount
            would change the curve, from each piece, shape (member, piece, bin) (``training_changes``).
    """

    pieces: np.ndarray
    runs: int = 1
    members: np.ndarray | None = None
    member_runs: int = 1
    changes: np.ndarray | None = None

    def __post_init__(self) -> None:
        """Refuse fewer than three pieces (``ValueError``): a jackknife leaves one out, products take two."""
        if np.ndim(self.pieces) != 2 or len(self.pieces) < 3:
            raise ValueError(
                f"pieces have shape {np.shape(self.pieces)}; allowed: (piece, bin), three or more"
            )

    @property
    def mean(self) -> np.ndarray:
        return self.pieces.mean(axis=0)

    def training(self, reference: np.ndarray) -> tuple[float, np.ndarray]:
        """Variance of the squared distance from training, and its change with each member, shape (member,).

        The changes are 2 (a - r) . (a_m - mean of a_m).  Of their scatter that part is taken off which runs
        of finite length have anyway: it is known of runs of their own, and products of different pieces do
        not have it.  No members: 0, and no changes.

        Args:
            reference: the curve r, shape (bin,).
        """
        gradient = 2 * (self.mean - reference) / reference.size
        if self.changes is not None and len(self.changes) > 1:
            each = (self.changes - self.changes.mean(axis=0)) @ gradient
            return float(variance_free_of_noise(each)), each.mean(axis=1)
        if self.members is None or len(self.members) < 2:
            return 0.0, np.empty(0)
        changes = (self.members - self.members.mean(axis=0)) @ gradient
        of_one_run = (self.pieces @ gradient).var(ddof=1) * self.runs / len(self.pieces)
        variance = changes.var(ddof=1) - of_one_run / self.member_runs
        return max(float(variance), 0.0) / len(self.members), changes


@dataclass(frozen=True)
class Distance:
    """A squared distance free of its noise floor, in the curves' unit squared.

    Attributes:
        square: may be negative by chance.
        error: standard error of it, training included where it is known.
        freedom: degrees of freedom of the error.
    """

    square: float
    error: float
    freedom: float

    @property
    def root(self) -> tuple[float, float]:
        """The distance and its standard error, in the curves' unit; 0 and NaN for a negative square."""
        return root_with_error(self.square, self.error)

    @property
    def root_bounds(self) -> tuple[float, float]:
        """Ends of the 95 % interval of the distance, 0 where that of the square is negative.

        The variance of a square is in proportion to it (``ratios``): the upper end is the square A at which
        (A - a)^2 is t^2 times the variance that A would have.
        """
        width = student_width(self.freedom)
        scale = (
            width * self.error / math.sqrt(max(self.square, self.error / math.sqrt(2))) if self.error else 0.0
        )
        upper = (scale + math.sqrt(max(scale**2 + 4 * self.square, 0.0))) / 2
        return math.sqrt(max(self.square - width * self.error, 0.0)), upper


def squared_distance(curves: np.ndarray, reference: np.ndarray) -> float:
    """|a - r|^2, mean over bins, without the noise of either curve.

    Args:
        curves, reference: independent pieces, shape (piece, bin); two or more of each.
    """
    cross = curves.mean(axis=0) @ reference.mean(axis=0)
    return float((_own_product(curves) - 2 * cross + _own_product(reference)) / curves.shape[1])


def distance(curves: Curves, reference: np.ndarray) -> Distance:
    """Squared distance of a model's curve from a reference, which has no training in it.

    Args:
        reference: three or more independent pieces, shape (piece, bin).

    Raises:
        ValueError: pieces with different bins.
    """
    ratio = distance_ratio(curves, curves, reference)
    variances = [noise.covariance[0, 0] for noise in ratio.noises]
    freedom = welch_freedom(np.sqrt(variances), [noise.freedom for noise in ratio.noises])
    return Distance(ratio.top, float(np.sqrt(np.sum(variances))), freedom)


def distance_ratio(top: Curves, bottom: Curves, reference: np.ndarray) -> ErrorRatio:
    """Ratio of the distances of two models from one reference, whose noise they share.

    Noise of runs is that of the delete-one jackknife over the pieces of each set.  Noise of training is the
    scatter of the members' curves along the direction of the distance (``Curves.training``); members of the
    same number were trained on the same resample and go together.

    Args:
        reference: three or more independent pieces of the curve that both are compared with, shape
            (piece, bin).

    Raises:
        ValueError: pieces with different bins.
    """
    if len({top.pieces.shape[1], bottom.pieces.shape[1], reference.shape[1]}) > 1:
        raise ValueError("curves have different bins")
    same = top is bottom
    whole = [squared_distance(own.pieces, reference) for own in (top, bottom)]

    def pair(a: np.ndarray, b: np.ndarray, r: np.ndarray) -> list[float]:
        return [squared_distance(a, r), squared_distance(b, r)]

    sets = [reference, top.pieces] + ([] if same else [bottom.pieces])
    noises = []
    for which, pieces in enumerate(sets):
        without = []
        for i in range(len(pieces)):
            kept = [np.delete(pieces, i, axis=0) if k == which else own for k, own in enumerate(sets)]
            without.append(pair(kept[1], kept[1] if same else kept[2], kept[0]))
        noises.append(Noise(_jackknife_covariance(np.array(without)), len(pieces) - 1.0))
    if (training := _training_noise(top, bottom, reference.mean(axis=0))) is not None:
        noises.append(training)
    return ErrorRatio(*whole, tuple(noises))


def _training_noise(top: Curves, bottom: Curves, reference: np.ndarray) -> Noise | None:
    """Covariance of the two squared distances from training; None where it is known of neither."""
    (first, changes), (second, others) = (own.training(reference) for own in (top, bottom))
    known = [len(own) - 1.0 for own in (changes, others) if len(own)]
    if not known:
        return None
    joint = 0.0
    if top is bottom:
        joint = first
    elif len(changes) == len(others):
        # what training takes off both is not noise of the runs, which are independent
        reach = np.sqrt(first * second)
        averaged = 1 if top.changes is not None else len(changes)
        joint = float(np.clip(np.cov(changes, others)[0, 1] / averaged, -reach, reach))
    return Noise(np.array([[first, joint], [joint, second]]), min(known))


def _own_product(pieces: np.ndarray) -> float:
    """Estimate of |a|^2 of the exact curve: the mean product of two different pieces."""
    n, total = len(pieces), pieces.sum(axis=0)
    return float((total @ total - (pieces * pieces).sum()) / (n * (n - 1)))


def _jackknife_covariance(without: np.ndarray) -> np.ndarray:
    """Covariance from estimates (piece, 2) that each leave out one piece."""
    n = len(without)
    away = without - without.mean(axis=0)
    return (n - 1) / n * away.T @ away
