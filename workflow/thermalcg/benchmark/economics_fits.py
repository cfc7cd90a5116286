"""Splines fitted to pieces of the runs of the study of costs.

A piece stands for a run of its own.  What it says about the force field at its temperature is kept as
coefficients and their inverse covariances (``response.combined_runs``), from which the force field of every
purchase is a small linear system.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from thermalcg.models.expansion import Expansion
from thermalcg.models.prior import Prior
from thermalcg.models.spline.basis import SplineSettings
from thermalcg.models.spline.model import Spline, force_rows
from thermalcg.response.combined_runs import RunCoefficients, law_coefficients, run_coefficients
from thermalcg.response.moments import Moments, Samples
from thermalcg.response.penalty import chosen_strength, spline_penalty
from thermalcg.response.projected_splines import COMPONENTS_AT_ONCE, ProjectionSettings, project_splines
from thermalcg.response.shells import SHELLS_NM
from thermalcg.runtime.progress import Progress
from thermalcg.runtime.schedule import frames_apart
from thermalcg.storage.datasets import variable
from thermalcg.training.training_set import build_training_set

from .economics_plan import ECONOMICS, Economics, Purchase


@dataclass(frozen=True)
class Fitted:
    """How pieces are fitted.

    Attributes:
        spline: the basis; its ridge is used for energy matching alone.
        prior: taken off the forces.
        reference: T0, K.
        plan: lengths and numbers.
    """

    spline: SplineSettings
    prior: Prior
    reference: float
    plan: Economics = ECONOMICS


def fit_pieces(run: xr.Dataset, how: Fitted) -> xr.Dataset:
    """Fits to every piece of a run.

    Args:
        run: dataset ``economics/runs/{T}.nc``.
        how: basis, prior and plan.

    Returns:
        The dataset ``economics/fits/{T}.nc``: coefficients of each piece; from runs with energies of
        molecules responses and inverse covariances; at T0 energy matching; and the fit to all of the run.
    """
    alone = float(run.attrs["temperature_K"]) == how.reference
    lengths = how.plan.lengths(several=not alone)
    cases = [(length, piece) for length in lengths for piece in range(how.plan.pieces)]
    values: dict[str, list[np.ndarray]] = {}
    with Progress("fits", len(cases), "pieces") as progress:
        for length, piece in cases:
            found = _of_piece(run, how, length, piece, alone)
            for name, value in found.items():
                values.setdefault(name, []).append(value)
            progress.update(1)
    whole = force_coefficients(_sparse(run, how.plan), how, how.plan.most_blocks)
    dims = {
        "base_precision": ("function", "other"),
        "response_precision": ("function", "other"),
        "law": ("component", "function"),
        "energy_matching": ("matched", "function"),
    }
    fitted = {
        name: variable(("case", *dims.get(name, ("function",))), np.array(value), "1")
        for name, value in values.items()
    }
    return xr.Dataset(
        {
            **fitted,
            "whole": variable(("function",), whole, "1"),
        },
        coords={
            "length": variable(("case",), np.array([length for length, _ in cases]), "ps"),
            "piece": variable(("case",), np.array([piece for _, piece in cases]), "1"),
        },
        attrs={"temperature_K": float(run.attrs["temperature_K"])},
    )


def piece_of(run: xr.Dataset, length: float, piece: int, plan: Economics) -> xr.Dataset:
    """A piece of the training frames of a run, as a dataset ``mapped/{T}.nc`` with energies of molecules.

    Pieces of one length start at the same places as those of another, evenly spaced over the run.
    """
    frames, start = round(length / plan.interval_ps), piece * (run.sizes["time"] // plan.pieces)
    names = [name for name in run.data_vars if not str(name).startswith("test_")]
    own = run[names].isel(time=slice(start, start + frames))
    return own.assign(split=variable(("time",), np.zeros(own.sizes["time"], np.int8), "1"))


def force_moments(position: np.ndarray, force: np.ndarray, box: float, how: Fitted, blocks: int) -> Moments:
    """Moments of ordinary forces, the prior's taken off, in blocks of equal length.

    Frames that do not fill the blocks are left out at the start.

    Args:
        position: nm, shape (time, N, 3).
        force: kJ/mol/nm, shape (time, N, 3).
        box: edge, nm.
        how: basis and prior.
        blocks: their number.
    """
    length = len(position) // blocks
    position, force = position[len(position) - blocks * length :], force[len(force) - blocks * length :]
    size = max(1, COMPONENTS_AT_ONCE // position[0].size)

    def samples():
        for block in range(blocks):
            for start in range(block * length, (block + 1) * length, size):
                own = slice(start, min(start + size, (block + 1) * length))
                beads = position[own].astype(float)
                rows = force_rows(beads, box, how.spline)
                value = (force[own] - how.prior.energy_force(beads, box)[1]).reshape(-1)
                yield Samples(block, rows.reshape(-1, rows.shape[-1]), value, np.empty((value.size, 0)))

    return Moments.of(samples(), blocks)


def force_coefficients(mapped: xr.Dataset, how: Fitted, blocks: int) -> np.ndarray:
    """Coefficients of the force field of a run, shape (F,): theta_0 of ``project_splines`` without more."""
    position, force = mapped["position"].values, mapped["force"].values
    moments = force_moments(position, force, float(mapped.attrs["box_nm"]), how, blocks)
    shape = spline_penalty(moments.mean_gram(), how.spline.pair_functions)
    gram, vector = moments.gram[:, 0], moments.vector[:, 0]
    count = moments.count
    strength = chosen_strength(gram / count[:, None, None], vector / count[:, None], shape)
    return moments.coefficients(strength * shape)


def coefficients_at(
    purchase: Purchase,
    fits: Mapping[float, xr.Dataset],
    length: float,
    piece: int,
    temperature: float,
) -> np.ndarray:
    """Coefficients of the spline that a purchase gives at a temperature, shape (F,).

    Args:
        purchase: what is bought.
        fits: datasets of ``fit_pieces`` by temperature, K.
        length: production of each run, ps.
        piece: which of the runs of this length.
        temperature: K.

    Raises:
        KeyError: a purchase of runs at temperatures without fits, or of pieces that were not fitted.
    """
    if purchase.name == "at_temperature":
        return _case(fits[temperature], length, piece)["base"].values
    own = [_case(fits[T], length, piece) for T in purchase.trained_K]
    expansion = Expansion(purchase.law, purchase.trained_K[0])
    h = expansion.values(temperature)
    if len(own) == 1:
        components = {"baseline": "base", "response": "law", "energy_matching": "energy_matching"}
        return h @ np.atleast_2d(own[0][components[purchase.name]].values)
    runs = [
        RunCoefficients(
            T,
            *(case[name].values for name in ("base", "response", "base_precision", "response_precision")),
        )
        for T, case in zip(purchase.trained_K, own, strict=True)
    ]
    return h @ law_coefficients(runs, expansion, responses=purchase.responses)


def _case(fits: xr.Dataset, length: float, piece: int) -> xr.Dataset:
    found = np.flatnonzero((fits["length"].values == length) & (fits["piece"].values == piece))
    if not len(found):
        raise KeyError(f"no fit to piece {piece} of {length:g} ps at {fits.attrs['temperature_K']:g} K")
    return fits.isel(case=int(found[0]))


def _of_piece(run: xr.Dataset, how: Fitted, length: float, piece: int, alone: bool) -> dict[str, np.ndarray]:
    """Coefficients of one piece; ``alone`` is whether it is of T0."""
    own, blocks = piece_of(run, length, piece, how.plan), how.plan.blocks(length)
    if "molecule_energy" not in own:
        return {"base": force_coefficients(_sparse(own, how.plan), how, blocks)}
    radii = tuple(r for r in SHELLS_NM if r <= float(run.attrs["box_nm"]) / 2)
    projection = project_splines(
        own, own["molecule_energy"].values, how.prior, ProjectionSettings(how.spline, blocks, radii)
    )
    known = run_coefficients(projection)
    found = {name: getattr(known, name) for name in known._fields if name != "temperature"}
    if alone:
        found["law"] = projection.coefficients("heat_capacity")
        found["energy_matching"] = _energy_matching(_sparse(own, how.plan), how, blocks)
    return found


def _energy_matching(piece: xr.Dataset, how: Fitted, blocks: int) -> np.ndarray:
    """Forces and energies of T0 fitted together, the training mode ``energy_matching``, shape (2, F)."""
    data = build_training_set(
        "energy_matching", {how.reference: piece}, how.reference, how.prior, blocks=blocks
    )
    return Spline.fit(data, how.spline, seed=0, members=1)[0][0].coefficients


def _sparse(run: xr.Dataset, plan: Economics) -> xr.Dataset:
    """Frames of a run, or a piece of one, that are far enough apart for a fit to forces."""
    return run.isel(time=slice(None, None, frames_apart(plan.sparse_ps, plan.interval_ps)))
