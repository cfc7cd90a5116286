"""HIP-NN-TS as an architecture."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike

from thermalcg.geometry.inputs import checked_box
from thermalcg.geometry.neighbours import DirectedPairs
from thermalcg.geometry.periodic import wrap
from thermalcg.models.architecture import Architecture, ForceField
from thermalcg.models.training_data import TrainingSet
from thermalcg.runtime.platforms import choose_device
from thermalcg.storage.checkpoints import Checkpoints

from .network import EnergyNetwork, HipnnSettings, plain_state
from .trainer import train
from .virial import virial

#: Candidate pairs reach this much further than the cutoff, nm.
SKIN_NM = 0.05

#: Beads closer than this lie on one spot, nm: the single precision of a network cannot tell them apart.
ONE_SPOT_NM = 1e-6


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
            [cls.from_tensors(tensors, settings, size) for tensors, _ in trained],
            [record for _, record in trained],
        )

    @property
    def settings(self) -> HipnnSettings:
        return self.model.settings

    @property
    def cutoff(self) -> float:
        return self.settings.cutoff_nm

    def tensors(self) -> dict[str, np.ndarray]:
        return {name: value.detach().cpu().numpy() for name, value in plain_state(self.model).items()}

    @classmethod
    def from_tensors(
        cls, tensors: dict[str, np.ndarray], settings: HipnnSettings, n_components: int
    ) -> HipnnTS:
        model = EnergyNetwork(settings, np.ones(n_components))
        known = model.load_state_dict({k: torch.as_tensor(v) for k, v in tensors.items()}, strict=False)
        # hippynn's extra state is no tensor and may be absent; nothing else may
        absent = [name for name in known.missing_keys if not name.endswith("_extra_state")]
        if absent or known.unexpected_keys:
            raise ValueError(f"tensors missing: {absent}, unknown: {known.unexpected_keys}")
        for parameter in model.parameters():
            parameter.requires_grad_(False)
        return cls(model)

    def force_field(self, weights: np.ndarray, box: ArrayLike, device: str = "cpu") -> ForceField:
        edges, device = checked_box(box, self.cutoff), choose_device(device)
        model = self.model.to(device)
        dtype = next(model.parameters()).dtype
        combination = torch.as_tensor(weights, dtype=dtype, device=device)
        pairs_within = DirectedPairs(edges, self.cutoff, SKIN_NM)

        def evaluate(positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            positions = np.asarray(positions, float)
            n_boxes, n_beads = positions.shape[:2]
            wrapped = wrap(positions, edges)
            pairs = pairs_within(wrapped)
            x = torch.as_tensor(wrapped.reshape(-1, 3), dtype=dtype, device=device).requires_grad_()
            index = torch.arange(n_boxes, device=device).repeat_interleave(n_beads)
            to = {"device": device}
            energies = model(
                x,
                torch.as_tensor(pairs.first, **to),
                torch.as_tensor(pairs.second, **to),
                torch.as_tensor(pairs.shift, dtype=dtype, **to),
                index,
                n_boxes,
            )
            combined = energies @ combination
            (gradient,) = torch.autograd.grad(combined.sum(), x)
            energy = combined.detach().cpu().numpy().astype(float)
            force = -gradient.cpu().numpy().astype(float).reshape(positions.shape)
            overlapping = pairs.first[pairs.distance2 < ONE_SPOT_NM**2] // n_beads
            energy[overlapping] = force[overlapping] = np.nan
            return energy, force

        return evaluate

    def virial(self, weights: np.ndarray, box: ArrayLike, positions: np.ndarray) -> np.ndarray:
        return virial(self.model, np.asarray(weights), checked_box(box, self.cutoff), positions)
