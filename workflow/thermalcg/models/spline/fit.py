"""Training of splines: linear in their coefficients, so that it is a solve.

One pass over the data builds the normal equations of every piece; every mode, bootstrap resample and
ridge parameter is then a small linear system.
"""

from __future__ import annotations

import numpy as np

from thermalcg.geometry.inputs import checked_box
from thermalcg.geometry.neighbours import overlap
from thermalcg.models.species import Species
from thermalcg.models.training_data import Configurations, Source, Target, TrainingSet
from thermalcg.storage.seeds import derive_seed

from .basis import SplineSettings
from .kernels import design_matrix
from .mixture_basis import blocks, function_count
from .mixture_kernels import basis_rows

#: Ridge parameters tried where ``ridge`` is ``auto``, relative to the mean curvature.
RIDGES = np.logspace(-6, 3, 19)

#: Parts of the cross-validation that chooses among them.
FOLDS = 5

#: Ridge where there is too little data to choose one.
DEFAULT_RIDGE = 1e-3


def build_equations(data: TrainingSet, settings: SplineSettings) -> list[Equations]:
    """Normal equations of each target, from one pass over each set of configurations.

    Raises:
        InputError: a box below twice the cutoff.
        OverlapError: two beads on one spot.
    """
    edges = checked_box(data.box, settings.pair_cutoff_nm)
    equations: list[Equations] = [
        Equations(t, data.configurations[t.at], data.pieces(t.at), settings, data.species)
        for t in data.targets
    ]
    for at, configurations in enumerate(data.configurations):
        own = [e for e, t in zip(equations, data.targets, strict=True) if t.at == at]
        for index, position in enumerate(configurations.position if own else ()):
            try:
                energy, force = functions_at(position, edges, settings, data.species)
            except ZeroDivisionError:
                raise overlap(position, edges, index) from None
            rows = force.reshape(-1, force.shape[-1])
            gram = rows.T @ rows / len(rows) if any(e.kind == "force" for e in own) else None
            for e in own:
                e.add(index, energy, rows, gram)
    return equations


def functions_at(
    position: np.ndarray, edges: np.ndarray, settings: SplineSettings, species: Species | None
) -> tuple[np.ndarray, np.ndarray]:
    """Energies (F,) and forces (N, 3, F) of all functions for one configuration (N, 3) with these edges.

    Raises:
        ZeroDivisionError: two beads on one spot.
    """
    position = np.ascontiguousarray(position, float)
    if species is None:
        return design_matrix(position, edges, settings.ranges)
    energy, force = basis_rows(position, (species.codes, species.pair_index), edges, settings.ranges)
    return energy.sum(axis=0), force


class Equations:
    """Normal equations of one target, summed over the configurations of one piece (the unit of
    resampling); energies are kept as rows to be centred.

    Args:
        pieces: the piece of each configuration in the training set, shape (n,).
        species: of the beads, where there are several.
    """

    def __init__(
        self,
        target: Target,
        configurations: Configurations,
        pieces: np.ndarray,
        settings: SplineSettings,
        species: Species | None = None,
    ) -> None:
        self.kind, self.weights, self.blocks = target.kind, target.weights, blocks(settings, species)
        self.pieces, self._unit = np.unique(pieces, return_inverse=True)
        self._target = target
        self._size = np.bincount(self._unit).astype(float)
        n, f = len(self.pieces), function_count(settings, species)
        if self.kind == "force":
            self.gram, self.moment, self.square = np.zeros((n, f, f)), np.zeros((n, f)), np.zeros(n)
        else:
            self.rows = np.empty((len(pieces), f))
            self.values = target.value / target.scale
            # every number counts once: an energy weighs as much as one component of a force
            self.share = 1 / configurations.position[0].size

    def add(self, index: int, energy: np.ndarray, rows: np.ndarray, gram: np.ndarray | None) -> None:
        """Take one configuration: energies (F,), rows (3N, F) of the force, and their gram matrix."""
        scale = self._target.scale
        if self.kind == "energy":
            self.rows[index] = energy / scale
            return
        u = self._unit[index]
        y = self._target.value[index].reshape(-1)
        share = 1 / self._size[u]
        self.gram[u] += gram * (share / scale**2)
        self.moment[u] += (y @ rows) * (share / (scale**2 * len(y)))
        self.square[u] += (y @ y) * (share / (scale**2 * len(y)))

    def normal(self, multiplicity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean gram matrix (F, F) and moment (F,) over its pieces with their multiplicities."""
        m = multiplicity / max(multiplicity.sum(), 1e-12)
        if self.kind == "force":
            return np.einsum("f,fab->ab", m, self.gram), m @ self.moment
        m = (m / self._size)[self._unit]
        rows, values = self.rows - m @ self.rows, self.values - m @ self.values
        weighted = self.share * (rows * m[:, None]).T
        return weighted @ rows, weighted @ values

    def loss(self, coefficients: np.ndarray, multiplicity: np.ndarray) -> float:
        """Mean squared residual in units of the target's scale."""
        c = self.weights @ coefficients
        m = multiplicity / max(multiplicity.sum(), 1e-12)
        if self.kind == "force":
            per_piece = self.square - 2 * self.moment @ c + np.einsum("a,fab,b->f", c, self.gram, c)
            return float(m @ per_piece)
        m = (m / self._size)[self._unit]
        residual = self.values - self.rows @ c
        return self.share * float(m @ (residual - m @ residual) ** 2)


def resampled(sources: dict[Source, np.ndarray], seed: int, member: int) -> np.ndarray:
    """Multiplicity of each piece in a bootstrap resample, each source of data resampled on its own.

    The draw depends on the source alone, so that modes which share it see the same resample.
    """
    multiplicity = np.zeros(sum(len(pieces) for pieces in sources.values()))
    for source, pieces in sources.items():
        rng = np.random.default_rng(derive_seed(seed, "bootstrap", member, source.seed_label))
        np.add.at(multiplicity, rng.choice(pieces, size=len(pieces)), 1)
    return multiplicity


def solve(equations: list[Equations], multiplicity: np.ndarray, ridges: np.ndarray) -> np.ndarray:
    """Ridge solution, shape (K, F); the ridge is relative to the mean curvature of a kind of function.

    Args:
        multiplicity: how often each piece of the training set counts, shape (n_pieces,).
        ridges: of each component, shape (K,).
    """
    k = len(equations[0].weights)
    matrix, vector = 0.0, 0.0
    for e in equations:
        gram, moment = e.normal(multiplicity[e.pieces])
        matrix = matrix + np.kron(np.outer(e.weights, e.weights), gram)
        vector = vector + np.kron(e.weights, moment)
    size = len(vector) // k
    # one scale for all functions of a kind: functions that the data hardly reach shrink to zero
    curvature = np.diag(matrix).reshape(k, size)
    scale = np.empty((k, size))
    for kind in equations[0].blocks:
        scale[:, kind] = 1 / np.sqrt(np.maximum(curvature[:, kind].mean(axis=1, keepdims=True), 1e-300))
    scale = scale.reshape(-1)
    scaled = matrix * scale[:, None] * scale[None, :] + np.diag(np.repeat(np.maximum(ridges, 1e-10), size))
    return (scale * np.linalg.solve(scaled, scale * vector)).reshape(k, size)


def ridges_of(equations: list[Equations], n_pieces: int, settings: SplineSettings) -> np.ndarray:
    """Ridge of each component, shape (K,): that of the settings, or chosen from the data."""
    k = len(equations[0].weights)
    if settings.ridge != "auto":
        return np.full(k, float(settings.ridge))
    return _choose_ridges(equations, n_pieces, k)


def _choose_ridges(equations: list[Equations], n_pieces: int, k: int) -> np.ndarray:
    """Ridge of each component by cross-validation over pieces, one component after the other."""
    n_folds = min(FOLDS, *(len(e.pieces) for e in equations))
    ridges = np.full(k, DEFAULT_RIDGE)
    if n_folds < 2:
        return ridges
    # fold by position in each source of data: neighbours in time stay together
    fold = np.empty(n_pieces, int)
    for e in equations:
        fold[e.pieces] = np.arange(len(e.pieces)) * n_folds // len(e.pieces)

    def score(candidate: np.ndarray) -> float:
        total = 0.0
        for held_out in range(n_folds):
            coefficients = solve(equations, (fold != held_out).astype(float), candidate)
            for e in equations:
                m = (fold[e.pieces] == held_out).astype(float)
                if m.sum():
                    total += e.loss(coefficients, m)
        return total

    for _ in range(2 if k > 1 else 1):
        for component in range(k):
            scores = []
            for ridge in RIDGES:
                ridges[component] = ridge
                scores.append(score(ridges))
            ridges[component] = RIDGES[int(np.argmin(scores))]
    return ridges
