"""All-atom runs for the study of costs: mapped as they are made, with frames as close as the response needs.

A run of a nanosecond has tens of thousands of such frames.  It is made in chunks, each of which is mapped and
given the energies of its molecules before its atoms are dropped.  Each chunk goes on from the last positions
of the one before, with velocities drawn anew: positions and new velocities are a state of the canonical
ensemble, so that nothing has to relax.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from thermalcg.atomistic.mapping import map_trajectory
from thermalcg.atomistic.molecule_energies import energies_along
from thermalcg.atomistic.nvt import AllAtomSettings, run_all_atom
from thermalcg.atomistic.water import WaterBox
from thermalcg.runtime.platforms import Compute
from thermalcg.storage.checkpoints import Arrays, Checkpoints
from thermalcg.storage.datasets import variable
from thermalcg.storage.seeds import derive_seed

from .economics_plan import ECONOMICS, Economics


@dataclass(frozen=True)
class Wanted:
    """What a run is for.

    Attributes:
        temperature: K.
        production_ps: for training, ps; a whole number of chunks.
        energies: whether the energies of the molecules are kept.
        tested: whether test frames follow.
    """

    temperature: float
    production_ps: float
    energies: bool
    tested: bool

    def chunks(self, plan: Economics) -> int:
        """Chunks of the production."""
        return round(self.production_ps / plan.chunk_ps)


@dataclass(frozen=True)
class AllAtomWater:
    """The all-atom system.

    Attributes:
        box: the molecules and their box.
        mapping: one of ``water.MAPPINGS``.
        settings: step, friction and equilibration; lengths and intervals are those of the plan.
        compute: platform and threads.
    """

    box: WaterBox
    mapping: str
    settings: AllAtomSettings
    compute: Compute


def sample_run(
    water: AllAtomWater, wanted: Wanted, *, seed: int, checkpoints: Checkpoints, plan: Economics = ECONOMICS
) -> xr.Dataset:
    """A run at one temperature.

    Args:
        water: the system.
        wanted: temperature and length.
        seed: every random number is derived from it, the temperature and the chunk.
        checkpoints: keep each chunk.
        plan: lengths and intervals.

    Returns:
        The dataset ``economics/runs/{T}.nc``.
    """
    n = wanted.chunks(plan)
    for index in range(checkpoints.done, n + int(wanted.tested)):
        test = index == n
        settings = replace(
            water.settings,
            equilibration_ps=0.0 if index else water.settings.equilibration_ps,
            production_ps=plan.test_ps if test else plan.chunk_ps,
            frame_interval_ps=plan.sparse_ps if test else plan.interval_ps,
        )
        run = run_all_atom(
            water.box,
            wanted.temperature,
            settings,
            water.compute,
            seed=derive_seed(seed, "economics", index),
            checkpoints=checkpoints.inner(),
            start=checkpoints.state()["atoms"] if index else None,
        )
        atoms = run["atom_position"].values[-1].astype(float)
        checkpoints.save({"atoms": atoms}, _kept(run, water, wanted, test))
    return _dataset(checkpoints.parts(), water, wanted)


def _kept(run: xr.Dataset, water: AllAtomWater, wanted: Wanted, test: bool) -> Arrays:
    mapped = map_trajectory(run, water.box.model, water.mapping)
    prefix = "test_" if test else ""
    kept = {f"{prefix}{name}": mapped[name].values for name in ("position", "force")}
    if not test:
        kept["potential_energy"] = mapped["potential_energy"].values
        if wanted.energies:
            energies = energies_along(run, water.box.model, water.box.cutoff)
            kept["molecule_energy"] = energies["molecule_energy"].values.astype(np.float32)
    return kept


def _dataset(parts: Arrays, water: AllAtomWater, wanted: Wanted) -> xr.Dataset:
    units = {
        "position": "nm",
        "force": "kJ/mol/nm",
        "potential_energy": "kJ/mol",
        "molecule_energy": "kJ/mol",
    }
    dims = {"potential_energy": (), "molecule_energy": ("bead",)}
    variables = {}
    for name, values in parts.items():
        own = name.removeprefix("test_")
        time = "test_time" if name.startswith("test_") else "time"
        variables[name] = variable((time, *dims.get(own, ("bead", "axis"))), values, units[own])
    return xr.Dataset(
        variables,
        attrs={
            "temperature_K": wanted.temperature,
            "box_nm": water.box.edge,
            "bead_mass_amu": water.box.model.mass,
        },
    )
