"""CG molecular dynamics in OpenMM with any trained potential, through ``PythonForce``.

Independent runs of one model at one temperature share an OpenMM system as replicas that
do not see one another, so that the cost of a step outside the force is paid once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import openmm as mm
import xarray as xr

from thermalcg.geometry.inputs import checked_box
from thermalcg.geometry.neighbours import closest_pair
from thermalcg.geometry.periodic import wrap
from thermalcg.models.architecture import ForceField
from thermalcg.runtime.platforms import make_context
from thermalcg.runtime.progress import Progress
from thermalcg.storage.checkpoints import Arrays, Checkpoints
from thermalcg.storage.datasets import variable
from thermalcg.storage.seeds import derive_seed
from thermalcg.units import KB, SECONDS_PER_DAY

#: Forces above this (kJ/mol/nm) count as an explosion; the largest mapped forces of water are near 5000.
LARGEST_FORCE = 1e6


@dataclass(frozen=True)
class CGSettings:
    """One run; times in ps except the step, which is in fs."""

    timestep_fs: float
    friction_per_ps: float
    equilibration_ps: float
    production_ps: float
    frame_interval_ps: float
    checkpoint_ps: float
    temperature_tolerance: float
    overlap_nm: float


class Replicas:
    """The force on all replicas as one function of an OpenMM state.

    A replica whose force is not finite or absurdly large is switched off (zero force) and
    remembered with the reason, so that the others go on.

    Args:
        groups: force fields, each with the replicas that it moves (evaluated in one call).
    """

    def __init__(self, groups: list[tuple[ForceField, np.ndarray]], n_replicas: int, n_beads: int) -> None:
        self.groups, self.shape = groups, (n_replicas, n_beads, 3)
        self.failure = [""] * n_replicas
        self.energy = np.zeros(n_replicas)

    def __call__(self, state: mm.State) -> tuple[float, np.ndarray]:
        position = state.getPositions(asNumpy=True)._value.reshape(self.shape)
        force = np.empty(self.shape)
        for force_field, runs in self.groups:
            self.energy[runs], force[runs] = force_field(position[runs])
        largest = np.abs(force).max(axis=(1, 2))
        for r in np.flatnonzero(~(largest < LARGEST_FORCE) | ~np.isfinite(self.energy)):
            self.failure[r] = self.failure[r] or (
                f"force of {largest[r]:.3g} kJ/mol/nm, energy of {self.energy[r]:.3g} kJ/mol"
            )
        for r, text in enumerate(self.failure):
            if text:
                force[r], self.energy[r] = 0.0, 0.0
        return float(self.energy.sum()), force.reshape(-1, 3)


def make_cg_system(replicas: Replicas, mass: float, box: float) -> mm.System:
    """An OpenMM system of beads with the replicas' forces."""
    system = mm.System()
    system.setDefaultPeriodicBoxVectors((box, 0, 0), (0, box, 0), (0, 0, box))
    for _ in range(replicas.shape[0] * replicas.shape[1]):
        system.addParticle(mass)
    # positions reach the force as they are, so that replicas may share the box
    force = mm.PythonForce(replicas)
    force.setUsesPeriodicBoundaryConditions(False)
    system.addForce(force)
    return system


def run_cg_md(
    make_groups: Callable[[], list[tuple[ForceField, np.ndarray]]],
    start: np.ndarray,
    box: float,
    mass: float,
    temperature: float,
    settings: CGSettings,
    *,
    seed: int,
    members: np.ndarray,
    checkpoints: Checkpoints,
    label: str = "CG MD",
    on_failure: Callable[[str], None] = lambda text: None,
) -> xr.Dataset:
    """Langevin dynamics (middle scheme) of several independent runs.

    Args:
        make_groups: makes force fields, each with the runs that it moves; called afresh for every
            segment, so that no neighbour list outlives one and a resumed run is the undisturbed one.
        start: nm, shape (run, N, 3).
        mass: of a bead, amu.
        members: ensemble member of each run, recorded only.

    Returns:
        The dataset ``cg/.../{T}.nc`` of ``workflow/README.md``; a run that exploded is marked
        unhealthy and named in ``failure``.
    """
    n_runs, n_beads = start.shape[:2]
    per_frame = round(settings.frame_interval_ps / (settings.timestep_fs * 1e-3))
    frame_ps = per_frame * settings.timestep_fs * 1e-3
    n_equilibration = round(settings.equilibration_ps / frame_ps)
    n_total = n_equilibration + round(settings.production_ps / frame_ps)
    per_segment = max(1, round(settings.checkpoint_ps / frame_ps))

    state = checkpoints.state()
    if not state:
        rng = np.random.default_rng(derive_seed(seed, "cg velocity"))
        velocity = rng.normal(size=(n_runs * n_beads, 3)) * np.sqrt(KB * temperature / mass)
        state = {"position": start.reshape(-1, 3), "velocity": velocity, "failure": np.array([""] * n_runs)}
    with Progress(
        label,
        n_total * frame_ps * n_runs,
        "ps",
        rate=("ns/day", SECONDS_PER_DAY * 1e-3),
        done=min(checkpoints.done * per_segment, n_total) * frame_ps * n_runs,
    ) as progress:
        while checkpoints.done * per_segment < n_total:
            first = checkpoints.done * per_segment
            replicas = Replicas(make_groups(), n_runs, n_beads)
            replicas.failure = [str(text) for text in state["failure"]]
            integrator = mm.LangevinMiddleIntegrator(
                temperature, settings.friction_per_ps, settings.timestep_fs * 1e-3
            )
            integrator.setRandomNumberSeed(derive_seed(seed, "cg", checkpoints.done))
            # the force is computed in Python; the platform only moves the beads
            context = make_context(make_cg_system(replicas, mass, box), integrator, "Reference", 1)
            context.setPositions(state["position"])
            context.setVelocities(state["velocity"])
            records: list[Arrays] = []
            started = time.perf_counter()
            for index in range(first, min(first + per_segment, n_total)):
                integrator.step(per_frame)
                record = _record(context, replicas, mass, box)
                if index >= n_equilibration:
                    records.append(record)
                progress.update(frame_ps * n_runs)
            wall = time.perf_counter() - started
            last = context.getState(positions=True, velocities=True)
            state = {
                "position": last.getPositions(asNumpy=True)._value,
                "velocity": last.getVelocities(asNumpy=True)._value,
                "failure": np.array(replicas.failure),
            }
            part = {k: np.stack([r[k] for r in records]) for k in records[0]} if records else {}
            checkpoints.save(state, part | {"wall_s": np.array([wall])})
    parts = checkpoints.parts()
    failure = health(parts, [str(t) for t in checkpoints.state()["failure"]], temperature, box, settings)
    for text in filter(None, failure):
        on_failure(text)
    dims = ("run", "time")
    return xr.Dataset(
        {
            "position": variable((*dims, "bead", "axis"), np.swapaxes(parts["position"], 0, 1), "nm"),
            "temperature": variable(dims, parts["temperature"].T, "K"),
            "potential_energy": variable(dims, parts["energy"].T, "kJ/mol"),
            "healthy": variable(("run",), np.array([not t for t in failure], np.int8), "1"),
            "member": variable(("run",), np.asarray(members), "1"),
        },
        coords={"time": variable(("time",), frame_ps * (1 + np.arange(len(parts["position"]))), "ps")},
        attrs={
            "temperature_K": temperature,
            "box_nm": box,
            "ns_per_day": n_total * frame_ps * n_runs / parts["wall_s"].sum() * SECONDS_PER_DAY * 1e-3,
            "threads": 1,
            "failure": "; ".join(f"run {i}: {t}" for i, t in enumerate(failure) if t),
        },
    )


def health(
    parts: Arrays, failure: list[str], temperature: float, box: float, settings: CGSettings
) -> list[str]:
    """Why each run may not be used as data; empty text where it may."""
    reasons = []
    for run, text in enumerate(failure):
        kinetic = float(parts["temperature"][:, run].mean())
        closest = _closest_approach(parts["position"][:, run], box)
        if not text and abs(kinetic / temperature - 1) > settings.temperature_tolerance:
            text = f"kinetic temperature {kinetic:.1f} K at {temperature:g} K"
        if not text and closest < settings.overlap_nm:
            text = f"two beads {closest:.3f} nm apart; cg_md.overlap_nm is {settings.overlap_nm}"
        reasons.append(text)
    return reasons


def _closest_approach(position: np.ndarray, box: float) -> float:
    """Smallest distance of two beads in the frames (time, N, 3), some 200 of them, nm."""
    frames, edges = position[:: max(1, len(position) // 200)].astype(float), checked_box(box)
    return min((closest_pair(frame, edges)[2] for frame in frames), default=np.inf)


def _record(context: mm.Context, replicas: Replicas, mass: float, box: float) -> Arrays:
    state = context.getState(positions=True, velocities=True, energy=True)
    velocity = state.getVelocities(asNumpy=True)._value.reshape(replicas.shape)
    position = state.getPositions(asNumpy=True)._value.reshape(replicas.shape)
    kinetic = 0.5 * mass * (velocity**2).sum(axis=(1, 2))
    return {
        "position": wrap(position, box).astype(np.float32),
        "temperature": 2 * kinetic / (3 * replicas.shape[1] * KB),
        "energy": replicas.energy.copy(),
    }
