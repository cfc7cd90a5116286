"""Structure of a liquid of beads in a periodic box.

Every observable is computed for each run on its own, and its error bar is the scatter
between independent runs.  Positions may be wrapped or not: only minimum-image
differences enter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numba
import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from thermalcg.geometry.inputs import InputError, checked_box, checked_positions
from thermalcg.geometry.periodic import nearest
from thermalcg.models.names import ModelKey, ModelName
from thermalcg.models.species import Species
from thermalcg.statistics import blocks, standard_error
from thermalcg.storage.datasets import box_of

from .pair_structure import check_range, pair_curves, radial_distribution

#: Bin width of the distribution of the tetrahedral order.
Q_BIN = 0.02


@dataclass(frozen=True)
class ObservableSettings:
    """Ranges, bins and blocks: the keys of the section ``observables`` of the configuration.

    Attributes:
        rdf_min_nm, rdf_max_nm, rdf_bin_nm: range and bin width of g(r).
        shell_nm: radius of the first shell.
        adf_bin_degree: bin width of the angles.
        blocks: parts of an all-atom trajectory, or of all CG runs together, that stand for independent runs.
    """

    rdf_min_nm: float
    rdf_max_nm: float
    rdf_bin_nm: float
    shell_nm: float
    adf_bin_degree: float
    blocks: int

    @property
    def rdf_edges(self) -> np.ndarray:
        """Edges of the bins of g(r), nm, shape (bin + 1,)."""
        return _edges(self.rdf_min_nm, self.rdf_max_nm, self.rdf_bin_nm, "rdf_bin_nm")


@dataclass(frozen=True)
class ObservedRuns:
    """The structure of the CG runs of one model at one temperature.

    Attributes:
        architecture, model: their names; the model's as in file names.
        temperature: K.
        data: dataset ``observables/{arch}/{model}/{T}.nc``.
    """

    architecture: str
    model: str
    temperature: float
    data: xr.Dataset

    @property
    def key(self) -> ModelKey:
        return ModelKey(self.architecture, ModelName.parse(self.model).mode)


def observe(
    position: np.ndarray,
    box: ArrayLike,
    settings: ObservableSettings,
    q_bin: float = Q_BIN,
    species: Species | None = None,
) -> xr.Dataset:
    """Radial, angular and tetrahedral structure of every run, with errors of the mean over runs.

    All beads count alike; with several species there are distributions of each pair of them as well.

    Args:
        position: nm, shape (run, time, bead, 3); independent runs, or blocks of one long trajectory.
        box: edge of a cubic box, or three edges, nm.
        settings: ranges and bins.
        q_bin: bin width of the distribution of the tetrahedral order.
        species: of the beads, where there are several.

    Returns:
        ``rdf`` (run, r), ``adf`` (run, theta; per degree), ``tetrahedral_distribution`` (run, q; a
        density), ``coordination`` (run), ``tetrahedral_order`` (run), each with ``_se`` without
        the dimension run.  The ADF and the distribution integrate to 1.  With several species also
        ``pair_rdf`` (run, pair, r) and ``pair_coordination`` (run, centre, neighbour).

    Raises:
        InputError: positions of another shape or not finite; fewer than five beads; a tilted box;
            ``rdf_max_nm`` or ``shell_nm`` above half the box.
        ValueError: fewer than two runs; bins that do not divide their range; a run in which no bead ever
            has two neighbours, so that there is no angle.
    """
    position = np.asarray(position)
    if position.ndim != 4 or position.shape[-1] != 3 or 0 in position.shape:
        raise InputError(f"positions have shape {position.shape}; allowed: (run, time, bead, 3)")
    for key in ("rdf_max_nm", "shell_nm"):
        check_range(key, getattr(settings, key), checked_box(box))
    curves = _curves(position, box, settings, q_bin, species)
    r_edges, theta_edges, q_edges = _bins(settings, q_bin)
    dataset = xr.Dataset(
        coords={
            "r": ("r", _centres(r_edges), {"units": "nm"}),
            "theta": ("theta", _centres(theta_edges), {"units": "degree"}),
            "q": ("q", _centres(q_edges), {"units": "1"}),
        },
        attrs={
            "box_nm": float(box) if np.ndim(box) == 0 else checked_box(box),
            "beads": position.shape[2],
            "frames_per_run": position.shape[1],
        },
    )
    if species is not None:
        kinds = list(species.names)
        dataset = dataset.assign_coords(pair=species.pair_names, centre=kinds, neighbour=kinds)
        dataset = species.recorded(dataset)
    for name, (dims, values, units) in curves.items():
        dataset[name] = dims, np.asarray(values), {"units": units}
        dataset[f"{name}_se"] = dims[1:], standard_error(values), {"units": units}
    return dataset


def _bins(settings: ObservableSettings, q_bin: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Edges of the bins of distances, angles and orders."""
    return settings.rdf_edges, angle_edges(settings), order_edges(q_bin)


def angle_edges(settings: ObservableSettings) -> np.ndarray:
    """Edges of the bins of angles, degrees, shape (bin + 1,)."""
    return _edges(0.0, 180.0, settings.adf_bin_degree, "adf_bin_degree")


def order_edges(q_bin: float = Q_BIN) -> np.ndarray:
    """Edges of the bins of the tetrahedral order, shape (bin + 1,)."""
    return _edges(-1.0, 1.0, q_bin, "q_bin")


def _curves(
    position: np.ndarray, box: ArrayLike, settings: ObservableSettings, q_bin: float, species: Species | None
) -> dict[str, tuple[tuple[str, ...], list, str]]:
    """Dimensions, values by run, and unit of every observable."""
    r_edges, theta_edges, q_edges = _bins(settings, q_bin)
    shells = [local_structure(run, box, settings.shell_nm, theta_edges.size - 1) for run in position]
    orders = [order_density(shell.order, q_edges) for shell in shells]
    curves = {
        "rdf": (("run", "r"), [radial_distribution(run, box, r_edges) for run in position], "1"),
        "adf": (("run", "theta"), [shell.adf for shell in shells], "1/degree"),
        "tetrahedral_distribution": (("run", "q"), orders, "1"),
        "coordination": (("run",), [shell.coordination for shell in shells], "1"),
        "tetrahedral_order": (("run",), [shell.order.mean() for shell in shells], "1"),
    }
    return (
        curves
        if species is None
        else curves | pair_curves(position, box, r_edges, settings.shell_nm, species)
    )


def observe_all_atom(mapped: xr.Dataset, settings: ObservableSettings) -> xr.Dataset:
    """Structure of a mapped all-atom trajectory; its blocks stand for independent runs.

    Args:
        mapped: dataset ``mapped/{T}.nc``.
        settings: ranges, bins and number of blocks.

    Returns:
        The dataset ``observables/all_atom/{T}.nc``, see ``observe``.
    """
    position = blocks(mapped["position"].values, settings.blocks)
    observed = observe(position, box_of(mapped), settings, species=Species.of(mapped))
    observed.attrs["temperature_K"] = float(mapped.attrs["temperature_K"])
    return observed


def observe_cg_runs(trajectory: xr.Dataset, settings: ObservableSettings) -> xr.Dataset:
    """Structure of the healthy runs of one model; without curves where fewer than two are healthy.

    Runs are cut into blocks, together at least ``settings.blocks``, which stand for independent runs.

    Args:
        trajectory: dataset ``cg/{arch}/{model}/{T}.nc``.
        settings: ranges, bins and blocks.

    Returns:
        The dataset ``observables/{arch}/{model}/{T}.nc``: what ``observe`` returns, with ``run_member`` of
        every block; ``healthy``, ``member`` and ``kinetic_temperature`` of every run (attempt); the attribute
        ``failure``.
    """
    pieces, member = cg_pieces(trajectory, settings)
    box, species = box_of(trajectory), Species.of(trajectory)
    observed = xr.Dataset()
    if len(pieces):
        observed = observe(pieces, box, settings, species=species)
        observed["run_member"] = ("run",), member, {"units": "1"}
    observed = observed.merge(
        trajectory[["healthy", "member"]]
        .rename(run="attempt")
        .assign(kinetic_temperature=trajectory["temperature"].mean("time").rename(run="attempt"))
    )
    observed["kinetic_temperature"].attrs["units"] = "K"
    observed.attrs |= {
        "box_nm": box,
        "beads": trajectory.sizes["bead"],
        "frames_per_run": trajectory.sizes["time"],
        "temperature_K": float(trajectory.attrs["temperature_K"]),
        "failure": trajectory.attrs["failure"],
    }
    return observed


def cg_pieces(trajectory: xr.Dataset, settings: ObservableSettings) -> tuple[np.ndarray, np.ndarray]:
    """Blocks of the healthy runs, nm, shape (block, time, N, 3), and the member that moved each (block,).

    None where fewer than two runs are healthy; arguments as of ``observe_cg_runs``.
    """
    own, member = trajectory["healthy"].values.astype(bool), trajectory["member"].values
    position = trajectory["position"].values[own]
    if len(position) < 2:
        return position[:0], member[:0]
    each = -(-settings.blocks // len(position))
    return np.concatenate([blocks(run, each) for run in position]), np.repeat(member[own], each)


class LocalStructure(NamedTuple):
    """Structure of the first shell.

    Attributes:
        coordination: mean number of neighbours within the shell.
        adf: distribution of the angles j-i-k, per degree, shape (theta,); integrates to 1.
        order: tetrahedral order of every bead, shape (time, bead).
    """

    coordination: float
    adf: np.ndarray
    order: np.ndarray


def local_structure(position: np.ndarray, box: ArrayLike, shell: float, angle_bins: int) -> LocalStructure:
    """Coordination number, bond angles and tetrahedral order of the first shell.

    The coordination number counts neighbours closer than ``shell``, which is what the integral of
    the radial distribution function gives.  The angles are those at bead i between any two of these
    neighbours j and k.  The order, of the four nearest beads however far,
    q = 1 - 3/8 sum_{j<k} (cos psi_jk + 1/3)^2, is 1 in a perfect tetrahedron and 0 on average in an
    ideal gas (Errington and Debenedetti, Nature 409, 318 (2001)).

    Args:
        position: nm, shape (time, bead, 3).
        box: edge of a cubic box, or three edges, nm.
        shell: radius of the first shell, nm, at most half the shortest edge of the box.
        angle_bins: number of bins between 0 and 180 degrees.

    Raises:
        InputError: positions of another shape or not finite; fewer than five beads; a tilted box; a shell
            of more than half the box.
        ValueError: no bead with two neighbours.
    """
    position, box = np.ascontiguousarray(checked_positions(position).values), checked_box(box)
    check_range("shell_nm", shell, box)
    if position.shape[1] < 5:
        raise InputError(f"{position.shape[1]} beads; allowed: at least 5, for four neighbours of each")
    neighbours, angles, order = first_shell(position, box, float(shell), angle_bins)
    if angles.sum() == 0:
        raise ValueError(f"shell_nm is {shell}: no bead ever has two neighbours within it, so no angles")
    return LocalStructure(
        coordination=neighbours / order.size,
        adf=angles / (angles.sum() * 180.0 / angle_bins),
        order=order,
    )


@numba.njit(cache=True)
def first_shell(position, box, shell, angle_bins):  # pragma: no cover
    """Total number of neighbours, counts of angles (angle_bins,), and q (time, bead); box: three edges."""
    frames, beads, _ = position.shape
    total = 0
    angles = np.zeros(angle_bins, dtype=np.int64)
    order = np.empty((frames, beads))
    unit = np.empty((beads, 3))  # directions to the neighbours of one bead
    four = np.empty((4, 3))  # directions to the four nearest, and their squared distances, sorted
    four_r2 = np.empty(4)
    d = np.empty(3)
    for t in range(frames):
        for i in range(beads):
            count = 0
            four_r2[:] = np.inf
            for j in range(beads):
                if j == i:
                    continue
                r2 = 0.0
                for x in range(3):
                    d[x] = nearest(position[t, j, x] - position[t, i, x], box[x])
                    r2 += d[x] * d[x]
                if r2 < shell * shell:
                    for x in range(3):
                        unit[count, x] = d[x] / np.sqrt(r2)
                    count += 1
                if r2 < four_r2[3]:
                    place = 3
                    while place > 0 and r2 < four_r2[place - 1]:
                        four_r2[place] = four_r2[place - 1]
                        four[place] = four[place - 1]
                        place -= 1
                    four_r2[place] = r2
                    for x in range(3):
                        four[place, x] = d[x] / np.sqrt(r2)
            total += count
            for a in range(count):
                for b in range(a + 1, count):
                    cosine = min(1.0, max(-1.0, _dot(unit[a], unit[b])))
                    # an angle of 180 degrees belongs to the last bin
                    angles[min(angle_bins - 1, int(np.arccos(cosine) / np.pi * angle_bins))] += 1
            q = 1.0
            for a in range(4):
                for b in range(a + 1, 4):
                    q -= 0.375 * (_dot(four[a], four[b]) + 1.0 / 3.0) ** 2
            order[t, i] = q
    return total, angles, order


@numba.njit(cache=True, inline="always")
def _dot(a, b):  # pragma: no cover
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _edges(low: float, high: float, width: float, key: str) -> np.ndarray:
    n = round((high - low) / width) if width > 0 else 0
    if n < 1 or abs(n * width - (high - low)) > 1e-6 * (high - low):
        raise ValueError(f"{key} is {width}; allowed: a whole fraction of the range {low} to {high}")
    return np.linspace(low, high, n + 1)


def _centres(edges: np.ndarray) -> np.ndarray:
    return (edges[1:] + edges[:-1]) / 2


def order_density(samples: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Distribution of the tetrahedral order as a density, shape (bin,)."""
    # q is at least -3: rare clusters below -1, and rounding errors above 1, belong to the end bins
    return np.histogram(np.clip(samples, edges[0], edges[-1]), bins=edges, density=True)[0]
