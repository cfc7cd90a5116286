"""Potentials with random parameters, and a liquid to try them on."""

import numpy as np
import torch

from support.pair_gas import beads_apart
from thermalcg.config.files import load_config
from thermalcg.models.expansion import Expansion
from thermalcg.models.potential import ThermalPotential
from thermalcg.models.prior import Prior
from thermalcg.models.registry import architecture
from thermalcg.runtime.settings import from_section

CONFIG = load_config({"hipnn_ts": {"features": 6, "sensitivities": 8, "tensor_order": 2}})
BOX = 1.6
PRIOR = Prior(1e-5, 12, 0.27)


def settings_of(name):
    return from_section(architecture(name).settings_type, CONFIG.model_dump()[name])


def make(name: str) -> ThermalPotential:
    """A potential with random parameters of two components."""
    settings = settings_of(name)
    if name == "spline":
        random = np.random.default_rng(0).normal(size=(2, settings.functions))
        components = architecture(name)(random * np.array([[5.0], [0.01]]), settings)
    else:
        from thermalcg.models.hipnn_ts.network import EnergyNetwork

        torch.manual_seed(0)
        components = architecture(name)(EnergyNetwork(settings, np.array([20.0, 0.05])))
    return ThermalPotential(components, Expansion("linear", 395.0), PRIOR)


def liquid(seed: int = 1, n: int = 60) -> np.ndarray:
    """Beads at least 0.24 nm apart in the box, shape (1, n, 3)."""
    return beads_apart(np.random.default_rng(seed), n, BOX, 0.24)[None]
