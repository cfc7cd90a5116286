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
from dataclasses import dataclass

import numpy as np

from thermalcg.models.architecture import ForceField
from thermalcg.models.potential import in_pieces
from thermalcg.statistics import (
    Interval,
    block_means,
    root_with_error,
    standard_error,
    student_width,
    welch_freedom,
)


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
        bootstrapped: whether member 0 is the value and the others are bootstrap resamples of its training
            data, which scatter like it.  If not, members are equals: the value is their mean.

    Raises:
        ValueError: fewer than two blocks, more blocks than frames, or forces of another shape.
    """
    if force.shape != position.shape:
        raise ValueError(f"forces have shape {force.shape}; allowed: that of the positions, {position.shape}")
    loss = [[_squares(member, position, force) for member in ensemble] for ensemble in (models, yardsticks)]
    central = [own[0] if bootstrapped else np.mean(own, axis=0) for own in loss]
    pieces = block_means(central[0] - central[1], blocks)
    errors, freedom = [float(standard_error(pieces))], [blocks - 1.0]
    for own in loss:
        means = np.array([squares.mean() for squares in (own[1:] if bootstrapped else own)])
        if len(means) > 1:
            # one bootstrap fit scatters like the fit to all data; the mean of equals by less
            errors.append(float(means.std(ddof=1) / (1.0 if bootstrapped else math.sqrt(len(means)))))
            freedom.append(len(means) - 1.0)
    return ExcessError(
        float(pieces.mean()), errors[0], float(np.linalg.norm(errors[1:])), welch_freedom(errors, freedom)
    )


def _squares(field: ForceField, position: np.ndarray, force: np.ndarray) -> np.ndarray:
    """(f - p)^2 of each frame, mean over its components, kJ2/mol2/nm2, shape (time,)."""
    predicted = in_pieces(field, np.asarray(position, float))[1]
    return ((force - predicted) ** 2).mean(axis=(1, 2))
