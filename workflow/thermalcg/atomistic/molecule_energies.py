"""Potential energy of water, molecule by molecule, and which sites are neighbours.

The energy of a pair interaction is split evenly between its two molecules; the long-range part of
the electrostatics is the charge times the Ewald potential that it feels (``ewald``).  The molecules'
energies add up to the potential energy.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from thermalcg.geometry.inputs import checked_box, checked_cube, checked_positions
from thermalcg.geometry.periodic import minimum_image
from thermalcg.runtime.progress import Progress
from thermalcg.statistics import rms
from thermalcg.storage.datasets import variable
from thermalcg.units import COULOMB

from .ewald import ewald_energies, switched_lennard_jones
from .water import SWITCH, WaterModel, ordinary_positions


class MoleculeEnergies:
    """Computes the energies of the molecules of a box of rigid water, kJ/mol.

    Args:
        box: its edge, nm.
        cutoff: of Lennard-Jones (switched off from ``water.SWITCH`` on) and of the direct
            part of the electrostatics, nm.

    Raises:
        InputError: a box that is no cube, or one below twice the cutoff.
    """

    def __init__(self, water: WaterModel, box: float, cutoff: float) -> None:
        box = checked_cube(box, cutoff)
        self.water, self.box, self.cutoff = water, box, cutoff
        hydrogen = water.charge_hydrogen_e
        self._charge = np.array([0.0, hydrogen, hydrogen, -2 * hydrogen])
        if not water.has_charge_site:
            self._charge = np.array([-2 * hydrogen, hydrogen, hydrogen])

    def __call__(self, atoms: np.ndarray) -> np.ndarray:
        """Energies, shape (N,), of the configuration (O, H, H), nm, shape (N, 3, 3).

        Raises:
            InputError: atoms of another shape, or not finite.
        """
        sites = ordinary_positions(self.water, np.asarray(atoms, float))
        flat = np.ascontiguousarray(sites.reshape(-1, 3))
        charge = np.tile(self._charge, len(sites))
        energy = COULOMB * ewald_energies(flat, charge, self.box, self.cutoff).reshape(len(sites), -1).sum(
            axis=1
        )
        water, oxygens = self.water, np.ascontiguousarray(sites[:, 0])
        return (
            energy
            - self._within_molecule(sites)
            + switched_lennard_jones(
                oxygens,
                self.box,
                self.cutoff,
                SWITCH * self.cutoff,
                water.lj_sigma_nm,
                water.lj_epsilon_kj_mol,
            )
        )

    def _within_molecule(self, sites: np.ndarray) -> np.ndarray:
        """Coulomb energy inside each rigid molecule, which the force field leaves out."""
        total = np.zeros(len(sites))
        for a in range(sites.shape[1]):
            for b in range(a):
                product = self._charge[a] * self._charge[b]
                if product:
                    total += product / np.linalg.norm(sites[:, a] - sites[:, b], axis=1)
        return COULOMB * total


def neighbourhood(sites: np.ndarray, box: ArrayLike, radius: float) -> np.ndarray:
    """Matrix of 1 where two sites are within a radius of each other, else 0; a site is its own neighbour.

    Args:
        sites: nm, shape (..., N, 3).
        box: edge of a cubic box, or three edges, nm.
        radius: nm, at most half the shortest edge.

    Returns:
        Shape (..., N, N).

    Raises:
        InputError: sites of another shape or not finite, a tilted box, or one below twice the radius.
    """
    sites, edges = np.asarray(sites), checked_box(box, radius)
    # the edge of a cube as a number, which leaves positions in single precision as they are
    box = float(edges[0]) if (edges == edges[0]).all() else edges
    checked_positions(sites.reshape(-1, *sites.shape[-2:]))
    vector = minimum_image(sites[..., :, None, :] - sites[..., None, :, :], box)
    return ((vector**2).sum(axis=-1) <= radius**2).astype(np.float32)


def energies_along(trajectory: xr.Dataset, water: WaterModel, cutoff: float) -> xr.Dataset:
    """Energies of the molecules in every frame of a trajectory ``all_atom/{T}.nc``.

    Returns:
        ``molecule_energy`` (time, bead), kJ/mol, with the attribute ``sum_minus_total_rms``, kJ/mol.

    Raises:
        ValueError: they do not add up to the potential energy (of another cutoff or water model).
    """
    energies = MoleculeEnergies(water, float(trajectory.attrs["box_nm"]), cutoff)
    values = _of_each(energies, trajectory["atom_position"].values, "frames")
    difference = values.sum(axis=1) - trajectory["potential_energy"].values
    missed = rms(difference)
    spread = trajectory["potential_energy"].values.std()
    if missed > 0.05 * spread:
        raise ValueError(
            f"the molecules' energies miss the potential energy by {missed:.3g} kJ/mol, which itself varies "
            f"by {spread:.3g}; are water.model and water.cutoff_nm those of the trajectory?"
        )
    return xr.Dataset(
        {"molecule_energy": variable(("time", "bead"), values, "kJ/mol")},
        coords={"time": trajectory["time"]},
        attrs={k: trajectory.attrs[k] for k in ("temperature_K", "box_nm")} | {"sum_minus_total_rms": missed},
    )


def energies_of_samples(samples: xr.Dataset, water: WaterModel, cutoff: float) -> xr.DataArray:
    """Energies of the molecules in conditional samples that kept their atoms.

    Args:
        samples: with ``sample_position`` (frame, chain, sample, molecule, atom, axis).

    Returns:
        kJ/mol, dimensions (frame, chain, sample, bead).
    """
    energies = MoleculeEnergies(water, float(samples.attrs["box_nm"]), cutoff)
    atoms = samples["sample_position"].values
    values = _of_each(energies, atoms.reshape(-1, *atoms.shape[3:]), "samples")
    return variable(("frame", "chain", "sample", "bead"), values.reshape(atoms.shape[:4]), "kJ/mol")


def _of_each(energies: MoleculeEnergies, configurations: np.ndarray, unit: str) -> np.ndarray:
    """Energies of the molecules of each configuration, shape (n, N), with a progress bar."""
    values = np.empty(configurations.shape[:2])
    with Progress("molecule energies", len(configurations), unit) as progress:
        for index, atoms in enumerate(configurations):
            values[index] = energies(atoms)
            progress.update(1)
    return values
