"""The temperature-dependent CG potential, whatever its architecture, and its file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from thermalcg.geometry.inputs import InputError, checked_box, checked_positions, checked_temperature
from thermalcg.geometry.neighbours import refuse_overlap
from thermalcg.runtime.settings import from_section
from thermalcg.storage.files import DatasetError, atomic_path
from thermalcg.storage.provenance import Provenance
from thermalcg.units import BAR, KB

from .architecture import Architecture, ForceField
from .expansion import Expansion
from .prior import PairPriors, Prior, prior_of
from .species import Species

FORMAT = "thermalcg-ensemble-1"

#: A trajectory goes through a network in pieces of so many beads: memory grows with them.
BEADS_AT_ONCE = 8192


@dataclass(frozen=True)
class ThermalPotential:
    """W(R, T) = prior + sum_k h_k(T) W_k(R); one member of an ensemble.

    The learned energy is a free energy: compare ``mean_energy``, not ``free_energy``, with all-atom
    energies.  All functions of positions take several configurations, nm, shape (B, N, 3), and return
    energies (B,), kJ/mol, or forces (B, N, 3), kJ/mol/nm; one configuration (N, 3) gives a number, or
    forces (N, 3).  The periodic box is its edge, its three edges, or three vectors along the axes, nm.
    They raise ``InputError`` for positions of another shape, a tilted box, one below twice the cutoff, and
    a temperature that is not positive; ``OverlapError`` where two beads lie on one spot.  Outside
    ``known_range`` they warn (``OutsideRange``); with ``strict`` that is an error too.

    Example::

        members, _ = load_ensemble("trf1.safetensors")
        force = members[0].mean_force(positions, box=1.86, temperature=350)

    Attributes:
        components: the learned W_k(R).  Those of a mixture are bound to beads with their species, and take
            positions of these beads in this order; ``of_species`` binds them to others.
        known_range: lowest and highest temperature that it was trained and tested at, K; None if unknown.
    """

    components: Architecture
    expansion: Expansion
    prior: Prior | PairPriors
    device: str = "auto"
    known_range: tuple[float, float] | None = None

    @property
    def cutoff(self) -> float:
        """Range of the interactions, nm."""
        return max(self.components.cutoff, self.prior.onset_nm)

    @property
    def species(self) -> Species | None:
        """Of the beads that the potential is bound to; None where all beads are alike."""
        return self.components.species

    def of_species(self, beads: Sequence[str]) -> ThermalPotential:
        """The potential of a mixture for other beads of its species.

        Args:
            beads: name of the species of every bead.

        Raises:
            InputError: a potential of one species, or a name that is not among its species.
        """
        if self.species is None:
            raise InputError("the potential has one species, and takes any number of beads as it is")
        species = self.species.like(beads)
        components = self.components.of_species(species)
        prior = self.prior.of_species(species) if isinstance(self.prior, PairPriors) else self.prior
        return replace(self, components=components, prior=prior)

    def combination(
        self, positions: ArrayLike, box: ArrayLike, weights: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Energy and force of ``sum_k w_k W_k``, the prior with the weight of W_0."""
        given, edges = checked_positions(positions), checked_box(box, self.cutoff)
        if self.species is not None:
            self.species.check(given.values)
        energy, force = in_pieces(self._field(np.asarray(weights, float), edges), given.values)
        refuse_overlap(given.values, edges, energy)
        return (energy[0], force[0]) if given.single else (energy, force)

    def free_energy(
        self, positions: ArrayLike, box: ArrayLike, temperature: float, *, strict: bool = False
    ) -> np.ndarray:
        """W(R, T), kJ/mol."""
        temperature = self._checked(temperature, strict)
        return self.combination(positions, box, self.expansion.values(temperature))[0]

    def mean_force(
        self, positions: ArrayLike, box: ArrayLike, temperature: float, *, strict: bool = False
    ) -> np.ndarray:
        """F = -dW/dR, kJ/mol/nm."""
        temperature = self._checked(temperature, strict)
        return self.combination(positions, box, self.expansion.values(temperature))[1]

    def thermal_response(
        self, positions: ArrayLike, box: ArrayLike, temperature: float, *, strict: bool = False
    ) -> np.ndarray:
        """F' = dF/dT, kJ/mol/nm/K."""
        temperature = self._checked(temperature, strict)
        return self.combination(positions, box, self.expansion.derivatives(temperature))[1]

    def mean_energy(
        self, positions: ArrayLike, box: ArrayLike, temperature: float, *, strict: bool = False
    ) -> np.ndarray:
        """<u>_R = W - T dW/dT, kJ/mol, up to a constant."""
        temperature = self._checked(temperature, strict)
        return self.combination(positions, box, self.expansion.mean_energy(temperature))[0]

    def entropy(
        self, positions: ArrayLike, box: ArrayLike, temperature: float, *, strict: bool = False
    ) -> np.ndarray:
        """S = -dW/dT, kJ/mol/K, up to a constant: what the molecules of fixed beads have left."""
        temperature = self._checked(temperature, strict)
        return -self.combination(positions, box, self.expansion.derivatives(temperature))[0]

    def virial(
        self, positions: ArrayLike, box: ArrayLike, temperature: float, *, strict: bool = False
    ) -> np.ndarray:
        """The tensor sum r (x) F = -dW/d(strain), kJ/mol, shape (B, 3, 3), or (3, 3) of one configuration."""
        weights = self.expansion.values(self._checked(temperature, strict))
        given, edges = checked_positions(positions), checked_box(box, self.cutoff)
        self.combination(given.values, edges, weights)  # refuses beads on one spot
        total = self.components.virial(weights, edges, given.values)
        total = total + weights[0] * self.prior.virial(given.values, edges)
        return total[0] if given.single else total

    def pressure(
        self, positions: ArrayLike, box: ArrayLike, temperature: float, *, strict: bool = False
    ) -> np.ndarray:
        """P = (N kB T + tr(virial) / 3) / V, bar; the kinetic part is that of the temperature.

        It is the pressure of a simulation with this force field.  The force field was trained at one density
        and knows nothing of how W depends on the volume itself: this is not the all-atom pressure.
        """
        trace = np.trace(self.virial(positions, box, temperature, strict=strict), axis1=-2, axis2=-1)
        ideal = np.shape(positions)[-2] * KB * float(temperature)
        return (ideal + trace / 3) / np.prod(checked_box(box)) * BAR

    def force_field(self, box: ArrayLike, temperature: float, *, strict: bool = False) -> ForceField:
        """Energy and force at one temperature as a function of positions (B, N, 3), for dynamics.

        Box and temperature are checked here, once; the function itself checks nothing.  Where two beads
        lie on one spot its energy and forces are not finite.
        """
        temperature = self._checked(temperature, strict)
        return self._field(self.expansion.values(temperature), checked_box(box, self.cutoff))

    def tables(self, box: ArrayLike, temperature: float, *, strict: bool = False) -> NamedTuple | None:
        """``force_field`` for compiled dynamics (``Architecture.tables``); None for networks and mixtures."""
        weights = self.expansion.values(self._checked(temperature, strict))
        checked_box(box, self.cutoff)
        prior_weight = weights[0]

        def repulsion(r: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            energy, slope = self.prior.curve(r)
            return prior_weight * energy, prior_weight * slope

        return self.components.tables(weights, repulsion, self.prior.onset_nm)

    def everywhere(self) -> ThermalPotential:
        """The same potential without a known range: for tests of how far it goes, which need no warning."""
        return replace(self, known_range=None)

    def _checked(self, temperature: float, strict: bool) -> float:
        return checked_temperature(temperature, self.known_range, strict=strict)

    def _field(self, weights: np.ndarray, edges: np.ndarray) -> ForceField:
        learned = self.components.force_field(weights, edges, self.device)
        repulsion = self.prior.force_field(edges)

        def evaluate(positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            energy, force = learned(positions)
            if weights[0]:
                prior_energy, prior_force = repulsion(positions)
                energy, force = energy + weights[0] * prior_energy, force + weights[0] * prior_force
            return energy, force

        return evaluate


def in_pieces(field: ForceField, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Energies and forces of many configurations, ``BEADS_AT_ONCE`` beads at a time."""
    size = max(1, BEADS_AT_ONCE // positions.shape[1])
    parts = [field(positions[i : i + size]) for i in range(0, max(1, len(positions)), size)]
    energy, force = (np.concatenate(x) for x in zip(*parts, strict=True))
    return energy, force


def save_ensemble(
    path: str | Path,
    members: list[ThermalPotential],
    provenance: Provenance,
    extra: dict[str, Any] | None = None,
) -> None:
    """Write an ensemble as safetensors: plain tensors, and metadata as JSON.

    Args:
        members: ``load_ensemble`` takes the range of temperatures from the ``known_range`` of the first one.
        extra: further metadata; where the members have no range, it is taken from the lists
            ``training_temperatures_K`` and ``tested_temperatures_K``.
    """
    from safetensors.numpy import save

    first = members[0]
    tensors = {
        f"member{i}/{name}": np.ascontiguousarray(value)
        for i, member in enumerate(members)
        for name, value in member.components.tensors().items()
    }
    metadata = {
        "format": FORMAT,
        "architecture": first.components.name,
        "members": len(members),
        "expansion": {"kind": first.expansion.kind, "reference": first.expansion.reference},
        "prior": first.prior.metadata(),
        "settings": asdict(first.components.settings),
        "units": "nm, ps, kJ/mol, K, amu",
        "sha256": _digest(tensors),
        "provenance": provenance.attributes(),
        **(extra or {}),
    }
    if first.species is not None:
        metadata["species"] = first.species.metadata()
    if first.known_range is not None:
        metadata["known_range_K"] = list(first.known_range)
    with atomic_path(path) as temporary:
        temporary.write_bytes(save(tensors, metadata={"thermalcg": json.dumps(metadata, default=_plain)}))


def _plain(values: np.ndarray) -> list:
    """An array, such as the three edges of a box, for JSON."""
    return values.tolist()


def _digest(tensors: dict[str, np.ndarray]) -> str:
    whole = hashlib.sha256()
    for name in sorted(tensors):
        whole.update(f"{name} {tensors[name].shape} {tensors[name].dtype}".encode() + tensors[name].tobytes())
    return whole.hexdigest()


def _range(metadata: dict[str, Any]) -> tuple[float, float] | None:
    """Lowest and highest temperature of training and tests, K; None for files that do not tell."""
    known = metadata.get("known_range_K") or [
        *metadata.get("training_temperatures_K", []),
        *metadata.get("tested_temperatures_K", []),
    ]
    return (float(min(known)), float(max(known))) if known else None


def read_ensemble_file(path: str | Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The metadata and the tensors of a model file; no architecture is imported.

    Raises:
        DatasetError: missing, truncated or foreign file, or tensors that are not finite.
    """
    from safetensors import safe_open

    path = Path(path)
    if not path.is_file():
        raise DatasetError(f"{path}: no such file")
    try:
        with safe_open(path, framework="numpy") as handle:
            metadata = json.loads((handle.metadata() or {}).get("thermalcg", "{}"))
            tensors = {name: handle.get_tensor(name) for name in handle.keys()}  # noqa: SIM118
    except Exception as error:
        raise DatasetError(f"{path}: not a readable model file (truncated?): {error}") from error
    found = metadata.get("format") if isinstance(metadata, dict) else None
    if found != FORMAT:
        raise DatasetError(f"{path}: format is {found!r}; expected {FORMAT!r}")
    if bad := [name for name, value in tensors.items() if not np.isfinite(value).all()]:
        raise DatasetError(f"{path}: tensors that are not finite: {bad}")
    return metadata, tensors


def check_tensors(path: str | Path, metadata: dict[str, Any], tensors: dict[str, np.ndarray]) -> None:
    """Compare the tensors of a model file with the checksum in its metadata.

    Raises:
        DatasetError: they differ.
    """
    if metadata.get("sha256") != _digest(tensors):
        raise DatasetError(f"{path}: tensors are not those that were written (their checksum differs)")


def load_ensemble(path: str | Path, device: str = "auto") -> tuple[list[ThermalPotential], dict[str, Any]]:
    """Read an ensemble and its metadata.

    Args:
        device: ``auto``, ``cpu`` or ``cuda``, for architectures that run in torch.

    Raises:
        DatasetError: missing, truncated or foreign file, or tensors that are not finite.
    """
    from .registry import architecture

    metadata, tensors = read_ensemble_file(path)
    members = []
    try:
        expansion, prior = Expansion(**metadata["expansion"]), prior_of(metadata["prior"])
        species = Species.from_metadata(metadata.get("species"))
        learned = architecture(metadata["architecture"])
        settings = from_section(learned.settings_type, metadata["settings"])
        known_range = _range(metadata)
        present = {name.split("/")[0] for name in tensors}
        if not present or present != {f"member{i}" for i in range(metadata["members"])}:
            raise ValueError(f"members is {metadata['members']}; there are tensors of {sorted(present)}")
        for i in range(metadata["members"]):
            prefix = f"member{i}/"
            own = {
                name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)
            }
            components = learned.from_tensors(own, settings, expansion.size, species)
            members.append(ThermalPotential(components, expansion, prior, device, known_range))
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = f"{error} is missing" if isinstance(error, KeyError) else error
        raise DatasetError(f"{path}: metadata and tensors do not describe a model: {reason}") from error
    check_tensors(path, metadata, tensors)
    return members, metadata
