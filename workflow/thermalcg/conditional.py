"""The conditional ensemble at fixed mapped sites: anchored water under replica exchange.

With the sites held fixed the hydrogen-bond network turns over slowly, as in ice, so
that a run at one temperature stays in one arrangement.  Replicas at a ladder of
temperatures exchange (the same sites, so plain temperature replica exchange is
exact), and every rung yields labels at its own temperature.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import openmm as mm
import xarray as xr

from .checkpoints import Arrays, Checkpoints
from .datasets import derive_seed, variable
from .platforms import make_context
from .progress import Progress
from .units import KB, SECONDS_PER_DAY
from .water import WaterModel, anchored_positions, anchored_system, mapped_forces, mapped_sites


@dataclass(frozen=True)
class ConditionalSettings:
    """Sampling of one frame; times in ps and per replica, except the step, which is in fs."""

    timestep_fs: float
    friction_per_ps: float
    burn_in_ps: float
    production_ps: float
    sample_interval_ps: float
    checkpoint_ps: float
    chains: int


def swap(energy: np.ndarray, beta: np.ndarray, walker: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One round of replica exchange: many random pairs, which mixes better than neighbours alone.

    Chodera and Shirts, J. Chem. Phys. 135, 194110 (2011): the cube of the number of rungs
    in attempts is close to an independent draw of the permutation.

    Args:
        energy: potential energy of each walker, kJ/mol, shape (K,).
        beta: 1/(kB T) of each rung, mol/kJ, shape (K,).
        walker: the walker on each rung, shape (K,).

    Returns:
        The new ``walker``.
    """
    walker = walker.copy()
    n = len(beta)
    if n < 2:
        return walker
    for _ in range(n**3):
        i, j = rng.choice(n, size=2, replace=False)
        exponent = (beta[i] - beta[j]) * (energy[walker[i]] - energy[walker[j]])
        if exponent >= 0 or rng.random() < np.exp(exponent):
            walker[i], walker[j] = walker[j], walker[i]
    return walker


class ConditionalSampler:
    """Replica exchange of anchored water on one ladder of temperatures.

    Args:
        ladder: temperatures, K, ascending; the first is that of the frames.
    """

    def __init__(
        self,
        water: WaterModel,
        n_molecules: int,
        box: float,
        cutoff: float,
        mapping: str,
        ladder: list[float],
        settings: ConditionalSettings,
        *,
        seed: int,
        platform: str,
        threads: int,
    ) -> None:
        self.water, self.mapping, self.settings, self.seed = water, mapping, settings, seed
        self.n_molecules, self.box = n_molecules, box
        self.ladder = np.asarray(ladder, float)
        self.beta = 1 / (KB * self.ladder)
        system = anchored_system(water, n_molecules, box, cutoff, mapping)
        self._contexts = []
        for temperature in self.ladder:
            integrator = mm.LangevinMiddleIntegrator(
                temperature, settings.friction_per_ps, settings.timestep_fs * 1e-3
            )
            self._contexts.append(make_context(system, integrator, platform, threads))
        self.per_sample = round(settings.sample_interval_ps / (settings.timestep_fs * 1e-3))
        self.sample_ps = self.per_sample * settings.timestep_fs * 1e-3

    def sample(
        self, atoms: np.ndarray, label: object, checkpoints_folder: str | Path, progress: Progress | None = None
    ) -> xr.Dataset:
        """Sample the frame with atomistic positions ``atoms``, all chains.

        Args:
            atoms: positions of (O, H, H), nm, shape (n_molecules, 3, 3).
            label: names the frame; enters the seeds.

        Returns:
            Variables ``force``, ``energy``, ``walker``, ``acceptance``, ``site_position`` of
            ``conditional/{T}/{batch}.nc`` for one frame (no frame dimension).
        """
        parts = [
            self._chain(np.asarray(atoms, float), label, chain, checkpoints_folder, progress)
            for chain in range(self.settings.chains)
        ]
        stacked = {name: np.stack([p[name] for p in parts]) for name in ("force", "energy", "walker", "acceptance")}
        dims = ("chain", "rung", "sample")
        return xr.Dataset(
            {
                "force": variable((*dims, "bead", "axis"), np.moveaxis(stacked["force"], 2, 1), "kJ/mol/nm"),
                "energy": variable(dims, np.moveaxis(stacked["energy"], 2, 1), "kJ/mol"),
                "walker": variable(dims, np.moveaxis(stacked["walker"], 2, 1), "1"),
                "acceptance": variable(("chain", "pair"), stacked["acceptance"].mean(axis=1), "1"),
                "site_position": variable(
                    ("bead", "axis"), mapped_sites(self.water, self.mapping, np.asarray(atoms, float)), "nm"
                ),
            },
            coords={"rung": variable(("rung",), self.ladder, "K")},
        )

    def _chain(self, atoms: np.ndarray, label: object, chain: int, folder: str | Path, progress) -> Arrays:
        checkpoints = Checkpoints(
            Path(folder) / f"frame_{label}_chain_{chain}",
            {"settings": vars(self.settings), "ladder": self.ladder.tolist(), "seed": self.seed, "atoms": atoms.tolist()},
        )
        n_burn = round(self.settings.burn_in_ps / self.sample_ps)
        n_total = n_burn + round(self.settings.production_ps / self.sample_ps)
        per_segment = max(1, round(self.settings.checkpoint_ps / self.sample_ps))
        if progress:
            progress.update(min(checkpoints.done * per_segment, n_total) * self.sample_ps * len(self.ladder))
        state = checkpoints.state() if checkpoints.done else self._start(atoms, label, chain)
        while checkpoints.done * per_segment < n_total:
            first = checkpoints.done * per_segment
            last = min(first + per_segment, n_total)
            seed = derive_seed(self.seed, "conditional", label, chain, checkpoints.done)
            state, part = self._segment(state, seed, first, last, n_burn, progress)
            checkpoints.save(state, part)
        parts = checkpoints.parts()
        checkpoints.clear()
        return parts

    def _start(self, atoms: np.ndarray, label: object, chain: int) -> Arrays:
        """Every replica at the frame's own orientations: an equilibrium draw at its temperature."""
        position = anchored_positions(self.water, self.mapping, atoms)
        velocity = []
        for walker, temperature in enumerate(self.ladder):
            context = self._contexts[walker]
            context.setPositions(position.reshape(-1, 3))
            context.setVelocitiesToTemperature(
                temperature, derive_seed(self.seed, "conditional velocity", label, chain, walker)
            )
            velocity.append(self._at_rest(context))
        k = len(self.ladder)
        return {
            "position": np.repeat(position.reshape(1, -1, 3), k, axis=0),
            "velocity": np.stack(velocity),
            "walker": np.arange(k),
        }

    def _at_rest(self, context: mm.Context) -> np.ndarray:
        """Velocities with the anchors at rest and the hydrogens' constraints obeyed."""
        velocity = context.getState(velocities=True).getVelocities(asNumpy=True)._value.copy()
        velocity.reshape(self.n_molecules, -1, 3)[:, 0] = 0
        context.setVelocities(velocity)
        context.applyVelocityConstraints(1e-6)
        return context.getState(velocities=True).getVelocities(asNumpy=True)._value

    def _segment(self, state: Arrays, seed: int, first: int, last: int, n_burn: int, progress):
        rng = np.random.default_rng(seed)
        walker = state["walker"].copy()
        rung = np.argsort(walker)  # rung of each walker
        for w, context in enumerate(self._contexts):
            integrator = context.getIntegrator()
            integrator.setRandomNumberSeed(derive_seed(seed, w))
            context.reinitialize()
            integrator.setTemperature(self.ladder[rung[w]])
            context.setPositions(state["position"][w])
            context.setVelocities(state["velocity"][w])
        records: list[Arrays] = []
        k = len(self.ladder)
        for index in range(first, last):
            energy, force = np.empty(k), np.empty((k, self.n_molecules, 3), np.float32)
            for w, context in enumerate(self._contexts):
                context.getIntegrator().step(self.per_sample)
                now = context.getState(energy=True, forces=True)
                energy[w] = now.getPotentialEnergy()._value
                force[w] = mapped_forces(now.getForces(asNumpy=True)._value, self.n_molecules)
            if not np.isfinite(energy).all():
                raise FloatingPointError("the energy of an anchored replica is not finite; reduce conditional.timestep_fs")
            if index >= n_burn:
                delta = np.diff(self.beta) * np.diff(energy[walker])
                records.append(
                    {
                        "force": force[walker],
                        "energy": energy[walker],
                        "walker": walker.astype(np.int16),
                        "acceptance": np.minimum(1, np.exp(np.minimum(delta, 0))),
                    }
                )
            walker = self._exchange(energy, walker, rng)
            if progress:
                progress.update(self.sample_ps * k)
        states = [c.getState(positions=True, velocities=True) for c in self._contexts]
        state = {
            "position": np.stack([s.getPositions(asNumpy=True)._value for s in states]),
            "velocity": np.stack([s.getVelocities(asNumpy=True)._value for s in states]),
            "walker": walker,
        }
        return state, {k: np.stack([r[k] for r in records]) for k in records[0]} if records else {}

    def _exchange(self, energy: np.ndarray, walker: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Swap temperatures, not configurations; velocities are scaled to the new temperature."""
        new = swap(energy, self.beta, walker, rng)
        old_rung, new_rung = np.argsort(walker), np.argsort(new)
        for w in np.flatnonzero(old_rung != new_rung):
            context = self._contexts[w]
            temperature = self.ladder[new_rung[w]]
            scale = np.sqrt(temperature / self.ladder[old_rung[w]])
            velocity = context.getState(velocities=True).getVelocities(asNumpy=True)._value
            context.setVelocities(velocity * scale)
            context.getIntegrator().setTemperature(temperature)
        return new


def sample_frames(
    sampler: ConditionalSampler, frames: xr.Dataset, indices: range, checkpoints_folder: str | Path
) -> xr.Dataset:
    """Sample several frames one after another; a finished frame survives a kill.

    Returns:
        The dataset ``conditional/{T}/{batch}.nc`` of ``workflow/README.md``.
    """
    from .datasets import Provenance, read_dataset, write_dataset

    settings = sampler.settings
    per_frame = (settings.burn_in_ps + settings.production_ps) * settings.chains * len(sampler.ladder)
    temperature = float(frames.attrs["temperature_K"])
    pieces = []
    with Progress(
        f"conditional {temperature:g} K", per_frame * len(indices), "ps", rate=("ns/day", SECONDS_PER_DAY * 1e-3)
    ) as progress:
        for index in indices:
            keep = Path(checkpoints_folder) / f"frame_{index}.nc"
            atoms = frames["atom_position"].values[index].astype(float)
            key = f"{sampler.seed} {settings} {sampler.ladder.tolist()} {float(atoms.sum())!r}"
            if keep.is_file() and (done := _kept(keep, key, read_dataset)) is not None:
                progress.update(per_frame)
            else:
                done = sampler.sample(atoms, f"{temperature:g}K-{index}", checkpoints_folder, progress)
                write_dataset(done, keep, Provenance(key, sampler.seed, "conditional.sample_frames"))
            pieces.append(done)
    return xr.concat(pieces, dim="frame", coords="minimal", compat="override").assign_attrs(
        temperature_K=temperature, box_nm=frames.attrs["box_nm"]
    )


def _kept(path: Path, key: str, read) -> xr.Dataset | None:
    try:
        done = read(path, ("force", "energy"))
    except RuntimeError:
        return None
    return done if done.attrs["config_hash"] == key else None
