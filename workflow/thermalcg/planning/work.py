"""The jobs of a study: a line for each rule, in the function of its stage, with number, length and size."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from thermalcg.config.study import Config
from thermalcg.models.expansion import KINDS
from thermalcg.models.names import ARCHITECTURES, MODES, ModelName
from thermalcg.models.potential import BEADS_AT_ONCE
from thermalcg.units import FS_PER_PS

#: Memory of a process before it holds data, by what it runs, MB.
BASE_MB = {"": 400.0, "openmm": 400.0, "torch": 700.0}

#: Bytes of a molecule in a frame: positions, velocities and forces of three atoms, the same of its bead, two
#: samples of the response, one vector, a force with positions of the atoms, and site, force and energy.
ATOMS, BEADS, PRODUCTS, VECTOR, FORCE_AND_ATOMS, RESPONSE = 108, 36, 24, 12, 48, 28

#: The analysis of one frame in steps of a CG run with splines (measured with the default configuration).
STEPS = {"observe": 0.6, "fit": 10.0, "project": 32.0, "products": 14.0, "energies": 2.5}

#: Seconds that one bead in one all-atom record costs a memory kernel: its force, outside compiled loops, and
#: the correlations.  Measured in the default study.
RECORD_S = 5e-6

#: Fixed length of ``speed``, s: seven rounds for each model.
SPEED_S = 7 * 0.6


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
        #: Frames for the response in an interval of the other frames.
        self.per_frame = round(s.frame_interval_ps / s.response_interval_ps)
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

    def recorded(self, run: Work, ps: float) -> Work:
        """All-atom runs that record frames for the response, too."""
        frames = self.config.recorded_frames(ps) * self.per_frame
        size, seconds = self.megabytes(frames, RESPONSE), frames * self.units["response_frame"]
        return replace(
            run,
            seconds=run.seconds + seconds,
            arrays_MB=run.arrays_MB + 4 * size,
            disk_MB=run.disk_MB + size,
        )

    def stretches(self, rule: str, jobs: int, copies: int = 1, record_fs: float = 0.0) -> Work:
        """All-atom stretches, in so many copies of the study's box."""
        d = self.config.dynamics
        n = copies * d.stretches * d.stretch_ps * FS_PER_PS / (record_fs or d.record_fs)
        ps = copies * d.stretches * d.stretch_ps * self.config.all_atom.timestep_fs / d.timestep_fs
        size = self.megabytes(n, BEADS)
        return Work(rule, 1, jobs, ps * self.units["all_atom_ps"], 4 * size, size, "openmm")

    def correlations(self, rule: str, stretches: Work) -> Work:
        """Their correlation functions."""
        return Work(rule, 2, stretches.jobs, arrays_MB=6 * stretches.disk_MB)


def all_atom(p: Plan) -> Iterator[Work]:
    n, mapped = len(p.config.temperatures.all_K), p.megabytes(p.frames, BEADS)
    recording, ps = len(p.config.response_K), p.config.all_atom.production_ps
    yield p.recorded(p.trajectory("all_atom", 0, recording, ps), ps)
    yield p.trajectory("all_atom", 0, n - recording, ps)
    yield Work("map_trajectory", 1, n, 0, p.megabytes(p.frames, ATOMS) + 3 * mapped, mapped)
    yield Work("observe_all_atom", 2, n, p.analysis("observe", p.frames), 2 * mapped)
    yield from checks(p)


def checks(p: Plan) -> Iterator[Work]:
    """Of every run, and their figures."""
    n, mapped = len(p.config.temperatures.all_K), p.megabytes(p.frames, BEADS)
    for rule in ("check_trajectories", "check_figures"):
        yield Work(rule, 2, 1, n * p.analysis("observe", p.frames), 3 * mapped)


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
    frames = 0 if model.projected else p.training_frames * p.sources(model) + labelled
    return Work("train", 5, 1, p.analysis("fit", frames), data * p.sources(model))


def network_training(p: Plan, model: ModelName, data: float) -> Work:
    h, sources = p.config.hipnn_ts, p.sources(model)
    frames = min(p.training_frames, h.configurations)
    # labels are fewer and repeated, so that both kinds of targets weigh alike
    responses = KINDS[MODES[model.mode]] - 1 if model.response_source else 0
    if model.mode == "multi_temperature_response":
        responses = sources
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
    own = p.per_frame if c.simulates_water else 1
    size, arrays = p.megabytes(n, PRODUCTS), p.megabytes(p.frames, ATOMS) * c.simulates_water
    arrays += 2 * p.megabytes(p.frames * own, RESPONSE)
    seconds = p.analysis("project", n * own) + p.analysis("fit", n)
    yield Work("projected_response", 4, len(c.response_K), seconds, arrays + 2 * size, size)
    if any(model.response_source == "products" for _, model in p.models):
        # the energies of all functions at every bead, in single precision
        size, functions = p.megabytes(n, PRODUCTS), p.megabytes(n, 4 * c.spline.functions)
        yield Work("residual_products", 4, 1, p.analysis("products", n), 8 * size + 2 * functions, size)
    data = p.megabytes(n, 6 * BEADS)  # positions, forces and products in double precision
    yield from (TRAINING_COSTS[arch](p, model, data) for arch, model in p.models)
    if spline:
        shown = [m for arch, m in p.models if arch == "spline" and str(m) in c.cg_md.modes]
        seconds = p.analysis("fit", n * len(shown) * sum(c.learning_curve_fractions))
        parts = sum(share for share in c.learning_curve_fractions if share < 1)
        runs = max(p.sources(m) if m.projected else 0 for m in shown) if shown else 0
        seconds += p.analysis("project", n * p.per_frame * parts * runs)
        most = max(p.sources(model) for arch, model in p.models if arch == "spline")
        yield Work("learning_curve", 5, 1, seconds, data * (2 + most))


def evaluation(p: Plan) -> Iterator[Work]:
    c, g = p.config, p.config.cg_md
    for arch, runs in p.runs.items():
        steps = g.runs * (g.equilibration_ps + g.production_ps) * FS_PER_PS / g.timestep_fs
        cg_frames = g.runs * round(g.production_ps / g.frame_interval_ps)
        size = p.megabytes(cg_frames, VECTOR)
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
    stretches = p.stretches("constant_energy", n)
    yield from (stretches, p.correlations("observe_dynamics", stretches))
    records, per_ps = d.stretches * d.stretch_ps * FS_PER_PS / d.record_fs, FS_PER_PS / d.record_fs
    steps = (d.equilibration_ps + d.production_ps) * per_ps
    # forces of both models with every kernel, those with the response with friction alone twice and with none
    cases = 2 * (4 + (sum(c.temperatures.reference_K != T for T in c.scaling_K) > 2)) + 2 + 1
    recorded = p.megabytes(d.production_ps * per_ps, 2 * PRODUCTS)
    arrays = p.megabytes(records, 8 * BEADS) + max(d.runs, d.iteration_runs) * recorded
    for arch in d.architectures:
        record = max(p.units[f"step {arch}"], RECORD_S * c.water.molecules)
        run, first = steps * p.units[f"kernel_step {arch}"], records * record
        yield Work(
            "memory_kernel",
            6,
            n + 2,
            first + d.iterations * d.iteration_runs * run,
            arrays,
            runs=p.runs[arch],
        )
        yield Work("cg_dynamics", 7, n - 1, cases * d.runs * run, arrays, runs=p.runs[arch])
    yield from (Work("dynamics_tables", 8), Work("dynamics_figures", 9))


def excess(p: Plan) -> Work:
    """Residuals at every held-out temperature, of networks at those that they are tested at."""
    c = p.config
    tested = {
        arch: sum(len(c.yardstick_K(arch, name)) for name in c.model_names(arch)) for arch in c.architectures
    }
    return residuals(p, "excess", len(c.temperatures.held_out_K), tested)


def residuals(p: Plan, rule: str, temperatures: int, tested: Mapping[str, int]) -> Work:
    """Held-out frames through the basis of splines once, and through every member of every network.

    Args:
        temperatures: number of those whose frames are taken.
        tested: pairs of a model and a temperature, by architecture.
    """
    frames, seconds = p.frames - p.training_frames, 0.0
    for arch in p.config.architectures:
        if arch == "spline":
            seconds += p.analysis("fit", frames * temperatures)
        else:
            seconds += frames * tested[arch] * getattr(p.config, arch).members * p.units[f"step {arch}"]
    arrays, runs = p.megabytes(p.frames * temperatures, BEADS), "torch" if "torch" in p.runs.values() else ""
    return Work(rule, 7, 1, seconds, arrays + (p.network_MB if runs else 0.0), runs=runs)


def tables(p: Plan) -> Iterator[Work]:
    c = p.config
    arrays = p.megabytes(p.frames * len(c.temperatures.all_K), BEADS)
    if "torch" in p.runs.values():
        arrays += max(1, BEADS_AT_ONCE // c.water.molecules) * p.network_MB
    yield Work("thermodynamics", 7, arrays_MB=arrays)
    yield excess(p)
    yield from at_reference(p)
    for rule, level in {"force_tables": 8, "health_tables": 8, "cost": 11, "water_figures": 12}.items():
        yield Work(rule, level, arrays_MB=p.megabytes(p.frames, ATOMS))
    yield from comparison("claims")


def at_reference(p: Plan) -> Iterator[Work]:
    """What T0 alone tells: residuals on held-out frames there, parts of the response, structure."""
    c, arrays = p.config, p.megabytes(p.frames, BEADS)
    models = Counter(arch for arch, name in p.models if name.temperature is None)
    yield residuals(p, "reference_errors", 1, models)
    if c.temperatures.reference_K in c.response_K:
        yield Work("response_terms", 5)
    if any(c.simulated_K(arch, name) for arch in c.architectures for name in c.model_names(arch)):
        yield Work("structure_tables", 9, arrays_MB=arrays)
        yield Work("structure_figures", 10, arrays_MB=arrays)


def comparison(claims: str) -> Iterator[Work]:
    """What compares modes."""
    yield from (Work(claims, 10), Work("figures", 11))


#: Rules that need labels at fixed sites, or the all-atom system itself.
OF_WATER_ONLY = {"learning_curve", "evaluate", "speed"}


def own_trajectories(p: Plan) -> Iterator[Work]:
    """A user's own liquid, taken to be as long, large and costly as ``all_atom`` and ``water`` say."""
    n, mapped = len(p.config.temperatures.all_K), p.megabytes(p.frames, BEADS)
    if p.config.simulates:
        yield p.trajectory("run_own_system", 0, n, p.config.all_atom.production_ps, BEADS / ATOMS)
    else:
        yield Work("import_trajectory", 0, n, disk_MB=mapped)  # in chunks
    yield from checks(p)
    yield Work("observe_all_atom", 2, n, p.analysis("observe", p.frames), 2 * mapped)


def own_force_fields(p: Plan) -> Iterator[Work]:
    """Models trained on them, and their CG runs."""
    for stage in (training, evaluation):
        yield from (work for work in stage(p) if work.rule not in OF_WATER_ONLY)


def own_comparison(p: Plan) -> Iterator[Work]:
    """Tables and figures: what T0 alone tells, and the comparison of modes."""
    yield from at_reference(p)
    if p.config.compares_modes:
        yield excess(p)
        yield from comparison("own_claims")


#: Stages of a study, in the order of the work, and those of own trajectories; ``goals`` add to them.
STAGES = [all_atom, conditional_sampling, training, evaluation, dynamics, tables]
OWN_STAGES = [own_trajectories, own_force_fields, own_comparison]
