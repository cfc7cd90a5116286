"""HIP-NN-TS: hippynn's tensor-sensitivity network with K energy outputs.

Chigaev et al., J. Chem. Phys. 158, 184108 (2023) for the network; Shinkle et al.,
J. Chem. Theory Comput. 20, 10524 (2024) for its use as a CG potential.  Only the
network module of hippynn is used; pairs, energies, forces, training and dynamics are
those of this library.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch

from thermalcg.models.architecture import ArchitectureSettings
from thermalcg.models.species import Species

from .elementary import ANGSTROM_PER_NM


@contextmanager
def _without_compiler() -> Iterator[None]:
    """Keep torch's compiler out of processes without a card, for as long as hippynn is imported.

    On import hippynn hands kernels to ``torch.compile`` that no CPU run uses.  It has no setting for this,
    and loading the compiler takes two seconds of every process that runs networks.
    """
    original = torch.compile
    if not torch.cuda.is_available():
        torch.compile = lambda function: function
    try:
        yield
    finally:
        torch.compile = original


with warnings.catch_warnings(), _without_compiler():
    warnings.simplefilter("ignore")  # hippynn announces optional kernels and sparse checks on import
    import hippynn
    from hippynn.networks.hipnn import HipnnQuad, HipnnVec

# close pairs are the business of the repulsive prior; a warning a step would cost more than the step
hippynn.settings.WARN_LOW_DISTANCES = False

#: By tensor order.
NETWORKS = {1: HipnnVec, 2: HipnnQuad}


@dataclass(frozen=True)
class HipnnSettings(ArchitectureSettings):
    """Network and training of HIP-NN-TS; the keys of the section ``hipnn_ts`` of the configuration.

    Attributes:
        configurations: most configurations of one trajectory that train a network, evenly spaced.
        tensor_order: tensor sensitivity: 1 vector, 2 quadrupole.
        features: features of each atom layer.
        sensitivities: radial sensitivity functions.
        interaction_layers: interaction layers.
        atom_layers: atom layers after each interaction layer.
        soft_min_nm, soft_max_nm: centres of the innermost and outermost sensitivity function, nm.
        cutoff_nm: range of the network, nm.
        batch_frames: configurations of each optimiser step.
        learning_rate: at the start; it decays over the epochs as a cosine.
        epochs: most passes over the training data.
        patience: epochs without a better validation error before training ends.
        validation_fraction: share of the independent pieces kept for validation.
        checkpoint_epochs: epochs between checkpoints.
    """

    configurations: int
    tensor_order: int
    features: int
    sensitivities: int
    interaction_layers: int
    atom_layers: int
    soft_min_nm: float
    soft_max_nm: float
    cutoff_nm: float
    batch_frames: int
    learning_rate: float
    epochs: int
    patience: int
    validation_fraction: float
    checkpoint_epochs: int


def message_passing(interaction_layers: int) -> str:
    """The one of hippynn's kernels that suits a network; hippynn has one for the whole process.

    On a CPU, numba compiles its kernels for 6 s in every process.  With one interaction layer, whose beads
    bring a single feature, plain torch takes 0.8 to 0.9 of their time (64 to 512 beads, forces and training
    steps, one core); with two it takes 3 to 5 times as long.
    """
    return "_pytorch_raw" if interaction_layers == 1 and not torch.cuda.is_available() else "auto"


class EnergyNetwork(torch.nn.Module):
    """Bead positions to K energies a configuration, by hierarchical linear read-outs.

    Args:
        output_scale: kJ/mol (times the component's inverse unit), shape (K,).
        species: of the beads of each configuration, where there are several.
    """

    def __init__(
        self, settings: HipnnSettings, output_scale: np.ndarray, species: Species | None = None
    ) -> None:
        super().__init__()
        self.settings, self.species = settings, species
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # hippynn calls its plain kernels non-standard
            hippynn.set_custom_kernels(message_passing(settings.interaction_layers))
        network = NETWORKS[settings.tensor_order]
        self.network = network(
            n_features=settings.features,
            n_sensitivities=settings.sensitivities,
            dist_soft_min=settings.soft_min_nm * ANGSTROM_PER_NM,
            dist_soft_max=settings.soft_max_nm * ANGSTROM_PER_NM,
            dist_hard_max=settings.cutoff_nm * ANGSTROM_PER_NM,
            n_atom_layers=settings.atom_layers,
            n_interaction_layers=settings.interaction_layers,
            n_input_features=1 if species is None else len(species.names),
        )
        k = len(output_scale)
        self.readouts = torch.nn.ModuleList(
            torch.nn.Linear(settings.features, k, bias=False) for _ in range(settings.interaction_layers)
        )
        for layer in self.readouts:
            # the response starts from nothing: what is not learned is not there
            torch.nn.init.zeros_(layer.weight.data[1:])
        # energies are known up to a constant, in units of their scale
        self.energy_offset = torch.nn.Parameter(torch.zeros(()))
        self.register_buffer("output_scale", torch.as_tensor(output_scale, dtype=torch.get_default_dtype()))
        if species is not None:
            # no part of the state, since other beads have other species
            kinds = torch.eye(len(species.names))[torch.as_tensor(species.codes)]
            self.register_buffer("kinds", kinds, persistent=False)

    def forward(self, position, first, second, shift, box_of, n_boxes):
        """Energies (n_boxes, K); positions (n, 3), pairs with image shifts, box of each bead."""
        vector = (position[second] - position[first] + shift) * ANGSTROM_PER_NM
        distance = vector.norm(dim=1)
        given = torch.ones_like(position[:, :1]) if self.species is None else self.kinds.repeat(n_boxes, 1)
        features = self.network(given, first, second, distance, vector)
        per_bead = (
            sum(layer(f) for layer, f in zip(self.readouts, features[1:], strict=True)) * self.output_scale
        )
        energy = torch.zeros(n_boxes, per_bead.shape[1], dtype=per_bead.dtype, device=per_bead.device)
        return energy.index_add(0, box_of, per_bead)


def plain_state(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    """The state without hippynn's extra entries, which are no tensors."""
    return {k: v for k, v in model.state_dict().items() if isinstance(v, torch.Tensor)}
