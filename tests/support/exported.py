"""Model files as the exports read them: random, and tame enough for a liquid of beads."""

from pathlib import Path

import numpy as np

from support.random_potential import settings_of
from thermalcg.models.expansion import Expansion
from thermalcg.models.potential import ThermalPotential, save_ensemble
from thermalcg.models.prior import Prior
from thermalcg.models.registry import architecture
from thermalcg.storage.provenance import Provenance

BOX, BEADS, T0 = 1.2434, 64, 395.0
PRIOR = Prior(3.8e-6, 12, 0.2775)
RANGE = (250.0, 700.0)

#: Sizes of the components of an expansion: kJ/mol, kJ/mol/K, kJ/mol/K^2.
SCALES = np.array([1.0, 0.003, 5e-6])


def spline_member(kind: str = "linear", seed: int = 0) -> ThermalPotential:
    """A spline with random coefficients on all functions of the default settings."""
    settings, expansion = settings_of("spline"), Expansion(kind, T0)
    random = np.random.default_rng(seed).normal(size=(3, settings.functions))
    components = architecture("spline")((random * SCALES[:, None])[: expansion.size], settings)
    return ThermalPotential(components, expansion, PRIOR)


def network_member(seed: int = 0) -> ThermalPotential:
    """A small network with random weights."""
    import torch

    from thermalcg.models.hipnn_ts.network import EnergyNetwork

    torch.manual_seed(seed)
    components = architecture("hipnn_ts")(EnergyNetwork(settings_of("hipnn_ts"), np.array([2.0, 0.005])))
    return ThermalPotential(components, Expansion("linear", T0), PRIOR)


def save_model(path: Path, members: list[ThermalPotential], **more) -> Path:
    """A model file with everything that the files of a study tell."""
    facts = {
        "mode": "trf1",
        "box_nm": BOX,
        "beads": BEADS,
        "training_temperatures_K": [T0],
        "tested_temperatures_K": list(RANGE),
    }
    save_ensemble(path, members, Provenance("c0ffee", 7, "rule train"), facts | more)
    return path
