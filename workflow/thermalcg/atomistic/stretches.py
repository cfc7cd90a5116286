"""Short all-atom runs of constant energy (stretches), for time correlation functions.

Independent stretches start from configurations of the canonical run with fresh velocities.  Their
energies are those of the canonical ensemble, or kinetic energies are given, which spread them more widely.
At constant energy no thermostat disturbs the motion.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import openmm as mm
import xarray as xr

from thermalcg.geometry.inputs import InputError, checked_temperature
from thermalcg.runtime import openmm_arrays
from thermalcg.runtime.platforms import Compute, make_context
from thermalcg.runtime.progress import Progress
from thermalcg.runtime.schedule import Schedule
from thermalcg.runtime.segments import run_segments
from thermalcg.storage.checkpoints import Arrays, Checkpoints
from thermalcg.storage.datasets import variable
from thermalcg.storage.seeds import derive_seed
from thermalcg.units import KB, PS_PER_FS

from .mapping import mapped_sites
from .water import REAL, WaterBox, WaterModel, ordinary_positions, ordinary_system

#: Records between energies.
ENERGY_EVERY = 10


@dataclass(frozen=True)
class StretchSettings:
    """Stretches of one temperature; times in ps except the step, which is in fs."""

    timestep_fs: float
    record_fs: float
    stretch_ps: float

    def schedule(self, stretches: int) -> Schedule:
        """So many stretches one after the other, each of which is a segment and each record a frame."""
        one = Schedule.of(
            timestep_fs=self.timestep_fs,
            equilibration_ps=0.0,
            production_ps=self.stretch_ps,
            frame_interval_ps=self.record_fs * PS_PER_FS,
            checkpoint_ps=self.stretch_ps,
        )
        return replace(one, n_frames=stretches * one.n_frames)


class SpreadStarts(NamedTuple):
    """Starts whose total energies are chosen.

    Attributes:
        position: equilibrium configurations of (O, H, H), nm, shape (stretch, N, 3, 3).
        kinetic: energy of the fresh velocities, kJ/mol, shape (stretch,).
    """

    position: np.ndarray
    kinetic: np.ndarray


def run_stretches(
    box: WaterBox,
    starts: np.ndarray | SpreadStarts,
    temperature: float,
    settings: StretchSettings,
    compute: Compute,
    *,
    seed: int,
    checkpoints: Checkpoints,
) -> xr.Dataset:
    """Run one stretch from each start; every stretch is a segment that is kept on disk.

    The total momentum is taken out, so that sites diffuse relative to the centre of mass of the box.

    Args:
        starts: equilibrium configurations of (O, H, H), nm, shape (stretch, N, 3, 3); with their kinetic
            energies where energies are spread.
        temperature: that of the fresh velocities, K.

    Returns:
        The dataset ``dynamics/all_atom/{T}.nc`` (``thermalcg.storage.declared``): unwrapped positions, and
        velocities and forces at the same times, of the centres of mass, relative to their mean.

    Raises:
        InputError: a temperature or a kinetic energy that is not positive, or starts of another shape.
    """
    temperature = checked_temperature(temperature)
    kinetic = None
    if isinstance(starts, SpreadStarts):
        starts, kinetic = starts
    starts, system = box.checked_atoms(starts), ordinary_system(box)
    if kinetic is not None and not (len(kinetic) == len(starts) and (np.asarray(kinetic) > 0).all()):
        raise InputError(f"kinetic energies are {list(kinetic)}; allowed: one number > 0 for each start")
    schedule = settings.schedule(len(starts))
    label = f"constant energy {temperature:g} K"
    done_ps = schedule.done_ps(checkpoints.done)
    with Progress.of_simulation(label, schedule.total_ps, done_ps) as progress:

        def segment(index: int, state: Arrays, frames: range) -> tuple[Arrays, Arrays]:
            context = make_context(system, _integrator(settings), compute)
            context.setPositions(ordinary_positions(box.model, starts[index]).reshape(-1, 3))
            _set_velocities(context, temperature, derive_seed(seed, "stretch", temperature, index))
            if kinetic is not None:
                _scale_velocities(context, float(kinetic[index]))
            part = _stretch(context, box.model, schedule, len(frames))
            progress.update(len(frames) * schedule.frame_ps)
            return state, {name: values[None] for name, values in part.items()}

        # a stretch has nothing from the one before it
        parts = run_segments(schedule, checkpoints, dict, segment)
    found = _dataset(parts, box, temperature, settings)
    return found.assign_attrs(starts="canonical" if kinetic is None else "spread")


def _integrator(settings: StretchSettings) -> mm.Integrator:
    integrator = mm.VerletIntegrator(settings.timestep_fs * PS_PER_FS)
    integrator.setConstraintTolerance(1e-7)
    return integrator


def _set_velocities(context: mm.Context, temperature: float, seed: int) -> None:
    """Draw canonical velocities without total momentum."""
    # positions of a dataset are in single precision
    context.applyConstraints(1e-7)
    context.setVelocitiesToTemperature(temperature, seed)
    velocity = openmm_arrays.velocities(context.getState(velocities=True))
    mass = openmm_arrays.masses(context.getSystem())
    moved = mass > 0
    velocity[moved] -= (mass[:, None] * velocity).sum(axis=0) / mass.sum()
    context.setVelocities(velocity)


def _scale_velocities(context: mm.Context, kinetic: float) -> None:
    """Give the velocities a kinetic energy, kJ/mol; constraints and total momentum stay obeyed."""
    velocity = openmm_arrays.velocities(context.getState(velocities=True))
    mass = openmm_arrays.masses(context.getSystem())
    own = 0.5 * float((mass[:, None] * velocity**2).sum())
    context.setVelocities(velocity * np.sqrt(kinetic / own))


def _stretch(context: mm.Context, water: WaterModel, schedule: Schedule, n_records: int) -> Arrays:
    """Positions, velocities and forces at every record, energies ten times as rarely.

    OpenMM's velocities lie half a step from its positions.  Their mean and their difference across a record
    give velocity and force there, exactly so for a centre of mass, which constraint forces do not move.
    """
    step, per_record = schedule.timestep_ps, schedule.per_frame
    particles_per_molecule = REAL + water.has_charge_site
    integrator, kept, energies = context.getIntegrator(), [], []

    def sites() -> tuple[np.ndarray, np.ndarray]:
        """Positions and velocities of the centres of mass."""
        now = openmm_arrays.phase_space(context).values()
        return tuple(mapped_sites(water, "com", x.reshape(-1, particles_per_molecule, 3)) for x in now)

    for index in range(n_records):
        if index % ENERGY_EVERY == 0:
            state = context.getState(energy=True)
            energies.append((openmm_arrays.potential_energy(state), openmm_arrays.kinetic_energy(state)))
        if per_record > 1 or index == 0:
            integrator.step(max(1, per_record - 1))
            position, before = sites()
        integrator.step(1)
        next_position, after = sites()
        kept.append((position, 0.5 * (before + after), water.mass * (after - before) / step))
        position, before = next_position, after
    # the forces of particle-mesh Ewald do not quite add up to zero, so the whole box drifts
    position, velocity, force = (_relative(np.stack(x)) for x in zip(*kept, strict=True))
    potential, kinetic = np.array(energies).T
    return {
        "position": position,
        "velocity": velocity,
        "force": force,
        "total_energy": potential + kinetic,
        "kinetic_energy": kinetic,
    }


def _relative(values: np.ndarray) -> np.ndarray:
    return (values - values.mean(axis=1, keepdims=True)).astype(np.float32)


def _dataset(parts: Arrays, box: WaterBox, temperature: float, settings: StretchSettings) -> xr.Dataset:
    dims = ("stretch", "time", "bead", "axis")
    energy = parts["total_energy"]
    # the total momentum is zero: three degrees of freedom less
    kinetic = 2 * parts["kinetic_energy"].mean(axis=1) / ((6 * box.molecules - 3) * KB)
    interval = settings.record_fs * PS_PER_FS
    time = interval * np.arange(parts["position"].shape[1])
    slope = np.polyfit(interval * ENERGY_EVERY * np.arange(energy.shape[1]), energy.T, 1)[0]
    return xr.Dataset(
        {
            "position": variable(dims, parts["position"], "nm"),
            "velocity": variable(dims, parts["velocity"], "nm/ps"),
            "force": variable(dims, parts["force"], "kJ/mol/nm"),
            "total_energy": variable(("stretch",), energy.mean(axis=1), "kJ/mol"),
            "energy_drift": variable(("stretch",), slope, "kJ/mol/ps"),
            "kinetic_temperature": variable(("stretch",), kinetic, "K"),
        },
        coords={"time": variable(("time",), time, "ps")},
        attrs={
            "temperature_K": temperature,
            "box_nm": box.edge,
            "bead_mass_amu": box.model.mass,
            "timestep_fs": settings.timestep_fs,
        },
    )
