"""From a measured memory kernel to one that reproduces the motion, by iteration.

The Volterra kernel assumes that the random force is independent of the mean force.  It is not, so the motion
simulated with it is not that of the liquid (Klippenstein and van der Vegt, J. Chem. Phys. 154, 191102
(2021)).  The iteration simulates with the kernel, compares the *linear* kernels of the two velocity
autocorrelations, adds a share of their difference, and repeats (in the spirit of iterative memory
reconstruction, Jung, Hanke, Schmid, J. Chem. Theory Comput. 13, 2481 (2017)):

    G_(n+1)(t) = G_n(t) + GAIN / (n + 1) (G_linear[all-atom](t) - G_linear[CG with G_n](t))

A full step would be right for a free particle.  In a liquid the mean force resists as well: the linear
friction kB T / D is two to three times the friction, and D goes as the friction to the power -0.5 to -0.7,
so that a step of 1 overshoots by half.  Steps that fall as 1/n average the noise of short runs instead of
carrying it from kernel to kernel (Robbins and Monro, Ann. Math. Stat. 22, 400 (1951)).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from thermalcg.statistics import delete_one, standard_error
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.units import FS_PER_PS

from .cg_runs import Motions
from .correlation import einstein_diffusion, vacf_error
from .damped_cosines import Embedding, KernelError
from .kernel_fit import FitSettings, fit_kernel
from .kernel_target import Target
from .volterra import linear_running_integral

#: First step of the iteration.
GAIN = 0.7

#: Largest share of its correlation that a velocity may lose between two records.
LARGEST_LOSS = 0.1


@dataclass(frozen=True)
class IterationSettings:
    """How a kernel is corrected.

    Attributes:
        iterations: number of corrections.
        msd_window_ps: first and last time of the straight line through the displacement, ps.
        fit: of the kernel after each iteration.
    """

    iterations: int
    msd_window_ps: Sequence[float]
    fit: FitSettings


class Iterated(NamedTuple):
    """A kernel after every iteration; index 0 is the plain one.

    Attributes:
        embeddings: the fitted kernels.
        fit_error: ``kernel_fit.Fit.integral_error`` of each.
        diffusion, diffusion_se: of the CG runs made with each kernel but the last, nm^2/ps.
        vacf_error: of the same runs against the all-atom ones.
        scatter: by how much the last running integral changes when one CG run is left out of every
            iteration, amu/ps, shape (run, lag): the mean over the iterations, whose steps are those of
            Newton's method.
    """

    embeddings: list[Embedding]
    fit_error: np.ndarray
    diffusion: np.ndarray
    diffusion_se: np.ndarray
    vacf_error: np.ndarray
    scatter: np.ndarray


def check_sampling(target: Target) -> None:
    """Refuse records that are too far apart to see the fast part of the memory.

    Raises:
        KernelError: velocities lose more than ``LARGEST_LOSS`` of their correlation between two records.
    """
    loss = 1 - target.vv[1] / target.vv[0]
    if loss > LARGEST_LOSS:
        raise KernelError(
            f"velocities lose {100 * loss:.0f} % of their correlation between records of "
            f"{FS_PER_PS * target.interval:g} fs; allowed: at most {100 * LARGEST_LOSS:g} %: make "
            "dynamics.record_fs shorter"
        )


def iterate_kernel(
    target: Target,
    mass: float,
    simulate: Callable[[Embedding], Motions],
    settings: IterationSettings,
    checkpoints: Checkpoints,
) -> Iterated:
    """The plain kernel and its corrections.

    Args:
        target: the plain kernel and the goal.
        mass: of a bead, amu.
        simulate: makes CG runs with a kernel, recorded at the interval of ``target``.
        checkpoints: keep the runs of every iteration.

    Raises:
        KernelError: a kernel cannot be fitted, or the records are too far apart.
        ValueError: CG and all-atom correlation functions are sampled differently.
    """
    check_sampling(target)
    interval, exact, goal = target.interval, target.vv, target.goal
    time = interval * np.arange(len(exact))

    def linear(vacf: np.ndarray) -> np.ndarray:
        return linear_running_integral(vacf, mass, interval)

    fit = fit_kernel(target.kernel, target.integral, interval, settings.fit)
    fits, records, scatter = [fit], [], []
    saved = checkpoints.parts()
    for index in range(settings.iterations):
        if index < checkpoints.done:
            vacf, diffusion = saved["vacf"][index], saved["diffusion"][index]
        else:
            motions = simulate(fit.embedding)
            _check_interval(motions, interval)
            vacf = motions.vacf[:, : len(exact)]
            diffusion = einstein_diffusion(motions.msd, interval, settings.msd_window_ps)
            checkpoints.save({}, {"vacf": vacf[None], "diffusion": diffusion[None]})
        mean, without = delete_one(len(vacf), lambda kept, vacf=vacf: vacf[kept].mean(axis=0))
        records.append((diffusion.mean(), float(standard_error(diffusion)), vacf_error(mean, exact)))
        found = linear(mean)
        scatter.append(found - np.stack([linear(one) for one in without]))
        correction = GAIN / (index + 1) * (goal - found)
        integral = fit.embedding.running_integral(time) + correction
        kernel = fit.embedding.kernel(time) + np.gradient(correction, interval)
        fit = fit_kernel(kernel, integral, interval, settings.fit)
        fits.append(fit)
    table = np.array(records).reshape(-1, 3)
    return Iterated(
        [f.embedding for f in fits],
        np.array([f.integral_error for f in fits]),
        *table.T,
        GAIN * np.mean(scatter, axis=0) if scatter else np.zeros((0, len(exact))),
    )


def _check_interval(motions: Motions, interval: float) -> None:
    if abs(motions.interval - interval) > 1e-9:
        raise ValueError(
            f"CG runs are sampled every {motions.interval * FS_PER_PS:g} fs, all-atom ones every "
            f"{interval * FS_PER_PS:g} fs; allowed: the same"
        )
