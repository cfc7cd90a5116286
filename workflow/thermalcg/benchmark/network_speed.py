"""Time of a force call of a network, by the number of beads and of replicas that are computed together.

``python -m thermalcg.benchmark.network_speed --device cuda --csv table.csv`` measures torch on a graphics
card, ``--device cpu`` torch and the compiled kernel on one core.  The weights are random, which costs what
trained ones cost.  It needs no data and, without ``--all-atom``, no OpenMM: torch, hippynn, numba, scipy,
vesin and pandas are enough.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

import numpy as np
import pandas as pd
import torch

from thermalcg.models.architecture import ForceField
from thermalcg.models.hipnn_ts.model import HipnnTS, by_torch
from thermalcg.models.hipnn_ts.network import EnergyNetwork, HipnnSettings
from thermalcg.models.hipnn_ts.weights import covered
from thermalcg.runtime.devices import choose_device
from thermalcg.storage.tables import write_table

from .neighbours import liquid

#: Beads of a configuration, and configurations computed together.
BEADS, REPLICAS = (64, 512), (1, 8, 64)

#: Network and training of the default study.
DEFAULT = HipnnSettings(
    configurations=800,
    tensor_order=1,
    features=20,
    sensitivities=12,
    interaction_layers=1,
    atom_layers=2,
    soft_min_nm=0.23,
    soft_max_nm=0.5,
    cutoff_nm=0.6,
    batch_frames=4,
    learning_rate=0.01,
    epochs=40,
    patience=40,
    validation_fraction=0.1,
    checkpoint_epochs=10,
)

#: That network, and one of the published size (Shinkle et al., J. Chem. Theory Comput. 20,
#: 10524 (2024)) with the range of water.
NETWORKS = {
    "default": DEFAULT,
    "published": replace(DEFAULT, tensor_order=2, features=128, sensitivities=20, atom_layers=3),
}

#: How far beads move between two calls, as in a step of dynamics, nm.
STEP_NM = 0.003

#: Molecules below which the usual cutoff of all-atom water does not fit into the box.
FEWEST_FOR_USUAL_CUTOFF = 200

#: Calls are repeated for so long, s, and so many times at least and at most.
SECONDS, LEAST, MOST = 2.0, 3, 200


def measure(
    settings: HipnnSettings, device: str, beads=BEADS, replicas=REPLICAS
) -> Iterator[dict[str, object]]:
    """Median time of a call for every number of beads and replicas.

    Yields:
        Rows with route (torch or compiled), device, beads, replicas, calls and ms_per_call.
    """
    torch.manual_seed(0)
    network = HipnnTS(EnergyNetwork(settings, np.ones(1)).requires_grad_(False))
    for n in beads:
        position, edge = liquid(n)
        routes = {"torch": by_torch(network.model, np.ones(1), np.full(3, edge), device)}
        if covered(settings, device):
            routes["compiled"] = network.force_field(np.ones(1), edge, device)
        for b in replicas:
            for name, field in routes.items():
                times = call_times(field, np.repeat(position[None], b, axis=0))
                row = {"route": name, "device": device, "beads": n, "replicas": b, "calls": len(times)}
                yield row | {"ms_per_call": float(np.median(times)) * 1e3}


def call_times(field: ForceField, positions: np.ndarray) -> list[float]:
    """Times of calls at positions that move a little from one to the next, s."""
    random, times = np.random.default_rng(0), []
    field(positions)  # compiles, and lists neighbours
    ends = time.perf_counter() + SECONDS
    while len(times) < LEAST or (time.perf_counter() < ends and len(times) < MOST):
        moved = positions + random.normal(0, STEP_NM, positions.shape)
        started = time.perf_counter()
        field(moved)  # hands arrays back, so that a card has finished
        times.append(time.perf_counter() - started)
    return times


def all_atom(device: str, beads=BEADS) -> Iterator[dict[str, object]]:
    """Time of a step of all-atom SPC/E water in OpenMM, for comparison; rows as those of ``measure``."""
    from thermalcg.analysis.speed import all_atom_stepper, step_rates
    from thermalcg.atomistic.water import WaterBox

    from .engine_speed import USUAL_CUTOFF_NM
    from .sampler_cost import Liquid

    for n in beads:
        box = WaterBox.of("spce", n, 0.997, 0.6 if n < FEWEST_FOR_USUAL_CUTOFF else USUAL_CUTOFF_NM)
        atoms = Liquid.relaxed(box, 395.0).atoms
        platform = {"cuda": "CUDA", "cpu": "CPU"}[device]
        rates = step_rates({"all_atom": all_atom_stepper(box, atoms, 395.0, 4.0, platform)})["all_atom"]
        row = {"route": "all_atom", "device": device, "beads": n, "replicas": 1, "calls": len(rates)}
        yield row | {"ms_per_call": float(np.median(1e3 / rates))}


def main() -> None:
    """Measure, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    parser.add_argument("--network", default="default", choices=NETWORKS)
    parser.add_argument("--beads", type=int, nargs="+", default=BEADS)
    parser.add_argument("--replicas", type=int, nargs="+", default=REPLICAS)
    parser.add_argument("--threads", type=int, default=1, help="of torch on a CPU")
    parser.add_argument("--all-atom", action="store_true", help="also steps of all-atom water in OpenMM")
    parser.add_argument("--csv", help="table to write")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    rows = []
    device, settings = choose_device(given.device), NETWORKS[given.network]
    compared = all_atom(device, given.beads) if given.all_atom else ()
    for row in chain(measure(settings, device, given.beads, given.replicas), compared):
        rows.append({"network": given.network} | row)
        print(*(f"{key} {value}" for key, value in rows[-1].items()), sep="  ", flush=True)
    if given.csv:
        write_table(pd.DataFrame(rows), given.csv)


if __name__ == "__main__":
    main()
