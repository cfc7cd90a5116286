"""What the targets beside the study cost on top of it: ``make estimators`` and ``make dynamics``.

Boxes of other sizes are taken to cost in proportion to their molecules.
"""

from __future__ import annotations

from collections.abc import Iterator

from .config import Config
from .cost_estimate import ALL_ATOM, SITES, Sizes, Stage, UnitCosts, Work
from .estimators import BUDGETS
from .sampler_cost import KINDS

#: Burn-in of runs at one temperature, ps (rule ``estimator_conditional``).
FIXED_BURN_IN = 0.5

#: Pieces of the rule ``sampler_cost`` at each size, which last as long on any machine: rounds of two ways for
#: 2 s and the start of a process, and rounds of each kind of step for 0.5 s.
SAMPLER_COST_S = 4 * 2 * 4.0 + len(KINDS) * 7 * 0.5


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

    def conditional(rule: str, lengths: list[float]) -> Work:
        """ps of all frames, chains and rungs, as in the study's own box."""
        seconds = [u.start + ps * u.conditional_ps for ps in lengths]
        sizes = [s.megabytes(ps / d.sample_interval_ps, 3 * SITES) for ps in lengths]
        return Work(rule, 1, seconds, u.base_MB + 3 * max(sizes), sum(sizes), u.gpu_dynamics)

    yield trajectories("estimator_trajectory", [(1.0, e.trajectory_ps)] * e.replicates)
    yield trajectories("size_trajectory", [(share, e.size_trajectory_ps) for share in shares])
    rungs = len(c.rungs(c.temperatures.reference_K)) * (e.rungs_burn_in_ps + e.rungs_ps)
    ways = [e.frames * d.chains * ps for ps in (FIXED_BURN_IN + e.fixed_ps, rungs)]
    yield conditional("estimator_conditional", ways * e.replicates)
    own = e.size_frames * d.chains * (FIXED_BURN_IN + e.size_ps)
    yield conditional("size_conditional", [share * own for share in shares])

    ladder = 1 + sum(e.frozen_K <= T for T in d.ladder_K)
    ps = 3 * (d.burn_in_ps + e.frozen_ps) * ladder + 2 * d.melt_ps
    yield Work("frozen", 2, [u.start + ps * u.conditional_ps], u.base_MB, gpu=u.gpu_dynamics)

    frames = e.trajectory_ps / interval
    samples = e.frames * d.chains * e.fixed_ps / d.sample_interval_ps
    fits = 3 * sum(BUDGETS) * frames * u.products_frame + 8 * len(BUDGETS) * u.spline_solve[1]
    each = u.start_network + (frames + samples) * u.energies_frame + fits
    memory = u.base_network_MB + s.megabytes(samples + frames, 2 * ALL_ATOM)
    yield Work("estimate", 7, [each] * e.replicates, memory)

    frames = e.size_trajectory_ps / interval
    samples = e.size_frames * d.chains * e.size_ps / d.sample_interval_ps
    analysis = (frames + samples) * u.energies_frame + (1 + len(e.radii_nm)) * frames * u.products_frame
    memory = u.base_network_MB + largest * s.megabytes(samples + frames, 2 * ALL_ATOM)
    yield Work("size_noise", 7, [u.start_network + share * analysis for share in shares], memory)

    # takes all cores; they are counted as one
    yield Work("sampler_cost", 7, [u.start + SAMPLER_COST_S * len(shares)], u.base_MB)
    yield Work("estimator_tables", 8, [u.start], u.base_MB)
    yield Work("estimator_figures", 9, [u.start], u.base_MB)


def dynamics(c: Config, u: UnitCosts) -> Iterator[Work]:
    """The run with a weak thermostat, which shows that constant energy does not matter."""
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
