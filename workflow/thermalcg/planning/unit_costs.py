"""Unit costs of a configuration, measured on this machine with the functions that the study itself runs.

Every piece of work is run at two lengths, so that what is paid once (compilation, minimisation) drops out.
On CPUs the time is that of the processor, which other work on the machine disturbs little.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stderr, suppress
from pathlib import Path

import numpy as np
import xarray as xr

from thermalcg.analysis.structure import blocks, observe
from thermalcg.atomistic.mapping import map_trajectory
from thermalcg.atomistic.molecule_energies import energies_along
from thermalcg.atomistic.nve import StretchSettings, run_stretches
from thermalcg.atomistic.nvt import AllAtomSettings, run_all_atom
from thermalcg.atomistic.water import load_water_model
from thermalcg.cg.langevin import CGSettings, run_cg_md
from thermalcg.conditional.labels import label_frames
from thermalcg.conditional.sampler import ConditionalSampler, ConditionalSettings
from thermalcg.config.study import Config
from thermalcg.dynamics.cg_runs import DynamicsSettings, run_dynamics
from thermalcg.dynamics.damped_cosines import Embedding
from thermalcg.models.architecture import ArchitectureSettings
from thermalcg.models.expansion import Expansion
from thermalcg.models.potential import ThermalPotential
from thermalcg.models.prior import Prior
from thermalcg.models.registry import Architecture, architecture
from thermalcg.models.training_data import Configurations, Source, Target, TrainingSet
from thermalcg.response.residual_products import residual_products
from thermalcg.runtime.platforms import GPUS, choose_device, choose_platform
from thermalcg.storage.checkpoints import Checkpoints

from .parts import UnitCosts

#: What the processes of most rules import, and of those that run networks.
IMPORTS = (
    "snakemake.script, thermalcg.conditional.labels, thermalcg.conditional.sampler, "
    "thermalcg.models.spline.model"
)
NETWORK_IMPORTS = f"{IMPORTS}, thermalcg.models.hipnn_ts.model"

#: The longer of the two runs takes this much longer than the shorter one, within a factor of two, s.
SECONDS = 2.0


def per_unit(
    run: Callable[[int], object], least: int, clock: Callable[[], float] = time.process_time
) -> float:
    """Seconds of one unit of work, from runs of two lengths.

    Args:
        run: does so many units.
        least: units of the shorter run.
    """
    run(least)  # compiles, fills caches

    def timed(n: int) -> float:
        started = clock()
        run(n)
        return clock() - started

    short, n = timed(least), 2 * least
    while (more := timed(n) - short) < SECONDS / 2 and n < 64 * least:
        n *= 2
    return max(more, 0.0) / (n - least)


def process_cost(imports: str) -> tuple[float, float]:
    """Processor seconds, from start to end, and peak memory (MB) of a process that imports these modules."""
    code = f"import {imports}; print(open('/proc/self/status').read())"
    library = str(Path(__file__).resolve().parents[2])
    before = os.times()
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": library},
        check=True,
        capture_output=True,
        text=True,
    )
    after = os.times()
    seconds = after.children_user + after.children_system - before.children_user - before.children_system
    return seconds, _kilobytes("VmHWM", done.stdout) / 1e3


class Bench:
    """The configuration's box, simulated for a moment, and each kind of work on it."""

    def __init__(self, config: Config, folder: Path) -> None:
        self.config, self.folder = config, folder
        self.water, self.box = load_water_model(config.water.model), config.box_nm
        self.temperature = float(config.temperatures.reference_K)
        self.platform = choose_platform(config.compute.platform)
        self.cuda = "hipnn_ts" in config.architectures and choose_device(config.compute.device) == "cuda"
        # a GPU's work is no time of the processor
        self.clock = time.perf_counter if self.cuda or self.platform in GPUS else time.process_time
        self.prior = Prior(1e-8, config.prior.exponent, 0.25)
        self.trajectory: xr.Dataset
        self._run = 0

    def all_atom_ps(self) -> float:
        """1 ps of all-atom dynamics, s; keeps the longest run for what follows."""
        s = self.config.all_atom

        def run(frames: int) -> None:
            self.trajectory = run_all_atom(
                self.water,
                self.config.water.molecules,
                self.box,
                self.config.water.cutoff_nm,
                self.temperature,
                AllAtomSettings(
                    **{
                        **s.model_dump(),
                        "equilibration_ps": 0.0,
                        "production_ps": frames * s.frame_interval_ps,
                        "checkpoint_ps": 1e9,
                    }
                ),
                seed=1,
                platform=self.platform,
                threads=1,
                checkpoints=self._checkpoints(),
            )

        seconds = per_unit(run, 16, self.clock) / s.frame_interval_ps
        # the first frames are those of the lattice
        self.trajectory = self.trajectory.isel(time=slice(self.trajectory.sizes["time"] // 2, None))
        self.mapped = map_trajectory(self.trajectory, self.water, self.config.mapping)
        return seconds

    def conditional_ps(self) -> float:
        """1 ps of one rung of replica exchange, s; keeps the samples."""
        d, ladder = self.config.conditional, self.config.rungs(self.temperature)
        atoms = self.trajectory["atom_position"].values[-1].astype(float)
        key = ConditionalSettings.from_section(d.model_dump(), production_ps=0.0)
        key = ConditionalSettings(**{**vars(key), "burn_in_ps": 0.0, "chains": 1, "checkpoint_ps": 1e9})

        def run(samples: int) -> None:
            sampler = ConditionalSampler(
                self.water,
                self.config.water.molecules,
                self.box,
                self.config.water.cutoff_nm,
                self.config.mapping,
                ladder,
                ConditionalSettings(**{**vars(key), "production_ps": samples * d.sample_interval_ps}),
                seed=1,
                platform=self.platform,
                threads=1,
            )
            self._run += 1
            self.samples = sampler.sample(atoms, 0, self.folder / str(self._run))

        return per_unit(run, 4, self.clock) / (d.sample_interval_ps * len(ladder))

    def label_sample(self) -> float:
        """Labels from one sample of one chain and rung, s."""
        chains = self.config.conditional.chains
        data = self.samples.isel(chain=[0] * chains).expand_dims("frame")

        def run(n: int) -> None:
            own = data.isel(sample=np.arange(n) % data.sizes["sample"])
            label_frames(own, np.ones(1), self.config.conditional.estimator)

        return per_unit(run, 16) / (chains * data.sizes["rung"])

    def energies_frame(self) -> float:
        """Molecules' energies of a frame, s."""
        cutoff = self.config.water.cutoff_nm
        return per_unit(lambda n: energies_along(_tiled(self.trajectory, n), self.water, cutoff), 10)

    def products_frame(self) -> float:
        """Residual products of a frame, s."""
        r, spline = self.config.response, self._settings("spline")
        radius = None if r.radius_nm == "box" else r.radius_nm

        def run(n: int) -> None:
            energies = np.random.default_rng(1).normal(size=(n, self.config.water.molecules))
            residual_products(
                _tiled(self.mapped, n),
                self.prior,
                spline,
                blocks=r.blocks,
                folds=r.folds,
                radius_nm=radius,
                molecule_energy=None if radius is None else energies,
            )

        return per_unit(run, r.blocks)

    def observe_frame(self) -> float:
        """Structure of a frame, s."""
        s = self.config.observables
        return per_unit(
            lambda n: observe(blocks(_tiled(self.mapped, n)["position"].values, s.blocks), self.box, s),
            4 * s.blocks,
        )

    def splines(self) -> tuple[float, dict[int, float], Architecture]:
        """Normal equations of a frame (s), ridges and solves by number of components (s), and a member."""
        n_blocks, fitted = self.config.response.blocks, {}

        def fit(kind: str, frames: int) -> None:
            fitted[kind] = self._fit("spline", self.training_set(kind, frames), self.config.spline.members)

        frame = per_unit(lambda n: fit("constant", n), n_blocks)
        solve = {}
        for kind in ("constant", "linear", "quadratic"):
            started = time.process_time()
            fit(kind, n_blocks)
            seconds = time.process_time() - started - n_blocks * frame
            solve[Expansion(kind, self.temperature).size] = max(seconds, 0.0)
        return frame, solve, fitted["constant"]

    def network_sample(self) -> tuple[float, Architecture]:
        """Seconds of one configuration in one epoch of training, and a network."""
        h, fitted = self.config.hipnn_ts, []
        n = max(10, 2 * h.batch_frames)
        data = self.training_set("constant", n, pieces=10)

        def run(epochs: int) -> None:
            changed = {"epochs": epochs, "patience": epochs, "checkpoint_epochs": epochs}
            fitted.append(self._fit("hipnn_ts", data, 1, **changed))

        return per_unit(run, 1, self.clock) / n, fitted[-1]

    def force(self, member: Architecture) -> float:
        """Energy and force of one configuration, s."""
        field = self._potential(member).force_field(self.box, self.temperature)
        return per_unit(
            lambda n: field(_tiled(self.mapped, n)["position"].values.astype(float)), 4, self.clock
        )

    def cg_ps(self, member: Architecture) -> float:
        """1 ps of one of the configured runs, s."""
        g = self.config.cg_md
        members = np.arange(g.runs) % getattr(self.config, member.name).members
        start = _tiled(self.mapped, g.runs)["position"].values.astype(float)
        piece_ps = 5 * g.timestep_fs * 1e-3  # a frame may take a network minutes
        known = {**g.model_dump(exclude={"runs", "modes"}), "frame_interval_ps": piece_ps}

        def run(frames: int) -> None:
            length = {"equilibration_ps": 0.0, "production_ps": frames * piece_ps}
            run_cg_md(
                lambda: [
                    (
                        self._potential(member).force_field(self.box, self.temperature),
                        np.flatnonzero(members == m),
                    )
                    for m in np.unique(members)
                ],
                start,
                self.box,
                self.water.mass,
                self.temperature,
                CGSettings(**{**known, **length, "checkpoint_ps": 1e9}),
                seed=1,
                members=members,
                checkpoints=self._checkpoints(),
            )

        return per_unit(run, 1, self.clock) / (piece_ps * g.runs)

    def stretch_ps(self) -> float:
        """1 ps of a stretch of constant energy, s."""
        d = self.config.dynamics
        start = self.trajectory["atom_position"].values[-1:].astype(float)
        piece_ps = 10 * d.record_fs * 1e-3

        def run(pieces: int) -> None:
            settings = StretchSettings(d.timestep_fs, d.record_fs, pieces * piece_ps)
            run_stretches(
                self.water,
                start,
                self.box,
                self.config.water.cutoff_nm,
                self.temperature,
                settings,
                seed=1,
                platform=self.platform,
                threads=1,
                checkpoints=self._checkpoints(),
            )

        return per_unit(run, 4, self.clock) / piece_ps

    def memory_ps(self, member: Architecture) -> float:
        """1 ps of one of the configured CG runs with memory, s; kernels have half their terms oscillate."""
        d = self.config.dynamics
        start = _tiled(self.mapped, d.runs)["position"].values.astype(float)
        step, n = d.record_fs * 1e-3, d.terms
        embedding = Embedding(np.full(n, 1000.0), np.full(n, 20.0), 40.0 * (np.arange(n) % 2))

        def run(steps: int) -> None:
            settings = DynamicsSettings(d.record_fs, 0.0, steps * step, *[steps * step / 2] * 2, 1e9)
            field = lambda: self._potential(member).force_field(self.box, self.temperature)  # noqa: E731
            args = (start, self.box, self.water.mass, self.temperature, settings)
            run_dynamics(field, embedding, *args, seed=1, checkpoints=self._checkpoints())

        return per_unit(run, 4, self.clock) / (step * d.runs)

    def network_frame_MB(self, member: Architecture) -> float:
        """Peak memory of one configuration in a network, MB."""
        field, n = self._potential(member).force_field(self.box, self.temperature), 4
        while True:
            position = _tiled(self.mapped, n)["position"].values.astype(float)
            with suppress(OSError):  # Linux: start the peak anew
                Path("/proc/self/clear_refs").write_text("5")
            before = _kilobytes("VmRSS")
            field(position)
            grown = (_kilobytes("VmHWM") - before) / 1e3
            # memory that was used before is used again, so that little tells nothing
            if grown > 300 or n >= 1024:
                return max(grown, 0.0) / n
            n *= 2

    def training_set(self, kind: str, frames: int, pieces: int | None = None) -> TrainingSet:
        """Forces of the simulated frames, as the target of each component of an expansion."""
        data = _tiled(self.mapped, frames)
        position, force = data["position"].values.astype(float), data["force"].values.astype(float)
        n = pieces or self.config.response.blocks
        piece = np.arange(frames) * n // frames
        expansion = Expansion(kind, self.temperature)
        scale = float(np.sqrt((force**2).mean()))
        sites = Configurations(Source(self.temperature), position, piece)
        targets = [Target("force", weights, 0, force, scale) for weights in np.eye(expansion.size)]
        return TrainingSet([sites], targets, expansion, self.box)

    def _settings(self, name: str, **changed: int) -> ArchitectureSettings:
        section = {**getattr(self.config, name).model_dump(), **changed}
        return architecture(name).settings_type.from_section(section)

    def _fit(self, name: str, data: TrainingSet, members: int, **changed: int) -> Architecture:
        fitted, _ = architecture(name).fit(
            data,
            self._settings(name, **changed),
            seed=1,
            members=members,
            device=self.config.compute.device,
            checkpoints=self._checkpoints(),
        )
        return fitted[0]

    def _potential(self, member: Architecture) -> ThermalPotential:
        expansion = Expansion("constant", self.temperature)
        return ThermalPotential(member, expansion, self.prior, self.config.compute.device)

    def _checkpoints(self) -> Checkpoints:
        self._run += 1
        return Checkpoints(self.folder / str(self._run), {})


def measure_unit_costs(config: Config, say: Callable[[str], None] = lambda text: None) -> UnitCosts:
    """All unit costs of a configuration; takes about a minute with the default one.

    Args:
        say: is told what is being measured.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        Path(os.devnull).open("w") as nowhere,
        redirect_stderr(nowhere),
    ):
        bench = Bench(config, Path(folder))
        say("the start of a process")
        start, base = process_cost(IMPORTS)
        say("all-atom dynamics")
        units = {"start": start, "base_MB": base, "all_atom_ps": bench.all_atom_ps()}
        say("conditional sampling")
        units["conditional_ps"] = bench.conditional_ps()
        for name in ("label_sample", "energies_frame", "products_frame", "observe_frame"):
            say(name.replace("_", " of one "))
            units[name] = getattr(bench, name)()
        say("splines")
        units["spline_frame"], units["spline_solve"], spline = bench.splines()
        members = {"spline": spline}
        networks = "hipnn_ts" in config.architectures
        units |= {"start_network": start, "base_network_MB": base, "network_sample": 0.0}
        if networks:
            say("networks")
            units["start_network"], units["base_network_MB"] = process_cost(NETWORK_IMPORTS)
            units["network_sample"], members["hipnn_ts"] = bench.network_sample()
        frame_MB = bench.network_frame_MB(members["hipnn_ts"]) if networks else 0.0
        say("forces and CG dynamics")
        return UnitCosts(
            **units,
            force={name: bench.force(member) for name, member in members.items()},
            cg_ps={name: bench.cg_ps(member) for name, member in members.items()},
            stretch_ps=bench.stretch_ps() if config.dynamics.architectures else 0.0,
            memory_ps={name: bench.memory_ps(members[name]) for name in config.dynamics.architectures},
            network_frame_MB=frame_MB,
            gpu_dynamics=bench.platform in GPUS,
            gpu_networks=bench.cuda,
        )


def _tiled(data: xr.Dataset, n: int) -> xr.Dataset:
    """So many frames, repeated where there are fewer."""
    return data.isel(time=np.arange(n) % data.sizes["time"])


def _kilobytes(name: str, status: str | None = None) -> float:
    """A line of /proc/self/status (Linux), kB; of this process if None."""
    return float(re.search(rf"{name}:\s+(\d+)", status or Path("/proc/self/status").read_text())[1])
