"""The interface of an architecture: what turns CG positions into the energy components W_k(R)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from thermalcg.storage.checkpoints import Checkpoints

from .species import Species
from .training_data import TrainingSet

#: Positions (B, N, 3) in nm to energies (B,) in kJ/mol and forces (B, N, 3) in kJ/mol/nm.
ForceField = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]

#: Distances (n,) in nm to the energy of a pair, kJ/mol, and its derivative, kJ/mol/nm, both (n,).
PairCurve = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class ArchitectureSettings:
    """What defines an architecture and its training; a dataclass for each architecture."""


class Architecture(ABC):
    """K energy components W_k(R), one trained member.

    Energies are in kJ/mol times the inverse unit of the component's function of
    temperature; the repulsive prior is not part of them.
    """

    name: ClassVar[str]
    settings_type: ClassVar[type[ArchitectureSettings]]
    settings: ArchitectureSettings
    #: Of the beads that the components are bound to; None where all beads are alike.
    species: Species | None = None

    @classmethod
    @abstractmethod
    def fit(
        cls,
        data: TrainingSet,
        settings: ArchitectureSettings,
        *,
        seed: int,
        members: int,
        device: str,
        checkpoints: Checkpoints,
    ) -> tuple[list[Architecture], list[dict[str, Any]]]:
        """Train an ensemble on the forces and energies of a training set.

        Args:
            data: configurations and what the combinations of components should be there.
            settings: of the type ``settings_type``.
            seed: every random number is derived from it; training sets of one seed are resampled alike.
            members: number of members.  Whether member 0 is special is a fact of the architecture
                (``names.ARCHITECTURES``).
            device: ``auto``, ``cpu`` or ``cuda``; for architectures that run in torch.
            checkpoints: keep what a killed training has done; left to the caller, who clears them when the
                ensemble is saved.

        Returns:
            The members, and for each a record of its training that can be written as JSON.
        """

    @property
    @abstractmethod
    def cutoff(self) -> float:
        """Range of the interactions, nm; a box has edges of at least twice as much."""

    @abstractmethod
    def tensors(self) -> dict[str, np.ndarray]:
        """Everything that was learned, as plain arrays."""

    @classmethod
    @abstractmethod
    def from_tensors(
        cls,
        tensors: dict[str, np.ndarray],
        settings: ArchitectureSettings,
        n_components: int,
        species: Species | None = None,
    ) -> Architecture:
        """The inverse of ``tensors``, bound to beads of these species.

        Raises:
            KeyError, ValueError: tensors that the settings do not ask for.
        """

    def of_species(self, species: Species) -> Architecture:
        """The same components for other beads of the same species (``Species.like``)."""
        raise NotImplementedError(f"{self.name} knows no species")

    @abstractmethod
    def force_field(self, weights: np.ndarray, box: float | np.ndarray, device: str = "cpu") -> ForceField:
        """The combination ``sum_k weights_k W_k`` as a function of positions, for dynamics.

        The function checks nothing that it is given; a configuration in which two beads lie on one spot
        has an energy and forces that are not finite.

        Args:
            box: edge or edges of the periodic box, nm.
            device: ``auto``, ``cpu`` or ``cuda``; for architectures that run in torch.

        Raises:
            InputError: a tilted box, or one below twice the cutoff; of the function, positions of another
                number of beads than the species are bound to.
        """

    @abstractmethod
    def virial(self, weights: np.ndarray, box: float | np.ndarray, positions: np.ndarray) -> np.ndarray:
        """The tensor -dW/d(strain) = sum r (x) F of the combination, kJ/mol, shape (B, 3, 3).

        Args:
            weights, box: as in ``force_field``.
            positions: nm, shape (B, N, 3).

        Raises:
            InputError: a tilted box, or one below twice the cutoff.
        """

    def tables(self, weights: np.ndarray, repulsion: PairCurve, onset: float) -> NamedTuple | None:
        """``force_field`` together with a repulsion of all pairs, for compiled loops.

        Args:
            repulsion: energy and slope at distances in nm.
            onset: where the repulsion begins, nm.

        Returns:
            None if the architecture has no compiled loops.
        """
        return None
