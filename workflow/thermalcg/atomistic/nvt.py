"""All-atom molecular dynamics at constant temperature, in segments that can be resumed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import openmm as mm
import xarray as xr

from thermalcg.geometry.inputs import checked_temperature
from thermalcg.runtime import openmm_arrays
from thermalcg.runtime.platforms import Compute, make_context
from thermalcg.runtime.progress import Progress
from thermalcg.runtime.schedule import RunSettings, Schedule
from thermalcg.runtime.segments import advance, run_segments, stacked
from thermalcg.storage.checkpoints import Arrays, Checkpoints
from thermalcg.storage.datasets import variable
from thermalcg.storage.seeds import derive_seed
from thermalcg.units import KB, NS_PER_PS, SECONDS_PER_DAY

from .mapping import mapped_forces
from .response_frames import ResponseRecorder
from .water import REAL, WaterBox, lattice_configuration, ordinary_positions, ordinary_system


@dataclass(frozen=True)
class AllAtomSettings(RunSettings):
    """One all-atom run, as in the section ``all_atom`` of the configuration.

    ``response_interval_ps`` lies between the frames that a response is estimated from; the interval of all
    other frames is a multiple of it.
    """

    response_interval_ps: float

    @property
    def response_frames(self) -> int:
        """Frames for the response in each interval of the other frames.

        Raises:
            ValueError: an interval that is no whole part of that of the other frames, in whole steps.
        """
        steps = self.schedule.per_frame
        share = round(self.response_interval_ps / self.schedule.timestep_ps)
        if share < 1 or steps % share:
            raise ValueError(
                f"all_atom.response_interval_ps is {self.response_interval_ps!r}; allowed: a whole part of "
                f"all_atom.frame_interval_ps ({self.frame_interval_ps:g} ps), in whole steps"
            )
        return steps // share


def run_all_atom(
    box: WaterBox,
    temperature: float,
    settings: AllAtomSettings,
    compute: Compute,
    *,
    seed: int,
    checkpoints: Checkpoints,
    start: np.ndarray | None = None,
    response_of: str | None = None,
) -> xr.Dataset:
    """Run dynamics of rigid water at constant temperature (Langevin, middle scheme).

    Args:
        box: the molecules and their box.
        temperature: of the thermostat, K.
        settings: step, friction and lengths of the run.
        compute: platform and threads.
        seed: every random number of the run is derived from it, the temperature and the segment.
        checkpoints: keep each segment; the same call goes on where a killed run stopped, and then gives what
            the undisturbed run gives.  They are left on disk: ``clear`` them when the dataset is written.
        start: positions of (O, H, H) of an equilibrated liquid to start from, nm, shape (molecules, 3, 3);
            otherwise molecules on a lattice, minimised.
        response_of: mapping (``water.MAPPINGS``) of the frames that are recorded for the response every
            ``response_interval_ps``, with the energies of the molecules; None records none.

    Returns:
        The dataset ``all_atom/{T}.nc`` (``thermalcg.storage.declared``): what was recorded after the
        equilibration.

    Raises:
        InputError: a temperature that is not positive, or a start of another number of molecules.
        ValueError: a response interval that is no whole part of the frame interval.
    """
    temperature = checked_temperature(temperature)
    start = None if start is None else box.checked_atoms(start)
    recorder = None if response_of is None else ResponseRecorder(box, response_of)
    parts = run_nvt(
        ordinary_system(box),
        temperature,
        settings,
        compute,
        seed=seed,
        checkpoints=checkpoints,
        begin=lambda context: _initial_state(box, temperature, context, seed, start),
        keep=Kept(lambda context: _record(context, box.molecules), recorder),
    )
    data = _dataset(parts, box, temperature, settings.schedule, compute)
    if recorder is None:
        return data
    return recorder.add_to(data, parts, _finer(settings.schedule, settings.response_frames).frame_ps)


@dataclass(frozen=True)
class Kept:
    """What a run keeps.

    Attributes:
        frame: takes the record of a frame.
        response: takes those of the frames between, for the response; None keeps none.
    """

    frame: Callable[[mm.Context], Arrays]
    response: ResponseRecorder | None = None


def run_nvt(
    system: mm.System,
    temperature: float,
    settings: AllAtomSettings,
    compute: Compute,
    *,
    seed: int,
    checkpoints: Checkpoints,
    begin: Callable[[mm.Context], Arrays],
    keep: Kept,
) -> Arrays:
    """Run dynamics of any system at constant temperature; what was recorded after the equilibration.

    Args:
        system: of OpenMM, without a thermostat.
        temperature, settings, compute, seed, checkpoints: as for ``run_all_atom``.
        begin: sets positions and velocities of a context, and returns them (``openmm_arrays.phase_space``).
        keep: what is recorded.

    Returns:
        The records, joined along time, and ``wall_s`` of each segment, of which recording frames for the
        response took ``response_s``.

    Raises:
        InputError: a temperature that is not positive.
        ValueError: a response interval that is no whole part of the frame interval.
    """
    temperature, schedule, every = checked_temperature(temperature), settings.schedule, 1
    if keep.response:
        every = settings.response_frames
        schedule = _finer(schedule, every)
    done_ps = schedule.done_ps(checkpoints.done)
    with Progress.of_simulation(f"all-atom {temperature:g} K", schedule.total_ps, done_ps) as progress:

        def segment(index: int, state: Arrays, frames: range) -> tuple[Arrays, Arrays]:
            integrator = mm.LangevinMiddleIntegrator(
                temperature, settings.friction_per_ps, schedule.timestep_ps
            )
            integrator.setRandomNumberSeed(derive_seed(seed, "all_atom", temperature, index))
            context = make_context(system, integrator, compute)
            context.setPositions(state["position"])
            context.setVelocities(state["velocity"])
            records, taken_s = [], 0.0
            for i in advance(context, schedule, frames, progress):
                if i < schedule.n_equilibration:
                    continue
                if keep.response:
                    taken_s += keep.response.record(context)
                if (i + 1 - schedule.n_equilibration) % every == 0:
                    records.append(keep.frame(context))
            parts = stacked(records) | (keep.response.taken() if keep.response else {})
            return openmm_arrays.phase_space(context), parts | {"response_s": np.array([taken_s])}

        def start() -> Arrays:
            return begin(make_context(system, mm.VerletIntegrator(0.001), compute))

        return run_segments(schedule, checkpoints, start, segment)


def _finer(schedule: Schedule, every: int) -> Schedule:
    """The same run with so many times as many frames."""
    return replace(
        schedule,
        per_frame=schedule.per_frame // every,
        n_equilibration=schedule.n_equilibration * every,
        n_frames=schedule.n_frames * every,
        per_segment=schedule.per_segment * every,
    )


def speed_of(parts: Arrays, schedule: Schedule) -> float:
    """Speed of the simulation alone, ns/day, from the wall times of its segments."""
    seconds = parts["wall_s"].sum() - parts["response_s"].sum()
    return schedule.total_ps / seconds * SECONDS_PER_DAY * NS_PER_PS


def equilibration_check(
    energy: np.ndarray, kinetic_temperature: np.ndarray, temperature: float
) -> dict[str, float]:
    """Tell whether a production run is stationary and at the right temperature.

    The drift is the difference between the mean energies of its two halves; its error comes from the
    scatter of eight blocks.

    Args:
        energy: potential energy, kJ/mol, shape (time,).
        kinetic_temperature: K, shape (time,).

    Returns:
        ``drift`` and ``drift_se`` (kJ/mol), ``kinetic_temperature_K`` and ``equilibrated`` (1.0 if the
        drift is below three standard errors and the kinetic temperature within 3 %).
    """
    usable = len(energy) // 8 * 8
    blocks = energy[:usable].reshape(8, -1).mean(axis=1)
    drift = blocks[4:].mean() - blocks[:4].mean()
    halves = np.concatenate([blocks[:4] - blocks[:4].mean(), blocks[4:] - blocks[4:].mean()])
    drift_se = float(np.sqrt((halves**2).sum() / 6 * (1 / 4 + 1 / 4)))
    mean_temperature = float(kinetic_temperature.mean())
    good = abs(drift) <= 3 * drift_se and abs(mean_temperature / temperature - 1) <= 0.03
    return {
        "drift": float(drift),
        "drift_se": drift_se,
        "kinetic_temperature_K": mean_temperature,
        "equilibrated": float(good),
    }


def _initial_state(
    box: WaterBox, temperature: float, context: mm.Context, seed: int, start: np.ndarray | None
) -> Arrays:
    """The given molecules, or a lattice of them, minimised; with thermal velocities."""
    rng = np.random.default_rng(derive_seed(seed, "lattice", temperature))
    atoms = lattice_configuration(box, rng) if start is None else start
    context.setPositions(ordinary_positions(box.model, atoms).reshape(-1, 3))
    if start is None:
        mm.LocalEnergyMinimizer.minimize(context, 10.0, 500)
    context.setVelocitiesToTemperature(temperature, derive_seed(seed, "velocity", temperature))
    return openmm_arrays.phase_space(context)


def _record(context: mm.Context, n_molecules: int) -> Arrays:
    state = context.getState(positions=True, velocities=True, forces=True, energy=True)

    def real(values: np.ndarray) -> np.ndarray:
        return values.reshape(n_molecules, -1, 3)[:, :REAL].astype(np.float32)

    forces = openmm_arrays.forces(state)
    if not np.isfinite(mapped_forces(forces, n_molecules)).all():
        raise FloatingPointError("forces of the all-atom run are not finite; reduce all_atom.timestep_fs")
    return {
        "atom_position": real(openmm_arrays.positions(state)),
        "atom_velocity": real(openmm_arrays.velocities(state)),
        "atom_force": real(forces),
        "potential_energy": np.float64(openmm_arrays.potential_energy(state)),
        "kinetic_energy": np.float64(openmm_arrays.kinetic_energy(state)),
    }


def _dataset(
    parts: Arrays, box: WaterBox, temperature: float, schedule: Schedule, compute: Compute
) -> xr.Dataset:
    dims = ("time", "molecule", "atom", "axis")
    n_frames = len(parts["atom_position"])
    # six degrees of freedom a rigid molecule; the Langevin thermostat does not conserve the total momentum
    kinetic_temperature = 2 * parts["kinetic_energy"] / (6 * box.molecules * KB)
    check = equilibration_check(parts["potential_energy"], kinetic_temperature, temperature)
    return xr.Dataset(
        {
            "atom_position": variable(dims, parts["atom_position"], "nm"),
            "atom_velocity": variable(dims, parts["atom_velocity"], "nm/ps"),
            "atom_force": variable(dims, parts["atom_force"], "kJ/mol/nm"),
            "potential_energy": variable(("time",), parts["potential_energy"], "kJ/mol"),
            "kinetic_energy": variable(("time",), parts["kinetic_energy"], "kJ/mol"),
        },
        coords={
            "time": variable(("time",), schedule.frame_ps * (1 + np.arange(n_frames)), "ps"),
            "atom": ["O", "H1", "H2"],
        },
        attrs={
            "temperature_K": temperature,
            "box_nm": box.edge,
            "ns_per_day": speed_of(parts, schedule),
            "threads": compute.threads,
            "platform": compute.platform,
            **check,
        },
    )
