"""The conditional ensemble at fixed mapped sites: anchored water under replica exchange.

With the sites held fixed the hydrogen-bond network turns over slowly, as in ice, and a run at one
temperature stays in one arrangement.  Replicas on a ladder of temperatures therefore exchange
(``exchange``), and every rung yields labels at its own temperature.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import openmm as mm
import xarray as xr

from thermalcg.atomistic.mapping import mapped_forces, mapped_sites
from thermalcg.atomistic.water import WaterBox, anchored_atoms, anchored_positions, anchored_system
from thermalcg.geometry.inputs import checked_temperature
from thermalcg.runtime import openmm_arrays
from thermalcg.runtime.platforms import Compute, make_context
from thermalcg.runtime.progress import Progress
from thermalcg.runtime.schedule import Schedule
from thermalcg.runtime.segments import run_segments, stacked
from thermalcg.storage.checkpoints import Arrays, Checkpoints
from thermalcg.storage.datasets import variable
from thermalcg.storage.seeds import derive_seed
from thermalcg.units import KB

from .exchange import acceptance, swap

#: Name of the chain that starts from melted orientations.
PROBE = "probe"


@dataclass(frozen=True)
class ConditionalSettings:
    """Sampling of one frame; times in ps and of each replica, except the step, which is in fs.

    ``production_ps`` stands for ``response_ps`` or ``mean_force_ps`` of the section ``conditional`` of the
    configuration, ``melt_K`` for the highest temperature of its ladder; the other names are those there.
    """

    timestep_fs: float
    friction_per_ps: float
    burn_in_ps: float
    production_ps: float
    sample_interval_ps: float
    checkpoint_ps: float
    chains: int
    melt_K: float
    melt_ps: float

    @property
    def schedule(self) -> Schedule:
        """Samples, of which those of the burn-in are not recorded."""
        return Schedule.of(
            timestep_fs=self.timestep_fs,
            equilibration_ps=self.burn_in_ps,
            production_ps=self.production_ps,
            frame_interval_ps=self.sample_interval_ps,
            checkpoint_ps=self.checkpoint_ps,
        )


class ConditionalSampler:
    """Replica exchange of anchored water on one ladder of temperatures.

    Args:
        mapping: which sites are fixed, one of ``atomistic.water.MAPPINGS``.
        ladder: temperatures, K, ascending; the first is that of the frames.
        record_atoms: keep the atoms' positions of the lowest rung's samples as well.

    Raises:
        InputError: a temperature that is not positive.
    """

    def __init__(
        self,
        box: WaterBox,
        mapping: str,
        ladder: list[float],
        settings: ConditionalSettings,
        compute: Compute,
        *,
        seed: int,
        record_atoms: bool = False,
    ) -> None:
        self.box, self.mapping, self.settings, self.seed = box, mapping, settings, seed
        self.record_atoms, self.schedule = record_atoms, settings.schedule
        self.ladder = np.array([checked_temperature(temperature) for temperature in ladder])
        self.beta = 1 / (KB * self.ladder)
        # whatever the samples depend on besides the frame
        self.key = {
            "settings": asdict(settings),
            "ladder": self.ladder.tolist(),
            "seed": seed,
            "mapping": mapping,
            "box": asdict(box),
            "platform": compute.platform,
            "record_atoms": record_atoms,
        }
        system = anchored_system(box, mapping)
        self._contexts = []
        for temperature in self.ladder:
            integrator = mm.LangevinMiddleIntegrator(
                temperature, settings.friction_per_ps, self.schedule.timestep_ps
            )
            self._contexts.append(make_context(system, integrator, compute))

    def sample(
        self,
        atoms: np.ndarray,
        label: object,
        checkpoints_folder: str | Path,
        progress: Progress | None = None,
    ) -> xr.Dataset:
        """Sample a frame from its own orientations, all chains.

        Args:
            atoms: positions of (O, H, H) of the frame, nm, shape (molecules, 3, 3).
            label: names the frame; enters the seeds.

        Returns:
            Variables ``force``, ``energy``, ``walker``, ``acceptance``, ``wall_s``, ``site_position`` of
            ``conditional/{T}/{batch}.nc`` for one frame (no frame dimension), whose checkpoints are left to
            the caller; with ``record_atoms`` also
            ``sample_position`` (chain, sample, molecule, atom, axis), of the lowest rung.

        Raises:
            InputError: atoms of another shape, or positions that are not finite.
            FloatingPointError: a replica exploded.
        """
        atoms = self.box.checked_atoms(atoms)
        chains = range(self.settings.chains)
        parts = [self._chain(atoms, label, chain, checkpoints_folder, progress) for chain in chains]
        data = {}
        dims = ("chain", "rung", "sample")
        if self.record_atoms:
            positions = np.stack([p["atom_position"] for p in parts])
            data["sample_position"] = variable(
                ("chain", "sample", "molecule", "atom", "axis"), positions, "nm"
            )
        force, energy, walker = (
            np.moveaxis(np.stack([p[name] for p in parts]), 2, 1) for name in ("force", "energy", "walker")
        )
        accepted = np.stack([p["acceptance"] for p in parts]).mean(axis=1)
        sites = mapped_sites(self.box.model, self.mapping, atoms)
        data |= {
            "force": variable((*dims, "bead", "axis"), force, "kJ/mol/nm"),
            "energy": variable(dims, energy, "kJ/mol"),
            "walker": variable(dims, walker, "1"),
            "acceptance": variable(("chain", "pair"), accepted, "1"),
            "wall_s": variable(("chain",), np.array([p["wall_s"].sum() for p in parts]), "s"),
            "site_position": variable(("bead", "axis"), sites, "nm"),
        }
        return xr.Dataset(data, coords={"rung": variable(("rung",), self.ladder, "K")})

    def probe(
        self,
        atoms: np.ndarray,
        label: object,
        checkpoints_folder: str | Path,
        progress: Progress | None = None,
    ) -> xr.Dataset:
        """Sample one chain from melted orientations, to be compared with those from the frame's own.

        Chains that share a start agree where the hydrogen-bond network is frozen; only one
        that starts elsewhere shows it.  It is a diagnostic and enters no label.

        Returns:
            ``probe_force`` (rung, sample, bead, axis) and ``probe_energy`` (rung, sample).
        """
        atoms = self.box.checked_atoms(atoms)
        part = self._chain(atoms, label, PROBE, checkpoints_folder, progress)
        dims, force = ("rung", "sample"), np.moveaxis(part["force"], 1, 0)
        return xr.Dataset(
            {
                "probe_force": variable((*dims, "bead", "axis"), force, "kJ/mol/nm"),
                "probe_energy": variable(dims, part["energy"].T, "kJ/mol"),
            },
            coords={"rung": variable(("rung",), self.ladder, "K")},
        )

    def _chain(
        self,
        atoms: np.ndarray,
        label: object,
        chain: object,
        folder: str | Path,
        progress: Progress | None,
    ) -> Arrays:
        """Samples of one chain, in segments that are kept on disk."""
        checkpoints = Checkpoints(
            Path(folder) / f"frame_{label}_chain_{chain}", {**self.key, "atoms": atoms.tolist()}
        )
        if progress:
            progress.skip(self.schedule.done_ps(checkpoints.done) * len(self.ladder))

        def segment(index: int, state: Arrays, samples: range) -> tuple[Arrays, Arrays]:
            seed = derive_seed(self.seed, "conditional", label, chain, index)
            return self._segment(state, seed, samples, progress)

        return run_segments(self.schedule, checkpoints, lambda: self._start(atoms, label, chain), segment)

    def _start(self, atoms: np.ndarray, label: object, chain: object) -> Arrays:
        """Every replica at the frame's own orientations (an equilibrium draw there), or melted."""
        position = anchored_positions(self.box.model, self.mapping, atoms)
        if chain == PROBE:
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
        """Orientations after some time at the melting temperature, the sites where they were."""
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
        integrator.step(round(self.settings.melt_ps / self.schedule.timestep_ps))
        return openmm_arrays.positions(context.getState(positions=True)).reshape(position.shape)

    def _at_rest(self, context: mm.Context) -> np.ndarray:
        """Velocities with the anchors at rest and the hydrogens' constraints obeyed."""
        velocity = openmm_arrays.velocities(context.getState(velocities=True))
        self._by_molecule(velocity)[:, 0] = 0
        context.setVelocities(velocity)
        context.applyVelocityConstraints(1e-6)
        return openmm_arrays.velocities(context.getState(velocities=True))

    def _by_molecule(self, values: np.ndarray) -> np.ndarray:
        """Values of all particles, shape (particle, 3), as (molecule, particle of the molecule, 3)."""
        return values.reshape(self.box.molecules, -1, 3)

    def _segment(
        self, state: Arrays, seed: int, samples: range, progress: Progress | None
    ) -> tuple[Arrays, Arrays]:
        rng = np.random.default_rng(seed)
        walker = state["walker"].copy()
        self._resume(state, seed)
        records: list[Arrays] = []
        for index in samples:
            energy, force = self._step()
            if index >= self.schedule.n_equilibration:
                records.append(
                    {
                        "force": force[walker],
                        "energy": energy[walker],
                        "walker": walker.astype(np.int16),
                        "acceptance": acceptance(energy[walker], self.beta),
                        **self._atoms_of_lowest(walker),
                    }
                )
                # not before: while hot rungs relax from the frame's orientations, an exchange would send
                # their lowest energies to the lowest rung, which starts in equilibrium and has to stay there
                walker = self._exchange(energy, walker, rng)
            if progress:
                progress.update(self.schedule.frame_ps * len(self.ladder))
        ends = [openmm_arrays.phase_space(context) for context in self._contexts]
        return stacked(ends) | {"walker": walker}, stacked(records)

    def _resume(self, state: Arrays, seed: int) -> None:
        """Put every walker where the state before a segment has it, on its rung."""
        rung = np.argsort(state["walker"])  # rung of each walker
        for w, context in enumerate(self._contexts):
            integrator = context.getIntegrator()
            integrator.setRandomNumberSeed(derive_seed(seed, w))
            context.reinitialize()
            integrator.setTemperature(self.ladder[rung[w]])
            context.setPositions(state["position"][w])
            context.setVelocities(state["velocity"][w])

    def _step(self) -> tuple[np.ndarray, np.ndarray]:
        """Go on to the next sample: energy, kJ/mol, and mapped forces, kJ/mol/nm, of each walker."""
        k, n = len(self.ladder), self.box.molecules
        energy, force = np.empty(k), np.empty((k, n, 3), np.float32)
        for w, context in enumerate(self._contexts):
            context.getIntegrator().step(self.schedule.per_frame)
            now = context.getState(energy=True, forces=True)
            energy[w] = openmm_arrays.potential_energy(now)
            force[w] = mapped_forces(openmm_arrays.forces(now), n)
        if not np.isfinite(energy).all():
            raise FloatingPointError(
                "the energy of an anchored replica is not finite; reduce conditional.timestep_fs"
            )
        return energy, force

    def _atoms_of_lowest(self, walker: np.ndarray) -> Arrays:
        """``atom_position`` of the lowest rung where atoms are recorded, else nothing."""
        if not self.record_atoms:
            return {}
        sites = openmm_arrays.positions(self._contexts[walker[0]].getState(positions=True))
        atoms = anchored_atoms(self.mapping, self._by_molecule(sites))
        return {"atom_position": atoms.astype(np.float32)}

    def _exchange(self, energy: np.ndarray, walker: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Swap temperatures, not configurations; velocities are scaled to the new temperature."""
        new = swap(energy, self.beta, walker, rng)
        old_rung, new_rung = np.argsort(walker), np.argsort(new)
        for w in np.flatnonzero(old_rung != new_rung):
            context = self._contexts[w]
            temperature = self.ladder[new_rung[w]]
            scale = np.sqrt(temperature / self.ladder[old_rung[w]])
            velocity = openmm_arrays.velocities(context.getState(velocities=True))
            context.setVelocities(velocity * scale)
            context.getIntegrator().setTemperature(temperature)
        return new
