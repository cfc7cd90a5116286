"""From a measured memory kernel to one that reproduces the motion, by iteration.

The Volterra kernel assumes that the random force is independent of the mean force.  It is not, and the
simulated motion is then not that of the liquid (Klippenstein and van der Vegt, J. Chem. Phys. 154, 191102
(2021)).  So simulate with the kernel, compare the *linear* kernels of the two velocity autocorrelations, add
their difference, and repeat (in the spirit of iterative memory reconstruction, Jung, Hanke, Schmid, J. Chem.
Theory Comput. 13, 2481 (2017)):

    G_(n+1)(t) = G_n(t) + GAIN / (n + 1) (G_linear[all-atom](t) - G_linear[CG with G_n](t))

A full step would be right for a free particle.  In a liquid the mean force resists as well: the linear
friction is kB T / m D, D goes as the friction to the power -0.5 to -0.7, and the linear one is two to three
times the other, so that a step of 1 overshoots by half.  Gains that fall as 1/n average the noise of short
runs instead of carrying it from kernel to kernel (Robbins and Monro, Ann. Math. Stat. 22, 400 (1951)).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from thermalcg.statistics import delete_one, standard_error
from thermalcg.storage.checkpoints import Checkpoints

from .cg_runs import Motions, vacf_error
from .correlation import einstein_diffusion
from .damped_cosines import Embedding, KernelError
from .kernel_fit import fit_kernel
from .volterra import Correlations, linear_running_integral, memory_kernel, running_integral


class Iterated(NamedTuple):
    """A kernel after every iteration, the plain one first.

    Attributes:
        embeddings: fitted kernels.
        fit_error: of each, see ``kernel_fit.Fit.integral_error``.
        diffusion, diffusion_se: nm^2/ps, of the runs made with all kernels but the last.
        vacf_error: of the same runs against the all-atom one.
        scatter: of the last running integral when one CG run is left out everywhere, amu/ps, shape (run,
            lag): the mean over the iterations, where the steps are those of Newton's method.
    """

    embeddings: list[Embedding]
    fit_error: np.ndarray
    diffusion: np.ndarray
    diffusion_se: np.ndarray
    vacf_error: np.ndarray
    scatter: np.ndarray


#: First step of the iteration.
GAIN = 0.7

#: Most of its correlation that a velocity may lose between two records.
LARGEST_LOSS = 0.1


def check_sampling(correlations: Correlations) -> None:
    """Are the records close enough to see the fast part of the memory?

    Raises:
        KernelError: velocities lose more than ``LARGEST_LOSS`` of their correlation between records.
    """
    loss = 1 - correlations.vv[1] / correlations.vv[0]
    if loss > LARGEST_LOSS:
        raise KernelError(
            f"velocities lose {100 * loss:.0f} % of their correlation between records of "
            f"{1e3 * correlations.interval:g} fs; allowed: at most {100 * LARGEST_LOSS:g} %: make "
            "dynamics.record_fs shorter"
        )


def iterate_kernel(
    correlations: Correlations,
    simulate: Callable[[Embedding], Motions],
    *,
    lags: int,
    terms: int,
    tolerance: float,
    iterations: int,
    displacement_window: tuple[float, float],
    checkpoints: Checkpoints,
) -> Iterated:
    """The plain kernel, corrected so many times.

    Args:
        correlations: all-atom averages, shape (lag,), at least ``lags`` long.
        simulate: CG runs with a kernel, recorded at the interval of ``correlations``.
        lags: of the kernel.
        terms, tolerance: see ``fit_kernel``.

    Raises:
        KernelError: a kernel cannot be fitted, or the records are too far apart.
        ValueError: CG and all-atom correlation functions are sampled differently.
    """
    check_sampling(correlations)
    interval = correlations.interval
    time = interval * np.arange(lags)
    reference = correlations.vv[:lags]
    goal = linear_running_integral(reference, correlations.mass, interval)
    fit = fit_kernel(
        memory_kernel(correlations)[:lags],
        running_integral(correlations)[:lags],
        interval,
        terms=terms,
        tolerance=tolerance,
    )
    fits, records, scatter = [fit], [], []

    def linear(vacf: np.ndarray) -> np.ndarray:
        return linear_running_integral(vacf, correlations.mass, interval)

    saved = checkpoints.parts()
    for index in range(iterations):
        if index < checkpoints.done:
            vacf, diffusion = saved["vacf"][index], saved["diffusion"][index]
        else:
            motions = simulate(fit.embedding)
            if abs(motions.interval - interval) > 1e-9:
                raise ValueError(
                    f"CG runs are sampled every {motions.interval * 1e3:g} fs, all-atom ones every "
                    f"{interval * 1e3:g} fs; allowed: the same"
                )
            vacf = motions.vacf[:, :lags]
            diffusion = einstein_diffusion(motions.msd, interval, displacement_window)
            checkpoints.save({}, {"vacf": vacf[None], "diffusion": diffusion[None]})
        mean, without = delete_one(len(vacf), lambda kept, vacf=vacf: vacf[kept].mean(axis=0))
        records.append((diffusion.mean(), float(standard_error(diffusion)), vacf_error(mean, reference)))
        suggested = linear(mean)
        scatter.append(suggested - np.stack([linear(one) for one in without]))
        correction = GAIN / (index + 1) * (goal - suggested)
        integral = fit.embedding.running_integral(time) + correction
        kernel = fit.embedding.kernel(time) + np.gradient(correction, interval)
        fit = fit_kernel(kernel, integral, interval, terms=terms, tolerance=tolerance)
        fits.append(fit)
    table = np.array(records).reshape(-1, 3)
    return Iterated(
        [f.embedding for f in fits],
        np.array([f.integral_error for f in fits]),
        *table.T,
        GAIN * np.mean(scatter, axis=0) if scatter else np.zeros((0, lags)),
    )
