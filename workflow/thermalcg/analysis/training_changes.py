"""The structure that force fields trained on other data would give, from runs with one of them.

Members of a bootstrapped ensemble have nearly the same potential.  Where W_m - W is small beside kB T, the
distributions that runs with W_m would give follow from those with W by perturbation theory to first order
(Zwanzig, J. Chem. Phys. 22, 1420, 1954),

    <A>_m - <A> = - <(A - <A>) (W_m - W)> / (kB T),

so that the noise of training is known without a run of any other member, and without the noise of one.
"""

from __future__ import annotations

import mdtraj as md
import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from thermalcg.geometry.inputs import checked_box
from thermalcg.models.potential import ThermalPotential
from thermalcg.models.species import Species
from thermalcg.models.spline.model import Spline, bead_features
from thermalcg.units import KB

from .pair_structure import mdtraj_trajectory
from .structure import Q_BIN, ObservableSettings, angle_edges, first_shell, order_density, order_edges

#: Standard deviation of (W_m - W) / (kB T) above which first order is rough.
LARGEST_DEVIATION = 1.0

#: Beads whose basis functions, and pairs whose distances, are in memory at once.
BEADS_AT_ONCE, PAIRS_AT_ONCE = 10_000, 1_000_000


def curve_changes(
    ensemble: list[ThermalPotential],
    pieces: np.ndarray,
    box: ArrayLike,
    temperature: float,
    settings: ObservableSettings,
) -> xr.Dataset:
    """How every distribution would change with each further member, piece by piece.

    Args:
        ensemble: splines; the first one moved the runs.
        pieces: nm, shape (piece, time, N, 3), as ``structure.observe`` takes them.
        box: edge or edges of the box, nm.
        temperature: of the runs, K.
        settings: ranges and bins.

    Returns:
        ``rdf_change`` (changed, run, r), ``adf_change``, ``tetrahedral_distribution_change`` and of a mixture
        ``pair_rdf_change``: the mean over pieces is the change of the distribution.  ``changed_member``
        (changed) is the member, and ``energy_deviation`` (changed) the standard deviation of
        (W_m - W) / (kB T), which first order wants below one.
    """
    n_pieces, length = pieces.shape[:2]
    flat = pieces.reshape(-1, *pieces.shape[2:])
    difference = reduced_differences(ensemble, flat, box, temperature)
    difference -= difference.mean(axis=1, keepdims=True)
    weights = difference.reshape(len(difference), n_pieces, length)
    found = xr.Dataset()
    for name, (dims, values, units) in frame_curves(flat, box, settings, ensemble[0].species).items():
        values = (values - values.mean(axis=0)).reshape(n_pieces, length, *values.shape[1:])
        change = -np.einsum("mpt,pt...->mp...", weights, values, optimize=True) / length
        found[f"{name}_change"] = ("changed", "run", *dims), change, {"units": units}
    found["changed_member"] = ("changed",), np.arange(1, len(ensemble)), {"units": "1"}
    found["energy_deviation"] = ("changed",), difference.std(axis=1), {"units": "1"}
    return found


def reduced_differences(
    ensemble: list[ThermalPotential], position: np.ndarray, box: ArrayLike, temperature: float
) -> np.ndarray:
    """(W_m - W) / (kB T) of every further member of splines, shape (member - 1, n).

    Args:
        ensemble: splines with one basis, one prior and one law in T.
        position: nm, shape (n, N, 3).
        box: edge or edges of the box, nm.
        temperature: K.
    """
    law = ensemble[0].expansion.values(temperature)[None]
    return energy_differences(ensemble, position, box, law)[0] / (KB * temperature)


def report_rough(deviation: float, temperature: float) -> None:
    """Print a warning where (W_m - W) / (kB T) is too large for first order.

    Args:
        deviation: largest standard deviation of any member.
        temperature: of the runs, K.
    """
    if deviation > LARGEST_DEVIATION:
        print(f"WARNING: members differ by up to {deviation:.2f} kB T at {temperature:g} K: errors are rough")


def energy_differences(
    ensemble: list[ThermalPotential], position: np.ndarray, box: ArrayLike, laws: np.ndarray
) -> np.ndarray:
    """Energies of every further member of splines less those of the first one.

    Args:
        ensemble: splines with one basis, one prior and one law in T.
        position: nm, shape (n, N, 3).
        box: edge or edges of the box, nm.
        laws: weights of the functions of the expansion, as ``ThermalPotential.combination`` takes them, of
            several energies, shape (law, K).

    Returns:
        kJ/mol for weights without a unit, shape (law, member - 1, n).

    Raises:
        TypeError: networks, which are not linear in what their members differ in.
    """
    first = ensemble[0].components
    if not isinstance(first, Spline):
        raise TypeError(f"members are {type(first).__name__}; allowed: splines, which are linear")
    coefficients = np.array([member.components.coefficients for member in ensemble])
    difference = np.einsum("lk,mkf->lmf", laws, coefficients[1:] - coefficients[0])
    found = np.empty((*difference.shape[:2], len(position)))
    size = max(1, BEADS_AT_ONCE // position.shape[1])
    for start in range(0, len(position), size):
        part = slice(start, start + size)
        energies = bead_features(position[part].astype(float), box, first.settings, first.species).sum(axis=1)
        found[..., part] = difference @ energies.T
    return found


def frame_curves(
    position: np.ndarray,
    box: ArrayLike,
    settings: ObservableSettings,
    species: Species | None = None,
) -> dict[str, tuple[tuple[str, ...], np.ndarray, str]]:
    """Every distribution of each configuration: dimensions but the first, values, and unit.

    Their means are those of all configurations together.  Since angles of all configurations are counted
    together, a configuration with more of them counts more: values are (n_theta - P n) / <n> + P, linear in
    the counts, with P the distribution of all.

    Args:
        position: nm, shape (n, N, 3).
        box: edge or edges of the box, nm.
        settings: ranges and bins.
        species: of the beads, where there are several.
    """
    edges, positions = checked_box(box), np.ascontiguousarray(position, float)
    theta, q = angle_edges(settings), order_edges(Q_BIN)
    shells = [first_shell(frame[None], edges, settings.shell_nm, theta.size - 1) for frame in positions]
    counts = np.array([shell[1] for shell in shells], float)
    total = counts.sum(axis=1, keepdims=True)
    adf = counts.sum(axis=0) / total.sum()
    order = np.array([order_density(shell[2], q) for shell in shells])
    beads = positions.shape[1]
    every = np.stack(np.triu_indices(beads, k=1), axis=1)
    curves = {
        "rdf": (("r",), _pair_curves(positions, edges, settings.rdf_edges, every), "1"),
        "adf": (("theta",), ((counts - adf * total) / total.mean() + adf) / np.diff(theta), "1/degree"),
        "tetrahedral_distribution": (("q",), order, "1"),
    }
    if species is not None:
        kinds = np.sort(species.codes[every], axis=1)
        own = [every[(kinds == pair).all(axis=1)] for pair in species.pairs]
        by_pair = [_pair_curves(positions, edges, settings.rdf_edges, pairs) for pairs in own]
        curves["pair_rdf"] = ("pair", "r"), np.stack(by_pair, axis=1), "1"
    return curves


def _pair_curves(position: np.ndarray, box: np.ndarray, edges: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """g(r) of each configuration from its pairs, 1 for an ideal gas, shape (n, bin)."""
    bins, width = len(edges) - 1, edges[1] - edges[0]
    counts = np.zeros((len(position), bins))
    size = max(1, PAIRS_AT_ONCE // max(len(pairs), 1))
    for start in range(0, len(position) if len(pairs) else 0, size):
        trajectory = mdtraj_trajectory(position[start : start + size], box)
        distance = md.compute_distances(trajectory, pairs, periodic=True)
        frame, pair = np.nonzero((distance >= edges[0]) & (distance < edges[-1]))
        place = np.minimum(((distance[frame, pair] - edges[0]) / width).astype(int), bins - 1)
        n = trajectory.n_frames
        counts[start : start + n] = np.bincount(frame * bins + place, minlength=n * bins).reshape(n, bins)
    shell = 4 / 3 * np.pi * np.diff(edges**3)
    return counts * np.prod(box) / (max(len(pairs), 1) * shell)
