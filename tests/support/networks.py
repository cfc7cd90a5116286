"""Networks with random weights in all of their parts."""

import numpy as np
import torch

from thermalcg.config.files import load_config
from thermalcg.models.hipnn_ts.network import EnergyNetwork, HipnnSettings
from thermalcg.runtime.settings import from_section

#: Scales of two components, and a combination in which both count.
SCALE, WEIGHTS = np.array([20.0, 0.05]), np.array([1.0, 100.0])


def network_settings(**changes):
    section = load_config({"hipnn_ts": {"features": 6, "sensitivities": 8, **changes}})
    return from_section(HipnnSettings, section.model_dump()["hipnn_ts"])


def random_network(seed=3, **changes):
    """A network of two components in the default precision of torch; fresh ones have no second component."""
    torch.manual_seed(seed)
    model = EnergyNetwork(network_settings(**changes), SCALE)
    for layer in model.readouts:
        torch.nn.init.normal_(layer.weight.data)
    return model
