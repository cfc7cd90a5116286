"""The network of a bead alone, forwards, backwards, and with the derivatives of a loss of its forces.

After the sums e over its neighbours (``rows``) a bead's energy is a function w(e) of its own sums.  Forces
need the field dw/de; a loss of forces needs the derivatives of the field.  With L the loss and
t = dL/d(field), a direction in the space of the sums,

    dL/d(parameters) = d/d(parameters) sum_i t_i . dw/de(e_i) = d/d(parameters) d/dx sum_i w(e_i + x t_i),

so that one pass along the direction t and one pass back give everything.  In the pass back, the derivatives
by what runs along t are those that the field has left behind.  Energies in the loss add their own weight to
the pass back.

Arrays are in double precision: n beads, C tensor components, S sensitivities, F features, K energies.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numba import njit

from .elementary import COMPILED, softplus
from .network import EnergyNetwork
from .rows import COMPONENTS


class _Layer(NamedTuple):
    """What the pass forwards leaves behind of one layer, shape (n, F) each."""

    features: np.ndarray
    activation: np.ndarray
    gate: np.ndarray


class _Magnitude(NamedTuple):
    """Size of the vectors or quadrupoles z (n, c, F), and half the derivative of its square."""

    z: np.ndarray
    lowered: np.ndarray
    size: np.ndarray


class BeadNetwork:
    """Energies of beads as a function of their sums, for a network with one interaction layer.

    Args:
        model: its parameters are read once.
        weights: combination of the energies for each configuration, shape (B, K).
        n_beads: of one configuration.
    """

    def __init__(self, model: EnergyNetwork, weights: np.ndarray, n_beads: int) -> None:
        self._model, self._weights, self._n_beads = model, weights, n_beads
        self.components = COMPONENTS[model.settings.tensor_order]
        self._blocks = list(model.network.blocks[0])
        self._first = self._blocks[0].base_layer
        self._interaction = as_double(self._first.int_weights)[:, :, 0]
        names = [name for name in ("vecscales", "quadscales") if hasattr(self._first, name)]
        self._scales = [as_double(getattr(self._first, name)) for name in names]
        self._scale_parameters = [getattr(self._first, name) for name in names]
        self._residual = [as_double(block.res_layer.weight) for block in self._blocks]
        self._linear = [as_double(block.base_layer.weight) for block in self._blocks[1:]]
        energies = as_double(model.readouts[0].weight) * as_double(model.output_scale)[:, None]
        self._readout = np.repeat(weights @ energies, n_beads, axis=0)

    @property
    def parameters(self) -> list[torch.nn.Parameter]:
        """All but those of the sensitivities."""
        first, layers = (
            self._first,
            [(block.res_layer.weight, block.res_layer.bias) for block in self._blocks],
        )
        layers += [(block.base_layer.weight, block.base_layer.bias) for block in self._blocks[1:]]
        if self._blocks[0].needs_size_adjust:
            layers.append((self._blocks[0].adjust_layer.weight,))
        own = [first.int_weights, first.selfint.weight, first.selfint.bias, *self._scale_parameters]
        return [self._model.readouts[0].weight, *own, *(p for layer in layers for p in layer)]

    def energy_field(self, sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Energies of beads, (n,), and their derivatives by the sums (n, C, S)."""
        self._sums = sums
        z = sums @ self._interaction
        total = z[:, 0] + (as_double(self._first.selfint.weight)[:, 0] + as_double(self._first.selfint.bias))
        self._magnitudes = []
        for part, scale in zip(_tensors(z), self._scales, strict=True):
            lowered = _lowered(part)
            size = np.sqrt((part * lowered).sum(axis=1) + self._first.cusp_reg)
            self._magnitudes.append(_Magnitude(part, lowered, size))
            total += scale * size
        adjusted = self._blocks[0].needs_size_adjust
        features = as_double(self._blocks[0].adjust_layer.weight)[:, 0] if adjusted else 1.0
        self._layers = []
        for k, block in enumerate(self._blocks):
            if k:
                total = features @ self._linear[k - 1].T + as_double(block.base_layer.bias)
            activation, gate = _activate(total)
            self._layers.append(_Layer(features, activation, gate))
            features = features + activation @ self._residual[k].T + as_double(block.res_layer.bias)
        self._features = features
        return (features * self._readout).sum(axis=1), self._backwards()

    def _backwards(self) -> np.ndarray:
        """Derivatives of the energies: by the features after each layer, activations, inputs, and sums."""
        by = self._readout
        self._by_features, self._by_activation, self._by_input = [by], [], []
        for k in range(len(self._layers) - 1, -1, -1):
            by_activation = by @ self._residual[k]
            by_input = by_activation * self._layers[k].gate
            if k:
                by = by + by_input @ self._linear[k - 1]
            self._by_features.insert(0, by)
            self._by_activation.insert(0, by_activation)
            self._by_input.insert(0, by_input)
        parts = [self._by_input[0][:, None]]
        for m, scale in zip(self._magnitudes, self._scales, strict=True):
            parts.append((self._by_input[0] * scale / m.size)[:, None] * m.lowered)
        self._by_z = np.concatenate(parts, axis=1)
        return self._by_z @ self._interaction.T

    def loss_gradients(
        self, along: np.ndarray, by_energy: np.ndarray
    ) -> tuple[list[tuple[torch.nn.Parameter, np.ndarray]], np.ndarray]:
        """Derivatives of a loss by the parameters and by the sums.

        Args:
            along: derivatives of the loss by the field, shape (n, C, S).
            by_energy: derivatives of the loss by the energy of each configuration, shape (B,).

        Returns:
            Pairs of parameter and derivative, and derivatives by the sums (n, C, S).
        """
        z_rate, rates = along @ self._interaction, []
        rate = z_rate[:, 0]
        for m, scale, part in zip(self._magnitudes, self._scales, _tensors(z_rate), strict=True):
            rates.append((m.lowered * part).sum(axis=1) / m.size)
            rate = rate + scale * rates[-1]
        feature_rates, input_rates = [np.zeros_like(rate)], [rate]
        for k, layer in enumerate(self._layers):
            if k:
                input_rates.append(feature_rates[k] @ self._linear[k - 1].T)
            feature_rates.append(feature_rates[k] + (layer.gate * input_rates[k]) @ self._residual[k].T)
        weight = np.repeat(by_energy, self._n_beads)[:, None]
        found = [self._readout_gradient(feature_rates[-1] + weight * self._features)]
        back = weight * self._readout
        for k in range(len(self._layers) - 1, -1, -1):
            layer, block = self._layers[k], self._blocks[k]
            activation_rate = layer.gate * input_rates[k]
            by_residual = back.T @ layer.activation + self._by_features[k + 1].T @ activation_rate
            found += [(block.res_layer.weight, by_residual), (block.res_layer.bias, back.sum(axis=0))]
            curved = self._by_activation[k] * input_rates[k] * layer.gate * (1 - layer.gate)
            by_input = (back @ self._residual[k]) * layer.gate + curved
            if k:
                by_linear = by_input.T @ layer.features + self._by_input[k].T @ feature_rates[k]
                found += [(block.base_layer.weight, by_linear), (block.base_layer.bias, by_input.sum(axis=0))]
                back = back + by_input @ self._linear[k - 1]
            elif block.needs_size_adjust:
                found.append((block.adjust_layer.weight, back.sum(axis=0)[:, None]))
        return self._first_layer_gradients(found, by_input, along, z_rate, rates)

    def _readout_gradient(self, by_readout: np.ndarray) -> tuple[torch.nn.Parameter, np.ndarray]:
        """From the derivatives by the read-out of each bead, (n, F)."""
        of_boxes = by_readout.reshape(len(self._weights), self._n_beads, -1).sum(axis=1)
        scale = as_double(self._model.output_scale)[:, None]
        return self._model.readouts[0].weight, scale * (self._weights.T @ of_boxes)

    def _first_layer_gradients(self, found, by_input, along, z_rate, rates):
        """The interaction layer, from the derivatives by its output and the rates of its magnitudes."""
        parts = [by_input[:, None]]
        of_magnitudes = zip(
            self._magnitudes, self._scales, self._scale_parameters, _tensors(z_rate), rates, strict=True
        )
        for m, scale, parameter, part, rate in of_magnitudes:
            found.append((parameter, (by_input * m.size + self._by_input[0] * rate).sum(axis=0)))
            by_rate = self._by_input[0] * scale / m.size
            by_size = (by_input * scale - by_rate * rate) / m.size
            parts.append(by_size[:, None] * m.lowered + by_rate[:, None] * _lowered(part))
        by_z = np.concatenate(parts, axis=1)
        own, n_s = by_input.sum(axis=0), self._sums.shape[2]
        by_interaction = self._sums.reshape(-1, n_s).T @ by_z.reshape(-1, by_z.shape[2])
        by_interaction += along.reshape(-1, n_s).T @ self._by_z.reshape(-1, by_z.shape[2])
        found += [
            (self._first.int_weights, by_interaction[:, :, None]),
            (self._first.selfint.weight, own[:, None]),
            (self._first.selfint.bias, own),
        ]
        return found, by_z @ self._interaction.T


def as_double(tensor: torch.Tensor) -> np.ndarray:
    """A tensor as an array in double precision."""
    return tensor.detach().cpu().double().numpy()


def _tensors(z: np.ndarray) -> list[np.ndarray]:
    """The components of vectors and, at order 2, of quadrupoles."""
    return [z[:, 1:4], z[:, 4:]] if z.shape[1] == 9 else [z[:, 1:4]]


def _lowered(z: np.ndarray) -> np.ndarray:
    """Half the derivative of a squared magnitude; quadrupoles have the components xx, xy, xz, yy and yz."""
    if z.shape[1] == 3:
        return z
    lowered = 2 * z
    lowered[:, 0] += z[:, 3]
    lowered[:, 3] += z[:, 0]
    return lowered


@njit(**COMPILED)
def _activate(x):
    """Softplus and its derivative, shape (n, F) each."""
    given = x.reshape(x.size)
    value, gate = np.empty(x.size), np.empty(x.size)
    for i in range(x.size):
        value[i], gate[i] = softplus(given[i])
    return value.reshape(x.shape), gate.reshape(x.shape)
