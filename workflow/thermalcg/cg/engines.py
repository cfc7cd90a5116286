"""Which engine moves the beads: compiled loops where the potential has tables for them, OpenMM elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Literal

import numpy as np

from thermalcg.models.architecture import ForceField
from thermalcg.models.potential import ThermalPotential

from .compiled_engine import compiled_engines
from .openmm_engine import openmm_engines
from .replicas import Engines

#: Values of the key ``cg_md.engine`` of the configuration.
EngineName = Literal["auto", "compiled", "openmm"]


def engines_of(
    ensemble: Sequence[ThermalPotential],
    members: np.ndarray,
    box: float | np.ndarray,
    temperature: float,
    *,
    name: EngineName = "auto",
    threads: int = 1,
) -> Engines:
    """Engines for runs of the members of an ensemble.

    Args:
        ensemble: the members, of one architecture.
        members: which one moves each run, shape (run,) (``members_of_runs``).
        box: edge or edges of the periodic box, nm.
        temperature: of the potential, K.
        name: ``auto`` is compiled loops for splines of one species, OpenMM for networks and mixtures.
        threads: most threads of compiled loops.

    Raises:
        ValueError: compiled loops are asked for, and the architecture has none.
        InputError: a temperature that is not positive, a tilted box, or one below twice the cutoff.
    """
    if name != "openmm":
        tables = {m: ensemble[m].tables(box, temperature) for m in np.unique(members).tolist()}
        if None not in tables.values():
            return compiled_engines([tables[m] for m in members.tolist()], threads)
        if name == "compiled":
            raise ValueError(
                f"cg_md.engine is 'compiled'; {ensemble[0].components.name} "
                f"{'' if ensemble[0].species is None else 'of several species '}runs in 'openmm' alone"
            )
    return openmm_engines(partial(groups_of_members, ensemble, members, box, temperature))


def groups_of_members(
    ensemble: Sequence[ThermalPotential], members: np.ndarray, box: float | np.ndarray, temperature: float
) -> list[tuple[ForceField, np.ndarray]]:
    """Force fields at a temperature (K), each with the runs that it moves; arguments as of ``engines_of``."""
    return [
        (ensemble[m].force_field(box, temperature), np.flatnonzero(members == m)) for m in np.unique(members)
    ]
