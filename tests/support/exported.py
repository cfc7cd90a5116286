"""Model files as the exports read them: random, and tame enough for a liquid of beads."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import xarray as xr

from support.random_potential import settings_of
from thermalcg.models.expansion import Expansion
from thermalcg.models.potential import ThermalPotential, save_ensemble
from thermalcg.models.prior import PairPriors, Prior
from thermalcg.models.registry import architecture
from thermalcg.models.species import Species
from thermalcg.models.spline.mixture_basis import function_count
from thermalcg.storage.datasets import variable, write_dataset
from thermalcg.storage.provenance import Provenance

BOX, BEADS, T0 = 1.2434, 64, 395.0
PRIOR = Prior(3.8e-6, 12, 0.2775)
RANGE = (250.0, 700.0)

#: Beads of two species in no order, and their masses, amu.
MIXTURE = Species(("A", "B"), np.random.default_rng(5).permutation([0] * 24 + [1] * 40))
MIXTURE_AMU = (18.0, 32.0)
PAIR_PRIORS = PairPriors(MIXTURE, (PRIOR, Prior(6e-6, 12, 0.29), Prior(2e-5, 11, 0.3)))

#: Sizes of the components of an expansion: kJ/mol, kJ/mol/K, kJ/mol/K^2.
SCALES = np.array([1.0, 0.003, 5e-6])


def spline_member(kind: str = "linear", seed: int = 0) -> ThermalPotential:
    """A spline with random coefficients on all functions of the default settings."""
    settings, expansion = settings_of("spline"), Expansion(kind, T0)
    random = np.random.default_rng(seed).normal(size=(3, settings.functions))
    components = architecture("spline")((random * SCALES[:, None])[: expansion.size], settings)
    return ThermalPotential(components, expansion, PRIOR)


def mixture_member(kind: str = "heat_capacity", seed: int = 0) -> ThermalPotential:
    """As ``spline_member``, of two species; without its order of the beads every number is another.

    It has the triplet functions that the documentation advises for mixtures.  With those of one species
    OpenMM takes a minute to read the forces.
    """
    settings = replace(settings_of("spline"), triplet_radial=3, triplet_angular=2)
    expansion = Expansion(kind, T0)
    random = np.random.default_rng(seed).normal(size=(3, function_count(settings, MIXTURE)))
    components = architecture("spline")((random * SCALES[:, None])[: expansion.size], settings, MIXTURE)
    return ThermalPotential(components, expansion, PAIR_PRIORS)


def network_member(seed: int = 0, species: Species | None = None, kind: str = "linear") -> ThermalPotential:
    """A small network with random weights, of one species or of those given."""
    import torch

    from thermalcg.models.hipnn_ts.network import EnergyNetwork

    torch.manual_seed(seed)
    expansion = Expansion(kind, T0)
    scale = np.array([2.0, 0.005, 1e-5])[: expansion.size]
    network = EnergyNetwork(settings_of("hipnn_ts"), scale, species)
    for layer in network.readouts:  # those of the response start from zero
        torch.nn.init.normal_(layer.weight.data[1:], std=0.1)
    prior = PRIOR if species is None else PAIR_PRIORS.of_species(species)
    return ThermalPotential(architecture("hipnn_ts")(network), expansion, prior)


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


def kernel_file(path: Path, temperature: float) -> Path:
    """A file ``dynamics/kernel/{arch}/{T}.nc`` with one oscillating term."""
    dims = ("iteration", "term")
    values = {"strength": ("amu/ps2", 900.0), "rate": ("1/ps", 8.0), "frequency": ("rad/ps", 20.0)}
    dataset = xr.Dataset(
        {name: variable(dims, np.full((2, 1), value), unit) for name, (unit, value) in values.items()},
        attrs={"temperature_K": temperature, "bead_mass_amu": 18.0154},
    )
    write_dataset(dataset, path, Provenance("c0ffee", 7, "rule memory_kernel"))
    return path
