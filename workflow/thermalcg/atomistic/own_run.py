"""Runs of a user's own OpenMM System, mapped to beads as they go: the dataset ``mapped/{T}.nc``."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import openmm as mm
import xarray as xr

from thermalcg.runtime import openmm_arrays
from thermalcg.runtime.platforms import Compute
from thermalcg.runtime.schedule import Schedule
from thermalcg.statistics import rms
from thermalcg.storage.checkpoints import Arrays, Checkpoints
from thermalcg.storage.datasets import variable
from thermalcg.storage.seeds import derive_seed
from thermalcg.trajectories.frames import Frame
from thermalcg.trajectories.sites import Mapper
from thermalcg.units import KB

from .nvt import AllAtomSettings, Kept, equilibration_check, run_nvt, speed_of
from .own_system import OwnSystem
from .system_energies import SystemEnergies

#: Force, kJ/mol/nm, and iterations of the minimisation of a start.
MINIMISE = (10.0, 200)

#: Largest share of the scatter of the potential energy by which the energies of the molecules may miss it.
LARGEST_MISS = 0.05

#: Variables of a frame: dimensions, unit and precision.
RECORDED = {
    "position": (("time", "bead", "axis"), "nm", np.float32),
    "velocity": (("time", "bead", "axis"), "nm/ps", np.float32),
    "force": (("time", "bead", "axis"), "kJ/mol/nm", np.float32),
    "bead_energy": (("time", "bead"), "kJ/mol", np.float32),
    "potential_energy": (("time",), "kJ/mol", np.float64),
}


def run_own_system(
    own: OwnSystem,
    temperature: float,
    settings: AllAtomSettings,
    compute: Compute,
    *,
    seed: int,
    checkpoints: Checkpoints,
    energies: bool = True,
    training_length: Callable[[np.ndarray], int] | None = None,
) -> xr.Dataset:
    """Run a user's system at constant temperature, and map it to beads.

    Args:
        temperature, settings, compute, seed, checkpoints: as for ``nvt.run_all_atom``.
        energies: whether the energy of every molecule is recorded, where the forces of the System can be
            divided among the molecules.
        training_length: from the times of the frames (ps) the number of those at the start that models may be
            trained on; None for all.

    Returns:
        The dataset ``mapped/{T}.nc`` (``thermalcg.storage.declared``).

    Raises:
        InputError: a temperature that is not positive.
        FloatingPointError: forces that are not finite.
        ValueError: energies of the molecules that do not add up to the potential energy.
    """
    divide = _molecule_energies(own) if energies else None
    recorder = _Recorder(own, divide)
    parts = run_nvt(
        own.system,
        temperature,
        settings,
        compute,
        seed=seed,
        checkpoints=checkpoints,
        begin=lambda context: _initial_state(own, float(temperature), context, seed),
        keep=Kept(recorder),
    )
    if divide is not None:
        _check_sum(parts)
    return _dataset(parts, own, float(temperature), settings.schedule, compute, training_length)


def _molecule_energies(own: OwnSystem) -> SystemEnergies | None:
    found = SystemEnergies(own.system, own.mapping.molecule_of_atom(), own.edges)
    for why in found.undivided:
        print(
            f"NOTICE: {own.files.force_field}: {why}; the energies of single molecules are not "
            "recorded, only "
            "that of the whole box"
        )
    return None if found.undivided else found


@dataclass
class _Recorder:
    """Takes a frame of a run: its beads, and its energies."""

    own: OwnSystem
    divide: SystemEnergies | None

    def __post_init__(self) -> None:
        self._mapper = Mapper(self.own.mapping, "openmm")
        # OpenMM leaves the velocities of virtual sites at zero
        self._moving = not any(group.weights[group.masses == 0].any() for group in self.own.mapping.groups)

    def __call__(self, context: mm.Context) -> Arrays:
        state = context.getState(positions=True, velocities=True, forces=True, energy=True)
        position, force = openmm_arrays.positions(state), openmm_arrays.forces(state)
        if not np.isfinite(force).all():
            raise FloatingPointError("forces of the all-atom run are not finite; reduce all_atom.timestep_fs")
        velocity = openmm_arrays.velocities(state) if self._moving else None
        frame = Frame(0.0, self.own.edges, position, force, velocity)
        sites = self._mapper(frame, self.own.files.coordinates, 0)
        record = {"position": sites.position, "force": sites.force} | (
            {"velocity": sites.velocity} if self._moving else {}
        )
        if self.divide is not None:
            record["bead_energy"] = self.divide(position)
        record = {name: np.asarray(x, RECORDED[name][2]) for name, x in record.items()}
        return record | {
            "potential_energy": np.float64(openmm_arrays.potential_energy(state)),
            "kinetic_energy": np.float64(openmm_arrays.kinetic_energy(state)),
        }


def _initial_state(own: OwnSystem, temperature: float, context: mm.Context, seed: int) -> Arrays:
    """The start, minimised, with thermal velocities."""
    context.setPositions(own.start(np.random.default_rng(derive_seed(seed, "lattice", temperature))))
    context.applyConstraints(1e-5)
    context.computeVirtualSites()
    mm.LocalEnergyMinimizer.minimize(context, *MINIMISE)
    context.setVelocitiesToTemperature(temperature, derive_seed(seed, "velocity", temperature))
    return openmm_arrays.phase_space(context)


def _check_sum(parts: Arrays) -> None:
    total = parts["potential_energy"]
    missed = rms(parts["bead_energy"].sum(axis=1, dtype=float) - total)
    if missed > LARGEST_MISS * total.std():
        raise ValueError(
            f"the molecules' energies miss the potential energy by {missed:.3g} kJ/mol, which itself varies "
            f"by {total.std():.3g}; is the Ewald error tolerance of the System at most 5e-4?"
        )


def _dataset(
    parts: Arrays,
    own: OwnSystem,
    temperature: float,
    schedule: Schedule,
    compute: Compute,
    training_length: Callable[[np.ndarray], int] | None,
) -> xr.Dataset:
    n_frames = len(parts["position"])
    time = schedule.frame_ps * (1 + np.arange(n_frames))
    test = np.arange(n_frames) >= (n_frames if training_length is None else training_length(time))
    data = {
        name: variable(dims, parts[name], unit) for name, (dims, unit, _) in RECORDED.items() if name in parts
    }
    data["split"] = variable(("time",), test.astype(np.int8), "1")
    kinetic_temperature = 2 * parts["kinetic_energy"] / (own.freedom * KB)
    attributes = {
        "temperature_K": temperature,
        "box_nm": float(own.edges[0]) if len(set(own.edges)) == 1 else own.edges,
        "mapping": "file",
        "ns_per_day": speed_of(parts, schedule),
        "platform": compute.platform,
        **equilibration_check(parts["potential_energy"], kinetic_temperature, temperature),
    }
    species, mass = own.mapping.per_bead()
    if len(own.mapping.species) == 1:
        attributes["bead_mass_amu"] = float(mass[0])
    else:
        data["species"] = variable(("bead",), species, "1")
        data["bead_mass"] = variable(("bead",), mass, "amu")
        attributes["species_names"] = json.dumps(own.mapping.species)
    return xr.Dataset(data, coords={"time": variable(("time",), time, "ps")}, attrs=attributes)
