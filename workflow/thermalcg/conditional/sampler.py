"""The conditional ensemble at fixed mapped sites: anchored water under replica exchange.

With the sites held fixed the hydrogen-bond network turns over slowly, as in ice, so
that a run at one temperature stays in one arrangement.  Replicas at a ladder of
temperatures exchange (the same sites, so plain temperature replica exchange is
exact), and every rung yields labels at its own temperature.
"""

from __future__ import annotations

import hashlib
import shutil
import time
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import openmm as mm
import xarray as xr

from thermalcg.atomistic.mapping import mapped_forces, mapped_sites
from thermalcg.atomistic.water import WaterModel, anchored_atoms, anchored_positions, anchored_system
from thermalcg.runtime.platforms import make_context
from thermalcg.runtime.progress import Progress
from thermalcg.storage.checkpoints import Arrays, Checkpoints, fingerprint
from thermalcg.storage.datasets import read_dataset, variable, write_dataset
from thermalcg.storage.files import DatasetError
from thermalcg.storage.provenance import Provenance
from thermalcg.storage.seeds import derive_seed
from thermalcg.units import KB, SECONDS_PER_DAY


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
    melt_K: float
    melt_ps: float

    @classmethod
    def from_section(cls, section: dict[str, Any], **changes: float) -> ConditionalSettings:
        """From the section ``conditional`` of the configuration; ``changes`` gives ``production_ps``."""
        known = {f.name: section[f.name] for f in fields(cls) if f.name in section}
        return cls(**{**known, "melt_K": max(section["ladder_K"]), **changes})


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
        record_atoms: keep the atoms' positions of the lowest rung's samples as well.
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
        record_atoms: bool = False,
    ) -> None:
        self.water, self.mapping, self.settings, self.seed = water, mapping, settings, seed
        self.record_atoms = record_atoms
        self.n_molecules, self.box = n_molecules, box
        self.ladder = np.asarray(ladder, float)
        self.beta = 1 / (KB * self.ladder)
        system = anchored_system(water, n_molecules, box, cutoff, mapping)
        # whatever the samples depend on besides the frame
        self.key = {
            "settings": vars(settings),
            "ladder": self.ladder.tolist(),
            "seed": seed,
            "mapping": mapping,
            "water": vars(water),
            "box": box,
            "cutoff": cutoff,
            "platform": platform,
            "record_atoms": record_atoms,
        }
        self._contexts = []
        for temperature in self.ladder:
            integrator = mm.LangevinMiddleIntegrator(
                temperature, settings.friction_per_ps, settings.timestep_fs * 1e-3
            )
            self._contexts.append(make_context(system, integrator, platform, threads))
        self.per_sample = round(settings.sample_interval_ps / (settings.timestep_fs * 1e-3))
        self.sample_ps = self.per_sample * settings.timestep_fs * 1e-3

    def sample(
        self,
        atoms: np.ndarray,
        label: object,
        checkpoints_folder: str | Path,
        progress: Progress | None = None,
    ) -> xr.Dataset:
        """Sample the frame with atomistic positions ``atoms``, all chains.

        Args:
            atoms: positions of (O, H, H), nm, shape (n_molecules, 3, 3).
            label: names the frame; enters the seeds.

        Returns:
            Variables ``force``, ``energy``, ``walker``, ``acceptance``, ``wall_s``, ``site_position`` of
            ``conditional/{T}/{batch}.nc`` for one frame (no frame dimension), whose checkpoints are left to
            the caller; with ``record_atoms`` also
            ``sample_position`` (chain, sample, molecule, atom, axis), of the lowest rung.
        """
        atoms = np.asarray(atoms, float)
        parts = [
            self._chain(atoms, label, c, checkpoints_folder, progress) for c in range(self.settings.chains)
        ]
        stacked = {
            name: np.stack([p[name] for p in parts]) for name in ("force", "energy", "walker", "acceptance")
        }
        dims = ("chain", "rung", "sample")
        atoms_of_samples = {}
        if self.record_atoms:
            positions = np.stack([p["atom_position"] for p in parts])
            atoms_of_samples["sample_position"] = variable(
                ("chain", "sample", "molecule", "atom", "axis"), positions, "nm"
            )
        return xr.Dataset(
            {
                **atoms_of_samples,
                "force": variable((*dims, "bead", "axis"), np.moveaxis(stacked["force"], 2, 1), "kJ/mol/nm"),
                "energy": variable(dims, np.moveaxis(stacked["energy"], 2, 1), "kJ/mol"),
                "walker": variable(dims, np.moveaxis(stacked["walker"], 2, 1), "1"),
                "acceptance": variable(("chain", "pair"), stacked["acceptance"].mean(axis=1), "1"),
                "wall_s": variable(("chain",), np.array([p["wall_s"].sum() for p in parts]), "s"),
                "site_position": variable(
                    ("bead", "axis"), mapped_sites(self.water, self.mapping, atoms), "nm"
                ),
            },
            coords={"rung": variable(("rung",), self.ladder, "K")},
        )

    def probe(
        self,
        atoms: np.ndarray,
        label: object,
        checkpoints_folder: str | Path,
        progress: Progress | None = None,
    ) -> xr.Dataset:
        """One chain from melted orientations, to be compared with those from the frame's own.

        Chains that share a start agree where the hydrogen-bond network is frozen; only one
        that starts elsewhere shows it.  It is a diagnostic and enters no label.

        Returns:
            ``probe_force`` (rung, sample, bead, axis) and ``probe_energy`` (rung, sample).
        """
        part = self._chain(np.asarray(atoms, float), label, "probe", checkpoints_folder, progress)
        return xr.Dataset(
            {
                "probe_force": variable(
                    ("rung", "sample", "bead", "axis"), np.moveaxis(part["force"], 1, 0), "kJ/mol/nm"
                ),
                "probe_energy": variable(("rung", "sample"), part["energy"].T, "kJ/mol"),
            },
            coords={"rung": variable(("rung",), self.ladder, "K")},
        )

    def _chain(self, atoms: np.ndarray, label: object, chain: object, folder: str | Path, progress) -> Arrays:
        checkpoints = Checkpoints(
            Path(folder) / f"frame_{label}_chain_{chain}", {**self.key, "atoms": atoms.tolist()}
        )
        n_burn = round(self.settings.burn_in_ps / self.sample_ps)
        n_total = n_burn + round(self.settings.production_ps / self.sample_ps)
        per_segment = max(1, round(self.settings.checkpoint_ps / self.sample_ps))
        if progress:
            progress.skip(min(checkpoints.done * per_segment, n_total) * self.sample_ps * len(self.ladder))
        state = checkpoints.state() if checkpoints.done else self._start(atoms, label, chain)
        while checkpoints.done * per_segment < n_total:
            first = checkpoints.done * per_segment
            last = min(first + per_segment, n_total)
            seed = derive_seed(self.seed, "conditional", label, chain, checkpoints.done)
            state, part = self._segment(state, seed, first, last, n_burn, progress)
            checkpoints.save(state, part)
        return checkpoints.parts()

    def _start(self, atoms: np.ndarray, label: object, chain: object) -> Arrays:
        """Every replica at the frame's own orientations (an equilibrium draw there), or melted."""
        position = anchored_positions(self.water, self.mapping, atoms)
        if chain == "probe":
            position = self._melt(position, label)
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

    def _melt(self, position: np.ndarray, label: object) -> np.ndarray:
        """Orientations after some time at the melting temperature, the sites as they were."""
        context = self._contexts[0]
        integrator = context.getIntegrator()
        integrator.setRandomNumberSeed(derive_seed(self.seed, "melt", label))
        context.reinitialize()
        integrator.setTemperature(self.settings.melt_K)
        context.setPositions(position.reshape(-1, 3))
        context.setVelocitiesToTemperature(
            self.settings.melt_K, derive_seed(self.seed, "melt velocity", label)
        )
        self._at_rest(context)
        integrator.step(round(self.settings.melt_ps / (self.settings.timestep_fs * 1e-3)))
        return context.getState(positions=True).getPositions(asNumpy=True)._value.reshape(position.shape)

    def _at_rest(self, context: mm.Context) -> np.ndarray:
        """Velocities with the anchors at rest and the hydrogens' constraints obeyed."""
        velocity = context.getState(velocities=True).getVelocities(asNumpy=True)._value.copy()
        velocity.reshape(self.n_molecules, -1, 3)[:, 0] = 0
        context.setVelocities(velocity)
        context.applyVelocityConstraints(1e-6)
        return context.getState(velocities=True).getVelocities(asNumpy=True)._value

    def _segment(self, state: Arrays, seed: int, first: int, last: int, n_burn: int, progress):
        started = time.perf_counter()
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
                raise FloatingPointError(
                    "the energy of an anchored replica is not finite; reduce conditional.timestep_fs"
                )
            if index >= n_burn:
                extra = {}
                if self.record_atoms:
                    lowest = self._contexts[walker[0]].getState(positions=True)
                    sites = lowest.getPositions(asNumpy=True)._value.reshape(self.n_molecules, -1, 3)
                    extra["atom_position"] = anchored_atoms(self.mapping, sites).astype(np.float32)
                delta = np.diff(self.beta) * np.diff(energy[walker])
                records.append(
                    {
                        "force": force[walker],
                        "energy": energy[walker],
                        "walker": walker.astype(np.int16),
                        "acceptance": np.minimum(1, np.exp(np.minimum(delta, 0))),
                        **extra,
                    }
                )
                # not before: while hot rungs relax from the frame's orientations, an exchange would send
                # their lowest energies to the lowest rung, which starts in equilibrium and has to stay there
                walker = self._exchange(energy, walker, rng)
            if progress:
                progress.update(self.sample_ps * k)
        states = [c.getState(positions=True, velocities=True) for c in self._contexts]
        state = {
            "position": np.stack([s.getPositions(asNumpy=True)._value for s in states]),
            "velocity": np.stack([s.getVelocities(asNumpy=True)._value for s in states]),
            "walker": walker,
        }
        part = {k: np.stack([r[k] for r in records]) for k in records[0]} if records else {}
        return state, {**part, "wall_s": np.array([time.perf_counter() - started])}

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
    sampler: ConditionalSampler,
    frames: xr.Dataset,
    indices: range,
    probes: set[int],
    checkpoints_folder: str | Path,
) -> xr.Dataset:
    """Sample several frames one after another; a finished frame survives a kill.

    Args:
        indices: frames to sample.
        probes: those of them that are sampled once more from melted orientations.

    Returns:
        The dataset ``conditional/{T}/{batch}.nc`` of ``workflow/README.md``.
    """
    settings = sampler.settings
    per_chain = (settings.burn_in_ps + settings.production_ps) * len(sampler.ladder)
    temperature = float(frames.attrs["temperature_K"])
    pieces, probed = [], []
    total = per_chain * (settings.chains * len(indices) + len(probes))
    with Progress(
        f"conditional {temperature:g} K", total, "ps", rate=("ns/day", SECONDS_PER_DAY * 1e-3)
    ) as progress:
        for index in indices:
            atoms = frames["atom_position"].values[index].astype(float)
            label = f"{temperature:g}K-{index}"
            done = _kept(sampler, atoms, Path(checkpoints_folder) / f"frame_{index}.nc", per_chain, progress)
            pieces.append(done(sampler.sample, label, checkpoints_folder, settings.chains))
            if index in probes:
                done = _kept(
                    sampler, atoms, Path(checkpoints_folder) / f"probe_{index}.nc", per_chain, progress
                )
                probed.append(done(sampler.probe, label, checkpoints_folder, 1).assign(probe_frame=index))
    dataset = xr.concat(pieces, dim="frame", coords="minimal", compat="override")
    if probed:
        joined = xr.concat(probed, dim="probe", data_vars="all", coords="minimal", compat="override")
        joined["probe_frame"].attrs["units"] = "1"
        dataset = dataset.merge(joined)
    return dataset.assign_attrs(temperature_K=temperature, box_nm=frames.attrs["box_nm"])


def _kept(sampler: ConditionalSampler, atoms: np.ndarray, path: Path, per_chain: float, progress: Progress):
    """Run one piece of sampling, or take what an interrupted run has left of it."""
    key = fingerprint([sampler.key, hashlib.sha256(atoms.tobytes()).hexdigest()])

    def run(method, label: str, folder: str | Path, chains: int) -> xr.Dataset:
        try:
            done = read_dataset(path)
            if done.attrs.get("config_hash") == key:
                progress.skip(per_chain * chains)
                return done
        except DatasetError:
            pass
        done = method(atoms, label, folder, progress)
        write_dataset(done, path, Provenance(key, sampler.seed, "conditional.sample_frames"))
        for chain in Path(folder).glob(f"frame_{label}_chain_*"):  # not before: a kill would cost them all
            shutil.rmtree(chain, ignore_errors=True)
        return done

    return run
