"""Memory kernels of the generalised Langevin equation, from all-atom correlation functions.

    m dv/dt = F(R, T) - int_0^t K(t - s) v(s) ds + eta(t),   <eta(t) eta(0)> = kB T K(t)

With df = f - F the force that the mean force does not account for, and <eta(t) v(0)> = 0,

    <df(t) v(0)> = - int_0^t K(t - s) C(s) ds,   C(t) = <v(t) v(0)>.                       (first kind)

Differentiated once, with dv/dt = f / m, it becomes an equation of the second kind for K; integrated by
parts, one for the running integral G(t) = int_0^t K:

    K(t) C(0) = <df(t) f(0)> / m - int_0^t K(t - s) C'(s) ds
    G(t) C(0) = - <df(t) v(0)>   - int_0^t G(t - s) C'(s) ds

(Berne and Harp, Adv. Chem. Phys. 17, 63 (1970); Kowalik et al., Phys. Rev. E 100, 012126 (2019), eq. 12
for the nonlinear potential.)  Correlation functions are of one Cartesian component; K in amu/ps^2.

The trapezoidal rule on the records alone is not enough: the rebound takes back most of the friction of a
collision that lasts ten records, and the small difference that is left does not converge
(``docs/explanation/dynamics.md``).  Correlation functions are smooth and even or odd in time, so cubic
splines carry them to a grid that is ``FINER`` times as fine.  C' is the derivative of the spline through C:
late values of G depend on the small difference C(0) + int C', which any other estimate of C' would spoil.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from scipy.interpolate import CubicSpline
from scipy.signal import fftconvolve

from thermalcg.models.architecture import ForceField
from thermalcg.models.potential import in_pieces

from .correlation import correlate

#: Points of the grid of the inversion between two records.
FINER = 16


@dataclass(frozen=True)
class Correlations:
    """Correlation functions of one temperature, of one Cartesian component, each of shape (..., lag).

    Attributes:
        interval: between lags, ps.
        mass: m, of a bead, amu.
        vv: <v(t) v(0)>, nm^2/ps^2.
        residual_v: <df(t) v(0)>, kJ/mol/ps; df = f - F, f the instantaneous mapped force.
        residual_f: <df(t) f(0)>, kJ^2/mol^2/nm^2.
    """

    interval: float
    mass: float
    vv: np.ndarray
    residual_v: np.ndarray
    residual_f: np.ndarray

    def take(self, stretches: np.ndarray) -> Correlations:
        """The correlation functions of some stretches, given by their indices along the first axis."""
        return self._each(lambda x: x[stretches])

    def every(self, n: int) -> Correlations:
        """The same correlation functions, sampled n times more coarsely."""
        return replace(self._each(lambda x: x[..., ::n]), interval=n * self.interval)

    def mean(self, weights: np.ndarray | None = None) -> Correlations:
        """Weighted sums over the first axis, or plain averages without weights.

        Args:
            weights: shape (stretch,); see ``canonical_averages``.
        """
        return self._each(lambda x: np.average(x, axis=0) if weights is None else weights @ x)

    def _each(self, change) -> Correlations:
        names = ("vv", "residual_v", "residual_f")
        return replace(self, **{name: change(getattr(self, name)) for name in names})


def correlations_of(stretches: xr.Dataset, force_field: ForceField, n_lags: int) -> Correlations:
    """The correlation functions of every stretch, shape (stretch, lag).

    Args:
        stretches: dataset ``dynamics/all_atom/{T}.nc``.
        force_field: the mean force F as a function of positions, shape (B, N, 3).
        n_lags: lags 0 ... n_lags - 1, in records.

    Raises:
        ValueError: more lags than records.
    """
    position, velocity, force = (
        stretches[name].values.astype(float) for name in ("position", "velocity", "force")
    )
    residual = force - np.stack([in_pieces(force_field, x)[1] for x in position])
    return Correlations(
        float(stretches["time"][1] - stretches["time"][0]),
        float(stretches.attrs["bead_mass_amu"]),
        correlate(velocity, velocity, n_lags),
        correlate(residual, velocity, n_lags),
        correlate(residual, force, n_lags),
    )


def memory_kernel(c: Correlations) -> np.ndarray:
    """The memory kernel K(t), amu/ps^2, shape (lag,), from the equation of the second kind."""
    return _volterra(_spline(c.residual_f / c.mass, 1), c.vv, c.interval)


def running_integral(c: Correlations) -> np.ndarray:
    """The running integral G(t) = int_0^t K, amu/ps, shape (lag,).

    It solves the equation of the first kind, integrated by parts.
    """
    return _volterra(_spline(-c.residual_v, -1), c.vv, c.interval)


def linear_running_integral(vv: np.ndarray, mass: float, interval: float) -> np.ndarray:
    """The running integral of the *linear* kernel, amu/ps, shape (lag,), from velocities alone.

    The linear equation is m dv/dt = - int_0^t K_lin(t - s) v(s) ds + eta, without a mean force.  Two motions
    with the same velocity autocorrelation have the same linear kernel, whatever their forces, so that the
    difference of two linear kernels tells by how much the memory of a CG simulation has to change.

    Args:
        vv: <v(t) v(0)>, nm^2/ps^2, shape (lag,).
        mass: m, amu.
        interval: between lags, ps.
    """
    derivative = _spline(vv / interval, 1).derivative()
    return _volterra(lambda t: -mass * derivative(t), vv, interval)


def _spline(values: np.ndarray, parity: int) -> CubicSpline:
    """A cubic spline through the values at lags 0, 1, 2, ..., continued to negative lags.

    Args:
        parity: 1 for a function that is even in time, -1 for an odd one.
    """
    values = values if parity > 0 else np.concatenate([[0.0], values[1:]])
    lags = np.arange(len(values))
    return CubicSpline(np.concatenate([-lags[:0:-1], lags]), np.concatenate([parity * values[:0:-1], values]))


def _volterra(given: Callable, vv: np.ndarray, interval: float) -> np.ndarray:
    """The solution x of x(t) C(0) = given(t) - int_0^t x(t - s) C'(s) ds, shape (lag,).

    The trapezoidal rule is applied on the finer grid.

    Args:
        given: a function of the lag in records.
        vv: C at the lags 0, 1, 2, ..., shape (lag,).
        interval: between lags, ps.
    """
    fine = np.arange((len(vv) - 1) * FINER + 1) / FINER
    step = interval / FINER
    right, slope = given(fine), _spline(vv / interval, 1).derivative()(fine)
    first = right[0] / vv[0]
    # the sum over earlier times is a product of power series; the first value enters it with half its weight
    later = _quotient(
        right[1:] - 0.5 * step * first * slope[1:],
        np.concatenate([[vv[0] + 0.5 * step * slope[0]], step * slope[1:-1]]),
    )
    return np.concatenate([[first], later])[::FINER]


def _quotient(given: np.ndarray, divisor: np.ndarray) -> np.ndarray:
    """The power series x with divisor * x = given, up to the order of both, shape (n,).

    Newton's iteration for 1 / divisor doubles the number of right coefficients (Brent and Kung, J. ACM 25,
    581 (1978)).  It takes n log n operations, where one coefficient after the other takes n^2: this is what
    makes jackknives over many stretches and long memories possible.
    """
    n, inverse = len(given), np.array([1 / divisor[0]])
    while len(inverse) < n:
        known = min(2 * len(inverse), n)
        rest = -fftconvolve(divisor[:known], inverse)[:known]
        rest[0] += 2
        inverse = fftconvolve(inverse, rest)[:known]
    return fftconvolve(given, inverse)[:n]
