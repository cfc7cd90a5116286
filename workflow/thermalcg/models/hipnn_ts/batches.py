"""Energies and forces of a batch of configurations, to be differentiated by the parameters of a network."""

from __future__ import annotations

import numpy as np
import torch

from thermalcg.geometry.neighbours import DirectedPairs
from thermalcg.geometry.periodic import wrap

from .elementary import ANGSTROM_PER_NM
from .network import EnergyNetwork
from .rows import COMPONENTS, Rows, make_rows
from .sums import forces, sums


class Geometry:
    """A configuration and its pairs, shared by the targets that it has.

    Kept on the host, each pair once and in the smallest integers that number the beads: thousands of dense
    configurations would fill a graphics card.
    """

    def __init__(self, position: np.ndarray, edges: np.ndarray, cutoff: float) -> None:
        wrapped = wrap(position, edges)
        pairs = DirectedPairs(edges, cutoff)(wrapped[None])
        # every pair comes one way round, then all of them the other
        half = np.stack([pairs.first, pairs.second])[:, : len(pairs.first) // 2]
        self.position = torch.as_tensor(wrapped, dtype=torch.get_default_dtype())
        self.half = torch.as_tensor(half.astype(np.min_scalar_type(-len(position))))
        self.edges = torch.as_tensor(edges, dtype=torch.get_default_dtype())

    def on(self, device: str) -> tuple[torch.Tensor, ...]:
        """Positions (N, 3), both beads of the directed pairs (P,), and their image shifts (P, 3)."""
        position, half = self.position.to(device), self.half.to(device).long()
        first, second = torch.cat([half[0], half[1]]), torch.cat([half[1], half[0]])
        edges = self.edges.to(device)
        shift = -edges * torch.round((position[second] - position[first]) / edges)
        return position, first, second, shift


def by_torch(
    model: EnergyNetwork, geometries: list[Geometry], weights: torch.Tensor, training: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """Energies (B,) and forces (B, N, 3) of configurations, on any device and for any network.

    Args:
        weights: combination of the energies for each configuration, shape (B, K).
        training: whether a loss of the forces is to be differentiated.
    """
    device, n_boxes = weights.device, len(geometries)
    positions, firsts, seconds, shifts = zip(*(g.on(device) for g in geometries), strict=True)
    n = len(positions[0])
    position = torch.cat(positions).requires_grad_()
    first = torch.cat([pairs + b * n for b, pairs in enumerate(firsts)])
    second = torch.cat([pairs + b * n for b, pairs in enumerate(seconds)])
    index = torch.arange(n_boxes, device=device).repeat_interleave(n)
    energies = model(position, first, second, torch.cat(shifts), index, n_boxes)
    energy = (energies * weights).sum(dim=1)
    (gradient,) = torch.autograd.grad(energy.sum(), position, create_graph=training)
    return energy, -gradient.reshape(n_boxes, n, 3)


def by_loops(
    model: EnergyNetwork, geometries: list[Geometry], weights: torch.Tensor, training: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """As ``by_torch``, by compiled loops over the pairs; for what ``weights.covered`` names."""
    n_boxes, n = len(geometries), len(geometries[0].position)
    position = np.concatenate([g.position.numpy() for g in geometries]).astype(float)
    half = np.concatenate([g.half.numpy() + np.int64(b * n) for b, g in enumerate(geometries)], axis=1)
    cutoff = model.settings.cutoff_nm * ANGSTROM_PER_NM
    sensitivity = model.network.sensitivity_layers[0]
    functions = 1 / sensitivity.mu[0], sensitivity.sigma[0]
    components = COMPONENTS[model.settings.tensor_order]
    rows = _rows(position, geometries[0].edges.double().numpy(), half, cutoff)
    seen = sums(rows, cutoff, components, *functions)
    if not seen.requires_grad:
        seen.requires_grad_()
    energy = (model.of_sums(seen).reshape(n_boxes, n, -1).sum(dim=1) * weights).sum(dim=1)
    (field,) = torch.autograd.grad(energy.sum(), seen, create_graph=training)
    return energy, forces(rows, cutoff, field, *functions).reshape(n_boxes, n, 3)


def _rows(position: np.ndarray, edges: np.ndarray, half: np.ndarray, cutoff: float) -> Rows:
    """The neighbours of all beads of a batch; ``make_rows`` takes no pairs for all of them."""
    if half.size:
        return make_rows(position, edges, half[0], half[1], cutoff)
    start, nobody = np.zeros(len(position) + 1, np.int64), np.empty(0, np.int64)
    return Rows(start, nobody, np.empty((4, 0)), 0, False)
