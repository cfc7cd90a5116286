"""Two- plus three-body splines: linear in their coefficients, so that training is a solve.

One pass over the data builds the normal equations of every frame; every mode,
bootstrap resample and ridge parameter is then a small linear system.
"""

from __future__ import annotations

import math
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from thermalcg.models.architecture import Architecture, ForceField
from thermalcg.models.training_data import Target, TrainingSet
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.storage.seeds import derive_seed

from .kernels import bead_energies, design_matrix, energy_force, monomials

#: Ridge parameters tried where ``ridge`` is ``auto``, relative to the mean curvature.
RIDGES = np.logspace(-6, 3, 19)

#: Above this many beads a neighbour list is cheaper than all pairs.
ALL_PAIRS_BELOW = 200


class Spline(Architecture):
    """Coefficients of shape (K, F) on the basis of ``spline_kernels``."""

    name = "spline"

    def __init__(self, coefficients: np.ndarray, settings: dict[str, Any]) -> None:
        self.coefficients = np.atleast_2d(coefficients)
        self.settings = settings

    @classmethod
    def fit(
        cls,
        data: TrainingSet,
        settings: dict[str, Any],
        *,
        seed: int,
        members: int,
        device: str = "cpu",
        checkpoints: Checkpoints | None = None,
    ) -> tuple[list[Architecture], list[dict[str, Any]]]:
        """Member 0 uses all data once; the others are bootstrap resamples of the independent pieces."""
        equations = _build_equations(data.targets, data.box, settings)
        frames = data.frames
        ridge = settings["ridge"]
        ridges = (
            _choose_ridges(equations, frames, data.expansion.size)
            if ridge == "auto"
            else np.full(data.expansion.size, float(ridge))
        )
        fitted, records = [], []
        for member in range(members):
            multiplicity = _resampled(equations, frames, seed, member) if member else np.ones(len(frames))
            fitted.append(cls(_solve(equations, frames, multiplicity, ridges), settings))
            records.append({"ridge": ridges.tolist(), "resampled": bool(member)})
        return fitted, records

    @classmethod
    def cross_fit(
        cls, target: Target, box: float, settings: dict[str, Any], fold: np.ndarray
    ) -> list[Spline]:
        """One fit for each fold, from the data of all other folds.

        Args:
            target: what is fitted, with weights of shape (1,).
            fold: of each configuration, 0 ... n - 1, shape (n,); the same for all of one ``target.frame``.
        """
        equations = _build_equations([target], box, settings)
        frames, first = np.unique(target.frame, return_index=True)
        of_frame = fold[first]
        ridge = settings["ridge"]
        ridges = _choose_ridges(equations, frames, 1) if ridge == "auto" else np.array([float(ridge)])
        return [
            cls(_solve(equations, frames, (of_frame != k).astype(float), ridges), settings)
            for k in range(fold.max() + 1)
        ]

    def tensors(self) -> dict[str, np.ndarray]:
        return {"coefficients": self.coefficients}

    @classmethod
    def from_tensors(
        cls, tensors: dict[str, np.ndarray], settings: dict[str, Any], n_components: int
    ) -> Spline:
        n3, n_l = settings["triplet_radial"], settings["triplet_angular"] + 1
        expected = (n_components, settings["pair_functions"] + n3 * (n3 + 1) // 2 * n_l)
        shape = tensors["coefficients"].shape
        if shape != expected:
            raise ValueError(f"coefficients have shape {shape}; the settings ask for {expected}")
        return cls(tensors["coefficients"], settings)

    def force_field(self, weights: np.ndarray, box: float, device: str = "cpu") -> ForceField:
        s = self.settings
        coefficients = kernel_coefficients(np.asarray(weights) @ self.coefficients, s)
        geometry = (s["pair_min_nm"], s["pair_cutoff_nm"], s["triplet_cutoff_nm"])
        neighbours = _NeighbourList(box, s["pair_cutoff_nm"])

        def evaluate(positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            positions = np.ascontiguousarray(positions, float)
            energy, force = np.empty(len(positions)), np.empty(positions.shape)
            most = _most_neighbours(positions.shape[1], box, s["triplet_cutoff_nm"])
            for b, position in enumerate(positions):
                first, second, use = neighbours(b, position)
                energy[b] = energy_force(
                    position, box, use, first, second, *coefficients, *geometry, most, force[b]
                )
            return energy, force

        return evaluate


def _most_neighbours(n_beads: int, box: float, cutoff: float) -> int:
    """More neighbours than a bead of any liquid has; where there are more yet, the run has failed."""
    mean = (n_beads / box**3) * 4 / 3 * np.pi * cutoff**3
    return min(n_beads, math.ceil(2 * mean) + 32)


def kernel_coefficients(c: np.ndarray, settings: dict[str, Any]) -> tuple[np.ndarray, ...]:
    """Flat coefficients (F,) in the form that ``spline_kernels.energy_force`` takes.

    Returns:
        ``c2``, ``c3``, ``total3``, ``parent``, ``above``, ``gain``.
    """
    n2, n3, n_l = settings["pair_functions"], settings["triplet_radial"], settings["triplet_angular"] + 1
    exponents, multiplicity, parent, above = monomials(n_l)
    degree = exponents.sum(axis=1)
    c3, total3 = np.zeros((n3, n3, len(degree))), np.zeros((n3, n3))
    flat = c[n2:].reshape(-1, n_l)
    for index, (m, o) in enumerate(combinations_with_replacement(range(n3), 2)):
        c3[m, o] = c3[o, m] = flat[index][degree] * multiplicity
        total3[m, o] = total3[o, m] = flat[index].sum()
    gain = exponents[: len(above)] + 1.0
    return np.ascontiguousarray(c[:n2]), c3, total3, parent, above, gain


class _NeighbourList:
    """Candidate pairs with a skin (scipy's periodic k-d tree), one list a replica."""

    def __init__(self, box: float, cutoff: float, skin: float = 0.08) -> None:
        self.box, self.reach, self.skin = box, cutoff + skin, skin
        self._lists: dict[int, tuple[np.ndarray, np.ndarray, np.ndarray]] = {}
        self._none = np.empty(0, np.int64)

    def __call__(self, replica: int, position: np.ndarray) -> tuple[np.ndarray, np.ndarray, bool]:
        if len(position) < ALL_PAIRS_BELOW or self.reach >= self.box / 2:
            return self._none, self._none, False
        known = self._lists.get(replica)
        if known is None or ((position - known[0]) ** 2).sum(axis=1).max() > (self.skin / 2) ** 2:
            if not np.isfinite(position).all():
                return self._none, self._none, False
            wrapped = position - self.box * np.floor(position / self.box)
            pairs = cKDTree(np.where(wrapped >= self.box, 0.0, wrapped), boxsize=self.box).query_pairs(
                self.reach, output_type="ndarray"
            )
            known = (position.copy(), np.ascontiguousarray(pairs[:, 0]), np.ascontiguousarray(pairs[:, 1]))
            self._lists[replica] = known
        return known[1], known[2], True


def bead_features(positions: np.ndarray, box: float, settings: dict[str, Any]) -> np.ndarray:
    """Energies of all basis functions at each bead, shape (n, N, F), for configurations (n, N, 3)."""
    geometry = _geometry(settings)
    return np.stack([bead_energies(np.ascontiguousarray(x, float), box, *geometry) for x in positions])


def _geometry(s: dict[str, Any]) -> tuple:
    return (
        s["pair_min_nm"],
        s["pair_cutoff_nm"],
        s["pair_functions"],
        s["triplet_cutoff_nm"],
        s["triplet_radial"],
        s["triplet_angular"] + 1,
    )


def _build_equations(targets: list[Target], box: float, settings: dict[str, Any]) -> list[_Equations]:
    """Targets at the same configurations share one pass over them."""
    equations: dict[int, _Equations] = {}
    groups: dict[int, list[int]] = {}
    for index, target in enumerate(targets):
        groups.setdefault(id(target.position), []).append(index)
    for members in groups.values():
        built = _pass([targets[i] for i in members], box, settings)
        equations |= dict(zip(members, built, strict=True))
    return [equations[i] for i in range(len(targets))]


def _pass(targets: list[Target], box: float, settings: dict[str, Any]) -> list[_Equations]:
    geometry = _geometry(settings)
    equations = [_Equations(t, settings["pair_functions"]) for t in targets]
    for index, position in enumerate(targets[0].position):
        energy, force = design_matrix(np.ascontiguousarray(position, float), box, *geometry)
        rows = force.reshape(-1, force.shape[-1])
        gram = rows.T @ rows / len(rows) if any(t.kind == "force" for t in targets) else None
        for e in equations:
            e.add(index, energy, rows, gram)
    for e in equations:
        e.finish()
    return equations


class _Equations:
    """Normal equations of one target, summed over the configurations of one ``frame`` (the unit of
    resampling); energies are kept as rows to be centred."""

    def __init__(self, target: Target, n_pair: int) -> None:
        self.kind, self.weights, self.n_pair = target.kind, target.weights, n_pair
        self._target = target
        self.frame, self._unit = np.unique(target.frame, return_inverse=True)
        self._size = np.bincount(self._unit).astype(float)
        self.gram = self.moment = self.square = 0.0
        self.rows: list | np.ndarray = []
        self.values = target.value / target.scale if target.kind == "energy" else None
        # every number counts once: an energy weighs as much as one component of a force
        self.share = 1.0 if target.kind == "force" else 1 / target.position[0].size

    def add(self, index: int, energy: np.ndarray, rows: np.ndarray, gram: np.ndarray | None) -> None:
        """Take one configuration: energies (F,), rows (3N, F) of the force, and their gram matrix."""
        if self.kind == "energy":
            self.rows.append(energy / self._target.scale)
            return
        if np.ndim(self.gram) == 0:
            n, f = len(self.frame), rows.shape[1]
            self.gram, self.moment, self.square = np.zeros((n, f, f)), np.zeros((n, f)), np.zeros(n)
        u, scale = self._unit[index], self._target.scale
        y = self._target.value[index].reshape(-1)
        share = 1 / self._size[u]
        self.gram[u] += gram * (share / scale**2)
        self.moment[u] += (y @ rows) * (share / (scale**2 * len(y)))
        self.square[u] += (y @ y) * (share / (scale**2 * len(y)))

    def finish(self) -> None:
        self.rows, self._target = np.array(self.rows), None

    def normal(self, multiplicity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean gram matrix (F, F) and moment (F,) over the frames with their multiplicities."""
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
            per_frame = self.square - 2 * self.moment @ c + np.einsum("a,fab,b->f", c, self.gram, c)
            return float(m @ per_frame)
        m = (m / self._size)[self._unit]
        residual = self.values - self.rows @ c
        return self.share * float(m @ (residual - m @ residual) ** 2)


def _resampled(equations: list[_Equations], frames: np.ndarray, seed: int, member: int) -> np.ndarray:
    """Multiplicity of each piece in a bootstrap resample, each source of data resampled on its own.

    The draw depends on the source alone, so that modes which share it see the same resample.
    """
    counts = dict.fromkeys(frames.tolist(), 0)
    for source in {e.frame[0]: e.frame for e in equations}.values():
        rng = np.random.default_rng(derive_seed(seed, "bootstrap", member, source[0]))
        for chosen in rng.choice(source, size=len(source)).tolist():
            counts[chosen] += 1
    return np.array([counts[f] for f in frames.tolist()], float)


def _solve(
    equations: list[_Equations], frames: np.ndarray, multiplicity: np.ndarray, ridges: np.ndarray
) -> np.ndarray:
    """Ridge solution, shape (K, F); the ridge is relative to the mean curvature of a kind of function."""
    k, n_pair = len(equations[0].weights), equations[0].n_pair
    counts = dict(zip(frames.tolist(), multiplicity.tolist(), strict=True))
    matrix, vector = 0.0, 0.0
    for e in equations:
        gram, moment = e.normal(np.array([counts[f] for f in e.frame.tolist()]))
        matrix = matrix + np.kron(np.outer(e.weights, e.weights), gram)
        vector = vector + np.kron(e.weights, moment)
    size = len(vector) // k
    # one scale for all functions of a kind: functions that the data hardly reach shrink to zero
    curvature = np.diag(matrix).reshape(k, size)
    scale = np.empty((k, size))
    for kind in (slice(0, n_pair), slice(n_pair, size)):
        scale[:, kind] = 1 / np.sqrt(np.maximum(curvature[:, kind].mean(axis=1, keepdims=True), 1e-300))
    scale = scale.reshape(-1)
    scaled = matrix * scale[:, None] * scale[None, :] + np.diag(np.repeat(np.maximum(ridges, 1e-10), size))
    return (scale * np.linalg.solve(scaled, scale * vector)).reshape(k, size)


def _choose_ridges(equations: list[_Equations], frames: np.ndarray, k: int, folds: int = 5) -> np.ndarray:
    """Ridge of each component by cross-validation over frames, one component after the other."""
    n_folds = min(folds, *(len(e.frame) for e in equations))
    if n_folds < 2:
        return np.full(k, 1e-3)
    # fold by position in each source of data: neighbours in time stay together
    folds_of = {}
    for e in equations:
        folds_of |= dict(
            zip(e.frame.tolist(), np.arange(len(e.frame)) * n_folds // len(e.frame), strict=True)
        )
    fold = np.array([folds_of[f] for f in frames.tolist()])
    ridges = np.full(k, 1e-3)

    def score(candidate: np.ndarray) -> float:
        total = 0.0
        for held_out in range(n_folds):
            coefficients = _solve(equations, frames, (fold != held_out).astype(float), candidate)
            counts = dict(zip(frames.tolist(), (fold == held_out).astype(float).tolist(), strict=True))
            for e in equations:
                m = np.array([counts[f] for f in e.frame.tolist()])
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
