"""Ratio of two errors whose squares are measured without a noise floor, so that either may be negative.

With a and b unbiased estimates of two squared errors A and B, and S their covariance, the contrast a - x b
has the expectation zero at x = A/B.  After Fieller (J. R. Stat. Soc. B 16, 175 (1954)) the ratios that the
data allow are those at which

    (a - x b)^2 <= t^2 (S_aa - 2 x S_ab + x^2 S_bb),

t a quantile of Student's t.  No ratio is formed whose denominator may be zero, and noise that both squares
share drops out of the contrast.  Where b itself is not above zero by t standard errors, no ratio is excluded:
the interval is then 0 to infinity.

The noise of a squared error grows with it: its variance is in proportion to A, because the error itself has a
constant one.  A square that came out small by chance therefore comes with too small a variance.  So each test
takes the variances at the squares that it tests: S_aa times x b / a where the tested ratio makes A larger
than a, S_bb times a / (x b) where it makes B larger than b.  (Beside a square that is nothing but the noise v
of one component, whose variance is 2 v^2, the larger one is compared with v.)
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.special import stdtr

from thermalcg.statistics import Interval, welch_freedom

#: Chance that a one-sided bound, or the intervals of both sides together, miss the exact value.
LEVEL = 0.05

#: Ratios of squares beyond this, or below its inverse, count as unbounded.
LARGEST = 1e9


#: Columns of a table of ratios: of which models, then what ``ErrorRatio.row`` gives.
RATIO_COLUMNS = [
    *("architecture", "mode", "against", "temperature_K"),
    *("ratio", "low", "high"),
    *("square", "against_square", "variance", "against_variance", "covariance", "freedom"),
]


class Noise(NamedTuple):
    """One independent source of the errors of two squares: test frames, training, ...

    Attributes:
        covariance: of the two, in the squares' units squared, shape (2, 2).
        freedom: degrees of freedom that it was estimated with.
    """

    covariance: np.ndarray
    freedom: float


@dataclass(frozen=True)
class ErrorRatio:
    """Ratio of two errors, sqrt(A/B), from estimates of A and B that may be negative by chance.

    Attributes:
        top, bottom: the two squared errors, both in the same unit.
        noises: the independent sources of their errors.
    """

    top: float
    bottom: float
    noises: tuple[Noise, ...]

    @classmethod
    def of_row(cls, row: Mapping[str, float]) -> ErrorRatio:
        """The ratio that a row of a table (``RATIO_COLUMNS``) describes."""
        covariance = [[row["variance"], row["covariance"]], [row["covariance"], row["against_variance"]]]
        noise = Noise(np.array(covariance, dtype=float), float(row["freedom"]))
        return cls(float(row["square"]), float(row["against_square"]), (noise,))

    def row(self) -> dict[str, float]:
        """The ratio with its interval, and all that other intervals of it are made of."""
        covariance = self.covariance
        return {
            "ratio": self.value,
            **dict(zip(("low", "high"), self.bounds(LEVEL / 2), strict=True)),
            "square": self.top,
            "against_square": self.bottom,
            "variance": covariance[0, 0],
            "against_variance": covariance[1, 1],
            "covariance": covariance[0, 1],
            "freedom": self.freedom,
        }

    @cached_property
    def covariance(self) -> np.ndarray:
        """Of the two squares, shape (2, 2)."""
        return np.sum([noise.covariance for noise in self.noises], axis=0)

    @cached_property
    def freedom(self) -> float:
        """Degrees of freedom: the fewest of Welch's for the two squares and their contrast at the ratio."""
        contrasts = [(1.0, 0.0), (0.0, 1.0)]
        if self.bottom > 0 and self.top > 0:
            contrasts.append((1.0, -self.top / self.bottom))
        freedom = [noise.freedom for noise in self.noises]
        found = []
        for contrast in contrasts:
            variances = [max(contrast @ noise.covariance @ np.array(contrast), 0.0) for noise in self.noises]
            found.append(welch_freedom(np.sqrt(variances), freedom))
        return min(found)

    @property
    def value(self) -> float:
        """The ratio; 0 where the upper square is negative by chance, NaN where the lower one is."""
        return math.sqrt(max(self.top, 0.0) / self.bottom) if self.bottom > 0 else math.nan

    def bounds(self, missed: float) -> tuple[float, float]:
        """Lower and upper bound of the ratio, each missed by chance with the probability ``missed``.

        (0, infinity) where the lower square is not above zero at this level.
        """
        if self._unresolved > missed:
            return 0.0, math.inf
        middle = max(self.top, 0.0) / self.bottom
        low, high = 0.0, middle
        while self._tail(high, 1.0) > missed and high < LARGEST:
            high = max(2 * high, 1 / LARGEST)
        if self._tail(high, 1.0) > missed:
            high = math.inf
        elif high > middle:
            high = brentq(lambda x: self._tail(x, 1.0) - missed, middle, high, xtol=1e-12, rtol=1e-9)
        smallest = middle / LARGEST
        if middle > 0 and self._tail(smallest, -1.0) <= missed < self._tail(middle, -1.0):
            low = brentq(lambda x: self._tail(x, -1.0) - missed, smallest, middle, xtol=1e-12, rtol=1e-9)
        elif middle > 0 and self._tail(middle, -1.0) <= missed:
            low = middle
        return math.sqrt(low), math.sqrt(high)

    @property
    def interval(self) -> Interval:
        """The ratio with its two-sided 95 % interval."""
        return Interval(self.value, *self.bounds(LEVEL / 2))

    def chance_below(self, threshold: float) -> float:
        """The smallest ``missed`` at which the upper bound is at most the threshold: a one-sided p-value.

        Its small values speak for a ratio below the threshold.
        """
        return max(self._tail(threshold**2, 1.0), self._unresolved)

    def chance_above(self, threshold: float) -> float:
        """The same of the lower bound: small values speak for a ratio above the threshold."""
        return max(self._tail(threshold**2, -1.0), self._unresolved)

    @property
    def _unresolved(self) -> float:
        """Chance of a lower square so large if it were zero."""
        error = math.sqrt(self.covariance[1, 1])
        return float(stdtr(self.freedom, -self.bottom / error)) if error else float(self.bottom <= 0)

    def _tail(self, x: float, sign: float) -> float:
        """Chance of a contrast as low (sign 1) or as high (-1) as the one at a tested ratio x of squares."""
        (aa, ab), (_, bb) = self.covariance.tolist()
        grown = [1.0, 1.0]
        if aa > 0:
            grown[0] = max(1.0, x * self.bottom / max(self.top, math.sqrt(aa / 2)))
        if bb > 0 and x > 0:
            grown[1] = max(1.0, self.top / x / max(self.bottom, math.sqrt(bb / 2)))
        variance = aa * grown[0] - 2 * x * ab * math.sqrt(grown[0] * grown[1]) + x**2 * bb * grown[1]
        difference = self.top - x * self.bottom
        # what is left of a variance by rounding is none
        if variance <= 1e-12 * (aa + x**2 * bb):
            return 0.5 if abs(difference) <= 1e-9 * abs(self.top) else float(sign * difference > 0)
        return float(stdtr(self.freedom, sign * difference / math.sqrt(variance)))


def independent_ratio(top: tuple[float, float], bottom: tuple[float, float], freedom: float) -> Interval:
    """Ratio of two positive errors that are independent of each other, and its 95 % interval.

    Args:
        top, bottom: value and standard error of each, in the same unit.
        freedom: degrees of freedom of the errors.
    """
    squares = [value**2 for value, _ in (top, bottom)]
    covariance = np.diag([(2 * value * error) ** 2 for value, error in (top, bottom)])
    return ErrorRatio(*squares, (Noise(covariance, freedom),)).interval
