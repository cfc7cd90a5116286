"""Coarse-grained sites of rigid water: mapped positions, velocities and forces."""

from __future__ import annotations

import numpy as np
import xarray as xr

from thermalcg.geometry.inputs import InputError
from thermalcg.storage.datasets import variable

from .water import REAL, WaterModel


def map_trajectory(
    trajectory: xr.Dataset, water: WaterModel, mapping: str, n_training: int | None = None
) -> xr.Dataset:
    """Mapped positions, velocities and forces of an all-atom trajectory.

    For a rigid molecule the mapped force of either mapping is the sum of the forces on
    its atoms (constraint forces cancel in the sum).

    Args:
        trajectory: dataset ``all_atom/{T}.nc``.
        mapping: one of ``water.MAPPINGS``.
        n_training: number of frames at the start of the run that models may be trained on; None for all.

    Returns:
        The dataset ``mapped/{T}.nc`` (``thermalcg.storage.declared``).
    """
    dims = ("time", "bead", "axis")
    position = mapped_sites(water, mapping, trajectory["atom_position"].values)
    velocity = mapped_sites(water, mapping, trajectory["atom_velocity"].values)
    force = trajectory["atom_force"].values.astype(float).sum(axis=2)
    n_time = len(position)
    test = np.arange(n_time) >= (n_time if n_training is None else n_training)
    return xr.Dataset(
        {
            "split": variable(("time",), test.astype(np.int8), "1"),
            "position": variable(dims, position.astype(np.float32), "nm"),
            "velocity": variable(dims, velocity.astype(np.float32), "nm/ps"),
            "force": variable(dims, force.astype(np.float32), "kJ/mol/nm"),
            "potential_energy": trajectory["potential_energy"],
        },
        coords={"time": trajectory["time"]},
        attrs={
            "temperature_K": trajectory.attrs["temperature_K"],
            "box_nm": trajectory.attrs["box_nm"],
            "mapping": mapping,
            "bead_mass_amu": water.mass,
        },
    )


def training_part(trajectory: xr.Dataset) -> xr.Dataset:
    """The frames of a trajectory ``mapped/{T}.nc`` that models may be trained on."""
    return trajectory.isel(time=np.flatnonzero(trajectory["split"].values == 0))


def bead_masses(trajectory: xr.Dataset) -> float | np.ndarray:
    """Mass of a bead of a trajectory ``mapped/{T}.nc``, amu; with several species of each bead, shape (N,).

    Raises:
        InputError: it tells no masses, or some that are not positive.
    """
    held = (
        trajectory["bead_mass"].values if "bead_mass" in trajectory else trajectory.attrs.get("bead_mass_amu")
    )
    mass = np.asarray(np.nan if held is None else held, float)
    if not ((mass > 0) & np.isfinite(mass)).all():
        raise InputError(
            f"masses of the beads are {held if held is None else mass.tolist()}; allowed: the attribute "
            "bead_mass_amu, or the variable bead_mass where there are several species, of numbers > 0"
        )
    return float(mass) if mass.ndim == 0 else mass


def bead_energies(trajectory: xr.Dataset, asked: str) -> np.ndarray:
    """Energies of the molecules of a user's trajectory ``mapped/{T}.nc``, kJ/mol, shape (time, bead).

    Args:
        asked: what needs them, for the message.

    Raises:
        InputError: the trajectory has none, or some that are not finite.
    """
    if "bead_energy" not in trajectory or not np.isfinite(trajectory["bead_energy"].values).all():
        raise InputError(
            f"{asked}, which needs the energy of every molecule, and the trajectory does not have it; "
            "allowed: box, or energies of the dump (bead_energy_column) or of the file of sites (bead_energy)"
        )
    return trajectory["bead_energy"].values


def mapped_sites(water: WaterModel, mapping: str, atoms: np.ndarray) -> np.ndarray:
    """Mapped sites, or their velocities, from those of (O, H, H): shape (..., 3, 3) to (..., 3)."""
    return np.einsum("s,...sx->...x", water.mapping_weights(mapping), atoms[..., :REAL, :])


def mapped_forces(forces: np.ndarray, n_molecules: int) -> np.ndarray:
    """Mapped forces, kJ/mol/nm, shape (n_molecules, 3), from the forces on all particles.

    Only real particles are added up: OpenMM has already spread the forces of virtual sites onto them.
    """
    return forces.reshape(n_molecules, -1, 3)[:, :REAL].sum(axis=1)
