"""Unit costs of a configuration, measured on this machine with the steps that the study itself makes.

Every piece of work is run at two lengths, so that what is paid once (compilation, minimisation) drops out.
On CPUs the time is that of the processor, which other work on the machine disturbs little.
"""

from __future__ import annotations

import os
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
from thermalcg.atomistic.response_frames import ResponseRecorder
from thermalcg.atomistic.water import WaterBox
from thermalcg.benchmark.sampler_cost import Liquid, context_of
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
from thermalcg.runtime.platforms import GPUS, Compute
from thermalcg.runtime.settings import from_section
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.units import FS_PER_PS

from .work import UnitCosts

#: What the processes of most rules import, and those that run networks.
IMPORTS = {
    "start": "thermalcg.conditional.labels, thermalcg.conditional.sampler, thermalcg.models.spline.model",
    "start_network": "thermalcg.conditional.labels, thermalcg.models.hipnn_ts.model",
}

#: The longer of the two runs takes this much longer than the shorter one, within a factor of two, s.
SECONDS = 2.0


def per_unit(run: Callable[[int], object], least: int, clock: Callable[[], float]) -> float:
    """Seconds of one unit of work, from runs of two lengths; ``run`` does so many units."""

    def timed(n: int) -> float:
        started = clock()
        run(n)
        return clock() - started

    run(least)  # compiles, fills caches
    short, n = timed(least), 2 * least
    while (more := timed(n) - short) < SECONDS / 2 and n < 64 * least:
        n *= 2
    return max(more, 0.0) / (n - least)


def start_seconds(imports: str) -> float:
    """Processor seconds of a job, from its start to its end, that imports these modules."""
    script = "snakemake.script, " if find_spec("snakemake") else ""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    before = os.times()
    subprocess.run([sys.executable, "-c", f"import {script}{imports}"], env=environment, check=True)
    after = os.times()
    return after.children_user - before.children_user + after.children_system - before.children_system


def fit(arch: str, c: Config, beads: Beads, frames: int, folder: Path, epochs: int) -> Architecture:
    """A member trained on forces that are noise, which costs what others cost.

    Args:
        beads: those around which the configurations of the frames scatter.
        folder: for checkpoints.
        epochs: of a network.
    """
    learned, T = architecture(arch), c.temperatures.reference_K
    section = getattr(c, arch).model_dump()
    if ARCHITECTURES[arch].torch:
        section |= dict.fromkeys(("epochs", "patience", "checkpoint_epochs"), epochs)
    noise = np.random.default_rng(1).normal(size=(frames, *beads.start.shape[1:]))
    configurations = Configurations(Source(T), beads.start + 0.01 * noise, np.arange(frames) * 10 // frames)
    target = Target("force", np.ones(1), 0, noise, 1.0)
    data = TrainingSet([configurations], [target], Expansion("constant", T), beads.box)
    how = {"device": c.compute.device, "checkpoints": Checkpoints(mkdtemp(dir=folder), {})}
    return learned.fit(data, from_section(learned.settings_type, section), seed=1, members=1, **how)[0][0]


def pieces(
    c: Config, compute: Compute, folder: Path
) -> Iterator[tuple[str, int, Callable[[int], object], float]]:
    """What is measured: 1 ps of dynamics and of one rung of conditional sampling, a configuration and target
    in an epoch of training, a step of a CG run without and with a memory kernel.

    Yields:
        Name of the unit, least n, a function that does n pieces, units in a piece.
    """
    box = WaterBox.of(**c.water.model_dump())
    liquid = Liquid.relaxed(box, c.temperatures.reference_K)
    atoms, T = liquid.atoms, liquid.temperature
    context = context_of(f"anchored {c.mapping}", liquid, compute)
    step = all_atom_stepper(box, atoms, T, c.all_atom.timestep_fs, compute.platform)
    per_frame = round(c.all_atom.frame_interval_ps * FS_PER_PS / c.all_atom.timestep_fs)
    per_sample = round(c.conditional.sample_interval_ps * FS_PER_PS / c.conditional.timestep_fs)

    def sample(n: int) -> None:
        for _ in range(n):
            context.getIntegrator().step(per_sample)
            context.getState(energy=True, forces=True)

    recorder, ordinary = ResponseRecorder(box, c.mapping), context_of("ordinary", liquid, compute)

    def record(n: int) -> None:
        for _ in range(n):
            recorder.record(ordinary)
        recorder.taken()

    yield "response_frame", 16, record, 1
    yield "all_atom_ps", 16, lambda n: [step(per_frame) for _ in range(n)], c.all_atom.frame_interval_ps
    yield "conditional_ps", 16, sample, c.conditional.sample_interval_ps
    beads = Beads(mapped_sites(box.model, c.mapping, atoms)[None], box.edge, box.model.mass)
    prior, expansion = Prior(1e-8, c.prior.exponent, 0.25), Expansion("constant", T)
    terms = np.arange(c.dynamics.terms)
    kernel = Embedding(0 * terms + 1000.0, 0 * terms + 20.0, 40.0 * (terms % 2))
    for arch in dict.fromkeys(["spline", *c.architectures]):  # the analysis of frames is counted in splines
        torch = ARCHITECTURES[arch].torch
        frames = max(10, 2 * getattr(c, arch).batch_frames) if torch else 40
        train = partial(fit, arch, c, beads, frames, folder)
        if torch:
            yield f"sample {arch}", 1, train, frames
        model = ThermalPotential(train(1), expansion, prior, c.compute.device)
        yield f"step {arch}", 10, cg_stepper(model, beads, T, c.cg_md.timestep_fs), 1
        if arch in c.dynamics.architectures:
            yield f"kernel_step {arch}", 10, cg_stepper(model, beads, T, c.dynamics.record_fs, kernel), 1


def measure_unit_costs(config: Config, say: Callable[[str], None] = lambda text: None) -> UnitCosts:
    """All unit costs of a configuration, in about a minute; ``say`` is told what is being measured."""
    networks = any(ARCHITECTURES[arch].torch for arch in config.architectures)
    compute = Compute.of(config.compute.platform, threads=1)
    gpus = ("openmm",) * (compute.platform in GPUS)
    gpus += ("torch",) * (networks and choose_device(config.compute.device) == "cuda")
    # a GPU's work is no time of the processor
    clock = time.perf_counter if gpus else time.process_time
    seconds = {}
    for name in ("start", *["start_network"] * networks):
        say(name)
        seconds[name] = start_seconds(IMPORTS[name])
    with TemporaryDirectory() as folder, Path(os.devnull).open("w") as nowhere, redirect_stderr(nowhere):
        for name, least, run, units in pieces(config, compute, Path(folder)):
            say(name)
            seconds[name] = per_unit(run, least, clock) / units
    return UnitCosts(seconds, gpus)
