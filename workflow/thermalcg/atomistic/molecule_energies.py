"""Potential energy of water, molecule by molecule, and which sites are neighbours.

The energy of a pair interaction is split evenly between its two molecules; the long-range part of
the electrostatics is the charge times the Ewald potential that it feels (torch-pme).  The molecules'
energies add up to the potential energy.
"""

from __future__ import annotations

import numpy as np
import torch
import xarray as xr
from numpy.typing import ArrayLike
from torchpme import P3MCalculator
from torchpme.potentials import CoulombPotential

from thermalcg.geometry.inputs import checked_box, checked_cube, checked_positions
from thermalcg.geometry.neighbours import NeighbourSearch
from thermalcg.geometry.periodic import minimum_image, wrap
from thermalcg.runtime.progress import Progress
from thermalcg.statistics import rms
from thermalcg.storage.datasets import variable
from thermalcg.units import COULOMB

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
        self._pairs_within = NeighbourSearch(box, cutoff)
        # erfc at the cutoff is 6e-7 of the bare interaction; P3M's mesh may be as coarse as the smearing
        smearing = cutoff / 5
        self._ewald = P3MCalculator(CoulombPotential(smearing), mesh_spacing=smearing, interpolation_nodes=5)
        self._ewald.to(dtype=torch.float64)
        self._cell = torch.eye(3, dtype=torch.float64) * box
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
        n_molecules, n_sites = sites.shape[:2]
        flat = sites.reshape(-1, 3)
        wrapped = wrap(flat, self.box)
        pairs = np.stack(self._pairs_within(wrapped), axis=1)
        vector = minimum_image(wrapped[pairs[:, 1]] - wrapped[pairs[:, 0]], self.box)
        distance = np.sqrt((vector**2).sum(axis=1))

        charge = np.tile(self._charge, n_molecules)
        potential = self._ewald(
            torch.as_tensor(charge[:, None]),
            self._cell,
            torch.as_tensor(wrapped),
            torch.as_tensor(pairs),
            torch.as_tensor(distance),
        )[:, 0].numpy()
        energy = COULOMB * (charge * potential).reshape(n_molecules, n_sites).sum(axis=1)
        energy -= self._within_molecule(sites)

        oxygens = (pairs % n_sites == 0).all(axis=1)
        half = 0.5 * self._lennard_jones(distance[oxygens])
        for side in range(2):
            np.add.at(energy, pairs[oxygens, side] // n_sites, half)
        return energy

    def _within_molecule(self, sites: np.ndarray) -> np.ndarray:
        """Coulomb energy inside each rigid molecule, which the force field leaves out."""
        total = np.zeros(len(sites))
        for a in range(sites.shape[1]):
            for b in range(a):
                product = self._charge[a] * self._charge[b]
                if product:
                    total += product / np.linalg.norm(sites[:, a] - sites[:, b], axis=1)
        return COULOMB * total

    def _lennard_jones(self, r: np.ndarray) -> np.ndarray:
        s6 = (self.water.lj_sigma_nm / r) ** 6
        start = SWITCH * self.cutoff
        x = np.clip((r - start) / (self.cutoff - start), 0, 1)
        return 4 * self.water.lj_epsilon_kj_mol * (s6**2 - s6) * (1 - x**3 * (10 - 15 * x + 6 * x**2))


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
        The dataset ``molecule_energies/{T}.nc`` (``thermalcg.storage.declared``).

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
