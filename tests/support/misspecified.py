"""Beads whose mean force a spline cannot express, with both terms of the projection's response known.

The force on bead i is a spline, plus s_i times another spline, with s_i = sqrt(2) cos(2 pi n_i x_i / L) of
the bead's own place x_i in the box and another whole number n_i for each bead.  Places in a box without
origin are independent of all distances, so that E[s_i] = 0 and E[s_i s_j] is 1 for one bead and 0 for two:
splines of distances know nothing of this part.  The energy of molecule i is C s_i and a hidden energy, which
moves the force too.  The response of the mean force is then that of the hidden energy, and the
configurations add

    Cov(phi^T eps, U) / (kB T^2) = G a C / (kB T^2)

with a the coefficients of the second spline: the projection's response is the sum, in coefficients.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from support.pair_gas import BOX, N, gas
from thermalcg.models.spline.basis import SplineSettings
from thermalcg.models.spline.model import force_rows
from thermalcg.storage.datasets import variable
from thermalcg.units import KB

SPLINE = SplineSettings(
    pair_cutoff_nm=0.6,
    pair_min_nm=0.24,
    pair_functions=6,
    triplet_cutoff_nm=0.42,
    triplet_radial=2,
    triplet_angular=1,
    ridge="auto",
)

#: Hidden energy and energy that depends on places, standard deviations, kJ/mol.
HIDDEN, PLACES = 4.0, 4.0


@dataclass(frozen=True)
class Misspecified:
    """Frames, as of ``response_frames``, and coefficients of what is in them.

    Attributes:
        frames: position, force, molecule_energy, split; potential_energy too.
        base: of the spline force field.
        first, second: both terms of its response, per K.
    """

    frames: xr.Dataset
    base: np.ndarray
    first: np.ndarray
    second: np.ndarray


def misspecified(n_frames: int = 480, temperature: float = 350.0, seed: int = 3) -> Misspecified:
    rng, scale = np.random.default_rng(seed), KB * temperature**2
    position = gas(rng, n_frames) + rng.uniform(0, BOX, (n_frames, 1, 3))
    rows = force_rows(position % BOX, BOX, SPLINE)

    def coefficients(number, size):
        drawn = np.random.default_rng(number).normal(size=SPLINE.functions)
        return drawn * size / np.sqrt(np.mean((rows @ drawn) ** 2))

    base, first, beyond = coefficients(6, 50.0), coefficients(7, 0.2), coefficients(8, 40.0)
    places = np.sqrt(2) * np.cos(2 * np.pi * np.arange(1, N + 1) * position[..., 0] / BOX)
    hidden = HIDDEN * rng.normal(size=position.shape[:2])
    force = rows @ base + places[..., None] * (rows @ beyond)
    force += scale * (rows @ first) * (hidden / HIDDEN**2)[..., None] + 10 * rng.normal(size=force.shape)
    energy = -40 + hidden + PLACES * places
    dims = ("time", "bead", "axis")
    frames = xr.Dataset(
        {
            "position": variable(dims, position, "nm"),
            "force": variable(dims, force, "kJ/mol/nm"),
            "molecule_energy": variable(("time", "bead"), energy, "kJ/mol"),
            "potential_energy": variable(("time",), energy.sum(axis=1), "kJ/mol"),
            "split": variable(("time",), np.zeros(n_frames, np.int8), "1"),
        },
        coords={"time": 0.02 * np.arange(1, n_frames + 1)},
        attrs={"temperature_K": temperature, "box_nm": BOX, "shared_energy": 0},
    )
    return Misspecified(frames, base, first, PLACES * beyond / scale)
