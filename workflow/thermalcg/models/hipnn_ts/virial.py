"""Virial of a network: the derivative of its energy by a strain of box and positions."""

from __future__ import annotations

import numpy as np
import torch

from thermalcg.geometry.neighbours import DirectedPairs
from thermalcg.geometry.periodic import wrap

from .network import EnergyNetwork


def virial(model: EnergyNetwork, weights: np.ndarray, edges: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """The tensor -dW/d(strain) = sum r (x) F of one combination of the energies, kJ/mol, shape (B, 3, 3).

    Args:
        weights: combination of the energies, shape (K,).
        edges: of the periodic box, nm, shape (3,).
        positions: nm, shape (B, N, 3).
    """
    parameter = next(model.parameters())
    to = {"dtype": parameter.dtype, "device": parameter.device}
    listed = DirectedPairs(edges, model.settings.cutoff_nm)
    wrapped = wrap(np.asarray(positions, float), edges)
    n_boxes, n_beads = wrapped.shape[:2]
    pairs = listed(wrapped)
    strain = torch.zeros(n_boxes, 3, 3, **to).requires_grad_()
    box_of = torch.arange(n_boxes, device=parameter.device).repeat_interleave(n_beads)
    first = torch.as_tensor(pairs.first, device=parameter.device)
    second = torch.as_tensor(pairs.second, device=parameter.device)
    position = torch.as_tensor(wrapped.reshape(-1, 3), **to)
    shift = torch.as_tensor(pairs.shift, **to)
    strained = position + torch.einsum("ij,ijk->ik", position, strain[box_of])
    moved = shift + torch.einsum("ij,ijk->ik", shift, strain[box_of[first]])
    energy = model(strained, first, second, moved, box_of, n_boxes) @ torch.as_tensor(weights, **to)
    (gradient,) = torch.autograd.grad(energy.sum(), strain)
    return -gradient.detach().cpu().numpy().astype(float)
