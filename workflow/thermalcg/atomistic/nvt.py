"""All-atom molecular dynamics of rigid water, in segments that can be resumed."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import openmm as mm
import xarray as xr

from thermalcg.runtime.platforms import make_context
from thermalcg.runtime.progress import Progress
from thermalcg.storage.checkpoints import Arrays, Checkpoints
from thermalcg.storage.datasets import variable
from thermalcg.storage.seeds import derive_seed
from thermalcg.units import KB, SECONDS_PER_DAY

from .mapping import mapped_forces
from .water import REAL, WaterModel, lattice_configuration, ordinary_positions, ordinary_system


@dataclass(frozen=True)
class AllAtomSettings:
    """One run; times in ps except the step, which is in fs."""

    timestep_fs: float
    friction_per_ps: float
    equilibration_ps: float
    production_ps: float
    frame_interval_ps: float
    checkpoint_ps: float


def run_all_atom(
    water: WaterModel,
    n_molecules: int,
    box: float,
    cutoff: float,
    temperature: float,
    settings: AllAtomSettings,
    *,
    seed: int,
    platform: str,
    threads: int,
    checkpoints: Checkpoints,
) -> xr.Dataset:
    """NVT dynamics (Langevin, middle scheme) from a lattice start.

    Returns:
        The dataset ``all_atom/{T}.nc`` of ``workflow/README.md``.
    """
    system = ordinary_system(water, n_molecules, box, cutoff)
    per_frame = round(settings.frame_interval_ps / (settings.timestep_fs * 1e-3))
    frame_ps = per_frame * settings.timestep_fs * 1e-3
    n_equilibration = round(settings.equilibration_ps / frame_ps)
    n_total = n_equilibration + round(settings.production_ps / frame_ps)
    per_segment = max(1, round(settings.checkpoint_ps / frame_ps))
    n_segments = -(-n_total // per_segment)

    if checkpoints.done == 0:
        state = _initial_state(water, n_molecules, box, temperature, system, seed, platform, threads)
    else:
        state = checkpoints.state()

    with Progress(
        f"all-atom {temperature:g} K",
        n_total * frame_ps,
        "ps",
        rate=("ns/day", SECONDS_PER_DAY * 1e-3),
        done=min(checkpoints.done * per_segment, n_total) * frame_ps,
    ) as progress:
        while checkpoints.done < n_segments:
            segment = checkpoints.done
            started = time.perf_counter()
            integrator = mm.LangevinMiddleIntegrator(
                temperature, settings.friction_per_ps, settings.timestep_fs * 1e-3
            )
            integrator.setRandomNumberSeed(derive_seed(seed, "all_atom", temperature, segment))
            context = make_context(system, integrator, platform, threads)
            context.setPositions(state["position"])
            context.setVelocities(state["velocity"])
            records: list[Arrays] = []
            for index in range(segment * per_segment, min((segment + 1) * per_segment, n_total)):
                integrator.step(per_frame)
                if index >= n_equilibration:
                    records.append(_record(context, n_molecules))
                progress.update(frame_ps)
            last = context.getState(positions=True, velocities=True)
            state = {
                "position": last.getPositions(asNumpy=True)._value,
                "velocity": last.getVelocities(asNumpy=True)._value,
            }
            part = {k: np.stack([r[k] for r in records]) for k in records[0]} if records else {}
            part["wall_s"] = np.array([time.perf_counter() - started])
            checkpoints.save(state, part)
    return _dataset(checkpoints.parts(), n_total * frame_ps, frame_ps, temperature, box, threads, platform)


def equilibration_check(
    energy: np.ndarray, kinetic_temperature: np.ndarray, temperature: float
) -> dict[str, float]:
    """Is the production run stationary, and at the right temperature?

    The drift is the difference between the mean energies of its two halves; the error
    is that of the difference, from eight blocks.

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


def _initial_state(water, n_molecules, box, temperature, system, seed, platform, threads) -> Arrays:
    """A lattice of molecules, minimised, with thermal velocities."""
    rng = np.random.default_rng(derive_seed(seed, "lattice", temperature))
    atoms = lattice_configuration(water, n_molecules, box, rng)
    context = make_context(system, mm.VerletIntegrator(0.001), platform, threads)
    context.setPositions(ordinary_positions(water, atoms).reshape(-1, 3))
    mm.LocalEnergyMinimizer.minimize(context, 10.0, 500)
    context.setVelocitiesToTemperature(temperature, derive_seed(seed, "velocity", temperature))
    state = context.getState(positions=True, velocities=True)
    return {
        "position": state.getPositions(asNumpy=True)._value,
        "velocity": state.getVelocities(asNumpy=True)._value,
    }


def _record(context: mm.Context, n_molecules: int) -> Arrays:
    state = context.getState(positions=True, velocities=True, forces=True, energy=True)

    def real(values) -> np.ndarray:
        return values._value.reshape(n_molecules, -1, 3)[:, :REAL].astype(np.float32)

    forces = state.getForces(asNumpy=True)
    assert np.isfinite(mapped_forces(forces._value, n_molecules)).all(), "forces are not finite"
    return {
        "atom_position": real(state.getPositions(asNumpy=True)),
        "atom_velocity": real(state.getVelocities(asNumpy=True)),
        "atom_force": real(forces),
        "potential_energy": np.float64(state.getPotentialEnergy()._value),
        "kinetic_energy": np.float64(state.getKineticEnergy()._value),
    }


def _dataset(parts: Arrays, total_ps, frame_ps, temperature, box, threads, platform) -> xr.Dataset:
    dims = ("time", "molecule", "atom", "axis")
    n_frames, n_molecules = parts["atom_position"].shape[:2]
    # six degrees of freedom a rigid molecule; the Langevin thermostat does not conserve the total momentum
    kinetic_temperature = 2 * parts["kinetic_energy"] / (6 * n_molecules * KB)
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
            "time": variable(("time",), frame_ps * (1 + np.arange(n_frames)), "ps"),
            "atom": ["O", "H1", "H2"],
        },
        attrs={
            "temperature_K": temperature,
            "box_nm": box,
            "ns_per_day": total_ps / parts["wall_s"].sum() * SECONDS_PER_DAY * 1e-3,
            "threads": threads,
            "platform": platform,
            **check,
        },
    )
