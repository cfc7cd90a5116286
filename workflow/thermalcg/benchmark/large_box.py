"""The force field of a small box in a larger one, against all-atom water of that size.

The larger box is made of copies of the small one.  Structure is compared to twice the distance, and at the
smallest wave vectors, which the small box does not have.

Mean energies are compared as their change from T0.  For the CG model that is the change of the mean of
<u>_R = W - T dW/dT over its own configurations, and C_rest (T - T0): the heat capacity that the sites do not
carry, measured in the small box at T0 (``analysis.heat_parts``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import xarray as xr

from thermalcg.analysis.heat_parts import PIECES, Remainder
from thermalcg.analysis.structure import ObservableSettings, observe
from thermalcg.atomistic.mapping import mapped_sites
from thermalcg.atomistic.water import WaterBox
from thermalcg.cg.replicas import Beads
from thermalcg.geometry.inputs import checked_cube
from thermalcg.models.potential import ThermalPotential
from thermalcg.statistics import (
    block_means,
    blocks,
    l1_with_error,
    standard_error,
    student_width,
    welch_freedom,
)
from thermalcg.storage.datasets import variable

from .engine_plans import LARGE_BOX, LargeBox

#: Distributions that are compared as such, by the mean of their absolute difference.
CURVES = ("rdf", "adf")

#: Numbers that are compared.
VALUES = ("coordination", "tetrahedral_order")


def copied(position: np.ndarray, edge: float, copies: int) -> np.ndarray:
    """Positions of a periodic box repeated along each edge, the particles of one copy after another.

    Args:
        position: nm, shape (..., N, 3); of molecules (..., N, atom, 3) with ``copied_molecules``.
        edge: of the box, nm.
        copies: along each edge.

    Returns:
        nm, shape (..., copies^3 N, 3).
    """
    shifts = edge * np.array(list(product(range(copies), repeat=3)), float)
    return np.concatenate([position + shift for shift in shifts], axis=-2)


def copied_molecules(atoms: np.ndarray, edge: float, copies: int) -> np.ndarray:
    """As ``copied``, of whole molecules: nm, from shape (N, atom, 3) to (copies^3 N, atom, 3)."""
    return np.swapaxes(copied(np.swapaxes(atoms, 0, 1), edge, copies), 0, 1)


def copied_beads(mapped: xr.Dataset, runs: int, copies: int) -> Beads:
    """Beads to start from in the large box: copies of evenly spaced configurations of ``mapped/{T}.nc``."""
    small = Beads.of_run(mapped, runs)
    edge = checked_cube(small.box)
    return Beads(copied(small.start, edge, copies), copies * edge, small.mass)


def structure_factor(position: np.ndarray, edge: float, shells: tuple[int, ...]) -> np.ndarray:
    """Structure factor of the sites, S(k) = <|sum_i exp(i k.r_i)|^2> / N, at the smallest wave vectors.

    It is averaged over the frames and over the wave vectors k = 2 pi n / edge with |n|^2 of each shell.

    Args:
        position: nm, shape (time, N, 3).
        edge: of the cubic box, nm.
        shells: squares of the lengths of n.

    Returns:
        Shape (shell,).

    Raises:
        ValueError: a shell without vectors, such as 7.
    """
    reach = range(-int(max(shells) ** 0.5), int(max(shells) ** 0.5) + 1)
    whole = np.array(list(product(reach, repeat=3)))
    found = []
    for shell in shells:
        # k and -k give the same
        vectors = [n for n in whole[(whole**2).sum(axis=1) == shell].tolist() if n > [0, 0, 0]]
        if not vectors:
            raise ValueError(f"shells holds {shell}, which is no sum of three squares of whole numbers")
        waves = [np.exp(2j * np.pi / edge * (position @ np.array(n))).sum(axis=1) for n in vectors]
        found.append(np.mean(np.abs(waves) ** 2) / position.shape[1])
    return np.array(found)


def observe_box(
    position: np.ndarray, edge: float, bins: ObservableSettings, plan: LargeBox = LARGE_BOX
) -> xr.Dataset:
    """What ``observe`` gives, to distances that grow with the box, and the structure factor of every run.

    Args:
        position: nm, shape (run, time, N, 3).
        edge: of the large box, nm.
        bins: the study's, whose largest distance is multiplied by the copies of the small box.
    """
    n_bins = int((plan.copies * bins.rdf_max_nm - bins.rdf_min_nm) / bins.rdf_bin_nm + 1e-6)
    data = observe(position, edge, replace(bins, rdf_max_nm=bins.rdf_min_nm + n_bins * bins.rdf_bin_nm))
    factor = np.array([structure_factor(run.astype(float), edge, plan.shells) for run in position])
    data["structure_factor"] = variable(("run", "k"), factor, "1")
    data["structure_factor_se"] = variable(("k",), standard_error(factor), "1")
    return data.assign_coords(k=variable(("k",), 2 * np.pi / edge * np.sqrt(plan.shells), "1/nm"))


def all_atom_box(
    run: xr.Dataset, box: WaterBox, mapping: str, bins: ObservableSettings, plan: LargeBox = LARGE_BOX
) -> xr.Dataset:
    """The dataset ``engine/large_box/all_atom/{T}.nc``; blocks of the run stand for independent ones.

    Args:
        run: dataset of ``run_all_atom`` in the large box.
        box: the large box.
        mapping: one of ``water.MAPPINGS``.
        bins: as of ``observe_box``.
    """
    sites = mapped_sites(box.model, mapping, run["atom_position"].values)
    data = observe_box(blocks(sites, plan.blocks), box.edge, bins, plan)
    energy = block_means(run["potential_energy"].values, plan.blocks) / box.molecules
    data["energy"] = variable(("run",), energy, "kJ/mol")
    return data.assign_attrs(temperature_K=float(run.attrs["temperature_K"]))


def cg_box(
    trajectory: xr.Dataset,
    member: ThermalPotential,
    mapped: xr.Dataset,
    bins: ObservableSettings,
    plan: LargeBox = LARGE_BOX,
) -> xr.Dataset:
    """The dataset ``engine/large_box/cg/{T}.nc``, of the runs that did not fail.

    Args:
        trajectory: dataset of ``run_cg_md`` in the large box.
        member: the potential that moved the runs.
        mapped: the small box at T0, ``mapped/{T0}.nc``, for the heat capacity that the sites do not carry.
        bins: as of ``observe_box``.

    Raises:
        ValueError: fewer than two runs that did not fail.
    """
    healthy = np.flatnonzero(trajectory["healthy"].values)
    position = trajectory["position"].values[healthy]
    edge, T = float(trajectory.attrs["box_nm"]), float(trajectory.attrs["temperature_K"])
    data = observe_box(position, edge, bins, plan)
    energy = [member.mean_energy(run.astype(float), edge, T).mean() for run in position]
    data["energy"] = variable(("run",), np.array(energy) / position.shape[2], "kJ/mol")
    rest, rest_error = Remainder.of(member, mapped).capacity()
    for name, value in (("rest", rest), ("rest_se", rest_error)):
        data[name] = variable((), np.array(value / mapped.sizes["bead"]), "kJ/mol/K")
    failure = trajectory.attrs["failure"]
    return data.assign_attrs(temperature_K=T, runs=trajectory.sizes["run"], failure=failure)


def large_box_table(
    all_atom: Mapping[float, xr.Dataset], cg: Mapping[float, xr.Dataset], reference: float
) -> pd.DataFrame:
    """The table ``large_box.csv``.

    A number differs (``differs`` 1) where zero is outside the 95 % interval of the difference (Student's t).
    For a distribution ``difference`` is the mean of |CG - all-atom|, which is never zero; it differs where
    that is larger than what the noise of both gives, ``noise``, by more than the same interval.

    Args:
        all_atom, cg: datasets of ``all_atom_box`` and ``cg_box`` by temperature, K.
        reference: T0, K.
    """
    rows = []
    for T in all_atom:
        own, model = all_atom[T], cg[T]
        rows += [_distributions(T, name, own, model) for name in CURVES]
        rows += [_numbers(T, name, own[name].values, model[name].values) for name in VALUES]
        for i, k in enumerate(own["k"].values):
            factors = (data["structure_factor"].values[:, i] for data in (own, model))
            rows.append(_numbers(T, "structure_factor", *factors) | {"k_per_nm": float(k)})
        if reference != T:
            rows.append(_energies(T, reference, all_atom, cg))
    return pd.DataFrame(rows)[list(COLUMNS)]


#: Columns of the table, in their order.
COLUMNS = (
    "temperature_K",
    "observable",
    "k_per_nm",
    "all_atom",
    "all_atom_stderr",
    "cg",
    "cg_stderr",
    "difference",
    "difference_stderr",
    "noise",
    "over_stderr",
    "differs",
)


def _row(
    T: float,
    observable: str,
    means: tuple[float, float],
    parts: tuple[list[float], list[float]],
    freedom: list[int],
) -> dict[str, object]:
    """A number of both.

    Args:
        means: all-atom, CG.
        parts: independent standard errors of each, whose squares add up.
        freedom: degrees of freedom of all parts, in order.
    """
    errors = [float(np.linalg.norm(own)) for own in parts]
    difference, error = means[1] - means[0], float(np.linalg.norm(errors))
    width = student_width(welch_freedom([*parts[0], *parts[1]], freedom))
    return {
        "temperature_K": T,
        "observable": observable,
        "k_per_nm": np.nan,
        "all_atom": means[0],
        "all_atom_stderr": errors[0],
        "cg": means[1],
        "cg_stderr": errors[1],
        "difference": difference,
        "difference_stderr": error,
        "noise": np.nan,
        "over_stderr": difference / error,
        "differs": int(abs(difference) > width * error),
    }


def _numbers(T: float, observable: str, own: np.ndarray, model: np.ndarray) -> dict[str, object]:
    means = float(own.mean()), float(model.mean())
    parts = [float(standard_error(own))], [float(standard_error(model))]
    return _row(T, observable, means, parts, [len(own) - 1, len(model) - 1])


def _energies(
    T: float, reference: float, all_atom: Mapping[float, xr.Dataset], cg: Mapping[float, xr.Dataset]
) -> dict[str, object]:
    """Changes of the mean energy a molecule from T0 to T, kJ/mol."""
    pieces, freedom, change = ([], []), [], []
    for part, boxes in zip(pieces, (all_atom, cg), strict=True):
        hot, cold = (boxes[t]["energy"].values for t in (T, reference))
        change.append(float(hot.mean() - cold.mean()))
        part += [float(standard_error(hot)), float(standard_error(cold))]
        freedom += [len(hot) - 1, len(cold) - 1]
    rest, rest_error = (float(cg[T][name]) * (T - reference) for name in ("rest", "rest_se"))
    change[1] += rest
    pieces[1].append(abs(rest_error))
    return _row(T, "energy_change", tuple(change), pieces, [*freedom, PIECES - 1])


def _distributions(T: float, observable: str, own: xr.Dataset, model: xr.Dataset) -> dict[str, object]:
    distance = l1_with_error(model[observable].values, own[observable].values)
    width = student_width(min(own.sizes["run"], model.sizes["run"]) - 1)
    none = dict.fromkeys(COLUMNS, np.nan)
    return none | {
        "temperature_K": T,
        "observable": observable,
        "difference": distance.value,
        "difference_stderr": distance.error,
        "noise": distance.noise,
        "over_stderr": (distance.value - distance.noise) / distance.error,
        "differs": int(distance.value - distance.noise > width * distance.error),
    }
