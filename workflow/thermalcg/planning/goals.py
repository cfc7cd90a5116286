"""Jobs that goals of make add to a study: a function for each goal, as those of its stages in ``work``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from thermalcg.benchmark.economics_plan import ECONOMICS, production_ps, purchases, responding_K
from thermalcg.benchmark.engine_plans import (
    LARGE_BOX,
    LONG_RUNS,
    TIME_STEP_SCAN,
    large_box_temperatures,
    long_run_temperatures,
)
from thermalcg.units import FS_PER_PS

from .work import ATOMS, FORCE_AND_ATOMS, PRODUCTS, RESPONSE, VECTOR, Plan, Work

#: Seconds of ``sampler_cost`` for each box: four rounds of two ways with the start of a process, and seven of
#: four kinds of step.
SAMPLER_COST_S = 4 * 2 * 4.0 + 4 * 7 * 0.5

#: Routes that pass over a trajectory.
PASSES = 3


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
    run = p.trajectory("estimator_trajectory", 0, e.replicates, e.trajectory_ps)
    yield p.recorded(run, e.trajectory_ps)
    yield sampling("estimator_conditional", e.replicates, chains, *fixed, FORCE_AND_ATOMS)
    yield sampling("estimator_conditional", e.replicates, rungs, e.rungs_burn_in_ps, e.rungs_ps, VECTOR)
    ladder = 1 + sum(c.frozen_K <= T for T in d.ladder_K)
    ps = 3 * (d.burn_in_ps + e.frozen_ps) * ladder + 2 * d.melt_ps
    yield Work("frozen", 2, 1, ps * p.units["conditional_ps"], runs="openmm")
    seconds, arrays = routes(chains, e.fixed_ps, e.trajectory_ps, PASSES * sum(e.budgets) + scan)
    dense = c.recorded_frames(e.trajectory_ps) * p.per_frame
    seconds += p.analysis("project", dense * sum(e.budgets))
    arrays += 3 * p.megabytes(dense, RESPONSE)
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
    boxes = large_box_temperatures(c.temperatures.reference_K, c.temperatures.held_out_K)
    copies, n = large.copies**3, len(boxes)
    seconds = copies * (large.equilibration_ps + large.all_atom_ps) * p.units["all_atom_ps"]
    size = copies * p.megabytes(large.all_atom_ps / large.all_atom_interval_ps, ATOMS)
    yield Work("large_box_all_atom", 1, n, seconds, 3 * size, size, "openmm")
    frames = copies * large.runs * large.cg_ps / large.cg_interval_ps
    steps = copies * large.runs * (large.cg_equilibration_ps + large.cg_ps) * per_ps
    # the analysis looks at every pair
    seconds = steps * step_s + copies * p.analysis("observe", frames)
    yield Work("large_box_cg", 6, n, seconds, 4 * p.megabytes(frames, VECTOR))
    yield from (Work("engine_tables", 7), Work("engine_figures", 8))
    d = c.dynamics
    n = len(set(boxes) & set(d.temperatures_K)) if "spline" in d.architectures else 0
    if n:
        stretches = replace(p.stretches("large_box_stretches", n, copies, large.record_fs), level=2)
        yield from (stretches, replace(p.correlations("large_box_correlations", stretches), level=3))
        steps = copies * large.runs * (d.equilibration_ps + d.production_ps) * FS_PER_PS / d.record_fs
        records = copies * large.runs * d.production_ps * FS_PER_PS / d.record_fs
        arrays = 2 * p.megabytes(records, 2 * PRODUCTS)
        yield Work("box_motion", 8, 2 * n, steps * p.units["kernel_step spline"], arrays)
        yield Work("box_diffusion", 9)


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


#: What each goal adds.
EXTRAS = {
    "estimators": make_estimators,
    "engine": make_engine,
    "economics": make_economics,
}
