"""Sites of a frame: molecules made whole, mapped positions, velocities, forces and energies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from thermalcg.geometry.periodic import minimum_image
from thermalcg.storage.files import DatasetError

from .frames import Frame, wrong_size
from .mapping_file import Group, Mapping

#: What to do in each engine where a trajectory has no forces.
FORCE_CURE = {
    "trr": "run GROMACS with nstfout equal to nstxout",
    "lammps": "add fx fy fz to the columns of the dump",
    "amber": "run Amber with ntwf = -1, so that forces go into the trajectory",
    "h5md": "write the group force",
    "gsd": "let the logger of HOOMD-blue write the forces of every force law",
    "sites": "add the variable force",
}


@dataclass
class Sites:
    """The beads of one frame; units as in ``Frame``.

    Attributes:
        position, force: shape (bead, 3); positions not yet continued from the frame before.
        velocity: shape (bead, 3), where the frame has velocities.
        bead_energy: shape (bead,), where it has energies of atoms.
    """

    position: np.ndarray
    force: np.ndarray
    velocity: np.ndarray | None
    bead_energy: np.ndarray | None


class Mapper:
    """Maps frames of one trajectory to beads.

    Args:
        mapping: which atoms make which bead.
        engine: format of the trajectory, for the cure of missing forces.
    """

    def __init__(self, mapping: Mapping, engine: str) -> None:
        self.mapping, self.engine = mapping, engine

    def __call__(self, frame: Frame, path: Path, index: int) -> Sites:
        """The beads of a frame.

        Raises:
            DatasetError: no forces, arrays of another number of atoms, values that are not finite, a molecule
                that spans more than half the box; the message names file, frame and cure.
        """
        self._check(frame, path, index)
        position, force, velocity, energy = [], [], [], []
        for group in self.mapping.groups:
            position.append(self._site(group, frame, path, index))
            force.append(_by_molecule(group, frame.force)[:, group.in_force].sum(axis=1))
            if frame.velocity is not None:
                velocity.append(np.einsum("a,max->mx", group.weights, _by_molecule(group, frame.velocity)))
            if frame.atom_energy is not None:
                energy.append(frame.atom_energy[group.atoms].reshape(group.count, -1).sum(axis=1))
        return Sites(
            np.concatenate(position),
            np.concatenate(force),
            np.concatenate(velocity) if velocity else None,
            np.concatenate(energy) if energy else None,
        )

    def _check(self, frame: Frame, path: Path, index: int) -> None:
        if frame.force is None:
            raise DatasetError(f"{path}: frame {index} has no forces; {FORCE_CURE[self.engine]}")
        for what, values in (
            ("positions", frame.position),
            ("forces", frame.force),
            ("velocities", frame.velocity),
            ("energies of atoms", frame.atom_energy),
        ):
            if values is None:
                continue
            if len(values) != self.mapping.atoms:
                raise wrong_size(path, index, what, len(values), self.mapping.atoms)
            # the sum of squares is the cheapest test that no value is NaN or infinite
            if not np.isfinite(np.vdot(values, values)):
                bad = np.flatnonzero(~np.isfinite(values).reshape(len(values), -1).all(axis=1))
                raise DatasetError(
                    f"{path}: {what} of frame {index} are not finite, the first of atom "
                    f"{bad[0] if bad.size else 0} "
                    "(both from 0); the run has failed there: use the frames before, with last_ps"
                )

    def _site(self, group: Group, frame: Frame, path: Path, index: int) -> np.ndarray:
        atoms = _by_molecule(group, frame.position).astype(float)
        if atoms.shape[1] == 1:
            return atoms[:, 0]
        whole = minimum_image(atoms - atoms[:, :1], frame.edges)
        span = np.ptp(whole, axis=1)
        if (span > frame.edges / 2).any():
            molecule, axis = np.unravel_index(np.argmax(span / frame.edges), span.shape)
            raise DatasetError(
                f"{path}: frame {index}: atoms of molecule {molecule} ({group.name}) lie "
                f"{span[molecule, axis]:.3g} nm apart along {'xyz'[axis]} after it was made whole, more "
                "than half the "
                f"box of {frame.edges[axis]:.4g} nm; either {self.mapping.path} lists other atoms than "
                "the trajectory, "
                "or in another order, or the box is too small for the molecule"
            )
        return atoms[:, 0] + np.einsum("a,max->mx", group.weights, whole)


def _by_molecule(group: Group, values: np.ndarray) -> np.ndarray:
    """Values of a group's atoms, shape (molecule, atom, 3)."""
    return values[group.atoms].reshape(group.count, -1, 3)


class Unwrapper:
    """Continues positions across the boundary from frame to frame.

    A bead is taken to have moved by less than half the box between two frames.
    """

    def __init__(self) -> None:
        self._last: np.ndarray | None = None

    def __call__(self, position: np.ndarray, edges: np.ndarray, unwrapped: bool) -> np.ndarray:
        """Positions of the frame that follows those given before, nm, shape (bead, 3).

        Args:
            unwrapped: whether they are continued already.
        """
        if self._last is not None and not unwrapped:
            position = self._last + minimum_image(position - self._last, edges)
        self._last = position
        return position
