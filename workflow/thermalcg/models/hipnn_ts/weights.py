"""What the compiled kernel needs of a network."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from thermalcg.models.species import Species

from .bead_network import as_double
from .elementary import ANGSTROM_PER_NM
from .network import EnergyNetwork, HipnnSettings


class Weights(NamedTuple):
    """A network and the read-out of one combination of its energies, in double precision.

    Layers add to one another (residual connections), and between activations everything is linear.  With
    a_m the activations of layer m, the input of layer k is therefore ``sum_m links[k, m] a_m + bias[k]``, and
    the energy of a bead ``sum_m readout[m] a_m + constant``.

    Attributes:
        center: inverse centre of each sensitivity function, 1/Angstrom, shape (S,).
        width: its inverse width, Angstrom, shape (S,).
        cutoff: Angstrom.
        interaction: from sensitivities to features, shape (F, S).
        interaction_back: its transpose.
        scales: of the magnitudes of vectors and quadrupoles, shape (order, F).
        cusp: added to their squares.
        own: what a bead without neighbours has before the first activation, shape (F,).
        links: from the activations of layer m to the input of layer k > m, shape (L, L, F, F).
        links_back: these, each transposed.
        bias: of the inputs of the layers, shape (L, F).
        readout: from activations to energy, kJ/mol, shape (L, F).
        constant: energy of a bead without activations, kJ/mol.
    """

    center: np.ndarray
    width: np.ndarray
    cutoff: float
    interaction: np.ndarray
    interaction_back: np.ndarray
    scales: np.ndarray
    cusp: float
    own: np.ndarray
    links: np.ndarray
    links_back: np.ndarray
    bias: np.ndarray
    readout: np.ndarray
    constant: float


def covered(settings: HipnnSettings, device: str, species: Species | None = None) -> bool:
    """Whether the compiled loops do what a network of these settings does on this device.

    They know beads of one species; networks of a mixture run in torch.
    """
    return settings.interaction_layers == 1 and device == "cpu" and species is None


def kernel_weights(model: EnergyNetwork, combination: np.ndarray) -> Weights:
    """The weights of a network for one combination of its energies.

    Args:
        combination: shape (K,).
    """
    interaction, *atoms = model.network.blocks[0]
    layer, features = interaction.base_layer, model.settings.features
    # the input of every bead is the number 1
    start = as_double(interaction.adjust_layer.weight)[:, 0] if interaction.needs_size_adjust else np.ones(1)
    residual = [as_double(block.res_layer.weight) for block in (interaction, *atoms)]
    shift = np.cumsum([as_double(block.res_layer.bias) for block in (interaction, *atoms)], axis=0) + start
    n_layers = len(residual)
    links, bias = np.zeros((n_layers, n_layers, features, features)), np.zeros((n_layers, features))
    for k, block in enumerate(atoms, start=1):
        linear = as_double(block.base_layer.weight)
        bias[k] = linear @ shift[k - 1] + as_double(block.base_layer.bias)
        for m in range(k):
            links[k, m] = linear @ residual[m]
    energies = as_double(model.readouts[0].weight) * as_double(model.output_scale)[:, None]
    readout = np.asarray(combination, float) @ energies
    scales = [layer.vecscales, *([layer.quadscales] if hasattr(layer, "quadscales") else [])]
    from_sensitivities = as_double(layer.int_weights)[:, :, 0]
    return Weights(
        center=1 / as_double(layer.sensitivity.mu)[0],
        width=as_double(layer.sensitivity.sigma)[0].copy(),
        cutoff=float(model.settings.cutoff_nm * ANGSTROM_PER_NM),
        interaction=np.ascontiguousarray(from_sensitivities.T),
        interaction_back=np.ascontiguousarray(from_sensitivities),
        scales=np.stack([as_double(x) for x in scales]),
        cusp=float(layer.cusp_reg),
        own=as_double(layer.selfint.weight)[:, 0] + as_double(layer.selfint.bias),
        links=links,
        links_back=np.ascontiguousarray(links.swapaxes(2, 3)),
        bias=bias,
        readout=np.stack([readout @ r for r in residual]),
        constant=float(readout @ shift[-1]),
    )
