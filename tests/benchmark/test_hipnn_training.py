"""The two trainers train the same network on the same data; times to a loss are read from their curves."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from support.training_data import beads
from thermalcg.benchmark import hipnn_training as benchmark
from thermalcg.benchmark.hipnn_training import KJ_PER_KCAL, curves, force_matching, times_to_target
from thermalcg.models.hipnn_ts.batches import Geometry, by_loops
from thermalcg.models.hipnn_ts.elementary import ANGSTROM_PER_NM
from thermalcg.models.hipnn_ts.network import EnergyNetwork
from thermalcg.storage.tables import read_table

BOX, FRAMES = 1.4, 60
TABLE = Path(__file__).resolve().parents[2] / "results/reference/networks/hipnn_training.csv"
SMALL = {"features": 3, "sensitivities": 4, "epochs": 2}


def settings():
    return benchmark.replace(benchmark.SETTINGS, **SMALL)


@pytest.fixture(scope="module")
def data():
    return force_matching(beads(FRAMES, 1), np.random.default_rng(1).normal(size=(FRAMES, 30, 3)), BOX)


@pytest.mark.physics
def test_hippynns_graph_has_the_forces_of_our_network(data):
    torch.manual_seed(1)
    modules, database, scale = benchmark._its_problem(data, settings())
    its = next(m for m in modules.model.modules() if type(m).__name__ == "HipnnVec")
    heads = next(m for m in modules.model.modules() if type(m).__name__ == "HEnergy")
    ours = EnergyNetwork(settings(), np.array([KJ_PER_KCAL]))
    ours.network.load_state_dict(its.state_dict())
    ours.readouts[0].weight.data.copy_(heads.layers[-1].weight.data)
    batch = next(iter(database.make_generator("valid", "eval", 4)))
    named = dict(zip([*database.inputs, *database.targets], batch, strict=False))
    modules.model.eval()
    theirs = modules.model(*batch[: len(database.inputs)])[0].detach().numpy()
    positions = named["positions"].detach().numpy() / ANGSTROM_PER_NM
    geometries = [Geometry(x.astype(float), np.full(3, BOX), 0.6) for x in positions]
    _, force = by_loops(ours, geometries, torch.ones(len(geometries), 1))
    own = force.detach().numpy() / (KJ_PER_KCAL * ANGSTROM_PER_NM)
    np.testing.assert_allclose(own, theirs, atol=2e-4 * np.abs(theirs).max())  # single precision
    assert scale == pytest.approx(1 / (KJ_PER_KCAL * ANGSTROM_PER_NM), rel=0.1)


def test_both_are_timed_on_the_same_split(data, monkeypatch):
    table = curves(data, settings(), budget_s=0.0)
    assert table.groupby("trainer").size().to_dict() == {
        "hippynn": 1,
        "hippynn_quick": 1,
        "thermalcg": SMALL["epochs"],
    }
    for _, own in table.groupby("trainer"):
        assert (np.diff(own["cpu_s"], prepend=0) > 0).all()
    # forces are noise: no network explains more than a part of them
    assert table["validation_loss"].between(0.5, 10).all()


def curve(trainer, losses, seconds):
    times = seconds * np.arange(1, len(losses) + 1)
    return pd.DataFrame({"trainer": trainer, "cpu_s": times, "wall_s": 2 * times, "validation_loss": losses})


def test_times_are_those_at_which_the_loss_that_hippynn_holds_is_reached():
    theirs = curve("hippynn", [0.9, 0.8, 0.7, 0.6, 0.5, 0.7, 0.2, 0.6, 0.6], 10.0)
    same = curve("hippynn_quick", [0.8, 0.7, 0.6, 0.5], 4.0)
    ours = curve("thermalcg", [0.7, 0.65, 0.6], 1.0)
    found = times_to_target(pd.concat([theirs, same, ours])).set_index("trainer")
    assert (found["target_loss"] == 0.6).all()  # the epoch of 0.2 was a lucky one
    assert found["cpu_s"].to_dict() == {"hippynn": 40.0, "hippynn_quick": 12.0, "thermalcg": 3.0}
    assert found.loc["hippynn_quick", "times_slower"] == 4.0
    never = times_to_target(pd.concat([theirs, curve("thermalcg", [0.7], 1.0)])).set_index("trainer")
    assert never.loc["thermalcg", "cpu_s"] == math.inf


def test_the_reference_has_this_library_three_times_faster_than_either():
    found = times_to_target(read_table(TABLE, ("trainer", "cpu_s", "wall_s", "validation_loss")))
    slower = found.set_index("trainer")["times_slower"]
    assert slower["thermalcg"] == 1
    assert (slower[["hippynn", "hippynn_quick"]] >= 3).all()
