"""Frames of an all-atom run that its thermal response is estimated from.

They lie closer together than the other frames: 0.02 ps apart instead of 0.08 they lower the variance of the
response to a third at equal simulation, because the energies of single molecules change faster than mapped
sites do.  Only what the response needs is kept, in single precision: mapped sites and forces, and the energy
of each molecule; 28 bytes a molecule instead of 108.
"""

from __future__ import annotations

import time

import numpy as np
import openmm as mm
import xarray as xr

from thermalcg.runtime import openmm_arrays
from thermalcg.runtime.segments import stacked
from thermalcg.statistics import rms
from thermalcg.storage.checkpoints import Arrays
from thermalcg.storage.datasets import variable

from .mapping import mapped_forces, mapped_sites, training_part
from .molecule_energies import MoleculeEnergies
from .water import REAL, WaterBox

#: Variables of ``all_atom/{T}.nc``: their name in frames of a mapped trajectory, dimensions and unit.
RECORDED = {
    "response_position": ("position", ("response_time", "bead", "axis"), "nm"),
    "response_force": ("force", ("response_time", "bead", "axis"), "kJ/mol/nm"),
    "molecule_energy": ("molecule_energy", ("response_time", "bead"), "kJ/mol"),
}


class ResponseRecorder:
    """Records these frames while a run goes on.

    Args:
        box: of the run.
        mapping: of the sites, one of ``water.MAPPINGS``.
    """

    def __init__(self, box: WaterBox, mapping: str) -> None:
        self.box, self.mapping = box, mapping
        self._energies = MoleculeEnergies(box.model, box.edge, box.cutoff)
        self._records: list[Arrays] = []

    def record(self, context: mm.Context) -> float:
        """Keep the present state of a context; returns how many seconds it took."""
        started = time.perf_counter()
        state = context.getState(positions=True, forces=True, energy=True)
        atoms = openmm_arrays.positions(state).reshape(self.box.molecules, -1, 3)[:, :REAL]
        energy = self._energies(atoms)
        self._records.append(
            {
                "response_position": mapped_sites(self.box.model, self.mapping, atoms).astype(np.float32),
                "response_force": mapped_forces(openmm_arrays.forces(state), self.box.molecules).astype(
                    np.float32
                ),
                "molecule_energy": energy.astype(np.float32),
                "missed_energy": np.float64(energy.sum() - openmm_arrays.potential_energy(state)),
            }
        )
        return time.perf_counter() - started

    def taken(self) -> Arrays:
        """What was recorded since the last call."""
        records, self._records = self._records, []
        return stacked(records)

    def add_to(self, data: xr.Dataset, parts: Arrays, interval_ps: float) -> xr.Dataset:
        """The dataset ``all_atom/{T}.nc`` with these frames in it.

        Args:
            parts: all that was recorded.
            interval_ps: between two of the frames, ps.
        """
        n = len(parts["molecule_energy"])
        return (
            data.assign(
                {name: variable(dims, parts[name], unit) for name, (_, dims, unit) in RECORDED.items()}
            )
            .assign_coords(response_time=variable(("response_time",), interval_ps * (1 + np.arange(n)), "ps"))
            .assign_attrs(
                response_mapping=self.mapping,
                response_record_s=float(parts["response_s"].sum()) / n,
                sum_minus_total_rms=rms(parts["missed_energy"]),
            )
        )


def response_frames(mapped: xr.Dataset, blocks: int, trajectory: xr.Dataset | None = None) -> xr.Dataset:
    """The frames that the response is estimated from: the training part of a run in whole blocks.

    Where a trajectory gives the energy of the box alone, each bead gets an equal share of it.  With shells
    that hold all molecules but the own one (no radii) the response is then that of the whole box.

    Args:
        mapped: dataset ``mapped/{T}.nc``.
        blocks: equally long stretches, which fill the frames: the rest is left out at the start.
        trajectory: dataset ``all_atom/{T}.nc`` with frames for the response; without it the frames of the
            mapped trajectory are used, with its ``bead_energy`` if it has one.

    Returns:
        ``position`` (nm), ``force`` (kJ/mol/nm), ``molecule_energy`` (kJ/mol) and ``split``, of a mixture
        ``species``, with the attributes of ``mapped``.  ``shared_energy`` tells whether beads have equal
        shares of the energy.

    Raises:
        ValueError: more blocks than training frames, or another mapping than that of the mapped trajectory.
    """
    training = training_part(mapped)
    n = training.sizes["time"]
    if not 3 <= blocks <= n:
        raise ValueError(f"response.blocks = {blocks} for {n} frames; allowed: 3 to {n}")
    training = training.isel(time=slice(n % blocks, None))
    if trajectory is None:
        energy = training.get("bead_energy")
        shared = energy is None
        if energy is None:
            beads = training.sizes["bead"]
            energy = (training["potential_energy"] / beads).expand_dims(bead=beads, axis=1)
        kept = training[[name for name in ("position", "force", "split", "species") if name in training]]
        return kept.assign(molecule_energy=(("time", "bead"), energy.values)).assign_attrs(
            shared_energy=int(shared)
        )
    if trajectory.attrs["response_mapping"] != mapped.attrs["mapping"]:
        raise ValueError(
            f"frames for the response have the mapping {trajectory.attrs['response_mapping']!r}; "
            f"needed: {mapped.attrs['mapping']!r}"
        )
    per_frame = round(trajectory.sizes["response_time"] / trajectory.sizes["time"])
    kept = slice((n % blocks) * per_frame, n * per_frame)
    own = trajectory.isel(response_time=kept)
    values = {name: (dims, own[source].values) for source, (name, dims, _) in RECORDED.items()}
    frames = xr.Dataset(
        {name: (tuple(d.replace("response_", "") for d in dims), v) for name, (dims, v) in values.items()},
        coords={"time": own["response_time"].values},
        attrs={**mapped.attrs, "shared_energy": 0},
    )
    return frames.assign(split=(("time",), np.zeros(frames.sizes["time"], np.int8)))


def molecule_energies_at(trajectory: xr.Dataset) -> np.ndarray:
    """Energies of the molecules in the ordinary frames of a run, kJ/mol, shape (time, bead).

    Args:
        trajectory: dataset ``all_atom/{T}.nc`` with frames for the response.
    """
    every = round(trajectory.sizes["response_time"] / trajectory.sizes["time"])
    return trajectory["molecule_energy"].values[every - 1 :: every]
