"""The jobs of a study: a line for each rule, in the function of its stage, with number, length and size."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from thermalcg.benchmark.economics_plan import ECONOMICS, production_ps, purchases, responding_K
from thermalcg.benchmark.engine_plans import (
    LARGE_BOX,
    LONG_RUNS,
    TIME_STEP_SCAN,
    large_box_temperatures,
    long_run_temperatures,
)
from thermalcg.config.study import Config
from thermalcg.models.expansion import KINDS
from thermalcg.models.names import ARCHITECTURES, MODES, ModelName
from thermalcg.models.potential import BEADS_AT_ONCE
from thermalcg.units import FS_PER_PS

#: Memory of a process before it holds data, by what it runs, MB.
BASE_MB = {"": 400.0, "openmm": 400.0, "torch": 700.0}

#: Bytes of a molecule in a frame: positions, velocities and forces of three atoms, the same of its bead, two
#: residual products, one vector, and a force with positions of the atoms.
ATOMS, BEADS, PRODUCTS, VECTOR, FORCE_AND_ATOMS = 108, 36, 24, 12, 48

#: The analysis of one frame in steps of a CG run with splines (measured with the default configuration).
STEPS = {"observe": 0.6, "fit": 5.4, "products": 14.0, "energies": 18.0}

#: Seconds that one bead in one all-atom record costs a memory kernel: its force, outside compiled loops, and
#: the correlations.  Measured in the default study.
RECORD_S = 5e-6

#: Fixed lengths, s: seven rounds for each model in ``speed``; for each box in ``sampler_cost`` four rounds of
#: two ways with the start of a process, and seven of four kinds of step.  Routes that pass over trajectories.
SPEED_S, SAMPLER_COST_S, PASSES = 7 * 0.6, 4 * 2 * 4.0 + 4 * 7 * 0.5, 3


@dataclass(frozen=True)
class UnitCosts:
    """Seconds of each unit (``unit_costs.pieces``), one for all if unmeasured, and what runs on a GPU."""

    seconds: Mapping[str, float] = field(default_factory=lambda: defaultdict(lambda: 1.0))
    gpus: tuple[str, ...] = ()


@dataclass(frozen=True)
class Work:
    """Jobs of a rule that are alike: seconds and arrays (beside a bare process) and files of each.

    They wait for all jobs of lower levels; ``runs`` is "openmm" or "torch" where a GPU would do the work.
    """

    rule: str
    level: int
    jobs: int = 1
    seconds: float = 0.0
    arrays_MB: float = 0.0
    disk_MB: float = 0.0
    runs: str = ""


class Plan:
    """A configuration, seconds of units, and the numbers and kinds of work that several stages share."""

    def __init__(self, config: Config, units: Mapping[str, float]) -> None:
        self.config, self.units = config, units
        s, h = config.all_atom, config.hipnn_ts
        names = ((arch, name) for arch in config.architectures for name in config.model_names(arch))
        self.models = [(arch, ModelName.parse(name)) for arch, name in names]
        #: What a job of an architecture runs, as in ``Work``.
        self.runs = {arch: "torch" if ARCHITECTURES[arch].torch else "" for arch in config.architectures}
        #: Frames of an all-atom trajectory, and those before the test frames.
        self.frames = config.recorded_frames(s.production_ps)
        self.training_frames = config.frames_before_tests
        #: Pairs within the cutoff of the network in one configuration, each both ways round.
        self.pairs = config.water.molecules**2 * 4 / 3 * math.pi * (h.cutoff_nm / config.box_nm) ** 3
        #: Memory of a configuration in a network, MB.  Fitted to peaks at 512 beads: 8, 44 and 165 MB for
        #: 15 000 pairs, for 72 000, and for these with 20 sensitivities of order 2.
        tensors = 5 + 2 * {1: 4, 2: 13}[h.tensor_order]
        self.network_MB = self.pairs * 4 * h.sensitivities * tensors * h.interaction_layers / 1e6

    def analysis(self, what: str, frames: float) -> float:
        """Seconds of the analysis of so many frames; ``what`` is a key of ``STEPS``."""
        return frames * STEPS[what] * self.units["step spline"]

    def megabytes(self, frames: float, per_molecule: float) -> float:
        """Size of an array of so many frames, MB."""
        return frames * self.config.water.molecules * per_molecule / 1e6

    def sources(self, model: ModelName) -> int:
        """Trajectories that train a model."""
        t = self.config.temperatures
        return len(model.training_temperatures(t.reference_K, t.multi_K))

    def trajectory(self, rule: str, level: int, jobs: int, ps: float, share: float = 1.0) -> Work:
        """All-atom runs of a box with a share of the study's molecules."""
        size = share * self.megabytes(self.config.recorded_frames(ps), ATOMS)
        seconds = share * (self.config.all_atom.equilibration_ps + ps) * self.units["all_atom_ps"]
        # segments, their join, the array that is written, and the file
        return Work(rule, level, jobs, seconds, 4 * size, size, "openmm")

    def stretches(self, rule: str, jobs: int) -> Iterator[Work]:
        """All-atom stretches of one ensemble, and their correlation functions."""
        d = self.config.dynamics
        size = self.megabytes(d.stretches * d.stretch_ps * FS_PER_PS / d.record_fs, BEADS)
        ps = d.stretches * d.stretch_ps * self.config.all_atom.timestep_fs / d.timestep_fs
        yield Work(rule, 1, jobs, ps * self.units["all_atom_ps"], 4 * size, size, "openmm")
        yield Work("observe_dynamics", 2, jobs, arrays_MB=6 * size)


def all_atom(p: Plan) -> Iterator[Work]:
    n, mapped = len(p.config.temperatures.all_K), p.megabytes(p.frames, BEADS)
    yield p.trajectory("all_atom", 0, n, p.config.all_atom.production_ps)
    yield Work("map_trajectory", 1, n, 0, p.megabytes(p.frames, ATOMS) + 3 * mapped, mapped)
    yield Work("observe_all_atom", 2, n, p.analysis("observe", p.frames), 2 * mapped)


def conditional_sampling(p: Plan) -> Iterator[Work]:
    c, d, temperatures = p.config, p.config.conditional, p.config.temperatures.all_K
    yield Work("select_frames", 1, len(temperatures), arrays_MB=p.megabytes(p.frames, ATOMS))
    for T in temperatures:
        frames, jobs = c.training_frames(T) + c.frames.test, c.n_batches(T)
        probes = min(d.probe_frames, c.frames.test)
        chains = (frames * d.chains + probes) * len(c.rungs(T))
        ps = d.response_ps if c.temperatures.reference_K == T else d.mean_force_ps
        seconds = (chains * (d.burn_in_ps + ps) + probes * d.melt_ps) * p.units["conditional_ps"]
        size = p.megabytes(chains * ps / d.sample_interval_ps, VECTOR)
        arrays = 3 * size * min(1, d.batch_frames / frames)
        yield Work("sample_conditional", 2, jobs, seconds / jobs, arrays, size / jobs, "openmm")
        yield Work("label", 3, arrays_MB=arrays)


def spline_training(p: Plan, model: ModelName, data: float) -> Work:
    c = p.config
    labelled = c.training_frames(c.temperatures.reference_K) if model.response_source == "labels" else 0
    frames = p.training_frames * p.sources(model) + labelled
    return Work("train", 5, 1, p.analysis("fit", frames), data * p.sources(model))


def network_training(p: Plan, model: ModelName, data: float) -> Work:
    h, sources = p.config.hipnn_ts, p.sources(model)
    frames = min(p.training_frames, h.configurations)
    # labels are fewer and repeated, so that both kinds of targets weigh alike
    responses = KINDS[MODES[model.mode]] - 1 if model.response_source else 0
    targets = sources * (2 if model.mode == "energy_matching" else 1) + responses
    seconds = frames * targets * h.epochs * h.members * p.units["sample hipnn_ts"]
    # all pairs, each once with two numbers of two bytes, and of a batch what two rounds of
    # differentiation keep (measured: two to four times what one does)
    arrays = sources * (data + frames * p.pairs * 2 / 1e6) + 4 * h.batch_frames * p.network_MB
    return Work("train", 5, 1, seconds, arrays, runs="torch")


#: The training of one model of each architecture, given the size of the data of one temperature, MB.
TRAINING_COSTS = {"spline": spline_training, "hipnn_ts": network_training}


def training(p: Plan) -> Iterator[Work]:
    c, n, spline = p.config, p.training_frames, "spline" in p.config.architectures
    yield Work("fit_prior", 3)
    if spline or any(model.response_source == "products" for _, model in p.models):
        if c.response.radius_nm != "box":
            size, seconds = p.megabytes(p.frames, 8), p.analysis("energies", p.frames)
            yield Work("molecule_energies", 1, 1, seconds, p.megabytes(p.frames, ATOMS) + size, size)
        # the energies of all functions at every bead, in single precision
        size, functions = p.megabytes(n, PRODUCTS), p.megabytes(n, 4 * c.spline.functions)
        yield Work("residual_products", 4, 1, p.analysis("products", n), 8 * size + 2 * functions, size)
    data = p.megabytes(n, 6 * BEADS)  # positions, forces and products in double precision
    yield from (TRAINING_COSTS[arch](p, model, data) for arch, model in p.models)
    if spline:
        shown = [m for arch, m in p.models if arch == "spline" and str(m) in c.cg_md.modes]
        seconds = p.analysis("fit", n * len(shown) * sum(c.learning_curve_fractions))
        most = max(p.sources(model) for arch, model in p.models if arch == "spline")
        yield Work("learning_curve", 5, 1, seconds, data * (2 + most))


def evaluation(p: Plan) -> Iterator[Work]:
    c, g = p.config, p.config.cg_md
    steps = g.runs * (g.equilibration_ps + g.production_ps) * FS_PER_PS / g.timestep_fs
    cg_frames = g.runs * round(g.production_ps / g.frame_interval_ps)
    size = p.megabytes(cg_frames, VECTOR)
    for arch, runs in p.runs.items():
        names, step, kept = c.model_names(arch), p.units[f"step {arch}"], p.network_MB if runs else 0.0
        frames = c.frames.test * (len(c.temperatures.all_K) + 2) * getattr(c, arch).members
        yield Work("evaluate", 6, len(names), frames * step, c.frames.test * kept, runs=runs)
        jobs = sum(len(c.simulated_K(arch, name)) for name in names)
        # positions lie on disk; the pages of their file may still count as memory
        arrays = p.megabytes(p.frames, BEADS) + size + g.runs * kept
        yield Work("cg_md", 6, jobs, steps * step, arrays, size, runs)
        yield Work("observe_cg", 7, jobs, p.analysis("observe", cg_frames), 2 * size)
    yield Work("speed", 6, 1, SPEED_S * (1 + len(c.architectures) * (2 if c.dynamics.architectures else 1)))


def dynamics(p: Plan) -> Iterator[Work]:
    c, d, n = p.config, p.config.dynamics, len(p.config.dynamics.temperatures_K)
    if not d.architectures:
        return
    yield from p.stretches("constant_energy", n)
    records, per_ps = d.stretches * d.stretch_ps * FS_PER_PS / d.record_fs, d.runs * FS_PER_PS / d.record_fs
    steps = (d.equilibration_ps + d.production_ps) * per_ps
    # forces of both models with every kernel, those of trf1 with friction alone twice and with none
    cases = 2 * (4 + (sum(c.temperatures.reference_K != T for T in c.scaling_K) > 2)) + 2 + 1
    arrays = p.megabytes(records, 8 * BEADS) + p.megabytes(d.production_ps * per_ps, 2 * PRODUCTS)
    for arch in d.architectures:
        record = max(p.units[f"step {arch}"], RECORD_S * c.water.molecules)
        run, first = steps * p.units[f"kernel_step {arch}"], records * record
        yield Work("memory_kernel", 6, n + 2, first + d.iterations * run, arrays, runs=p.runs[arch])
        yield Work("cg_dynamics", 7, n - 1, cases * run, arrays, runs=p.runs[arch])
    yield from (Work("dynamics_tables", 8), Work("dynamics_figures", 9))


def tables(p: Plan) -> Iterator[Work]:
    c = p.config
    arrays = p.megabytes(p.frames * len(c.temperatures.all_K), BEADS)
    if "torch" in p.runs.values():
        arrays += max(1, BEADS_AT_ONCE // c.water.molecules) * p.network_MB
    yield Work("thermodynamics", 7, arrays_MB=arrays)
    for level, rule in enumerate(("force_tables", "structure_tables", "claims", "cost", "figures"), start=8):
        yield Work(rule, level, arrays_MB=p.megabytes(p.frames, ATOMS))


def make_dynamics(p: Plan) -> Iterator[Work]:
    """The run with a weak thermostat, which is compared with the one at constant energy."""
    yield from p.stretches("weak_thermostat", 1)
    yield Work("dynamics_ensemble", 3)


def make_estimators(p: Plan) -> Iterator[Work]:
    """The benchmark of all routes; boxes of other sizes cost in proportion to their molecules."""
    c, e, d = p.config, p.config.estimators, p.config.conditional

    def sampling(rule: str, jobs: int, chains: float, burn_in: float, ps: float, kept: int) -> Work:
        size = p.megabytes(chains * ps / d.sample_interval_ps, kept)
        seconds = chains * (burn_in + ps) * p.units["conditional_ps"]
        return Work(rule, 1, jobs, seconds, 3 * size, size, "openmm")

    def routes(chains: int, fixed_ps: float, ps: float, passes: float) -> tuple[float, float]:
        """Seconds of all routes, and memory of the trajectory and all samples, MB."""
        frames, samples = c.recorded_frames(ps), chains * fixed_ps / d.sample_interval_ps
        seconds = p.analysis("energies", frames + samples) + p.analysis("products", passes * frames)
        return seconds, p.megabytes(frames, 2 * ATOMS) + p.megabytes(samples, 2 * FORCE_AND_ATOMS)

    chains, scan, fixed = e.frames * d.chains, len(e.radii_nm) + 1, (e.fixed_burn_in_ps, e.fixed_ps)
    rungs = chains * len(c.rungs(c.temperatures.reference_K))
    yield p.trajectory("estimator_trajectory", 0, e.replicates, e.trajectory_ps)
    yield sampling("estimator_conditional", e.replicates, chains, *fixed, FORCE_AND_ATOMS)
    yield sampling("estimator_conditional", e.replicates, rungs, e.rungs_burn_in_ps, e.rungs_ps, VECTOR)
    ladder = 1 + sum(c.frozen_K <= T for T in d.ladder_K)
    ps = 3 * (d.burn_in_ps + e.frozen_ps) * ladder + 2 * d.melt_ps
    yield Work("frozen", 2, 1, ps * p.units["conditional_ps"], runs="openmm")
    seconds, arrays = routes(chains, e.fixed_ps, e.trajectory_ps, PASSES * sum(e.budgets) + scan)
    hot = p.megabytes(rungs * e.rungs_ps / d.sample_interval_ps, 3 * VECTOR)  # in double precision
    yield Work("compare_routes", 7, e.replicates, seconds, arrays + hot)
    chains = e.size_frames * d.chains
    seconds, arrays = routes(chains, e.size_ps, e.size_trajectory_ps, scan)
    for share in (n / c.water.molecules for n in e.molecules):
        yield p.trajectory("size_trajectory", 1, 1, e.size_trajectory_ps, share)
        yield sampling("size_conditional", 1, chains * share, e.fixed_burn_in_ps, e.size_ps, FORCE_AND_ATOMS)
        yield Work("size_noise", 7, 1, share * seconds, share * 2 * arrays)
    # it takes all cores, counted as one, and so has a level of its own
    yield Work("sampler_cost", 8, 1, SAMPLER_COST_S * len(e.molecules))
    yield Work("estimator_tables", 9, arrays_MB=e.replicates * hot)
    yield from (Work("estimator_claims", 10), Work("estimator_figures", 10))


def make_engine(p: Plan) -> Iterator[Work]:
    """Checks of the engine; splines in a larger box cost in proportion to their beads."""
    c, scan, long, large = p.config, TIME_STEP_SCAN, LONG_RUNS, LARGE_BOX
    step_s, study_fs = p.units["step spline"], c.cg_md.timestep_fs
    per_ps = FS_PER_PS / study_fs
    frames = scan.runs * scan.run_ps / scan.frame_interval_ps
    all_fs = scan.steps_fs(study_fs)
    steps = sum(scan.runs * (scan.equilibration_ps + scan.run_ps) * FS_PER_PS / fs for fs in all_fs)
    seconds = steps * step_s + len(all_fs) * p.analysis("observe", frames)
    yield Work("time_step", 6, 1, seconds, 3 * p.megabytes(frames, VECTOR))
    energies = 16 * long.runs * long.run_ps / long.frame_interval_ps / 1e6  # with kinetic temperatures
    seconds = long.runs * (long.equilibration_ps + long.run_ps) * per_ps * step_s
    jobs = len(long_run_temperatures(c.temperatures.all_K))
    yield Work("long_runs", 6, jobs, seconds, 4 * energies, energies)
    copies, n = (
        large.copies**3,
        len(large_box_temperatures(c.temperatures.reference_K, c.temperatures.held_out_K)),
    )
    seconds = copies * (large.equilibration_ps + large.all_atom_ps) * p.units["all_atom_ps"]
    size = copies * p.megabytes(large.all_atom_ps / large.all_atom_interval_ps, ATOMS)
    yield Work("large_box_all_atom", 1, n, seconds, 3 * size, runs="openmm")
    frames = copies * large.runs * large.cg_ps / large.cg_interval_ps
    steps = copies * large.runs * (large.cg_equilibration_ps + large.cg_ps) * per_ps
    # the analysis looks at every pair
    seconds = steps * step_s + copies * p.analysis("observe", frames)
    yield Work("large_box_cg", 6, n, seconds, 4 * p.megabytes(frames, VECTOR))
    yield from (Work("engine_tables", 7), Work("engine_figures", 8))


def make_economics(p: Plan) -> Iterator[Work]:
    """Which data to buy: runs with frames for a response, fits to their pieces, CG runs of every purchase."""
    c, t, plan = p.config, p.config.temperatures, ECONOMICS
    responding = responding_K(t.reference_K, t.multi_K)
    for T in t.all_K:
        ps, tested = production_ps(T, t.reference_K), T in t.held_out_K
        frames = ps / plan.interval_ps
        size = p.megabytes(frames, PRODUCTS + VECTOR / 3 * (T in responding))
        seconds = (c.all_atom.equilibration_ps + ps + plan.test_ps * tested) * p.units["all_atom_ps"]
        seconds += p.analysis("energies", frames) * (T in responding)
        # a chunk with all atoms, and the chunks' join
        arrays = p.megabytes(3 * plan.chunk_ps / plan.interval_ps, ATOMS) + 3 * size
        yield Work("economics_run", 0, 1, seconds, arrays, size, "openmm")
        used = plan.pieces * sum(plan.lengths(several=t.reference_K != T)) / plan.interval_ps
        seconds = p.analysis("fit", used if T in responding else used * plan.interval_ps / plan.sparse_ps)
        yield Work("economics_fits", 5, 1, PASSES * seconds, 2 * size)
    bought = purchases(t.reference_K, t.held_out_K, t.multi_K)
    runs = sum(len(plan.lengths(several=one.several)) for one in bought) * plan.pieces * plan.cg_runs
    steps = runs * (plan.cg_equilibration_ps + plan.cg_ps) * FS_PER_PS / c.cg_md.timestep_fs
    seconds = steps * p.units["step spline"] + p.analysis("observe", runs * plan.cg_ps / plan.cg_interval_ps)
    yield Work("economics_errors", 6, len(t.held_out_K), seconds, 4 * size)
    yield Work("economics_table", 7)


#: Rules that need labels at fixed sites, or the all-atom system itself.
OF_WATER_ONLY = {"learning_curve", "evaluate", "speed"}


def own_trajectories(p: Plan) -> Iterator[Work]:
    """A user's own trajectories, taken to be as long and large as ``all_atom`` and ``water`` say."""
    n, mapped = len(p.config.temperatures.all_K), p.megabytes(p.frames, BEADS)
    yield Work("import_trajectory", 0, n, disk_MB=mapped)  # in chunks
    yield Work("check_trajectories", 1, 1, n * p.analysis("observe", p.frames), 3 * mapped)
    yield Work("observe_all_atom", 2, n, p.analysis("observe", p.frames), 2 * mapped)


def own_force_fields(p: Plan) -> Iterator[Work]:
    """Models trained on them, and their CG runs."""
    for stage in (training, evaluation):
        yield from (work for work in stage(p) if work.rule not in OF_WATER_ONLY)


#: Stages of a study, in the order of the work; those of own trajectories; what goals of make add to them.
STAGES = [all_atom, conditional_sampling, training, evaluation, dynamics, tables]
OWN_STAGES = [own_trajectories, own_force_fields]
EXTRAS = {
    "dynamics": make_dynamics,
    "estimators": make_estimators,
    "engine": make_engine,
    "economics": make_economics,
}


def all_work(config: Config, units: UnitCosts, extras: Iterable[str] = ()) -> Iterator[tuple[str, Work]]:
    """Stage and work of a study, and of the goals of make that are named (``EXTRAS``)."""
    plan = Plan(config, units.seconds)
    stages = STAGES if config.simulates_water else OWN_STAGES
    for stage in (*stages, *(EXTRAS[name] for name in extras)):
        yield from ((stage.__name__.replace("_", " "), work) for work in stage(plan) if work.jobs)
