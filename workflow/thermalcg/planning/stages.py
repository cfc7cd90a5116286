"""What a study will cost before it runs: arithmetic on unit costs and a configuration.

Unit costs are measured on the machine at hand (``unit_costs``).  Each stage is one function that lists its
jobs; a new stage is such a function, entered in ``STAGES``.  Levels order the jobs: a job needs only jobs
of lower levels.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator

import pandas as pd

from thermalcg.analysis.thermodynamics import STRIDE
from thermalcg.config.study import Config
from thermalcg.models.expansion import KINDS
from thermalcg.models.potential import BEADS_AT_ONCE
from thermalcg.training.modes import MODES, RESPONSES, response_source

from .parts import ALL_ATOM, MAPPED, PRODUCTS, SITES, Sizes, UnitCosts, Work, network_frame_MB, pairs_MB


def all_atom(c: Config, u: UnitCosts) -> Iterator[Work]:
    n, s = len(c.temperatures.all_K), Sizes(c)
    ps = c.all_atom.equilibration_ps + c.all_atom.production_ps
    size, mapped = s.megabytes(s.frames, ALL_ATOM), s.megabytes(s.frames, MAPPED)
    # segments, their join, the array that is written, and the file
    yield Work(
        "all_atom", 0, [u.start + ps * u.all_atom_ps] * n, u.base_MB + 4 * size, n * size, u.gpu_dynamics
    )
    yield Work("map_trajectory", 1, [u.start] * n, u.base_MB + size + 3 * mapped, n * mapped)


def conditional(c: Config, u: UnitCosts) -> Iterator[Work]:
    s, d = Sizes(c), c.conditional
    temperatures, reference = c.temperatures.all_K, c.temperatures.reference_K
    size = s.megabytes(s.frames, ALL_ATOM)
    yield Work("select_frames", 1, [u.start] * len(temperatures), u.base_MB + size)
    seconds, labels, sizes = [], [], []
    for T in temperatures:
        rungs, frames = len(c.rungs(T)), c.training_frames(T) + c.frames.test
        production = {reference: d.response_ps}.get(T, d.mean_force_ps)
        first_test = c.training_frames(T)
        probes = range(first_test, first_test + min(d.probe_frames, c.frames.test))
        for batch in range(c.n_batches(T)):
            own = range(batch * d.batch_frames, min((batch + 1) * d.batch_frames, frames))
            chains = len(own) * d.chains + len(set(own) & set(probes))
            ps = chains * ((d.burn_in_ps + production) * rungs)
            melted = len(set(own) & set(probes)) * d.melt_ps
            seconds.append(u.start + (ps + melted) * u.conditional_ps)
            sizes.append(s.megabytes(chains * rungs * production / d.sample_interval_ps, SITES))
        samples = frames * d.chains * rungs * production / d.sample_interval_ps
        labels.append(u.start + samples * u.label_sample)
    yield Work("sample_conditional", 2, seconds, u.base_MB + 3 * max(sizes), sum(sizes), u.gpu_dynamics)
    # one batch at a time, as read and as one array for each frame
    yield Work("label", 3, labels, u.base_MB + 3 * max(sizes))


def response(c: Config, u: UnitCosts) -> Iterator[Work]:
    s = Sizes(c)
    yield Work("fit_prior", 3, [u.start], u.base_MB)
    if not any(response_source(m) == "products" for _, m in s.models()) and "spline" not in c.architectures:
        return
    if c.response.radius_nm != "box":
        size = s.megabytes(s.frames, 8)
        # the Ewald potential comes from torch
        seconds = u.start_network + s.frames * u.energies_frame
        memory = u.base_network_MB + s.megabytes(s.frames, ALL_ATOM) + size
        yield Work("molecule_energies", 1, [seconds], memory, size)
    seconds = u.start + s.training_frames * u.products_frame + 2 * u.spline_solve[1]
    size = s.megabytes(s.training_frames, PRODUCTS)
    # the energies of all functions at every bead, in single precision
    features = s.megabytes(s.training_frames, 4 * c.spline.functions)
    yield Work("residual_products", 4, [seconds], u.base_MB + 8 * size + 2 * features, size)


def training(c: Config, u: UnitCosts) -> Iterator[Work]:
    s = Sizes(c)
    # positions, forces and products of a trajectory in double precision
    data = s.megabytes(s.training_frames, 6 * MAPPED)
    splines = [m for arch, m in s.models() if arch == "spline"]
    networks = [m for arch, m in s.models() if arch == "hipnn_ts"]
    if splines:
        most = max(map(s.sources, splines))
        yield Work("train", 5, [u.start + fit_seconds(c, u, m) for m in splines], u.base_MB + data * most)
        shown = [m for m in splines if m in c.cg_md.modes]
        curve = sum(fit_seconds(c, u, m, f) for m in shown for f in c.learning_curve_fractions)
        yield Work("learning_curve", 5, [u.start + curve], u.base_MB + data * (2 + most))
    if networks:
        h = c.hipnn_ts
        seconds = [
            u.start_network + n_samples(c, m) * h.epochs * h.members * u.network_sample for m in networks
        ]
        most = max(map(s.sources, networks))
        # the pairs of every configuration, and of those in a batch what two rounds of differentiation keep
        # (measured: two to four times what one does)
        pairs = min(s.training_frames, h.configurations) * most * pairs_MB(c)
        memory = u.base_network_MB + data * most + pairs + 4 * h.batch_frames * u.network_frame_MB
        yield Work("train", 5, seconds, memory, gpu=u.gpu_networks)


def fit_seconds(c: Config, u: UnitCosts, model: str, fraction: float = 1.0) -> float:
    """Seconds of one fit of splines: a pass over the data, then solves."""
    s = Sizes(c)
    frames = s.training_frames * s.sources(model)
    frames += c.training_frames(c.temperatures.reference_K) if response_source(model) == "labels" else 0
    return frames * fraction * u.spline_frame + u.spline_solve[components(model)]


def n_samples(c: Config, model: str) -> int:
    """Configurations times targets that a network sees in an epoch."""
    s = Sizes(c)
    configurations = min(s.training_frames, c.hipnn_ts.configurations)
    mode = model.split("-")[0]
    per_source = 2 if mode == "energy_matching" else 1
    n = configurations * s.sources(model) * per_source
    responses = len(RESPONSES.get(mode.split("_")[0], []))
    # labels are fewer and are repeated, so that both kinds of targets weigh alike
    return n + responses * configurations * (response_source(model) is not None)


def components(model: str) -> int:
    """Number of functions of temperature in a model."""
    return KINDS[MODES[model.split("-")[0]]]


def evaluation(c: Config, u: UnitCosts) -> Iterator[Work]:
    s = Sizes(c)
    for arch in c.architectures:
        models = c.model_names(arch)
        frames = c.frames.test * (len(c.temperatures.all_K) + 2) * getattr(c, arch).members
        base, memory = _start(arch, u)
        network = arch == "hipnn_ts"
        seconds = [base + frames * u.force[arch]] * len(models)
        batch = c.frames.test * u.network_frame_MB if network else 0.0
        yield Work("evaluate", 6, seconds, memory + batch, gpu=network and u.gpu_networks)
    # each piece lasts as long on any machine: seven rounds of 0.6 s for each model and the all-atom run
    base, memory = _start(c.architectures[-1], u)
    speed = base + 7 * 0.6 * (1 + len(c.architectures) * (2 if c.dynamics.architectures else 1))
    yield Work("speed", 6, [speed], memory + s.megabytes(s.frames, 0))


def cg_md(c: Config, u: UnitCosts) -> Iterator[Work]:
    s, g = Sizes(c), c.cg_md
    size = s.megabytes(s.cg_frames * g.runs, SITES)
    for arch in c.architectures:
        jobs = sum(a == arch for a, _, _ in s.simulated())
        base, memory = _start(arch, u)
        ps = g.runs * (g.equilibration_ps + g.production_ps)
        network = arch == "hipnn_ts"
        memory += s.megabytes(s.frames, MAPPED) + 3 * size + (g.runs * u.network_frame_MB if network else 0)
        yield Work(
            "cg_md", 6, [base + ps * u.cg_ps[arch]] * jobs, memory, jobs * size, network and u.gpu_networks
        )


def dynamics(c: Config, u: UnitCosts) -> Iterator[Work]:
    s, d = Sizes(c), c.dynamics
    if not d.architectures:
        return
    n, reference = len(d.temperatures_K), c.temperatures.reference_K
    records = d.stretches * d.stretch_ps * 1e3 / d.record_fs
    size = s.megabytes(records, MAPPED)
    seconds, memory = u.start + d.stretches * d.stretch_ps * u.stretch_ps, u.base_MB + 4 * size
    yield Work("constant_energy", 1, [seconds] * n, memory, n * size, u.gpu_dynamics)
    yield Work("observe_dynamics", 2, [u.start] * n, u.base_MB + 6 * size)
    run = d.runs * (d.equilibration_ps + d.production_ps)
    others = len([T for T in c.scaling_K if reference != T])
    # forces of both models with every kernel, those of trf1 with friction alone twice and with none
    cases = 2 * (4 + (others > 2)) + 2 + 1
    for arch in d.architectures:
        base, memory = _start(arch, u)
        memory += 8 * size + s.megabytes(2 * d.runs * d.production_ps * 1e3 / d.record_fs, 24)
        gpu = arch == "hipnn_ts" and u.gpu_networks
        seconds = base + records * u.force[arch] + d.iterations * run * u.memory_ps[arch]
        yield Work("memory_kernel", 6, [seconds] * (n + 2), memory, gpu=gpu)
        yield Work("cg_dynamics", 7, [base + cases * run * u.memory_ps[arch]] * (n - 1), memory, gpu=gpu)
    yield Work("dynamics_tables", 8, [u.start], u.base_MB)
    yield Work("dynamics_figures", 9, [u.start], u.base_MB)


def observables(c: Config, u: UnitCosts) -> Iterator[Work]:
    s = Sizes(c)
    n, runs = len(c.temperatures.all_K), len(s.simulated())
    memory = u.base_MB + 2 * s.megabytes(s.frames, MAPPED)
    yield Work("observe_all_atom", 2, [u.start + s.frames * u.observe_frame] * n, memory)
    seconds = u.start + s.cg_frames * c.cg_md.runs * u.observe_frame
    yield Work("observe_cg", 7, [seconds] * runs, u.base_MB + 2 * s.megabytes(s.cg_frames * c.cg_md.runs, 24))


def tables(c: Config, u: UnitCosts) -> Iterator[Work]:
    s, at_once = Sizes(c), s_at_reference(c)
    seconds, memory = (
        u.start_network,
        u.base_network_MB + len(c.temperatures.all_K) * s.megabytes(s.frames, MAPPED),
    )
    pieces = max(1, BEADS_AT_ONCE // c.water.molecules)
    responding = {m for _, m in s.models() if components(m) > 1}
    for arch in c.architectures:
        members = min(getattr(c, arch).members, c.cg_md.runs)
        own = [(m, T) for a, m, T in s.simulated() if a == arch and m in responding]
        for model in {m for m, _ in own}:
            seconds += 2 * members * at_once * u.force[arch] * (1 if components(model) < 3 else 1.5)
        seconds += len(own) * c.cg_md.runs * s.cg_frames * u.force[arch]
        if arch == "hipnn_ts" and own:
            memory += min(max(at_once, s.cg_frames), pieces) * u.network_frame_MB
    yield Work("thermodynamics", 7, [seconds], memory)
    for level, rule in enumerate(("force_tables", "structure_tables", "claims", "cost", "figures"), start=8):
        yield Work(rule, level, [u.start], u.base_MB + s.megabytes(s.frames, ALL_ATOM))


def s_at_reference(c: Config) -> int:
    """Configurations at T0 that the heat capacity is averaged over."""
    return math.ceil(Sizes(c).frames / STRIDE)


def _start(arch: str, u: UnitCosts) -> tuple[float, float]:
    """Seconds and MB of a process that loads an architecture."""
    return (u.start_network, u.base_network_MB) if arch == "hipnn_ts" else (u.start, u.base_MB)


Stage = Callable[[Config, UnitCosts], Iterator[Work]]

#: Stages in the order of the work; a new one is a function of (Config, UnitCosts) that yields its ``Work``.
STAGES: dict[str, Stage] = {
    "all-atom": all_atom,
    "conditional sampling": conditional,
    "response": response,
    "training": training,
    "evaluation": evaluation,
    "CG MD": cg_md,
    "dynamics": dynamics,
    "observables": observables,
    "tables": tables,
}


def estimate(config: Config, units: UnitCosts, stages: dict[str, Stage] = STAGES) -> pd.DataFrame:
    """The expected cost of every rule.

    Returns:
        Columns stage, rule, jobs, core_h, gpu_h, longest_s (one job), memory_MB (peak of one job), disk_MB.
    """
    rows = []
    for stage, works in stages.items():
        for work in works(config, units):
            total = sum(work.seconds) / 3600
            rows.append(
                {
                    "stage": stage,
                    "rule": work.rule,
                    "jobs": len(work.seconds),
                    "core_h": total,
                    "gpu_h": total if work.gpu else 0.0,
                    "longest_s": max(work.seconds, default=0.0),
                    "memory_MB": work.memory_MB,
                    "disk_MB": work.disk_MB,
                }
            )
    how = dict.fromkeys(("jobs", "core_h", "gpu_h", "disk_MB"), "sum")
    how |= dict.fromkeys(("longest_s", "memory_MB"), "max")
    table = pd.DataFrame(rows).groupby(["stage", "rule"], sort=False, as_index=False).agg(how)
    return table[["stage", "rule", "jobs", "core_h", "gpu_h", "longest_s", "memory_MB", "disk_MB"]]


def wall_hours(
    config: Config, units: UnitCosts, cores: int, stages: dict[str, Stage] = STAGES
) -> tuple[float, float]:
    """Bounds of the wall time on so many cores, with one GPU where one is used.

    No schedule beats the total shared evenly, nor the longest job; and none that keeps no core idle for
    nothing takes longer than ``total / p + (1 - 1/p) chain``, with the longest jobs that need one another
    (Graham 1969).
    """
    works = [work for stage in stages.values() for work in stage(config, units) if work.seconds]
    total = sum(sum(work.seconds) for work in works)
    gpu = sum(sum(work.seconds) for work in works if work.gpu)
    longest: dict[int, float] = {}
    for work in works:
        longest[work.level] = max(longest.get(work.level, 0.0), *work.seconds)
    chain = sum(longest.values())
    least, share = max(total / cores, gpu, *longest.values()), max(total / cores, gpu)
    return least / 3600, max(least, share + (1 - 1 / cores) * chain) / 3600


def expected_jobs(config: Config, stages: dict[str, Stage] = STAGES) -> dict[str, int]:
    """Number of jobs of each rule, in the order of the work."""
    jobs: Counter[str] = Counter()
    for work in _unmeasured(config, stages):
        jobs[work.rule] += len(work.seconds)
    return {rule: n for rule, n in jobs.items() if n}


def expected_memory(config: Config, stages: dict[str, Stage] = STAGES) -> dict[str, float]:
    """Peak memory of one job of each rule, MB, from the sizes of its arrays; nothing is measured."""
    memory: dict[str, float] = {}
    for work in _unmeasured(config, stages):
        memory[work.rule] = max(memory.get(work.rule, 0.0), work.memory_MB)
    return memory


def _unmeasured(config: Config, stages: dict[str, Stage]) -> Iterator[Work]:
    """All work, with a second for a unit of time and usual numbers for memory."""
    ones = dict.fromkeys(config.architectures, 1.0)
    numbers = dict.fromkeys(UnitCosts.__dataclass_fields__, 1.0)
    numbers |= {"gpu_dynamics": False, "gpu_networks": False, "base_MB": 400.0, "base_network_MB": 700.0}
    numbers |= {"network_frame_MB": network_frame_MB(config)}
    solve = {1: 1.0, 2: 1.0, 3: 1.0}
    units = UnitCosts(**{**numbers, "force": ones, "cg_ps": ones, "memory_ps": ones, "spline_solve": solve})
    for stage in stages.values():
        yield from stage(config, units)
