"""What the compiled kernel needs of a network."""

from __future__ import annotations

import numpy as np

from .kernel import ANGSTROM_PER_NM, LANES, Weights
from .network import EnergyNetwork, HipnnSettings


def covered(settings: HipnnSettings, device: str) -> bool:
    """Whether the compiled kernel does what a network of these settings does on this device."""
    return settings.interaction_layers == 1 and device == "cpu"


def kernel_weights(model: EnergyNetwork, combination: np.ndarray) -> Weights:
    """The weights of a network, in double precision, for one combination of its energies.

    Layers add to one another (residual connections), and between activations everything is linear.  With
    a_m the activations of layer m, the input of layer k is therefore ``sum_m links[k, m] a_m + bias[k]``, and
    the energy of a bead ``sum_m readout[m] a_m + constant``.

    Args:
        combination: of the K energies, shape (K,).
    """
    interaction, *atoms = model.network.blocks[0]
    layer, features = interaction.base_layer, model.settings.features

    def plain(tensor) -> np.ndarray:
        return tensor.detach().cpu().double().numpy()

    def padded(array: np.ndarray, *axes: int) -> np.ndarray:
        more = -features % LANES
        return np.ascontiguousarray(
            np.pad(array, [(0, more if axis in axes else 0) for axis in range(array.ndim)])
        )

    # the input of every bead is the number 1
    start = plain(interaction.adjust_layer.weight)[:, 0] if interaction.needs_size_adjust else np.ones(1)
    residual = [plain(block.res_layer.weight) for block in (interaction, *atoms)]
    shift = np.cumsum([plain(block.res_layer.bias) for block in (interaction, *atoms)], axis=0) + start
    n_layers = len(residual)
    links = np.zeros((n_layers, n_layers, features, features))
    bias = np.zeros((n_layers, features))
    for k, block in enumerate(atoms, start=1):
        linear = plain(block.base_layer.weight)
        bias[k] = linear @ shift[k - 1] + plain(block.base_layer.bias)
        for m in range(k):
            links[k, m] = (linear @ residual[m]).T
    energies = plain(model.readouts[0].weight) * plain(model.output_scale)[:, None]
    readout = np.asarray(combination, float) @ energies
    scales = [layer.vecscales, *([layer.quadscales] if hasattr(layer, "quadscales") else [])]
    return Weights(
        center=1 / plain(layer.sensitivity.mu)[0],
        width=plain(layer.sensitivity.sigma)[0],
        cutoff=float(model.settings.cutoff_nm * ANGSTROM_PER_NM),
        interaction=padded(plain(layer.int_weights)[:, :, 0], 1),
        scales=padded(np.stack([plain(x) for x in scales]), 1),
        cusp=float(layer.cusp_reg),
        own=padded(plain(layer.selfint.weight)[:, 0] + plain(layer.selfint.bias), 0),
        links=padded(links, 2, 3),
        bias=padded(bias, 1),
        readout=padded(np.stack([readout @ r for r in residual]), 1),
        constant=float(readout @ shift[-1]),
    )
