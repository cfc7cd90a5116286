"""The pairwise repulsive prior: keeps CG dynamics out of regions without data."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
from numba import njit

from thermalcg.storage.files import DatasetError
from thermalcg.units import KB


@dataclass(frozen=True)
class Prior:
    """A inverse power made to vanish smoothly at ``onset_nm``.

    ``phi(r) = A [r^-n - T2(r)]`` for r below the onset, with T2 the second-order Taylor
    polynomial of ``r^-n`` there, so that value, force and its slope are continuous.
    """

    amplitude: float
    exponent: int
    onset_nm: float

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            # the kernel would turn NaN into forces, and a negative power into attraction
            if isinstance(value, str) or not 0 <= value < math.inf:
                raise ValueError(f"{name} of the prior is {value!r}; allowed: a finite number >= 0")

    def energy(self, r: np.ndarray) -> np.ndarray:
        """phi(r), kJ/mol."""
        return np.array(
            [_phi(float(x), self.amplitude, self.exponent, self.onset_nm)[0] for x in np.atleast_1d(r)]
        )

    def energy_force(self, positions: np.ndarray, box: float) -> tuple[np.ndarray, np.ndarray]:
        """Energy (B,) and forces (B, N, 3) of configurations (B, N, 3)."""
        positions = np.ascontiguousarray(positions, float)
        return _prior_energy_force(positions, float(box), self.amplitude, self.exponent, self.onset_nm)

    def metadata(self) -> dict[str, float]:
        return asdict(self)

    @classmethod
    def read(cls, path: str | Path) -> Prior:
        """The prior of a study, from ``prior.json``.

        Raises:
            DatasetError: missing or broken file, or values that are no prior; the message names the file.
        """
        try:
            raw = json.loads(Path(path).read_text())
            return cls(**{field.name: raw[field.name] for field in fields(cls)})
        except KeyError as error:
            raise DatasetError(f"{path}: {error} of the prior is missing") from error
        except (OSError, TypeError, ValueError) as error:
            raise DatasetError(f"{path}: not a readable prior (truncated?): {error}") from error


NO_PRIOR = Prior(0.0, 12, 0.0)


def fit_prior(r: np.ndarray, g: np.ndarray, temperature: float, threshold: float, exponent: int) -> Prior:
    """Fit the prior to the inner flank of the radial distribution function.

    The rule: the onset is the first peak of g(r), where the pair potential of mean force
    -kB T ln g has its minimum and no force; the amplitude is the least-squares fit of phi to
    that potential, counted from its minimum, where ``threshold`` < g < 1 on the inner side.
    Below the threshold there are no data, and the inverse power extrapolates.

    Args:
        r: bin centres, nm.
        g: radial distribution function at ``temperature``.

    Raises:
        ValueError: g(r) has no flank, or it has fewer than three bins (too short a run, too wide bins).
    """
    above = np.flatnonzero(g >= 1)
    if not len(above) or above[0] == 0:
        raise ValueError(
            "prior: g(r) never rises through 1; the reference run is too short or rdf_min_nm too large"
        )
    # the first peak ends where g falls below 1 again
    below = np.flatnonzero(g[above[0] :] < 1)
    peak = above[0] + int(np.argmax(g[above[0] : above[0] + (below[0] if len(below) else len(g))]))
    onset = float(r[peak])
    flank = (g > threshold) & (g < 1) & (r < onset)
    if flank.sum() < 3:
        raise ValueError(
            f"prior: {int(flank.sum())} bins with prior.g_threshold = {threshold} < g < 1; at least 3 needed"
        )
    pmf = -KB * temperature * np.log(g[flank] / g[peak])
    unit = Prior(1.0, exponent, onset).energy(r[flank])
    return Prior(float((unit @ pmf) / (unit @ unit)), exponent, onset)


@njit(cache=True)
def _phi(r: float, amplitude: float, n: int, onset: float) -> tuple[float, float]:
    """phi and its derivative with respect to r."""
    if r >= onset:
        return 0.0, 0.0
    x = r - onset
    f0 = onset ** (-n)
    f1 = -n * f0 / onset
    f2 = -(n + 1) * f1 / onset
    power = r ** (-n)
    value = power - (f0 + f1 * x + 0.5 * f2 * x * x)
    slope = -n * power / r - (f1 + f2 * x)
    return amplitude * value, amplitude * slope


@njit(cache=True)
def _prior_energy_force(positions, box, amplitude, n, onset):
    n_frames, n_beads = positions.shape[:2]
    energy = np.zeros(n_frames)
    force = np.zeros(positions.shape)
    d = np.empty(3)
    for b in range(n_frames):
        for i in range(n_beads):
            for j in range(i + 1, n_beads):
                r2 = 0.0
                for a in range(3):
                    d[a] = positions[b, j, a] - positions[b, i, a]
                    d[a] -= box * np.rint(d[a] / box)
                    r2 += d[a] * d[a]
                if r2 < onset * onset:
                    r = np.sqrt(r2)
                    value, slope = _phi(r, amplitude, n, onset)
                    energy[b] += value
                    for a in range(3):
                        force[b, i, a] += slope * d[a] / r
                        force[b, j, a] -= slope * d[a] / r
    return energy, force
