"""Potentials with random parameters, and a liquid to try them on."""

import numpy as np
import torch

from support.pair_gas import beads_apart
from thermalcg.config.files import load_config
from thermalcg.models.expansion import Expansion
from thermalcg.models.potential import ThermalPotential
from thermalcg.models.prior import PairPriors, Prior
from thermalcg.models.registry import architecture
from thermalcg.models.species import Species
from thermalcg.models.spline.mixture_basis import function_count
from thermalcg.runtime.settings import from_section

CONFIG = load_config({"hipnn_ts": {"features": 6, "sensitivities": 8, "tensor_order": 2}})
BOX = 1.6
PRIOR = Prior(1e-5, 12, 0.27)


def settings_of(name):
    return from_section(architecture(name).settings_type, CONFIG.model_dump()[name])


#: The beads of ``liquid`` as those of a mixture, and a prior for it.
MIXTURE = Species(("A", "B"), np.arange(60) % 3 // 2)
PAIR_PRIORS = PairPriors(MIXTURE, (PRIOR, Prior(4e-6, 12, 0.29), Prior(2e-5, 10, 0.26)))


def make(name: str) -> ThermalPotential:
    """A potential with random parameters of two components; ``spline mixture`` is one of two species."""
    name, _, mixture = name.partition(" ")
    settings, species = settings_of(name), MIXTURE if mixture else None
    if name == "spline":
        random = np.random.default_rng(0).normal(size=(2, function_count(settings, species)))
        components = architecture(name)(random * np.array([[5.0], [0.01]]), settings, species)
    else:
        from thermalcg.models.hipnn_ts.network import EnergyNetwork

        torch.manual_seed(0)
        components = architecture(name)(EnergyNetwork(settings, np.array([20.0, 0.05]), species))
    return ThermalPotential(components, Expansion("linear", 395.0), PAIR_PRIORS if mixture else PRIOR)


def of_beads(potential: ThermalPotential, chosen: np.ndarray) -> ThermalPotential:
    """The potential for some of its beads, in any order and number; the same one where all are alike."""
    species = potential.species
    if species is None:
        return potential
    return potential.of_species([species.names[code] for code in species.codes[chosen]])


def liquid(seed: int = 1, n: int = 60) -> np.ndarray:
    """Beads at least 0.24 nm apart in the box, shape (1, n, 3)."""
    return beads_apart(np.random.default_rng(seed), n, BOX, 0.24)[None]
