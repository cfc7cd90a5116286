"""Energies and forces of a batch of configurations, to be differentiated by the parameters of a network."""

from __future__ import annotations

import numpy as np
import torch

from thermalcg.geometry.neighbours import DirectedPairs
from thermalcg.geometry.periodic import wrap

from .bead_network import BeadNetwork, as_double
from .elementary import ANGSTROM_PER_NM
from .network import EnergyNetwork
from .rows import Rows, make_rows
from .sums import all_forces, all_sums, forces_back, sums_back


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
    model: EnergyNetwork, geometries: list[Geometry], weights: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """As ``by_torch``, by compiled loops, with derivatives by the parameters; where ``weights.covered``."""
    network = BeadNetwork(model, weights.double().numpy(), len(geometries[0].position))
    sensitivity = model.network.sensitivity_layers[0]
    parameters = [sensitivity.mu, sensitivity.sigma, *network.parameters]
    cutoff = model.settings.cutoff_nm * ANGSTROM_PER_NM
    return _ByLoops.apply(network, _rows(geometries, cutoff), cutoff, len(geometries), *parameters)


class _ByLoops(torch.autograd.Function):
    """Energies and forces as a function of the parameters; torch cannot look inside."""

    @staticmethod
    def forward(ctx, network, rows, cutoff, n_boxes, *parameters):
        center, width = 1 / as_double(parameters[0])[0], as_double(parameters[1])[0]
        ctx.at, ctx.network, ctx.parameters = (rows, cutoff, center, width), network, parameters
        energy, ctx.field = network.energy_field(all_sums(*ctx.at, network.components))
        force = all_forces(*ctx.at, ctx.field)
        to = {"dtype": parameters[0].dtype}
        energy = torch.as_tensor(energy.reshape(n_boxes, -1).sum(axis=1), **to)
        return energy, torch.as_tensor(force.reshape(n_boxes, -1, 3), **to)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, by_energy, by_force):
        along, by_center, by_width = forces_back(*ctx.at, ctx.field, as_double(by_force).reshape(-1, 3))
        found, by_sums = ctx.network.loss_gradients(along, as_double(by_energy))
        more_center, more_width = sums_back(*ctx.at, by_sums)
        mu, sigma = ctx.parameters[:2]
        found += [
            (mu, (by_center + more_center)[None] * -(ctx.at[2] ** 2)),
            (sigma, (by_width + more_width)[None]),
        ]
        of_parameter = {id(parameter): gradient for parameter, gradient in found}
        gradients = (torch.as_tensor(of_parameter[id(p)], dtype=p.dtype) for p in ctx.parameters)
        return None, None, None, None, *gradients


def _rows(geometries: list[Geometry], cutoff: float) -> Rows:
    """The neighbours of all beads of a batch."""
    n = len(geometries[0].position)
    position = np.concatenate([g.position.numpy() for g in geometries]).astype(float)
    half = np.concatenate([g.half.numpy() + np.int64(b * n) for b, g in enumerate(geometries)], axis=1)
    if half.size:
        return make_rows(position, geometries[0].edges.double().numpy(), half[0], half[1], cutoff)
    # an empty list would stand for all pairs
    start, nobody = np.zeros(len(position) + 1, np.int64), np.empty(0, np.int64)
    return Rows(start, nobody, np.empty((4, 0)), 0, False)
