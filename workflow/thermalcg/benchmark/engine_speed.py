"""Speed of CG dynamics over all-atom dynamics: 64 to 4,096 beads, one core and two, side by side in one run.

Boxes are copies of one of 64 molecules (of as many as the study has), so that every size is a liquid.  On
several cores small boxes run once on each, large ones once on all of them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from thermalcg.analysis.speed import (
    WITH_MEMORY,
    Stepper,
    all_atom_stepper,
    cg_stepper,
    speed_table,
)
from thermalcg.atomistic.mapping import mapped_sites
from thermalcg.atomistic.water import WaterBox
from thermalcg.cg.compiled_engine import BLOCK
from thermalcg.cg.replicas import Beads
from thermalcg.dynamics.damped_cosines import Embedding
from thermalcg.models.potential import ThermalPotential

#: Cutoff of all-atom water where the box allows it, nm: usual for SPC/E, and too long for 64 molecules.
USUAL_CUTOFF_NM = 0.9

#: Copies of the box along each edge: 64, 512 and 4,096 beads.
COPIES = (1, 2, 4)

#: All-atom water with the cutoff of the study, where the box allows a longer one.
ALL_ATOM_OF_STUDY = "all_atom with the cutoff of the study"

#: Ends the name of an architecture that runs without friction.
WITHOUT_FRICTION = " without friction"

#: Beads from which networks, which take a hundred times as long, are left out.
LARGEST_NETWORK = 1000


def replicated(box: WaterBox, atoms: np.ndarray, copies: int) -> tuple[WaterBox, np.ndarray]:
    """A larger box from copies of one along each of its edges.

    Args:
        atoms: positions of (O, H, H) of whole molecules, nm, shape (molecules, 3, 3).
    """
    cells = np.stack(np.meshgrid(*[np.arange(copies)] * 3, indexing="ij"), axis=-1).reshape(-1, 1, 1, 3)
    placed = (atoms[None] + box.edge * cells).reshape(-1, *atoms.shape[1:])
    return WaterBox(box.model, len(placed), copies * box.edge, box.cutoff), placed


def engine_speeds(
    box: WaterBox,
    atoms: np.ndarray,
    make: Callable[[WaterBox, np.ndarray, int], Mapping[str, Stepper]],
    temperature: float,
    *,
    copies: tuple[int, ...] = COPIES,
    cores: tuple[int, ...] = (1, 2),
) -> pd.DataFrame:
    """The table ``engine_speed.csv``: see ``thermalcg.storage.declared``.

    Args:
        make: steppers by name for a box, its atoms and a number of cores; all-atom ones come first.
        temperature: K, for the table.
    """
    allowed = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    tables = []
    for n_cores in (n for n in cores if not allowed or n <= len(allowed)):
        if allowed:
            # also for threads that OpenMM starts: they inherit it
            os.sched_setaffinity(0, allowed[-n_cores:])
        try:
            for n in copies:
                larger, placed = replicated(box, atoms, n)
                table = speed_table(make(larger, placed, n_cores), temperature)
                table = table.assign(beads=len(placed), cores=n_cores)
                print(table.to_string(index=False), flush=True)
                tables.append(table)
        finally:
            if allowed:
                os.sched_setaffinity(0, allowed)
    whole = pd.concat(tables, ignore_index=True)
    whole["ns_per_day_per_core"] = whole["ns_per_day"] / whole["cores"]
    first = ["beads", "cores", "what", "temperature_K", "ns_per_day", "ns_per_day_per_core", "stderr"]
    return whole[[*first, "ratio_to_all_atom", "ratio_low", "ratio_high"]]


def study_steppers(
    models: Mapping[str, ThermalPotential],
    memory: Embedding | None,
    mapping: str,
    temperature: float,
    timesteps_fs: Mapping[str, float],
    others: Callable[[np.ndarray, float], Mapping[str, Stepper]] | None = None,
) -> Callable[[WaterBox, np.ndarray, int], dict[str, Stepper]]:
    """Makes the steppers of a study for ``engine_speeds``: all-atom, and every model in every way it can run.

    Args:
        models: by architecture.
        memory: a kernel; None for none.
        mapping: of molecules to beads.
        timesteps_fs: of ``all_atom``, ``cg_md`` and ``dynamics``.
        others: steppers of other programs, on one core, for positions of beads, nm, shape (N, 3), and an
            edge of the box, nm.
    """

    def make(box: WaterBox, atoms: np.ndarray, cores: int) -> dict[str, Stepper]:
        steppers = {}
        fits = box.cutoff < USUAL_CUTOFF_NM <= box.edge / 2
        usual = replace(box, cutoff=USUAL_CUTOFF_NM) if fits else box
        for name, water in (("all_atom", usual), (ALL_ATOM_OF_STUDY, box)):
            if name == "all_atom" or fits:
                run = water, atoms, temperature, timesteps_fs["all_atom"], "CPU"
                steppers[name] = all_atom_stepper(*run, threads=cores)
        sites = mapped_sites(box.model, mapping, atoms)
        for name, potential in models.items():
            compiled = potential.tables(box.edge, temperature) is not None
            if not compiled and (len(sites) > LARGEST_NETWORK or cores > 1):
                continue
            # a large run is shared by the cores; of small ones there is one for each
            runs = 1 if len(sites) > BLOCK else cores
            beads = Beads(np.repeat(sites[None], runs, axis=0), box.edge, box.model.mass)
            options = {"threads": cores}
            run = potential, beads, temperature
            steppers[name] = cg_stepper(*run, timesteps_fs["cg_md"], **options)
            if compiled:
                free = cg_stepper(*run, timesteps_fs["cg_md"], friction=0.0, **options)
                steppers[name + WITHOUT_FRICTION] = free
                if memory is not None:
                    steppers[name + WITH_MEMORY] = cg_stepper(
                        *run, timesteps_fs["dynamics"], memory, **options
                    )
        if others is not None and cores == 1:
            steppers |= others(sites, box.edge)
        return steppers

    return make
