"""Time to a validation error: the trainer of this library and hippynn's, on the same network, data and split.

``python -m thermalcg.benchmark.hipnn_training --csv table.csv`` makes the data (a trajectory of 64 molecules
of SPC/E water at 395 K), trains by both, and prints the ratio of times.

hippynn trains through its own graph, with the pair finder of its coarse-graining example in the loop (scipy's
k-d tree), its plain torch kernels, which are its fastest for one interaction layer, and two ways to choose
batches and rates:

* ``hippynn``: those of that example (examples/coarse-graining/cg_training.py of github.com/lanl/hippynn),
  batches that grow from one configuration and a rate of 0.001;
* ``hippynn_quick``: batches and rate of the default study, without the decay.

This library starts at twice that rate, which its clipped gradients bear.  hippynn clips none; in a trial with
rates of this library it did not improve in ten minutes.  ``results/reference/networks`` holds what was found.

The loss to be reached is fixed by a rule: what ``hippynn`` holds at the end of its budget of time, the median
over the last quarter of its epochs.  All minimise the mean squared error of forces; losses are in units of
the forces' mean square.  Times leave out imports and compilation, and hold everything else that a user waits
for.
"""

from __future__ import annotations

import argparse
import math
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from thermalcg.atomistic.mapping import map_trajectory
from thermalcg.atomistic.nvt import AllAtomSettings, run_all_atom
from thermalcg.atomistic.water import WaterBox
from thermalcg.models.expansion import Expansion
from thermalcg.models.hipnn_ts.elementary import ANGSTROM_PER_NM
from thermalcg.models.hipnn_ts.network import HipnnSettings
from thermalcg.models.hipnn_ts.trainer import held_out_pieces, train
from thermalcg.models.training_data import Configurations, Source, Target, TrainingSet
from thermalcg.runtime.platforms import Compute
from thermalcg.statistics import rms
from thermalcg.storage.checkpoints import Arrays, Checkpoints
from thermalcg.storage.seeds import derive_seed
from thermalcg.storage.tables import write_table

from .network_speed import DEFAULT

#: Every configuration trains, and a checkpoint an epoch stops the clock.
SETTINGS = replace(
    DEFAULT,
    configurations=1_000_000,
    learning_rate=0.02,
    epochs=20,
    patience=20,
    checkpoint_epochs=1,
)

TEMPERATURE, SEED, PIECES = 395.0, 2026, 40

#: hippynn users have kcal/mol and Angstrom.
KJ_PER_KCAL = 4.184

#: Of hippynn's example.
ITS_RATE, ITS_LARGEST_BATCH, ITS_PATIENCE = 1e-3, 64, 10


class Clock:
    """Times since it was made, and the validation loss then.

    Args:
        budget_s: the process's time after which training ends.
    """

    def __init__(self, budget_s: float = np.inf) -> None:
        self.rows: list[dict[str, float]] = []
        self._budget_s = budget_s
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def record(self, loss: float) -> bool:
        """Enter a loss; returns whether the budget is used up."""
        cpu_s = time.process_time() - self._cpu
        row = {"epoch": len(self.rows) + 1, "wall_s": time.perf_counter() - self._wall, "cpu_s": cpu_s}
        self.rows.append(row | {"validation_loss": loss})
        return cpu_s > self._budget_s


def water(frames: int) -> TrainingSet:
    """So many configurations of water, 0.08 ps apart, with their mapped forces."""
    box = WaterBox.of("spce", 64, 0.997, 0.6)
    settings = AllAtomSettings(4.0, 2.0, 20.0, 0.08 * frames, 0.08, 1000.0, 0.08)
    with tempfile.TemporaryDirectory() as folder:
        trajectory = run_all_atom(
            box, TEMPERATURE, settings, Compute.of("CPU", 1), seed=SEED, checkpoints=Checkpoints(folder, {})
        )
    mapped = map_trajectory(trajectory, box.model, "com", frames)
    return force_matching(
        mapped["position"].values.astype(float), mapped["force"].values.astype(float), box.edge
    )


def force_matching(position: np.ndarray, force: np.ndarray, box: float) -> TrainingSet:
    """Forces (n, N, 3) at configurations (n, N, 3) as a training set of one component."""
    piece = np.arange(len(position)) * PIECES // len(position)
    configurations = Configurations(Source(TEMPERATURE), position, piece)
    target = Target("force", np.ones(1), 0, force, rms(force))
    return TrainingSet([configurations], [target], Expansion("constant", TEMPERATURE), box)


def by_this_library(data: TrainingSet, settings: HipnnSettings) -> Clock:
    """Losses and times of ``models.hipnn_ts.trainer``."""
    with tempfile.TemporaryDirectory() as folder:
        train(data, replace(settings, epochs=1), SEED, 1, "cpu", Checkpoints(folder, {}))  # compiles
        clock = Clock()

        class Timed(Checkpoints):
            def save(self, state: Arrays, part: Arrays | None = None) -> None:
                super().save(state, part)
                clock.record(float(state["history0"][-1, 1]))

        train(data, settings, SEED, 1, "cpu", Timed(Path(folder) / "timed", {}))
    return clock


def by_hippynn(data: TrainingSet, settings: HipnnSettings, budget_s: float, its_rates: bool) -> Clock:
    """Losses and times of hippynn's trainer.

    Args:
        budget_s: time of the processor after which it ends, at the end of an epoch.
        its_rates: batches and rates of its example; otherwise those of the default study.
    """
    from hippynn.experiment import setup_training, train_model

    torch.manual_seed(SEED)
    modules, database, scale = _its_problem(data, settings)
    parameters = _its_parameters(modules, its_rates)
    with tempfile.TemporaryDirectory() as folder:
        modules, controller, metrics = setup_training(modules, parameters)
        clock = Clock(budget_s)

        def after_epoch(epoch: int, better: bool) -> None:
            loss = float(metrics.epoch_metric_values[-1]["valid"]["ForceMSE"]) / scale**2
            if clock.record(loss):
                raise KeyboardInterrupt  # hippynn's way to end early

        kept = Path.cwd()
        os.chdir(folder)  # it writes its checkpoints where it runs
        try:
            train_model(modules, database, controller, metrics, [after_epoch], None, quiet=True)
        finally:
            os.chdir(kept)
    return clock


def _its_problem(data: TrainingSet, settings: HipnnSettings):
    """Modules for training, database and root mean square of the forces, in hippynn's terms and units."""
    from hippynn.databases import Database
    from hippynn.experiment.assembly import assemble_for_training
    from hippynn.graphs.nodes import loss
    from hippynn.graphs.nodes.indexers import acquire_encoding_padding
    from hippynn.graphs.nodes.inputs import CellNode, PositionsNode, SpeciesNode
    from hippynn.graphs.nodes.networks import HipnnQuad, HipnnVec
    from hippynn.graphs.nodes.pairs import KDTreePairsMemory
    from hippynn.graphs.nodes.physics import GradientNode
    from hippynn.graphs.nodes.targets import HEnergyNode

    species = SpeciesNode(name="species", db_name="species")
    positions = PositionsNode(name="positions", db_name="positions")
    cells = CellNode(name="cells", db_name="cells")
    encoder, padding = acquire_encoding_padding([species], species_set=[0, 1])
    reach = settings.cutoff_nm * ANGSTROM_PER_NM
    pairs = KDTreePairsMemory("pairs", (positions, encoder, padding, cells), dist_hard_max=reach, skin=0)
    network = {1: HipnnVec, 2: HipnnQuad}[settings.tensor_order](
        "HIPNN",
        (padding, pairs),
        periodic=True,
        module_kwargs={
            "possible_species": [0, 1],
            "n_features": settings.features,
            "n_sensitivities": settings.sensitivities,
            "dist_soft_min": settings.soft_min_nm * ANGSTROM_PER_NM,
            "dist_soft_max": settings.soft_max_nm * ANGSTROM_PER_NM,
            "dist_hard_max": reach,
            "n_interaction_layers": settings.interaction_layers,
            "n_atom_layers": settings.atom_layers,
        },
    )
    energy = HEnergyNode("HEnergy", parents=(network,))
    force = GradientNode("forces", (energy.mol_energy, positions), sign=-1)
    force.db_name = "forces"
    error = loss.MSELoss.of_node(force)
    modules, info = assemble_for_training(error, {"ForceMSE": error})
    position = data.configurations[0].position
    values = data.targets[0].value / (KJ_PER_KCAL * ANGSTROM_PER_NM)
    arrays = {
        "species": np.ones(position.shape[:2], np.int64),
        "positions": (position * ANGSTROM_PER_NM).astype(np.float32),
        "cells": np.tile((np.eye(3) * data.box * ANGSTROM_PER_NM).astype(np.float32), (len(position), 1, 1)),
        "forces": values.astype(np.float32),
    }
    database = Database(arrays, seed=SEED, pin_memory=False, quiet=True, **info)
    held_out = held_out_pieces(
        data.n_pieces, settings.validation_fraction, derive_seed(SEED, "validation", 0)
    )
    validation = np.flatnonzero(np.isin(data.pieces(0), list(held_out)))
    database.make_explicit_split("valid", torch.as_tensor(validation))
    database.make_explicit_split("test", torch.as_tensor(np.setdiff1d(np.arange(1), validation)))
    database.split_the_rest("train")
    return modules, database, rms(values)


def _its_parameters(modules, its_rates: bool):
    """Optimiser and controller in hippynn's terms."""
    from hippynn.experiment import SetupParams
    from hippynn.experiment.controllers import PatienceController, RaiseBatchSizeOnPlateau

    rate, batch = (ITS_RATE, 1) if its_rates else (DEFAULT.learning_rate, DEFAULT.batch_frames)
    optimizer = torch.optim.Adam(modules.model.parameters(), lr=rate)
    largest = ITS_LARGEST_BATCH if its_rates else batch
    controller = PatienceController(
        optimizer=optimizer,
        scheduler=RaiseBatchSizeOnPlateau(optimizer, largest, patience=ITS_PATIENCE),
        batch_size=batch,
        eval_batch_size=batch,
        max_epochs=1_000_000,
        termination_patience=1_000_000,
        stopping_key="ForceMSE",
        quiet=True,
    )
    return SetupParams(controller=controller, device="cpu")


def silently(run: Callable[[], Clock]) -> Clock:
    """Without hippynn's reports."""
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        return run()


def curves(data: TrainingSet, settings: HipnnSettings, budget_s: float) -> pd.DataFrame:
    """Validation losses of the three trainings against time.

    Returns:
        Columns trainer, epoch, wall_s, cpu_s, validation_loss.
    """
    clocks = {
        "hippynn": lambda: by_hippynn(data, settings, budget_s, its_rates=True),
        "hippynn_quick": lambda: by_hippynn(data, settings, budget_s, its_rates=False),
        "thermalcg": lambda: by_this_library(data, settings),
    }
    silently(lambda: by_hippynn(data, settings, 0.0, its_rates=False))  # imports what it needs
    rows = [{"trainer": name} | row for name, run in clocks.items() for row in silently(run).rows]
    return pd.DataFrame(rows)


def times_to_target(table: pd.DataFrame) -> pd.DataFrame:
    """When each training first reaches the loss that hippynn holds at the end of its budget.

    That is the median over the last quarter of its epochs, so that no lucky epoch decides.

    Returns:
        A row for each training: trainer, target_loss, cpu_s, wall_s, and times_slower than this library (by
        the time of the processor); infinite where the loss is not reached.
    """
    theirs = table[table["trainer"] == "hippynn"]["validation_loss"]
    target = float(theirs.iloc[-math.ceil(len(theirs) / 4) :].median())
    rows = []
    for name, own in table.groupby("trainer", sort=False):
        reached = own[own["validation_loss"] <= target]
        first = reached.iloc[0] if len(reached) else {"cpu_s": np.inf, "wall_s": np.inf}
        rows.append(
            {"trainer": name, "target_loss": target, "cpu_s": first["cpu_s"], "wall_s": first["wall_s"]}
        )
    found = pd.DataFrame(rows)
    ours = float(found.loc[found["trainer"] == "thermalcg", "cpu_s"].iloc[0])
    return found.assign(times_slower=found["cpu_s"] / ours)


def main() -> None:
    """Measure, print the ratio and write the curves."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--csv", help="table of the curves to write")
    parser.add_argument("--frames", type=int, default=900, help="configurations")
    parser.add_argument("--seconds", type=float, default=60.0, help="of the processor, for each of hippynn's")
    parser.add_argument("--epochs", type=int, default=SETTINGS.epochs, help="of this library")
    given = parser.parse_args()
    torch.set_num_threads(1)
    settings = replace(SETTINGS, epochs=given.epochs, patience=given.epochs)
    table = curves(water(given.frames), settings, given.seconds)
    print(times_to_target(table).to_string(index=False))
    if given.csv:
        write_table(table, given.csv)


if __name__ == "__main__":
    main()
