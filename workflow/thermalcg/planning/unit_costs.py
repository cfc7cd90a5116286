"""Unit costs of a configuration, measured on this machine with the steps that the study itself makes.

Every piece of work is run at two lengths, so that what is paid once (compilation, minimisation) drops out.
On CPUs the time is that of the processor, which other work on the machine disturbs little.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

import numpy as np

from thermalcg.analysis.speed import all_atom_stepper, cg_stepper
from thermalcg.atomistic.mapping import mapped_sites
from thermalcg.cg.replicas import Beads
from thermalcg.config.study import Config
from thermalcg.dynamics.damped_cosines import Embedding
from thermalcg.models.expansion import Expansion
from thermalcg.models.names import ARCHITECTURES
from thermalcg.models.potential import ThermalPotential
from thermalcg.models.prior import Prior
from thermalcg.models.registry import Architecture, architecture
from thermalcg.models.training_data import Configurations, Source, Target, TrainingSet
from thermalcg.runtime.devices import choose_device
from thermalcg.runtime.platforms import GPUS
from thermalcg.runtime.settings import from_section
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.units import FS_PER_PS

from .sharing import FrameSampling
from .work import UnitCosts

#: What the processes of most rules import, and those that run networks.
IMPORTS = {
    "start": "thermalcg.conditional.labels, thermalcg.conditional.sampler, thermalcg.models.spline.model",
    "start_network": "thermalcg.conditional.labels, thermalcg.models.hipnn_ts.model",
}

#: The longer of the two runs takes this much longer than the shorter one, within a factor of two, s.
SECONDS = 2.0


def per_unit(
    run: Callable[[int], object], least: int, clock: Callable[[], float] = time.process_time
) -> float:
    """Seconds of one unit of work, from runs of two lengths; ``run`` does so many units."""
    run(least)  # compiles, fills caches

    def timed(n: int) -> float:
        started = clock()
        run(n)
        return clock() - started

    short, n = timed(least), 2 * least
    while (more := timed(n) - short) < SECONDS / 2 and n < 64 * least:
        n *= 2
    return max(more, 0.0) / (n - least)


def start_seconds(imports: str) -> float:
    """Processor seconds of a job, from its start to its end, that imports these modules."""

    def used() -> float:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return children.ru_utime + children.ru_stime

    before, script = used(), "snakemake.script, " if find_spec("snakemake") else ""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    subprocess.run([sys.executable, "-c", f"import {script}{imports}"], env=environment, check=True)
    return used() - before


def pieces(
    c: Config, case: FrameSampling, folder: Path
) -> Iterator[tuple[str, int, Callable[[int], object], float]]:
    """What is measured: 1 ps of dynamics and of one rung of conditional sampling, a configuration and target
    in an epoch of training, a step of a CG run without and with a memory kernel.

    Yields:
        Name of the unit, least n, a function that does n pieces, units in a piece.
    """
    water, box, atoms = case.box.model, case.box.edge, case.atoms
    T, context = case.temperature, case.context()
    step = all_atom_stepper(case.box, atoms, T, c.all_atom.timestep_fs, case.platform)
    per_frame = round(c.all_atom.frame_interval_ps * FS_PER_PS / c.all_atom.timestep_fs)
    per_sample = round(c.conditional.sample_interval_ps * FS_PER_PS / c.conditional.timestep_fs)

    def sample(n: int) -> None:
        for _ in range(n):
            context.getIntegrator().step(per_sample)
            context.getState(energy=True, forces=True)

    yield "all_atom_ps", 16, lambda n: [step(per_frame) for _ in range(n)], c.all_atom.frame_interval_ps
    yield "conditional_ps", 16, sample, c.conditional.sample_interval_ps
    sites = mapped_sites(water, c.mapping, atoms)

    def fit(name: str, frames: int, **changed: int) -> Architecture:
        """A member trained on forces that are noise, which costs what others cost."""
        noise, piece = np.random.default_rng(1).normal(size=(frames, *sites.shape)), np.arange(frames)
        configurations = Configurations(Source(T), sites + 0.01 * noise, piece * 10 // frames)
        target = Target("force", np.ones(1), 0, noise, 1.0)
        learned, section = architecture(name), {**getattr(c, name).model_dump(), **changed}
        how = {"device": c.compute.device, "checkpoints": Checkpoints(mkdtemp(dir=folder), {})}
        data = TrainingSet([configurations], [target], Expansion("constant", T), box)
        settings = from_section(learned.settings_type, section)
        return learned.fit(data, settings, seed=1, members=1, **how)[0][0]

    def train(name: str, epochs: int) -> Architecture:
        return fit(name, n_samples(name), epochs=epochs, patience=epochs, checkpoint_epochs=epochs)

    def n_samples(name: str) -> int:
        return max(10, 2 * getattr(c, name).batch_frames)

    for arch in c.architectures:
        if ARCHITECTURES[arch].torch:
            yield f"sample {arch}", 1, partial(train, arch), n_samples(arch)
    terms = np.arange(c.dynamics.terms)
    kernel = Embedding(0 * terms + 1000.0, 0 * terms + 20.0, 40.0 * (terms % 2))
    prior, expansion = Prior(1e-8, c.prior.exponent, 0.25), Expansion("constant", T)
    for arch in dict.fromkeys(["spline", *c.architectures]):  # the analysis of frames is counted in splines
        member = train(arch, 1) if ARCHITECTURES[arch].torch else fit(arch, 40)
        model = ThermalPotential(member, expansion, prior, c.compute.device)
        run = (model, Beads(sites[None], box, water.mass), T)
        yield f"step {arch}", 10, cg_stepper(*run, c.cg_md.timestep_fs), 1
        if arch in c.dynamics.architectures:
            yield f"kernel_step {arch}", 10, cg_stepper(*run, c.dynamics.record_fs, kernel), 1


def measure_unit_costs(config: Config, say: Callable[[str], None] = lambda text: None) -> UnitCosts:
    """All unit costs of a configuration, in about a minute; ``say`` is told what is being measured."""
    networks = any(ARCHITECTURES[arch].torch for arch in config.architectures)
    case = FrameSampling(config)
    gpus = ("openmm",) * (case.platform in GPUS)
    gpus += ("torch",) * (networks and choose_device(config.compute.device) == "cuda")
    # a GPU's work is no time of the processor
    clock, seconds = time.perf_counter if gpus else time.process_time, {}
    for name in ("start", *["start_network"] * networks):
        say(name)
        seconds[name] = start_seconds(IMPORTS[name])
    with TemporaryDirectory() as folder, Path(os.devnull).open("w") as nowhere, redirect_stderr(nowhere):
        for name, least, run, units in pieces(config, case, Path(folder)):
            say(name)
            seconds[name] = per_unit(run, least, clock) / units
    return UnitCosts(seconds, gpus)
