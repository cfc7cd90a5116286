"""A HIP-NN-TS force field as a module of PyTorch: positions, box and temperature to energy and forces."""

from __future__ import annotations

import copy
from pathlib import Path

import torch

from thermalcg.geometry.inputs import InputError, checked_box, checked_positions, checked_temperature
from thermalcg.geometry.neighbours import DirectedPairs, refuse_overlap
from thermalcg.geometry.periodic import wrap
from thermalcg.models.hipnn_ts.network import EnergyNetwork
from thermalcg.models.names import ARCHITECTURES
from thermalcg.models.potential import ThermalPotential, load_ensemble
from thermalcg.models.prior import PairPriors, Prior

from .source import ExportError


class TorchForceField(torch.nn.Module):
    """The free energy W(R, T) of one configuration and the mean forces, prior included.

    The energy may be differentiated: by positions, by the box, once by the temperature (-dW/dT is the
    entropy), and by the parameters after ``module.requires_grad_(True)``.  Pairs are searched by the library
    on the processor; everything else is where the module is (``module.to("cuda")``), in the precision of its
    parameters (``module.double()``).  The network is a copy: that of the potential stays as it is.

    Args:
        potential: a member of an ensemble of networks.

    Raises:
        ExportError: the potential is no network.
    """

    def __init__(self, potential: ThermalPotential) -> None:
        super().__init__()
        network = getattr(potential.components, "model", None)
        if not isinstance(network, EnergyNetwork):
            label = ARCHITECTURES[potential.components.name].label
            raise ExportError(f"{label} are no network of PyTorch; allowed: --to lammps, openmm or ase")
        self.network, self.species, prior = copy.deepcopy(network), network.species, potential.prior
        kinds = 1 if self.species is None else len(self.species.names)
        pairs = [[0]] if self.species is None else self.species.pair_index
        self.register_buffer("pair_index", torch.as_tensor(pairs), persistent=False)
        count = kinds * (kinds + 1) // 2
        self.priors = prior.priors if isinstance(prior, PairPriors) else (prior,) * count
        self.expansion, self.cutoff = potential.expansion, potential.cutoff
        self.known_range = potential.known_range

    @classmethod
    def load(cls, path: str | Path, member: int = 0) -> TorchForceField:
        """A member of a model file.

        Raises:
            DatasetError: a missing or foreign file, or one of another version.
            ExportError: the model is no network.
        """
        return cls(load_ensemble(path)[0][member])

    def forward(
        self,
        positions: torch.Tensor,
        box: torch.Tensor,
        species: torch.Tensor,
        temperature: torch.Tensor | float,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """W, kJ/mol, and mean forces, kJ/mol/nm, shape (N, 3); under ``torch.no_grad`` without their graph.

        Args:
            positions: of beads, nm, shape (N, 3).
            box: edge or edges of the periodic box, nm, shape (1,) or (3,).
            species: of each bead, whole numbers, shape (N,).  In a mixture the place of its name in
                ``module.species.names``; otherwise the same number for all.
            temperature: T, K; a warning says that the model was never trained or tested there.

        Raises:
            InputError: positions of another shape or not finite, a box of another shape or below twice the
                cutoff, a temperature that is not positive, or species that the model does not have.
            OverlapError: two beads on one spot.
        """
        given = checked_positions(positions.detach().double().cpu().numpy())
        if not given.single:
            raise InputError(f"positions have shape {tuple(positions.shape)}; allowed: (N, 3)")
        codes = self._codes(species, len(positions))
        if box.dim() > 1:
            raise InputError(f"box has shape {tuple(box.shape)}; allowed: one edge or three")
        wanted = torch.is_grad_enabled()
        with torch.enable_grad():
            energy, force = self._evaluate(positions, box, codes, temperature, given.values)
        return (energy, force) if wanted else (energy.detach(), force.detach())

    def _codes(self, species: torch.Tensor, n_beads: int) -> torch.Tensor:
        """Species of each bead, from 0, where the module is, shape (N,)."""
        found = sorted(set(species.reshape(-1).tolist()))
        if self.species is None:
            allowed, known = "the same for all", len(found) == 1
        else:
            names = self.species.names
            allowed = ", ".join(f"{code} ({name})" for code, name in enumerate(names))
            known = set(found) <= set(range(len(names)))
        if species.shape != (n_beads,) or not known:
            raise InputError(
                f"species are {found} for {n_beads} beads; allowed: one number a bead, {allowed}"
            )
        codes = torch.zeros_like(species) if self.species is None else species
        return codes.to(self.pair_index.device, torch.long)

    def _evaluate(self, positions, box, codes, temperature, values) -> tuple[torch.Tensor, torch.Tensor]:
        parameter = next(self.network.parameters())
        to = {"dtype": parameter.dtype, "device": parameter.device}
        x = positions.to(**to)
        if not x.requires_grad:
            x = x.detach().requires_grad_()  # a tensor of our own: that of the caller stays as it was
        edges = checked_box(box.detach().cpu().double().numpy(), self.cutoff)
        pairs = DirectedPairs(edges, self.cutoff)(wrap(values, edges))
        first, second = (torch.as_tensor(part, device=x.device) for part in (pairs.first, pairs.second))
        if self.species is not None:  # the network is bound to beads: here to those of this call
            self.network.kinds = torch.eye(len(self.species.names), **to)[codes]
        kinds = self.pair_index[codes[first], codes[second]]
        energy = self._energy(x, box.to(**to), (first, second, kinds), self._weights(temperature, to))
        refuse_overlap(values, edges, energy.detach().cpu().numpy()[None])
        (gradient,) = torch.autograd.grad(energy, x, retain_graph=True)
        return energy, -gradient

    def _weights(self, temperature: torch.Tensor | float, to: dict) -> torch.Tensor:
        """h_k(T), with their derivatives for whoever differentiates by T; shape (K,)."""
        value = checked_temperature(float(temperature), self.known_range)
        weights = torch.as_tensor(self.expansion.values(value), **to)
        if isinstance(temperature, torch.Tensor) and temperature.requires_grad:
            slopes = torch.as_tensor(self.expansion.derivatives(value), **to)
            weights = weights + slopes * (temperature - value)
        return weights

    def _energy(self, x, box, pairs, weights) -> torch.Tensor:
        first, second, kinds = pairs
        vector = x[second] - x[first]
        shift = -box * torch.round((vector / box).detach())
        alone = torch.zeros(len(x), dtype=torch.long, device=x.device)
        learned = self.network(x, first, second, shift, alone, 1)[0] @ weights
        distance = (vector + shift).square().sum(dim=1).sqrt()
        repulsion = (_repulsion(distance[kinds == k], prior).sum() for k, prior in enumerate(self.priors))
        return learned + weights[0] * sum(repulsion) / 2


def _repulsion(r: torch.Tensor, prior: Prior) -> torch.Tensor:
    """``Prior.energy`` at distances in nm."""
    if not prior.amplitude:
        return torch.zeros_like(r)
    n, onset = prior.exponent, prior.onset_nm
    f0 = onset**-n
    f1, f2 = -n * f0 / onset, n * (n + 1) * f0 / onset**2
    x = r - onset
    phi = r**-n - (f0 + f1 * x + 0.5 * f2 * x * x)
    return prior.amplitude * torch.where(r < onset, phi, torch.zeros_like(r))
