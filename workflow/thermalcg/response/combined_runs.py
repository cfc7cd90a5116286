"""One force field from runs at several temperatures: the forces of each run, and its response.

A run at T_i says theta(T_i) and theta'(T_i) (``projected_splines``).  A law theta(T) = sum_k h_k(T) a_k says
what both are at every temperature.  Its coefficients are those of generalised least squares,

    min_a sum_i |theta_i - sum_k h_k(T_i) a_k|^2_P  +  |theta'_i - sum_k h'_k(T_i) a_k|^2_Q,

with |x|^2_P = x^T P x and P, Q the inverse covariances of theta_i and theta'_i.  Some ten blocks do not tell
the covariance of seventy coefficients, but its shape is known: that of a penalised fit is

    C = s^2 (G + R)^-1 G (G + R)^-1   from noise,    s^2 (G + R)^-1   with what the penalty takes off,

s^2 the noise of an independent force component over their number.  The second is what P is the inverse of,
and s^2 is found from the jackknife: tr(G C) = s^2 tr[(G (G + R)^-1)^2].  Without responses the equations are
then those of one fit to the forces of all runs, each with its own noise and penalty.

**The penalty of the response is not a measurement.**  It is chosen as strong as the data of one run allow,
because a smooth guess is the best where nothing else is known; it draws theta' to zero.  Here other runs know
more.  So the response enters with the weak penalty R of the forces in the place of its own R': as
(G + R)^-1 (G + R') theta'_i, with Q = (G + R) / s^2.  With R' the other temperatures' forces would be drawn
to a response of zero, with a weight that grows with the data.

theta' = sum_s lambda_s theta_s of shells with weights below one is too small: a bias of (1 - lambda_s) times
the shell's true size S_s, which counts as an error beside the noise.  S_s is the measured size less the
noise N_s.  The noise itself is known to a share of sqrt(2 / (blocks - 1)), and a shell is not known to be
smaller than that.

theta_i and theta'_i of one run are taken as independent: one is a mean of forces and the other of forces
times the deviation of an energy from its mean, whose covariance is a third moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from thermalcg.models.expansion import Expansion
from thermalcg.models.potential import ThermalPotential
from thermalcg.models.spline.model import Spline

from .projected_splines import SplineProjection


class RunCoefficients(NamedTuple):
    """What a run says about a force field at its temperature.

    Attributes:
        temperature: K.
        base: theta, shape (F,).
        response: theta' with the penalty of theta, per K, shape (F,).
        base_precision: inverse covariance of theta, shape (F, F).
        response_precision: that of theta', shape (F, F).
    """

    temperature: float
    base: np.ndarray
    response: np.ndarray
    base_precision: np.ndarray
    response_precision: np.ndarray


def combine_runs(
    projections: Sequence[SplineProjection],
    kind: str,
    *,
    responses: bool = True,
    reference: float | None = None,
    multiplicities: Sequence[np.ndarray] | None = None,
) -> ThermalPotential:
    """The spline force field with the law ``kind`` in T that agrees best with runs at several temperatures.

    Example::

        runs = [project_splines(mapped[t], energy[t], prior, settings) for t in (300, 700)]
        potential = combine_runs(runs, "heat_capacity")

    Args:
        projections: of each run; the same basis and prior in all.
        kind: of the expansion (``models.expansion``).
        responses: whether the response of each run is used, or its forces alone.
        reference: temperature that the expansion is about, K; that of the first run if None.  The force field
            does not depend on it: other references span the same laws.
        multiplicities: how often each block of each run counts, as in a bootstrap, shape (block,) each; None
            for once each.  Weights and penalties stay those of all data.

    Raises:
        ValueError: runs whose basis or prior differ; a single temperature, for which
            ``SplineProjection.potential`` is better; or fewer temperatures than the law needs.
    """
    first = projections[0]
    if len({p.first.temperature for p in projections}) < 2:
        raise ValueError("runs at a single temperature; allowed: two or more (SplineProjection.potential)")
    if any((p.settings.spline, p.prior) != (first.settings.spline, first.prior) for p in projections):
        raise ValueError("the runs differ in their basis or their prior; allowed: the same in all")
    draws = [None] * len(projections) if multiplicities is None else multiplicities
    runs = [run_coefficients(p, m) for p, m in zip(projections, draws, strict=True)]
    expansion = Expansion(kind, first.first.temperature if reference is None else reference)
    components = law_coefficients(runs, expansion, responses=responses)
    return ThermalPotential(Spline(components, first.settings.spline), expansion, first.prior)


def law_coefficients(
    runs: Sequence[RunCoefficients], expansion: Expansion, *, responses: bool = True
) -> np.ndarray:
    """Coefficients a_k of the law that agrees best with the runs, shape (K, F).

    Args:
        runs: at different temperatures or at the same.
        expansion: the law.
        responses: whether theta' of the runs is used.

    Raises:
        ValueError: fewer values than the law has components: one for each temperature, two with responses.
    """
    temperatures = {run.temperature for run in runs}
    known = len(temperatures) * (2 if responses else 1)
    if known < expansion.size:
        raise ValueError(
            f"the law {expansion.kind!r} has {expansion.size} components; {len(temperatures)} temperature(s) "
            f"{'with' if responses else 'without'} responses fix {known}"
        )
    matrix, vector = 0.0, 0.0
    for run in runs:
        parts = [(expansion.values(run.temperature), run.base, run.base_precision)]
        if responses:
            slopes = expansion.derivatives(run.temperature)
            parts.append((slopes, run.response, run.response_precision))
        for h, coefficients, precision in parts:
            matrix = matrix + np.kron(np.outer(h, h), precision)
            vector = vector + np.kron(h, precision @ coefficients)
    # T - T0 and the like are hundreds of kelvins: each component in units of its own
    scale = 1 / np.sqrt(np.diag(matrix))
    solution = scale * np.linalg.solve(matrix * scale[:, None] * scale, scale * vector)
    return solution.reshape(expansion.size, -1)


def run_coefficients(projection: SplineProjection, multiplicity: np.ndarray | None = None) -> RunCoefficients:
    """theta and theta' of a run, with their inverse covariances.

    Args:
        multiplicity: how often each block counts (``SplineProjection.coefficients``).
    """
    first, penalties = projection.first, projection.penalties
    base, response = projection.coefficients("linear", multiplicity)
    whole = first.gram + penalties.base
    return RunCoefficients(
        first.temperature,
        base,
        np.linalg.solve(whole, (first.gram + penalties.response) @ response),
        whole / _noise(first.gram, penalties.base, first.error(first.base_without) ** 2),
        whole / _noise(first.gram, penalties.response, response_square(projection)),
    )


def response_square(projection: SplineProjection) -> float:
    """Expected squared error of theta', a mean square of force components per K2: noise and bias.

    The bias is that of shells whose weight is below one.
    """
    first = projection.first
    noise = np.array([first.error(without) ** 2 for without in np.moveaxis(first.shells_without, 1, 0)])
    size = np.array([first.size(shell) ** 2 for shell in first.shells]) - noise
    least = noise * np.sqrt(2 / (len(first.base_without) - 1))
    bias = ((1 - first.weights) ** 2 * np.maximum(size, least)).sum()
    return float(first.error(first.response_without) ** 2 + bias)


def _noise(gram: np.ndarray, penalty: np.ndarray, square: float) -> float:
    """s^2 of a fit with this penalty whose jackknife error, tr(G C), is ``square``."""
    share = np.linalg.solve(gram + penalty, gram)
    return float(square / np.einsum("ij,ji->", share, share))
