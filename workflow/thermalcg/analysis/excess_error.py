"""Excess force error over a yardstick without labels: from the instantaneous forces of ordinary frames.

With p and p* two force fields and f the instantaneous mapped force of frames at T that neither was trained
on,

    e^2 - e*^2 = E[(f - p)^2 - (f - p*)^2] = E[(p* - p) (2 f - p - p*)],

e and e* their root mean square errors against the exact mean force F.  The noise f - F has a zero mean at
fixed sites: it drops out of the difference whatever p and p* are, so that no frame has to be sampled at fixed
sites, and hydrogen bonds that do not relax there cannot bias it.  The error e itself stays unknown.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from thermalcg.models.architecture import ForceField
from thermalcg.models.names import ARCHITECTURES, ModelKey
from thermalcg.models.potential import in_pieces
from thermalcg.statistics import (
    Interval,
    block_means,
    root_with_error,
    standard_error,
    student_width,
    welch_freedom,
)

from .ratios import RATIO_COLUMNS, ErrorRatio, Noise

#: What models are compared with: the force field without a response, and the one that learns energies.
AGAINST = ("baseline", "energy_matching")


@dataclass(frozen=True)
class ExcessError:
    """Squared excess force error e^2 - e*^2, mean over force components, kJ2/mol2/nm2.

    Attributes:
        square: negative where p is closer to the mean force than p*, or by chance.
        test_error: standard error of it from the test frames, for the force fields as they are.
        training_error: from the training of both; 0 where no other members are known.
        freedom: degrees of freedom of both together.
    """

    square: float
    test_error: float
    training_error: float
    freedom: float

    @property
    def error(self) -> float:
        """Standard error of the square, from test frames and training."""
        return math.hypot(self.test_error, self.training_error)

    @property
    def interval(self) -> Interval:
        """The square with its 95 % interval (Student's t), either end of which may be negative."""
        width = student_width(self.freedom) * self.error
        return Interval(self.square, self.square - width, self.square + width)

    @property
    def root(self) -> tuple[float, float]:
        """The excess, kJ/mol/nm, and its standard error; 0 and NaN where the square is not positive."""
        return root_with_error(self.square, self.error)

    @property
    def root_interval(self) -> Interval:
        """The excess with its 95 % interval, kJ/mol/nm: an end whose square is negative is 0."""
        return Interval(*(math.sqrt(max(end, 0.0)) for end in self.interval))


def excess_error(
    models: list[ForceField],
    yardsticks: list[ForceField],
    position: np.ndarray,
    force: np.ndarray,
    *,
    blocks: int,
    bootstrapped: bool,
) -> ExcessError:
    """Excess force error of a model over a yardstick on frames that neither was trained on.

    Args:
        models: the members of an ensemble at the frames' temperature; one is enough.
        yardsticks: those of another, of the same kind, trained on other data than the models.
        position: nm, of the frames in the order of time, shape (time, N, 3).
        force: instantaneous mapped forces, kJ/mol/nm, shape (time, N, 3).
        blocks: contiguous pieces of the frames, each longer than errors stay correlated; two or more.
        bootstrapped: as in ``excess_of``.

    Raises:
        ValueError: fewer than two blocks, more blocks than frames, or forces of another shape.
    """
    if force.shape != position.shape:
        raise ValueError(f"forces have shape {force.shape}; allowed: that of the positions, {position.shape}")
    losses = [
        np.array([block_means(_squares(member, position, force), blocks) for member in ensemble])
        for ensemble in (models, yardsticks)
    ]
    return excess_of(*losses, bootstrapped=bootstrapped)


def excess_of(losses: np.ndarray, yardstick: np.ndarray, *, bootstrapped: bool) -> ExcessError:
    """The same from squared residuals (``force_losses``).

    Args:
        losses, yardstick: means of (f - p)^2 by member and block, kJ2/mol2/nm2, shape (member, block).
        bootstrapped: whether member 0 is the value and the others are bootstrap resamples of its training
            data, which scatter like it.  If not, members are equals: the value is their mean.
    """
    own, star = (_Scatter.of(one, bootstrapped) for one in (losses, yardstick))
    pieces = own.blocks - star.blocks
    errors, freedom = [float(standard_error(pieces))], [len(pieces) - 1.0]
    for one in (own, star):
        if one.freedom:
            errors.append(math.sqrt(one.covariance(one)))
            freedom.append(one.freedom)
    return ExcessError(
        float(pieces.mean()), errors[0], float(np.linalg.norm(errors[1:])), welch_freedom(errors, freedom)
    )


def excess_ratio(
    top: np.ndarray, bottom: np.ndarray, yardstick: np.ndarray, *, bootstrapped: bool
) -> ErrorRatio:
    """Ratio of the excess errors of two models over one yardstick, on the same frames.

    What both share is shared in its errors: the test frames, the yardstick, and the training data, where
    members of the same number were trained on the same resample.

    Args:
        top, bottom, yardstick, bootstrapped: as in ``excess_of``; the models have equally many members.
    """
    first, second, star = (_Scatter.of(one, bootstrapped) for one in (top, bottom, yardstick))
    pieces = np.array([first.blocks - star.blocks, second.blocks - star.blocks])
    noises = [Noise(np.cov(pieces) / pieces.shape[1], pieces.shape[1] - 1.0)]
    if first.freedom:
        both = (first, second)
        noises.append(Noise(np.array([[a.covariance(b) for b in both] for a in both]), first.freedom))
    if star.freedom:
        noises.append(Noise(np.full((2, 2), star.covariance(star)), star.freedom))
    return ErrorRatio(*map(float, pieces.mean(axis=1)), tuple(noises))


#: Squared residuals of every model by architecture, mode and temperature, K: shape (member, block).
Losses = dict[tuple[ModelKey, float], np.ndarray]


def excess_table(losses: Losses) -> pd.DataFrame:
    """The table ``excess.csv``: excess force error of every model over the yardstick of its temperature.

    Args:
        losses: of the held-out frames of every temperature that has a yardstick (``force_losses``).
    """
    rows = []
    for key, temperature, own, star in _with_yardstick(losses):
        found = excess_of(own, star, bootstrapped=ARCHITECTURES[key.architecture].bootstrapped)
        excess, low, high = found.root_interval
        rows.append(
            {
                **key._asdict(),
                "temperature_K": temperature,
                "excess_kJ_per_mol_nm": excess,
                "low": low,
                "high": high,
                "square": found.square,
                "test_stderr": found.test_error,
                "training_stderr": found.training_error,
                "freedom": found.freedom,
            }
        )
    return pd.DataFrame(rows)


def force_ratios(losses: Losses) -> pd.DataFrame:
    """The table ``force_ratio.csv``: excess errors of models over those of ``AGAINST``.

    Args:
        losses: as in ``excess_table``.
    """
    rows = []
    for key, temperature, own, star in _with_yardstick(losses):
        for against in AGAINST:
            other = losses.get((ModelKey(key.architecture, against), temperature))
            if other is None or key.mode == against:
                continue
            bootstrapped = ARCHITECTURES[key.architecture].bootstrapped
            ratio = excess_ratio(own, other, star, bootstrapped=bootstrapped)
            place = {**key._asdict(), "against": against, "temperature_K": temperature}
            rows.append({**place, **ratio.row()})
    return pd.DataFrame(rows, columns=RATIO_COLUMNS)


def _with_yardstick(losses: Losses) -> Iterator[tuple[ModelKey, float, np.ndarray, np.ndarray]]:
    for (key, temperature), own in losses.items():
        star = losses.get((ModelKey(key.architecture, "at_temperature"), temperature))
        if star is not None and key.mode != "at_temperature":
            yield key, temperature, own, star


@dataclass(frozen=True)
class _Scatter:
    """Losses of an ensemble: of its value by block (block,), and those by which its training is known.

    ``averaged`` of these means, shape (member,), make the value.
    """

    blocks: np.ndarray
    means: np.ndarray
    averaged: int

    @classmethod
    def of(cls, losses: np.ndarray, bootstrapped: bool) -> _Scatter:
        if bootstrapped:
            return cls(losses[0], losses[1:].mean(axis=1), 1)
        return cls(losses.mean(axis=0), losses.mean(axis=1), len(losses))

    @property
    def freedom(self) -> float:
        return max(len(self.means) - 1.0, 0.0)

    def covariance(self, other: _Scatter) -> float:
        """Of the values of two ensembles, from training."""
        # one bootstrap fit scatters like the fit to all data; the mean of equals by less
        return float(np.cov(self.means, other.means)[0, 1]) / self.averaged


def _squares(field: ForceField, position: np.ndarray, force: np.ndarray) -> np.ndarray:
    """(f - p)^2 of each frame, mean over its components, kJ2/mol2/nm2, shape (time,)."""
    predicted = in_pieces(field, np.asarray(position, float))[1]
    return ((force - predicted) ** 2).mean(axis=(1, 2))
