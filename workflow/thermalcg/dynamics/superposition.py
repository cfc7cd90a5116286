"""A memory kernel at another temperature by time-temperature superposition of its slow terms.

A law at fixed times, ln G(t; T) linear in 1/T, cannot make memory last longer when it gets colder: it
multiplies what the kernel does at a time by a factor, but the time stays.  Here the terms move,

    K(t; T) = A(T) sum_i c_i exp(-a_i b_i t) cos(w_i b_i t),      ln b_i = r s_i (x(T) - x(T0)),

with c_i, a_i, w_i the terms of the kernel at T0 and x = 1/T or 1/(T - T_v).  The share
s_i = 1 / (1 + (a_i^2 + w_i^2) / W^2) is one for slow terms and zero for those that are faster than
W = (K(0)/m)^(1/2): a bead in its cage rattles at W; a collision with the cage is faster, and not activated.
A(T) gives the kernel the friction of the law, ln friction linear in x, which is known best.  So r, the slope
of all slow rates, is the only unknown of the shape; it is fitted to the running integrals at the known
temperatures.

A slope for each term would be exact for a bath of exponentials with Arrhenius rates.  It cannot be found:
sums of exponentials that fit kernels 30 K around T0 to a few percent have frictions that differ by factors at
250 K (an inverse Laplace transform).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize_scalar

from thermalcg.statistics import rms

from .damped_cosines import Embedding
from .kernel_fit import FASTEST, Fit

#: The slope r lies between zero (rates do not change) and this times that of the friction: a guard against
#: kernels that are noise, wide enough for a slow part that is a third of the friction.
STEEPEST = 3.0


def superposed(
    kernels: Sequence[Embedding], base: int, x: np.ndarray, target: float, time: np.ndarray, mass: float
) -> Fit:
    """The kernel at ``target``; its errors are the largest by which the law misses a known kernel.

    Args:
        kernels: the known kernels, with positive frictions.
        base: number of that whose terms are moved.
        x: of each, the variable that logarithms are linear in, shape (kernel,).
        target: the variable at the temperature that is asked for.
        time: uniform, from zero, ps, shape (lag,).
        mass: of a bead, amu.
    """
    own, interval = kernels[base], float(time[1] - time[0])
    square = own.rate**2 + own.frequency**2
    share = 1 / (1 + square * mass / own.kernel(np.zeros(1))[0])
    # no term faster than the integrator follows, unless the known kernel has it
    limit = np.maximum(np.log(FASTEST / interval) - 0.5 * np.log(square), 0.0)
    friction = np.polyfit(x, np.log([k.friction for k in kernels]), 1)

    def at(slope: float, where: float) -> Embedding:
        faster = np.exp(np.minimum(slope * share * (where - x[base]), limit))
        moved = Embedding(own.strength, own.rate * faster, own.frequency * faster)
        amount = np.exp(np.polyval(friction, where)) / moved.friction
        return Embedding(amount * own.strength, moved.rate, moved.frequency)

    known = [k.running_integral(time) for k in kernels]

    def misfit(slope: float) -> float:
        return sum(
            float(rms(at(slope, where).running_integral(time) - g) / np.abs(g).max()) ** 2
            for where, g in zip(x, known, strict=True)
        )

    bounds = sorted((0.0, -STEEPEST * float(friction[0])))
    slope = float(minimize_scalar(misfit, bounds=bounds, method="bounded").x)
    errors = [
        (
            float(rms(at(slope, where).kernel(time) - k.kernel(time)) / k.kernel(time[:1])[0]),
            float(np.abs(at(slope, where).running_integral(time) - g).max() / np.abs(g).max()),
        )
        for where, k, g in zip(x, kernels, known, strict=True)
    ]
    return Fit(at(slope, target), *(max(e) for e in zip(*errors, strict=True)))
