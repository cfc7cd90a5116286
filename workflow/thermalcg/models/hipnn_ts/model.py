"""HIP-NN-TS as an architecture."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike

from thermalcg.geometry.inputs import checked_box
from thermalcg.geometry.neighbours import NeighbourList, directed
from thermalcg.geometry.periodic import wrap
from thermalcg.models.architecture import Architecture, ForceField
from thermalcg.models.species import Species
from thermalcg.models.training_data import TrainingSet
from thermalcg.runtime.devices import choose_device
from thermalcg.storage.checkpoints import Checkpoints

from .kernel import energy_force
from .network import EnergyNetwork, HipnnSettings, plain_state
from .rows import ONE_SPOT_NM
from .trainer import train
from .virial import virial
from .weights import Weights, covered, kernel_weights

#: Candidate pairs reach this much further than the cutoff, nm.
SKIN_NM = 0.05


class HipnnTS(Architecture):
    """One trained network."""

    name = "hipnn_ts"
    settings_type = HipnnSettings

    def __init__(self, model: EnergyNetwork) -> None:
        self.model = model

    @classmethod
    def fit(
        cls,
        data: TrainingSet,
        settings: HipnnSettings,
        *,
        seed: int,
        members: int,
        device: str,
        checkpoints: Checkpoints,
    ) -> tuple[list[Architecture], list[dict[str, Any]]]:
        """Members differ in initial weights, order of the data and validation pieces."""
        trained = train(data, settings, seed, members, choose_device(device), checkpoints)
        size = data.expansion.size
        return (
            [cls.from_tensors(tensors, settings, size, data.species) for tensors, _ in trained],
            [record for _, record in trained],
        )

    @property
    def settings(self) -> HipnnSettings:
        return self.model.settings

    @property
    def species(self) -> Species | None:
        return self.model.species

    @property
    def cutoff(self) -> float:
        return self.settings.cutoff_nm

    def tensors(self) -> dict[str, np.ndarray]:
        return {name: value.detach().cpu().numpy() for name, value in plain_state(self.model).items()}

    @classmethod
    def from_tensors(
        cls,
        tensors: dict[str, np.ndarray],
        settings: HipnnSettings,
        n_components: int,
        species: Species | None = None,
    ) -> HipnnTS:
        model = EnergyNetwork(settings, np.ones(n_components), species)
        known = model.load_state_dict({k: torch.as_tensor(v) for k, v in tensors.items()}, strict=False)
        # hippynn's extra state is no tensor and may be absent; nothing else may
        absent = [name for name in known.missing_keys if not name.endswith("_extra_state")]
        if absent or known.unexpected_keys:
            raise ValueError(f"tensors missing: {absent}, unknown: {known.unexpected_keys}")
        for parameter in model.parameters():
            parameter.requires_grad_(False)
        return cls(model)

    def of_species(self, species: Species) -> HipnnTS:
        scale = self.model.output_scale
        return self.from_tensors(self.tensors(), self.settings, len(scale), species)

    def force_field(self, weights: np.ndarray, box: ArrayLike, device: str = "cpu") -> ForceField:
        """As in ``Architecture``: compiled where ``weights.covered`` says so, otherwise by torch."""
        edges, device = checked_box(box, self.cutoff), choose_device(device)
        if covered(self.settings, device, self.species):
            return _compiled(kernel_weights(self.model, weights), edges, self.cutoff)
        return by_torch(self.model, weights, edges, device)

    def virial(self, weights: np.ndarray, box: ArrayLike, positions: np.ndarray) -> np.ndarray:
        return virial(self.model, np.asarray(weights), checked_box(box, self.cutoff), positions)


def _compiled(weights: Weights, edges: np.ndarray, cutoff: float) -> ForceField:
    """The force field by the compiled kernel, one configuration after the other."""
    listed = NeighbourList(edges, cutoff, SKIN_NM)

    def evaluate(positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        positions = np.ascontiguousarray(positions, float)
        energy, force = np.empty(len(positions)), np.empty(positions.shape)
        for b, (first, second) in enumerate(listed.for_loops(positions)):
            energy[b] = energy_force(positions[b], edges, first, second, weights, force[b])
        return energy, force

    return evaluate


def by_torch(model: EnergyNetwork, weights: np.ndarray, edges: np.ndarray, device: str) -> ForceField:
    """The force field by torch, all configurations at once; the reference of the compiled kernel.

    Args:
        weights: combination of the energies, shape (K,).
        edges: of the periodic box, nm, shape (3,).
        device: ``cpu`` or ``cuda``.
    """
    model, cutoff = model.to(device), model.settings.cutoff_nm
    to = {"dtype": next(model.parameters()).dtype, "device": device}
    combination, box = torch.as_tensor(weights, **to), torch.as_tensor(edges, **to)
    listed = NeighbourList(edges, cutoff, SKIN_NM)
    first = second = box_of = torch.empty(0)

    def evaluate(positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        nonlocal first, second, box_of
        positions = np.asarray(positions, float)
        n_boxes, n_beads = positions.shape[:2]
        if model.species is not None:
            model.species.check(positions)
        wrapped = wrap(positions, edges)
        if listed.update(wrapped):
            first, second = (torch.as_tensor(x, device=device) for x in directed(listed.candidates, n_beads))
            box_of = torch.arange(n_boxes, device=device).repeat_interleave(n_beads)
        x = torch.as_tensor(wrapped.reshape(-1, 3), **to)
        vector = x[second] - x[first]
        shift = -box * torch.round(vector / box)
        distance2 = (vector + shift).square().sum(dim=1)
        one_spot = distance2 < ONE_SPOT_NM**2
        pairs = first, second, shift
        if device == "cpu":  # a card would wait for their number; pairs beyond the cutoff have no weight
            near = distance2 < cutoff**2
            pairs = tuple(part[near] for part in pairs)
        combined = model(x.requires_grad_(), *pairs, box_of, n_boxes) @ combination
        (gradient,) = torch.autograd.grad(combined.sum(), x)
        energy = combined.detach().cpu().numpy().astype(float)
        force = -gradient.cpu().numpy().astype(float).reshape(positions.shape)
        overlapping = (first[one_spot] // n_beads).cpu().numpy()
        energy[overlapping] = force[overlapping] = np.nan
        return energy, force

    return evaluate
