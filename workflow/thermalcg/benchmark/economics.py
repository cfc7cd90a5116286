"""Which data to buy: the error of a force field against what its all-atom runs cost.

**Force error.**  The excess over the force field that is fitted to all of the run at the temperature in
question, from instantaneous forces of frames that nothing was fitted to (``analysis.excess_error``):

    e^2 - e*^2 = E[(f - phi theta)^2 - (f - phi theta*)^2]
               = theta^T G theta - 2 theta^T b - theta*^T G theta* + 2 theta*^T b,

with G = E[phi^T phi] and b = E[phi^T f] of these frames.  They are summed up once; each force field is then a
product of small matrices.

**RDF error.**  The mean square difference of g(r) from all-atom, less what the noise of both gives: the mean
of (g - g_AA)^2 minus the squared standard errors of the two means, over the bins.  It has no floor.

Every piece of a run stands for a run of its own, and errors are those of the mean over pieces.  What all
pieces share adds to them: the test frames, by their blocks, and the all-atom g(r), by the jackknife.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from thermalcg.analysis.curve_distance import squared_distance
from thermalcg.analysis.pair_structure import radial_distribution
from thermalcg.cg.engines import engines_of
from thermalcg.cg.langevin import CGSettings, run_cg_md
from thermalcg.cg.replicas import Beads
from thermalcg.conditional.frames import evenly_spaced
from thermalcg.models.expansion import Expansion
from thermalcg.models.potential import ThermalPotential
from thermalcg.models.spline.model import Spline
from thermalcg.runtime.schedule import frames_apart
from thermalcg.statistics import (
    blocks,
    jackknife_error,
    root_with_error,
    standard_error,
)
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.storage.seeds import derive_seed

from .economics_fits import Fitted, coefficients_at, force_moments
from .economics_plan import Economics, Purchase

#: Blocks of an all-atom run that stand for independent ones in the error of its g(r).
REFERENCE_BLOCKS = 8

#: Time between the frames of the all-atom g(r), ps; beads move by a fraction of a bin in less.
REFERENCE_PS = 0.24


@dataclass(frozen=True)
class Point:
    """One purchase of one size.

    Attributes:
        purchase: what is bought.
        length_ps: production of each run, ps.
    """

    purchase: Purchase
    length_ps: float

    @property
    def key(self) -> tuple[str, float]:
        return self.purchase.name, self.length_ps


def points(bought: list[Purchase], plan: Economics) -> list[Point]:
    """Every purchase in every size."""
    return [Point(one, length) for one in bought for length in plan.lengths(several=one.several)]


def coefficients_of(
    point: Point, fits: Mapping[float, xr.Dataset], temperature: float, plan: Economics
) -> np.ndarray:
    """Coefficients at a temperature of the force fields of every piece, shape (piece, F)."""
    return np.array(
        [
            coefficients_at(point.purchase, fits, point.length_ps, piece, temperature)
            for piece in range(plan.pieces)
        ]
    )


class ForceTest:
    """Excess force errors at one temperature, from its test frames.

    Args:
        run: dataset ``economics/runs/{T}.nc`` with test frames.
        yardstick: coefficients of the force field that was fitted to all of this run, shape (F,).
        how: basis, prior and plan.
    """

    def __init__(self, run: xr.Dataset, yardstick: np.ndarray, how: Fitted) -> None:
        moments = force_moments(
            run["test_position"].values,
            run["test_force"].values,
            float(run.attrs["box_nm"]),
            how,
            how.plan.test_blocks,
        )
        self._gram = moments.gram[:, 0] / moments.count[:, None, None]
        self._vector = moments.vector[:, 0] / moments.count[:, None]
        self._least = self._loss(yardstick)

    def __call__(self, coefficients: np.ndarray) -> np.ndarray:
        """e^2 - e*^2 of each block of test frames, kJ2/mol2/nm2, shape (block,), for coefficients (F,)."""
        return self._loss(coefficients) - self._least

    def _loss(self, theta: np.ndarray) -> np.ndarray:
        """E[(f - phi theta)^2] - E[f^2] of each block."""
        return np.einsum("f,bfg,g->b", theta, self._gram, theta) - 2 * self._vector @ theta


@dataclass(frozen=True)
class MovedBeads:
    """CG runs of many force fields at one temperature.

    Attributes:
        run: dataset ``economics/runs/{T}.nc``, which the beads start from.
        settings: of the study's CG runs; lengths and intervals are those of the plan.
        edges: of the bins of g(r), nm.
        threads: most threads.
    """

    run: xr.Dataset
    settings: CGSettings
    edges: np.ndarray
    threads: int = 1

    def distributions(
        self, coefficients: np.ndarray, how: Fitted, *, seed: int, checkpoints: Checkpoints
    ) -> np.ndarray:
        """g(r) of each CG run of each force field, shape (force field, run, bin); of a failed run NaN.

        Args:
            coefficients: at the temperature of the run, shape (force field, F).
            how: basis, prior and plan.
            seed: every random number of the runs is derived from it.
            checkpoints: of these runs.
        """
        T, box, plan = float(self.run.attrs["temperature_K"]), float(self.run.attrs["box_nm"]), how.plan
        ensemble = [
            ThermalPotential(Spline(own[None], how.spline), Expansion("constant", T), how.prior)
            for own in coefficients
        ]
        members = np.repeat(np.arange(len(ensemble)), plan.cg_runs)
        chosen = evenly_spaced(len(members), self.run.sizes["time"])
        beads = Beads(
            self.run["position"].values[chosen].astype(float), box, float(self.run.attrs["bead_mass_amu"])
        )
        data = run_cg_md(
            engines_of(ensemble, members, box, T, threads=self.threads),
            beads,
            T,
            self.settings,
            seed=derive_seed(seed, T),
            members=members,
            checkpoints=checkpoints,
            label=f"CG at {T:g} K",
        )
        found = np.full((len(members), self.edges.size - 1), np.nan)
        for index in np.flatnonzero(data["healthy"].values):
            found[index] = radial_distribution(data["position"].values[index], box, self.edges)
        return found.reshape(len(ensemble), plan.cg_runs, -1)


def reference_distributions(run: xr.Dataset, edges: np.ndarray, plan: Economics) -> np.ndarray:
    """All-atom g(r) in blocks, shape (block, bin).

    Args:
        run: dataset ``economics/runs/{T}.nc``.
        edges: of the bins, nm.
        plan: of its frames.
    """
    apart = frames_apart(REFERENCE_PS, plan.interval_ps)
    pieces = blocks(run["position"].values[::apart], REFERENCE_BLOCKS)
    return np.array([radial_distribution(own, float(run.attrs["box_nm"]), edges) for own in pieces])


def force_columns(squares: np.ndarray) -> dict[str, float]:
    """Excess force error from e^2 - e*^2 of each piece and block of test frames, shape (piece, block)."""
    error = float(np.hypot(standard_error(squares.mean(axis=1)), standard_error(squares.mean(axis=0))))
    root, root_error = root_with_error(float(squares.mean()), error)
    return {
        "excess_kJ_per_mol_nm": root,
        "excess_stderr": root_error,
        "excess_square": float(squares.mean()),
        "excess_square_stderr": error,
    }


def rdf_columns(distributions: np.ndarray, reference: np.ndarray) -> dict[str, float]:
    """RDF error of the force fields of all pieces.

    A piece with fewer than two CG runs that did not fail has no error.  The value is that of the others; it
    is missing if there are fewer than two.

    Args:
        distributions: g(r), NaN where a run failed, shape (piece, run, bin).
        reference: all-atom g(r) of blocks, shape (block, bin).
    """
    healthy = [own[np.isfinite(own).all(axis=1)] for own in distributions]
    failed = sum(len(own) for own in distributions) - sum(len(own) for own in healthy)
    good = [own for own in healthy if len(own) >= 2]
    row = dict.fromkeys(("rdf_error", "rdf_stderr", "rdf_square", "rdf_square_stderr"), np.nan)
    if len(good) >= 2:
        squares = np.array([squared_distance(own, reference) for own in good])
        without = [
            np.mean([squared_distance(own, np.delete(reference, block, axis=0)) for own in good])
            for block in range(len(reference))
        ]
        error = float(np.hypot(standard_error(squares), jackknife_error(without)))
        root, root_error = root_with_error(float(squares.mean()), error)
        row = {
            "rdf_error": root,
            "rdf_stderr": root_error,
            "rdf_square": float(squares.mean()),
            "rdf_square_stderr": error,
        }
    return row | {"cg_failed": failed}


def economics_rows(
    tested: list[Point],
    fits: Mapping[float, xr.Dataset],
    moved: MovedBeads,
    how: Fitted,
    *,
    equilibration_ps: float,
    seed: int,
    checkpoints: Checkpoints,
) -> pd.DataFrame:
    """The rows of ``economics.csv`` at one temperature.

    Args:
        tested: purchases in all their sizes.
        fits: datasets ``economics/fits/{T}.nc`` of every temperature, K.
        moved: how CG runs are made, with the all-atom run of the temperature in question.
        how: basis, prior and plan.
        equilibration_ps: of each all-atom run, ps; it is paid for.
        seed: every random number is derived from it.
        checkpoints: keep the CG runs of each point.
    """
    T = float(moved.run.attrs["temperature_K"])
    test = ForceTest(moved.run, fits[T]["whole"].values, how)
    reference = reference_distributions(moved.run, moved.edges, how.plan)
    coefficients = [coefficients_of(point, fits, T, how.plan) for point in tested]
    for index in range(checkpoints.done, len(tested)):
        inner = checkpoints.inner()
        found = moved.distributions(
            coefficients[index], how, seed=derive_seed(seed, *tested[index].key), checkpoints=inner
        )
        checkpoints.save({}, {"rdf": found[None]})
    distributions = checkpoints.parts()["rdf"]
    return pd.DataFrame(
        [
            {
                "purchase": point.purchase.name,
                "trained_at_K": " ".join(f"{t:g}" for t in point.purchase.trained_K),
                "law": point.purchase.law,
                "run_ps": point.length_ps,
                "total_ps": point.purchase.cost_ps(point.length_ps, equilibration_ps),
                "temperature_K": T,
                "pieces": how.plan.pieces,
                **force_columns(np.array([test(own) for own in theta])),
                **rdf_columns(rdf, reference),
            }
            for point, theta, rdf in zip(tested, coefficients, distributions, strict=True)
        ]
    )
