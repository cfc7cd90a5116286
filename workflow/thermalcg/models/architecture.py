"""The interface of an architecture."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from thermalcg.storage.checkpoints import Checkpoints

from .training_data import TrainingSet

#: Positions (B, N, 3) in nm to energies (B,) in kJ/mol and forces (B, N, 3) in kJ/mol/nm.
ForceField = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


class Architecture(ABC):
    """K energy components W_k(R), one trained member.

    Energies are in kJ/mol times the inverse unit of the component's function of
    temperature; the repulsive prior is not part of them.
    """

    name: ClassVar[str]

    @classmethod
    @abstractmethod
    def fit(
        cls,
        data: TrainingSet,
        settings: dict[str, Any],
        *,
        seed: int,
        members: int,
        device: str,
        checkpoints: Checkpoints,
    ) -> tuple[list[Architecture], list[dict[str, Any]]]:
        """Train an ensemble; returns the members and, for each, what is worth recording."""

    @abstractmethod
    def tensors(self) -> dict[str, np.ndarray]:
        """Everything that was learned, as plain arrays."""

    @classmethod
    @abstractmethod
    def from_tensors(
        cls, tensors: dict[str, np.ndarray], settings: dict[str, Any], n_components: int
    ) -> Architecture:
        """The inverse of ``tensors``."""

    @abstractmethod
    def force_field(self, weights: np.ndarray, box: float, device: str = "cpu") -> ForceField:
        """The combination ``sum_k weights_k W_k`` as a function of positions.

        Args:
            device: ``auto``, ``cpu`` or ``cuda``; for architectures that run in torch.
        """
