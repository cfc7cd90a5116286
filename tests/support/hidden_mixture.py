"""A mixture whose beads hide a harmonic mode each: mean force and response of every pair in closed form.

u(R, x) = sum_pairs V_ab(r) + sum_i k_i x_i^2 / 2 with ln k_i = sum_j kappa_ab(r_ij).  At fixed R the energies
e_i = k_i x_i^2 / 2 are kB T / 2 times the square of a normal number, so that the mean force is that of the
pair potentials V_ab + kB T kappa_ab, its response that of kB kappa_ab, and there is no second order.
"""

import json

import numpy as np
import xarray as xr

from support.pair_gas import BOX, N, gas
from thermalcg.geometry.periodic import minimum_image
from thermalcg.models.species import Species
from thermalcg.storage.datasets import variable
from thermalcg.units import KB

T0, CUT = 400.0, 0.55

#: Ten beads of one species among fourteen of the other, in no order.
SPECIES = Species(("A", "B"), np.random.default_rng(3).permutation([0] * 10 + [1] * 14))

#: Height and place (nm) of V, kJ/mol, and of kappa, for the pairs A-A, A-B and B-B.
V = ((8.0, 0.32), (5.0, 0.36), (-4.0, 0.34))
KAPPA = ((1.2, 0.36), (-1.0, 0.40), (0.8, 0.38))


def bump(r, height, centre):
    """A bump and its slope, both zero beyond CUT to second order."""
    s = np.where(r < CUT, 1 - (r / CUT) ** 2, 0.0)
    value = height * np.exp(-(((r - centre) / 0.07) ** 2)) * s**3
    slope = value * -2 * (r - centre) / 0.07**2
    return value, slope - 6 * r / CUT**2 * np.divide(value, s, out=np.zeros_like(r), where=s > 0)


def pair_fields(position, curves, box=BOX):
    """Energies (pair, N, N) and forces (pair, N, N, 3) on the first bead by the second."""
    d = minimum_image(position[None] - position[:, None], box)
    r = np.sqrt((d**2).sum(-1)) + np.eye(len(position)) * 10
    kind = SPECIES.pair_index[SPECIES.codes[:, None], SPECIES.codes]
    energy, force = [], []
    for pair, curve in enumerate(curves):
        value, slope = bump(r, *curve)
        energy.append(np.where(kind == pair, value, 0.0))
        force.append(np.where(kind == pair, slope / r, 0.0)[..., None] * d)
    return np.array(energy), np.array(force)


def responses(position):
    """F' of each pair of species alone, kJ/mol/nm/K, shape (frame, pair, N, 3)."""
    return KB * np.array([pair_fields(x, KAPPA)[1].sum(axis=2) for x in position])


def mean_forces(position, temperature):
    """F, kJ/mol/nm, shape (frame, N, 3)."""
    direct = np.array([pair_fields(x, V)[1].sum(axis=(0, 2)) for x in position])
    return direct + temperature * responses(position).sum(axis=1)


def trajectory(n_frames, seed):
    """The dataset ``mapped/400.nc``: one sample of the hidden modes at each of many configurations."""
    rng = np.random.default_rng(seed)
    position, force, energy = gas(rng, n_frames), [], []
    hidden = 0.5 * KB * T0 * rng.normal(size=(n_frames, N)) ** 2
    for x, e in zip(position, hidden, strict=True):
        (value, direct), (_, stiffness) = pair_fields(x, V), pair_fields(x, KAPPA)
        both = (e[:, None] + e)[..., None]
        force.append(direct.sum(axis=(0, 2)) + (both * stiffness).sum(axis=(0, 2)))
        # beads of a species have an energy of their own, as molecules do
        energy.append(0.5 * value.sum(axis=(0, 2)) + e + np.array([-30.0, 50.0])[SPECIES.codes])
    dims = ("time", "bead", "axis")
    data = {
        "position": variable(dims, position, "nm"),
        "force": variable(dims, np.array(force), "kJ/mol/nm"),
        "potential_energy": variable(("time",), np.sum(energy, axis=1), "kJ/mol"),
        "bead_energy": variable(("time", "bead"), np.array(energy), "kJ/mol"),
        "split": variable(("time",), np.zeros(n_frames, np.int8), "1"),
        "bead_mass": variable(("bead",), np.array([18.0, 32.0])[SPECIES.codes], "amu"),
        "species": variable(("bead",), SPECIES.codes.astype(np.int32), "1"),
    }
    return xr.Dataset(
        data,
        coords={"time": variable(("time",), 0.1 * np.arange(n_frames), "ps")},
        attrs={"temperature_K": T0, "box_nm": BOX, "species_names": json.dumps(SPECIES.names)},
    )
