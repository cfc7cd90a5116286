"""What the targets beside the study cost on top of it: ``make estimators`` and ``make dynamics``.

Boxes of other sizes are taken to cost in proportion to their molecules.
"""

from __future__ import annotations

from collections.abc import Iterator

from thermalcg.config.study import Config

from .parts import ALL_ATOM, MAPPED, SITES, Sizes, UnitCosts, Work
from .stages import STAGES, Stage

#: Routes that need a pass over a trajectory for each of ``estimators.budgets``, and all that are fitted.
PASSES, FITS = 3, 9

#: Pieces of the rule ``sampler_cost`` at each size, which last as long on any machine: rounds of two ways for
#: 2 s and the start of a process, and seven rounds of four kinds of step for 0.5 s.
SAMPLER_COST_S = 4 * 2 * 4.0 + 4 * 7 * 0.5


def estimators(c: Config, u: UnitCosts) -> Iterator[Work]:
    """The benchmark of all routes to the thermal response."""
    s, e, d = Sizes(c), c.estimators, c.conditional
    interval, equilibration = c.all_atom.frame_interval_ps, c.all_atom.equilibration_ps
    shares = [n / c.water.molecules for n in e.molecules]
    largest = max(1.0, *shares)

    def trajectories(rule: str, lengths: list[tuple[float, float]]) -> Work:
        """Share of the box, ps."""
        seconds = [u.start + (equilibration + ps) * share * u.all_atom_ps for share, ps in lengths]
        sizes = [s.megabytes(share * ps / interval, ALL_ATOM) for share, ps in lengths]
        return Work(rule, 0, seconds, u.base_MB + 4 * max(sizes), sum(sizes), u.gpu_dynamics)

    def conditional(rule: str, runs: list[tuple[float, float, float]], per_molecule: int) -> Work:
        """Burn-in and production of all frames, chains and rungs, ps, and share of the box."""
        seconds = [u.start + share * (burn_in + ps) * u.conditional_ps for burn_in, ps, share in runs]
        sizes = [s.megabytes(share * ps / d.sample_interval_ps, per_molecule) for _, ps, share in runs]
        return Work(rule, 1, seconds, u.base_MB + 3 * max(sizes), sum(sizes), u.gpu_dynamics)

    yield trajectories("estimator_trajectory", [(1.0, e.trajectory_ps)] * e.replicates)
    yield trajectories("size_trajectory", [(share, e.size_trajectory_ps) for share in shares])
    # runs at one temperature keep the atoms of each sample beside the forces
    chains, kept = e.frames * d.chains, SITES + ALL_ATOM // 3
    rungs = chains * len(c.rungs(c.temperatures.reference_K))
    runs = [(chains * e.fixed_burn_in_ps, chains * e.fixed_ps, 1.0)] * e.replicates
    yield conditional("estimator_conditional", runs, kept)
    runs = [(rungs * e.rungs_burn_in_ps, rungs * e.rungs_ps, 1.0)] * e.replicates
    yield conditional("estimator_conditional", runs, SITES)
    chains = e.size_frames * d.chains
    runs = [(chains * e.fixed_burn_in_ps, chains * e.size_ps, share) for share in shares]
    yield conditional("size_conditional", runs, kept)

    ladder = 1 + sum(c.frozen_K <= T for T in d.ladder_K)
    ps = 3 * (d.burn_in_ps + e.frozen_ps) * ladder + 2 * d.melt_ps
    yield Work("frozen", 2, [u.start + ps * u.conditional_ps], u.base_MB, gpu=u.gpu_dynamics)

    frames = e.trajectory_ps / interval
    samples = e.frames * d.chains * e.fixed_ps / d.sample_interval_ps
    radii = len(e.radii_nm) + 1
    fits = (PASSES * sum(e.budgets) + radii) * frames * u.products_frame
    fits += (FITS * len(e.budgets) + radii) * u.spline_solve[1]
    each = u.start_network + (frames + samples) * u.energies_frame + fits
    # the trajectory and all samples in memory, and forces of one run in double precision
    hot = rungs * e.rungs_ps / d.sample_interval_ps
    memory = u.base_network_MB + s.megabytes(frames, 2 * ALL_ATOM) + s.megabytes(samples, 2 * kept)
    memory += s.megabytes(hot, 3 * SITES)
    yield Work("estimate", 7, [each] * e.replicates, memory)

    frames = e.size_trajectory_ps / interval
    samples = e.size_frames * d.chains * e.size_ps / d.sample_interval_ps
    analysis = (frames + samples) * u.energies_frame + (1 + len(e.radii_nm)) * frames * u.products_frame
    memory = u.base_network_MB + largest * s.megabytes(samples + frames, 2 * ALL_ATOM + MAPPED)
    yield Work("size_noise", 7, [u.start_network + share * analysis for share in shares], memory)

    # it takes all cores, counted as one, and so has a level of its own
    yield Work("sampler_cost", 8, [u.start + SAMPLER_COST_S * len(shares)], u.base_MB)
    yield Work("estimator_tables", 9, [u.start], u.base_MB + 3 * s.megabytes(e.replicates * hot, SITES))
    yield Work("estimator_claims", 10, [u.start], u.base_MB)
    yield Work("estimator_figures", 10, [u.start], u.base_MB)


def dynamics(c: Config, u: UnitCosts) -> Iterator[Work]:
    """The run with a weak thermostat, which is compared with the one at constant energy."""
    s, d = Sizes(c), c.dynamics
    size = s.megabytes(d.stretches * d.stretch_ps * 1e3 / d.record_fs, 36)
    seconds = u.start + d.stretches * d.stretch_ps * u.stretch_ps
    yield Work("weak_thermostat", 1, [seconds], u.base_MB + 4 * size, size, u.gpu_dynamics)
    yield Work("observe_dynamics", 2, [u.start], u.base_MB + 6 * size)
    yield Work("dynamics_ensemble", 3, [u.start], u.base_MB)


#: By the name of the target.
TARGETS: dict[str, Stage] = {
    "estimators": estimators,
    "dynamics": dynamics,
}


def with_targets(*names: str) -> dict[str, Stage]:
    """The stages of the study, and beside them what these targets add."""
    return STAGES | {f"make {name}": TARGETS[name] for name in names}
