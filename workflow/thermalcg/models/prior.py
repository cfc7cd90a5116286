"""The pairwise repulsive prior: keeps CG dynamics out of regions without data."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from thermalcg.geometry.inputs import checked_box, checked_positions, checked_temperature
from thermalcg.geometry.neighbours import NeighbourList, NeighbourSearch, refuse_overlap
from thermalcg.geometry.periodic import minimum_image
from thermalcg.storage.files import DatasetError, atomic_path
from thermalcg.units import KB

from .architecture import ForceField
from .prior_kernels import curve, energy_force, energy_force_of_pairs, phi
from .species import Species

#: Candidate pairs reach this much further than the onset, nm.
SKIN_NM = 0.08


@dataclass(frozen=True)
class Prior:
    """An inverse power made to vanish smoothly at ``onset_nm``.

    ``phi(r) = A [r^-n - T2(r)]`` for r below the onset, with T2 the second-order Taylor
    polynomial of ``r^-n`` there, so that value, force and its slope are continuous.
    """

    amplitude: float
    exponent: int
    onset_nm: float

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            # the kernel would turn NaN into forces, and a negative power into attraction
            if isinstance(value, str) or not 0 <= value < math.inf:
                raise ValueError(f"{name} of the prior is {value!r}; allowed: a finite number >= 0")

    def energy(self, r: ArrayLike) -> np.ndarray:
        """The energy phi(r) of one pair, kJ/mol, in the shape of ``r``; of a number, shape (1,).

        Args:
            r: distances, nm.
        """
        return self.curve(r)[0]

    def curve(self, r: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """As ``energy``, with the derivative of phi with respect to r, kJ/mol/nm."""
        distance = np.atleast_1d(np.asarray(r, float))
        energy, slope = curve(distance.ravel(), self.amplitude, self.exponent, self.onset_nm)
        return energy.reshape(distance.shape), slope.reshape(distance.shape)

    def energy_force(self, positions: ArrayLike, box: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """Energy, kJ/mol, shape (B,), and forces, kJ/mol/nm, shape (B, N, 3).

        Args:
            positions: nm, shape (B, N, 3); for one configuration (N, 3), a number and forces (N, 3).
            box: edge or edges of the periodic box, nm.

        Raises:
            InputError: positions of another shape, or a box below twice the onset.
            OverlapError: two beads on one spot.
        """
        given = checked_positions(positions)
        energy, force = self.force_field(box)(given.values)
        refuse_overlap(given.values, box, energy)
        return (energy[0], force[0]) if given.single else (energy, force)

    def force_field(self, box: ArrayLike) -> ForceField:
        """Energy and force as a function of positions (B, N, 3), for dynamics; checks the box alone.

        Two beads on one spot have an infinite energy.

        Raises:
            InputError: a tilted box, or one below twice the onset.
        """
        edges = checked_box(box, self.onset_nm)
        listed = NeighbourList(edges, self.onset_nm, SKIN_NM)

        def evaluate(positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            positions = np.ascontiguousarray(positions, float)
            energy, force = np.empty(len(positions)), np.zeros(positions.shape)
            for b, (first, second) in enumerate(listed.for_loops(positions)):
                energy[b] = energy_force(
                    positions[b], edges, first, second, self.amplitude, self.exponent, self.onset_nm, force[b]
                )
            return energy, force

        return evaluate

    def slope(self, r: ArrayLike) -> np.ndarray:
        """dphi/dr of one pair, kJ/mol/nm, in the shape of ``r``; of a number, shape (1,).

        Args:
            r: distances, nm.
        """
        distance = np.atleast_1d(np.asarray(r, float))
        slopes = [phi(x, self.amplitude, self.exponent, self.onset_nm)[1] for x in distance.ravel()]
        return np.reshape(slopes, distance.shape)

    def virial(self, positions: np.ndarray, box: ArrayLike) -> np.ndarray:
        """The tensor sum r (x) F over pairs, kJ/mol, shape (B, 3, 3).

        Args:
            positions: nm, shape (B, N, 3).
            box: edge or edges of the periodic box, nm.

        Raises:
            InputError: a tilted box, or one below twice the onset.
        """
        search, total = NeighbourSearch(box, self.onset_nm), []
        for position in positions:
            first, second = search(position)
            arm = minimum_image(position[second] - position[first], search.edges)
            r = np.linalg.norm(arm, axis=1)
            total.append(-np.einsum("p,pa,pb->ab", self.slope(r) / r, arm, arm))
        return np.stack(total)

    def metadata(self) -> dict[str, float]:
        return asdict(self)

    def write(self, path: str | Path, temperature: float) -> None:
        """Write ``prior.json``, with the temperature in K of the g(r) that the prior was fitted to."""
        held = self.metadata() | {"temperature_K": temperature}
        with atomic_path(path) as temporary:
            temporary.write_text(json.dumps(held, indent=1) + "\n")

    @classmethod
    def read(cls, path: str | Path) -> Prior | PairPriors:
        """The prior of a study, from ``prior.json``; that of a mixture holds one for each pair of species.

        Raises:
            DatasetError: missing or broken file, or values that are no prior; the message names the file.
        """
        try:
            return prior_of(json.loads(Path(path).read_text()))
        except KeyError as error:
            raise DatasetError(f"{path}: {error} of the prior is missing") from error
        except (OSError, TypeError, ValueError) as error:
            raise DatasetError(f"{path}: not a readable prior (truncated?): {error}") from error


NO_PRIOR = Prior(0.0, 12, 0.0)


@dataclass(frozen=True)
class PairPriors:
    """A ``Prior`` for each pair of species; its methods are those of ``Prior``.

    Attributes:
        species: of the beads.
        priors: in the order of ``species.pairs``.
    """

    species: Species
    priors: tuple[Prior, ...]

    def __post_init__(self) -> None:
        if len(self.priors) != len(self.species.pairs):
            raise ValueError(
                f"{len(self.priors)} priors for the pairs {self.species.pair_names}; allowed: one for each"
            )

    @property
    def onset_nm(self) -> float:
        """Where the repulsion of the largest pair begins, nm."""
        return max(prior.onset_nm for prior in self.priors)

    def energy_force(self, positions: ArrayLike, box: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """As ``Prior.energy_force``.

        Raises:
            InputError: as ``Prior.energy_force``, and for another number of beads than the species have.
            OverlapError: two beads on one spot.
        """
        given = checked_positions(positions)
        energy, force = self.force_field(box)(given.values)
        refuse_overlap(given.values, box, energy)
        return (energy[0], force[0]) if given.single else (energy, force)

    def force_field(self, box: ArrayLike) -> ForceField:
        """As ``Prior.force_field``."""
        edges = checked_box(box, self.onset_nm)
        listed = NeighbourList(edges, self.onset_nm, SKIN_NM)
        beads = self.species.codes, self.species.pair_index
        curves = tuple(
            np.array([getattr(prior, name) for prior in self.priors])
            for name in ("amplitude", "exponent", "onset_nm")
        )

        def evaluate(positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            positions = np.ascontiguousarray(positions, float)
            self.species.check(positions)
            energy, force = np.empty(len(positions)), np.zeros(positions.shape)
            for b, candidates in enumerate(listed.for_loops(positions)):
                energy[b] = energy_force_of_pairs(positions[b], edges, candidates, beads, curves, force[b])
            return energy, force

        return evaluate

    def virial(self, positions: np.ndarray, box: ArrayLike) -> np.ndarray:
        """As ``Prior.virial``."""
        search, total, codes = NeighbourSearch(box, self.onset_nm), [], self.species.codes
        self.species.check(np.asarray(positions))
        for position in positions:
            first, second = search(position)
            arm = minimum_image(position[second] - position[first], search.edges)
            r = np.linalg.norm(arm, axis=1)
            kind, slope = self.species.pair_index[codes[first], codes[second]], np.zeros(len(r))
            for number, prior in enumerate(self.priors):
                slope[kind == number] = prior.slope(r[kind == number])
            total.append(-np.einsum("p,pa,pb->ab", slope / r, arm, arm))
        return np.stack(total)

    def of_species(self, species: Species) -> PairPriors:
        """The same prior for other beads (``Species.like``)."""
        return replace(self, species=species)

    def metadata(self) -> dict[str, Any]:
        named = zip(self.species.pair_names, self.priors, strict=True)
        return {
            "pairs": {name: prior.metadata() for name, prior in named},
            "species": self.species.metadata(),
        }

    def write(self, path: str | Path, temperature: float) -> None:
        """As ``Prior.write``."""
        held = self.metadata() | {"temperature_K": temperature}
        with atomic_path(path) as temporary:
            temporary.write_text(json.dumps(held, indent=1) + "\n")


def prior_of(held: dict[str, Any]) -> Prior | PairPriors:
    """A prior of what ``metadata`` of either kind gave, further entries left aside.

    Raises:
        KeyError, TypeError, ValueError: values that are no prior.
    """
    if "pairs" not in held:
        return Prior(**{field.name: held[field.name] for field in fields(Prior)})
    species = Species.from_metadata(held["species"])
    if species is None:
        raise ValueError("pairs of species, but no species")
    return PairPriors(species, tuple(Prior(**held["pairs"][name]) for name in species.pair_names))


def fit_prior(r: np.ndarray, g: np.ndarray, temperature: float, threshold: float, exponent: int) -> Prior:
    """The prior that continues the inner flank of a radial distribution function to where there are no data.

    The rule: the onset is the first peak of g(r), where the pair potential of mean force
    -kB T ln g has its minimum and no force; the amplitude is the least-squares fit of phi to
    that potential, counted from its minimum, where ``threshold`` < g < 1 on the inner side.
    Below the threshold there are no data, and the inverse power extrapolates.

    Args:
        r: bin centres, nm, ascending, shape (bin,).
        g: radial distribution function of beads at ``temperature``, shape (bin,).
        temperature: of the run that g was observed in, K.
        threshold: value of g below which its bins count as empty, above 0 and below 1.
        exponent: n of the inverse power, a whole number; the higher, the harder.

    Raises:
        InputError: a temperature that is not positive.
        ValueError: g(r) has no flank, or it has fewer than three bins (too short a run, too wide bins).
    """
    temperature = checked_temperature(temperature)
    above = np.flatnonzero(g >= 1)
    if not len(above) or above[0] == 0:
        raise ValueError(
            "prior: g(r) never rises through 1; the reference run is too short or rdf_min_nm too large"
        )
    # the first peak ends where g falls below 1 again
    below = np.flatnonzero(g[above[0] :] < 1)
    peak = above[0] + int(np.argmax(g[above[0] : above[0] + (below[0] if len(below) else len(g))]))
    onset = float(r[peak])
    flank = (g > threshold) & (g < 1) & (r < onset)
    if flank.sum() < 3:
        raise ValueError(
            f"prior: {int(flank.sum())} bins with prior.g_threshold = {threshold} < g < 1; at least 3 needed"
        )
    pmf = -KB * temperature * np.log(g[flank] / g[peak])
    unit = Prior(1.0, exponent, onset).energy(r[flank])
    return Prior(float((unit @ pmf) / (unit @ unit)), exponent, onset)


def fit_pair_priors(
    r: np.ndarray, g: np.ndarray, temperature: float, threshold: float, exponent: int, species: Species
) -> PairPriors:
    """A prior for each pair of species, by the rule of ``fit_prior``; none for a pair that no beads make.

    Args:
        r, temperature, threshold, exponent: as of ``fit_prior``.
        g: radial distribution function of each pair, shape (pair, bin).
        species: of the beads.

    Raises:
        InputError: a temperature that is not positive.
        ValueError: as ``fit_prior``; the message names the pair.
    """
    priors = []
    for (one, other), name, own in zip(species.pairs, species.pair_names, g, strict=True):
        if one == other and np.count_nonzero(species.codes == one) < 2:
            priors.append(NO_PRIOR)
            continue
        try:
            priors.append(fit_prior(r, own, temperature, threshold, exponent))
        except ValueError as error:
            raise ValueError(f"pair {name}: {error}") from error
    return PairPriors(species, tuple(priors))
