"""Memory kernels at temperatures without data.

The running integral G(t; T) = int_0^t K is positive.  At all temperatures it starts alike (the first 20 fs
are a collision with the cage), and its late values differ most, because diffusion is activated.  Its change
is one of two.  ``superposition`` moves the terms of the kernel (``superposition.py``).  ``fixed_times`` gives
each time t a law of its own,

    ln G(t; T) = A(t) + B(t) x(T),      x = 1/T (Arrhenius)  or  1/(T - T_v) (Vogel, Fulcher, Tammann)

and the result is fitted anew with positive terms.  Two temperatures determine A and B; from three or more
they are least squares.  Either way, T_v is that of the friction.  B, which the extrapolation multiplies, is
smoothed in the logarithm of time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize_scalar

from thermalcg.geometry.inputs import checked_temperature
from thermalcg.statistics import jackknife_error

from .damped_cosines import Embedding, KernelError
from .kernel_fit import Fit, FitSettings, fit_kernel, plateau_of
from .kernel_target import derivative
from .superposition import superposed

#: Width of the window in which the slope of the law is smoothed, in the logarithm of time.  A term exp(-a t)
#: of a kernel changes its running integral over a range of one.  A fifth of it leaves every such change, and
#: averages the noise between neighbouring lags, which the fit cannot follow.  The value was first chosen
#: after a look at results at 300 K.
LOG_WIDTH = 0.2

#: Highest Vogel temperature, as a share of the lowest temperature: above it, the law diverges near the data.
VOGEL_LIMIT = 0.9


#: Number of temperatures that each dependence on temperature needs.
NEEDED = {"arrhenius": 2, "vft": 3}

#: How a kernel changes.
CHANGES = ("superposition", "fixed_times")


class Law(NamedTuple):
    """How kernels depend on temperature.

    Attributes:
        name: ``arrhenius``, or ``vft``, which needs three temperatures.
        change: ``superposition`` (the slow terms move) or ``fixed_times`` (each time has a factor).
        mass: of a bead, amu; ``superposition`` tells slow terms from fast ones by it.
        reference: temperature whose terms ``superposition`` moves, or the nearest known one, K.
    """

    name: str
    change: str
    mass: float
    reference: float


class MeasuredKernel(NamedTuple):
    """A kernel measured at one temperature, and its noise.

    Attributes:
        embedding: the fitted kernel.
        stretches: by how much the running integral changes when one all-atom stretch is left out, amu/ps,
            shape (stretch, lag).
        runs: the same for the CG runs of the iteration, amu/ps, shape (run, lag).
    """

    embedding: Embedding
    stretches: np.ndarray
    runs: np.ndarray


class FrictionError(NamedTuple):
    """The standard error of a friction, by origin: all-atom stretches, and CG runs of the iteration.

    In amu/ps, or in 1/ps once divided by the mass.
    """

    stretches: float
    runs: float


def transfer_kernel(
    kernels: Mapping[float, Embedding],
    temperature: float,
    time: np.ndarray,
    law: Law,
    settings: FitSettings,
) -> Fit:
    """The kernel at a temperature, from those at other temperatures.

    Args:
        kernels: by their temperature, K; two or more.
        temperature: K.
        time: uniform, from zero, ps, shape (lag,).
        law: how they depend on temperature.
        settings: of the fit of ``fixed_times``; ``superposition`` keeps the terms of a known kernel.

    Raises:
        KernelError: an unknown law, too few temperatures, a friction that is not positive, a Vogel
            temperature too close to the temperatures; of ``fixed_times`` also a running integral that is not
            positive, or a bad fit.
        InputError: a temperature that is not a positive number.
    """
    temperature = checked_temperature(temperature)
    if law.change == "superposition":
        own, friction = _in_order({T: kernel.friction for T, kernel in kernels.items()})
        x, target = _variable(own, friction, temperature, law)
        base = int(np.abs(own - law.reference).argmin())
        return superposed([kernels[T] for T in own], base, x, target, time, law.mass)
    integral = _carried({T: k.running_integral(time) for T, k in kernels.items()}, temperature, time, law)
    interval = float(time[1] - time[0])
    return fit_kernel(derivative(integral, interval), integral, interval, settings)


def friction_error(kernel: MeasuredKernel) -> FrictionError:
    """The error of a kernel's friction at the temperature where the kernel was measured, amu/ps."""
    return FrictionError(*(_error([plateau_of(x) for x in s]) for s in (kernel.stretches, kernel.runs)))


def transferred_friction_error(
    kernels: Mapping[float, MeasuredKernel], temperature: float, time: np.ndarray, law: Law
) -> FrictionError:
    """The error of the friction of ``transfer_kernel``, amu/ps.

    One piece (a stretch or a run) is left out at every temperature at once: kernels from the same stretches
    then keep their correlation, and those from different ones have none.

    Args:
        kernels: by their temperature, K; all from the same numbers of stretches and runs.
        temperature, time, law: as ``transfer_kernel`` takes them.
    """
    if law.change == "superposition":
        # the friction of the law follows from frictions alone
        whole = {T: np.array([k.embedding.friction]) for T, k in kernels.items()}
        pieces = [[[[plateau_of(x)] for x in s] for s in (k.stretches, k.runs)] for k in kernels.values()]
    else:
        whole = {T: k.embedding.running_integral(time) for T, k in kernels.items()}
        pieces = [(k.stretches, k.runs) for k in kernels.values()]

    def friction(values: Mapping[float, np.ndarray]) -> float:
        if law.change == "superposition":
            return _carried_friction({T: float(x[0]) for T, x in values.items()}, temperature, law)
        return plateau_of(_carried(values, temperature, time, law))

    plateau = friction(whole)

    def error(origin: int) -> float:
        moved = zip(
            *([whole[T] + x for x in p[origin]] for T, p in zip(whole, pieces, strict=True)), strict=True
        )
        try:
            return _error([friction(dict(zip(whole, values, strict=True))) for values in moved])
        except KernelError:  # a friction that one piece turns negative is not known at all
            return plateau

    return FrictionError(error(0), error(1))


def _error(without: list[float]) -> float:
    """The jackknife error of delete-one values; zero where there are none."""
    return float(jackknife_error(without)) if without else 0.0


def _variable(
    temperatures: np.ndarray, friction: np.ndarray, temperature: float, law: Law
) -> tuple[np.ndarray, float]:
    """The variable x that logarithms are linear in, 1/K, at the known temperatures and at the one asked for.

    Args:
        temperatures: known ones in rising order, K, shape (temperature,).
        friction: at them, in any unit, shape (temperature,).
    """
    for name, allowed, what in ((law.name, NEEDED, "law"), (law.change, CHANGES, "change of kernels")):
        if name not in allowed:
            raise KernelError(f"{what} is {name!r}; allowed: {', '.join(allowed)}")
    if len(temperatures) < NEEDED[law.name]:
        raise KernelError(
            f"the law {law.name} is fitted to kernels at {temperatures.tolist()} K; "
            f"allowed: at least {NEEDED[law.name]} temperatures"
        )
    offset = 0.0
    if law.name == "vft":
        limit = VOGEL_LIMIT * min(temperature, temperatures[0])
        offset = vogel_temperature(temperatures, friction, limit)
        if offset > 0.999 * limit:
            raise KernelError(
                f"the Vogel temperature runs to {limit:.0f} K, {VOGEL_LIMIT:g} of the lowest temperature; "
                "allowed: below (the friction does not follow the law)"
            )
    return 1 / (temperatures - offset), 1 / (temperature - offset)


def _in_order(frictions: Mapping[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Temperatures in rising order and the positive frictions there, shape (temperature,) each."""
    temperatures = np.array(sorted(frictions))
    values = np.array([frictions[T] for T in temperatures])
    if not (values > 0).all():
        raise KernelError(f"frictions are {values.tolist()} amu/ps; allowed: > 0")
    return temperatures, values


def _carried_friction(frictions: Mapping[float, float], temperature: float, law: Law) -> float:
    """The friction at a temperature from those at others, amu/ps."""
    temperatures, values = _in_order(frictions)
    x, target = _variable(temperatures, values, temperature, law)
    return float(np.exp(np.polyval(np.polyfit(x, np.log(values), 1), target)))


def _carried(
    integrals: Mapping[float, np.ndarray], temperature: float, time: np.ndarray, law: Law
) -> np.ndarray:
    """The running integral at a temperature from those at others, amu/ps, shape (lag,), at fixed times."""
    temperatures = np.array(sorted(integrals))
    values = np.stack([integrals[T] for T in temperatures])
    if (values[:, 1:] <= 0).any():
        worst = temperatures[int((values[:, 1:] <= 0).any(axis=1).argmax())]
        raise KernelError(
            f"the running integral of the kernel at {worst:g} K is not positive at all times; allowed: > 0, "
            "since its logarithm is extrapolated"
        )
    x, target = _variable(temperatures, values[:, -1], temperature, law)
    logs = np.log(values[:, 1:])
    slope = _smooth(np.polyfit(x, logs, 1)[0], time[1:])
    later = np.exp(logs.mean(axis=0) + slope * (target - x.mean()))
    return np.concatenate([[0.0], later])


def _smooth(values: np.ndarray, time: np.ndarray) -> np.ndarray:
    """The average over a window in the logarithm of time: late values are noisy and change slowly."""
    distance = np.log(time)[:, None] - np.log(time)
    weights = np.exp(-0.5 * (distance / LOG_WIDTH) ** 2) / time
    return weights @ values / weights.sum(axis=1)


def vogel_temperature(temperatures: np.ndarray, friction: np.ndarray, limit: float) -> float:
    """The temperature T_v, K, for which ln(friction) is closest to a straight line in 1/(T - T_v).

    Args:
        temperatures: K, shape (temperature,).
        friction: in any unit, shape (temperature,).
        limit: T_v lies between 0 (Arrhenius) and this, K.
    """

    def misfit(offset: float) -> float:
        x = 1 / (temperatures - offset)
        return float(((np.polyval(np.polyfit(x, np.log(friction), 1), x) - np.log(friction)) ** 2).sum())

    return float(minimize_scalar(misfit, bounds=(0.0, limit), method="bounded").x)
