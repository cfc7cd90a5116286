"""Rigid three-point water, with or without an extra charge site on the bisector.

Two OpenMM systems of the same molecules are built here:

* the *ordinary* system, for all-atom molecular dynamics;
* the *anchored* system, for the conditional ensemble at fixed mapped sites.

In both, the first three particles of a molecule are its real (dynamical) particles, so that a mapped force
is the sum over ``REAL`` particles: OpenMM has already spread the forces of virtual sites onto them.
"""

from __future__ import annotations

import math
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import openmm as mm

from thermalcg.geometry.inputs import InputError, checked_cube, checked_positions
from thermalcg.storage.yaml_files import parse_yaml
from thermalcg.units import G_PER_CM3

if TYPE_CHECKING:
    import xarray as xr  # a configuration is read without it

#: Share of the cutoff from which on the Lennard-Jones energy is switched off.
SWITCH = 0.9

#: Number of real particles of a molecule; they come first in every system.
REAL = 3

#: Mass of an anchor, amu.  It has to be large enough to stay put (its thermal
#: velocity at 300 K is 1.6e-7 nm/ps) and small enough for SETTLE's arithmetic.
ANCHOR_MASS = 1e14

MAPPINGS = ("com", "oxygen")

#: Files of water models: inside the package where it is installed, in ``resources/`` of a clone.
_INSTALLED = Path(__file__).resolve().parents[1] / "resources" / "water_models"
MODEL_FOLDER = _INSTALLED if _INSTALLED.is_dir() else _INSTALLED.parents[3] / "resources" / "water_models"

_KEYS = {
    "name": str,
    "source": str,
    "mass_oxygen_amu": float,
    "mass_hydrogen_amu": float,
    "oh_bond_nm": float,
    "hoh_angle_deg": float,
    "charge_hydrogen_e": float,
    "lj_sigma_nm": float,
    "lj_epsilon_kj_mol": float,
    "om_distance_nm": float,
}

#: Allowed values of numbers, in words and as a test; others are positive.
_NUMBERS = {
    "mass_oxygen_amu": ("a number > 0 and <= 1000", lambda value: 0 < value <= 1000),
    "mass_hydrogen_amu": ("a number > 0 and <= 1000", lambda value: 0 < value <= 1000),
    "oh_bond_nm": ("a number > 0 and <= 0.2", lambda value: 0 < value <= 0.2),
    "hoh_angle_deg": ("a number > 0 and < 180", lambda value: 0 < value < 180),
    "charge_hydrogen_e": ("a number > 0 and <= 2", lambda value: 0 < value <= 2),
    "lj_sigma_nm": ("a number > 0 and <= 1", lambda value: 0 < value <= 1),
    "lj_epsilon_kj_mol": ("a number > 0 and <= 100", lambda value: 0 < value <= 100),
    "om_distance_nm": ("a number >= 0", lambda value: 0 <= value < math.inf),
}


@dataclass(frozen=True)
class WaterModel:
    """Geometry and interactions of a rigid water molecule.

    The fields are those of a file in ``resources/water_models/``.
    """

    name: str
    source: str
    mass_oxygen_amu: float
    mass_hydrogen_amu: float
    oh_bond_nm: float
    hoh_angle_deg: float
    charge_hydrogen_e: float
    lj_sigma_nm: float
    lj_epsilon_kj_mol: float
    om_distance_nm: float

    @property
    def mass(self) -> float:
        """Mass of the molecule, amu."""
        return self.mass_oxygen_amu + 2 * self.mass_hydrogen_amu

    @property
    def has_charge_site(self) -> bool:
        """Whether the negative charge sits off the oxygen (TIP4P-type)."""
        return self.om_distance_nm > 0

    @property
    def bisector(self) -> float:
        """Distance from the oxygen to the midpoint of the hydrogens, nm."""
        return self.oh_bond_nm * math.cos(math.radians(self.hoh_angle_deg) / 2)

    @property
    def hh_distance(self) -> float:
        """Distance between the hydrogens, nm."""
        return 2 * self.oh_bond_nm * math.sin(math.radians(self.hoh_angle_deg) / 2)

    @property
    def charge_site_weights(self) -> np.ndarray:
        """Weights of (O, H, H) that give the charge site, shape (3,)."""
        a = self.om_distance_nm / (2 * self.bisector)
        return np.array([1 - 2 * a, a, a])

    def mapping_weights(self, mapping: str) -> np.ndarray:
        """Weights of (O, H, H) that give the mapped site, shape (3,).

        Raises:
            ValueError: for a mapping not in ``MAPPINGS``.
        """
        if mapping == "com":
            m = np.array([self.mass_oxygen_amu, self.mass_hydrogen_amu, self.mass_hydrogen_amu])
            return m / m.sum()
        if mapping == "oxygen":
            return np.array([1.0, 0.0, 0.0])
        raise ValueError(f"mapping is {mapping!r}; allowed: {', '.join(MAPPINGS)}")

    def box_length(self, n_molecules: int, density_g_cm3: float) -> float:
        """Edge of the cubic box, nm."""
        return (n_molecules * self.mass / (density_g_cm3 * G_PER_CM3)) ** (1 / 3)


@dataclass(frozen=True)
class WaterBox:
    """A periodic cubic box of one kind of water.

    Attributes:
        model: the molecules.
        molecules: their number.
        edge: of the box, nm.
        cutoff: of Lennard-Jones and of the direct part of the electrostatics, nm.
    """

    model: WaterModel
    molecules: int
    edge: float
    cutoff: float

    def __post_init__(self) -> None:
        """Refuse a box that is no cube, or too small for the cutoff (``InputError``)."""
        object.__setattr__(self, "edge", checked_cube(self.edge, self.cutoff))

    @property
    def numbers(self) -> dict[str, Any]:
        """Everything that determines the forces in the box, for the key of checkpoints."""
        return asdict(self)

    def checked_atoms(self, atoms: np.ndarray) -> np.ndarray:
        """Positions of (O, H, H) of all molecules, nm, in double precision, as they came.

        Args:
            atoms: nm, shape (molecules, 3, 3) or (configuration, molecules, 3, 3).

        Raises:
            InputError: another shape, another number of molecules, or values that are not finite.
        """
        values = np.asarray(atoms, dtype=float)
        if values.ndim not in (3, 4) or values.shape[-3:] != (self.molecules, REAL, 3):
            raise InputError(
                f"atoms have shape {values.shape}; allowed: ({self.molecules}, {REAL}, 3) for O, H, H of "
                f"each molecule, or (B, {self.molecules}, {REAL}, 3) for B configurations"
            )
        checked_positions(values.reshape(*values.shape[:-3], -1, 3))
        return values

    @classmethod
    def of(cls, model: str, molecules: int, density_g_cm3: float, cutoff_nm: float) -> WaterBox:
        """From the keys of the section ``water`` of the configuration."""
        water = load_water_model(model)
        return cls(water, molecules, water.box_length(molecules, density_g_cm3), cutoff_nm)

    @classmethod
    def of_run(cls, run: xr.Dataset, model: str, cutoff_nm: float) -> WaterBox:
        """The box of an all-atom run or of frames of one: datasets ``all_atom/{T}.nc``, ``frames/{T}.nc``."""
        return cls(load_water_model(model), run.sizes["molecule"], float(run.attrs["box_nm"]), cutoff_nm)


def checked_molecules(atoms: np.ndarray) -> np.ndarray:
    """Positions of (O, H, H) of one configuration of any number of molecules, nm, as they came.

    Args:
        atoms: nm, shape (N, 3, 3).

    Raises:
        InputError: another shape, or values that are not finite.
    """
    values = np.asarray(atoms)
    if values.ndim != 3 or values.shape[-2:] != (REAL, 3):
        raise InputError(
            f"atoms have shape {values.shape}; allowed: (N, {REAL}, 3) for O, H, H of each of N molecules"
        )
    checked_positions(values)
    return values


def load_water_model(name: str) -> WaterModel:
    """Read a water model by name from ``resources/water_models``, or from a YAML path.

    Raises:
        ValueError: unknown model, a file that is no YAML mapping, a missing or unknown key, or a value
            that is not allowed.
    """
    path = Path(name)
    if path.suffix not in (".yaml", ".yml"):
        path = MODEL_FOLDER / f"{name}.yaml"
    if not os.path.isfile(path):  # unlike Path.is_file, false for a name that is too long, too
        known = ", ".join(sorted(p.stem for p in MODEL_FOLDER.glob("*.yaml")))
        raise ValueError(f"water model {name!r} not found; allowed: {known}, or the path of a YAML file")
    try:
        raw = parse_yaml(path.read_text())
    except (OSError, ValueError) as error:
        raise ValueError(f"{path.name}: not a readable YAML file: {error}") from None
    if not isinstance(raw, dict):
        raise ValueError(f"{path.name}: {raw!r} is not a water model; allowed: a mapping with {list(_KEYS)}")
    missing, unknown = sorted(set(_KEYS) - set(raw)), sorted(set(raw) - set(_KEYS), key=str)
    if missing or unknown:
        raise ValueError(
            f"{path.name}: missing keys {missing}, unknown keys {unknown}; allowed: {list(_KEYS)}"
        )
    for key, kind in _KEYS.items():
        allowed, good = _NUMBERS.get(key, ("a number > 0", lambda value: 0 < value < math.inf))
        if kind is str:
            allowed, good = "text", lambda value: True
        # True is a whole number to Python; NaN fails every comparison
        types = str if kind is str else (int, float)
        if isinstance(raw[key], bool) or not isinstance(raw[key], types) or not good(raw[key]):
            raise ValueError(f"{path.name}: {key} is {raw[key]!r}; allowed: {allowed}")
    model = WaterModel(**{key: kind(raw[key]) for key, kind in _KEYS.items()})
    if model.om_distance_nm >= model.bisector:
        raise ValueError(
            f"{path.name}: om_distance_nm is {model.om_distance_nm}; allowed: less than "
            f"{model.bisector:.4g}, the distance from the oxygen to the midpoint of the hydrogens"
        )
    return model


def lattice_configuration(box: WaterBox, rng: np.random.Generator) -> np.ndarray:
    """Positions of (O, H, H) on a cubic lattice with random orientations, nm, shape (molecules, 3, 3)."""
    from scipy.spatial.transform import Rotation

    water, per_edge = box.model, math.ceil(box.molecules ** (1 / 3) - 1e-9)
    cells = np.stack(np.meshgrid(*[np.arange(per_edge)] * 3, indexing="ij"), -1).reshape(-1, 3)
    cells = rng.permutation(cells)[: box.molecules]
    half = water.hh_distance / 2
    body = np.array([[0, 0, 0], [water.bisector, half, 0], [water.bisector, -half, 0]])
    body = body - water.mapping_weights("com") @ body
    rotations = Rotation.random(box.molecules, rng=rng).as_matrix()
    return (cells[:, None, :] + 0.5) * box.edge / per_edge + np.einsum("nab,sb->nsa", rotations, body)


def ordinary_system(box: WaterBox) -> mm.System:
    """All-atom rigid water: O, H, H (and a charge site) of each molecule, with particle-mesh Ewald.

    The Lennard-Jones interaction is switched off over the last tenth of the cutoff.
    """
    system, nonbonded = _empty_system(box)
    water = box.model
    for _ in range(box.molecules):
        o = system.addParticle(water.mass_oxygen_amu)
        h = [system.addParticle(water.mass_hydrogen_amu) for _ in range(2)]
        _add_charges(nonbonded, water, "O", "H", "H")
        _rigid_triangle(system, [o, *h], water.oh_bond_nm, water.hh_distance)
        sites = [o, *h]
        if water.has_charge_site:
            sites.append(_virtual_site(system, [o, *h], water.charge_site_weights))
            _add_charges(nonbonded, water, "M")
        _exclude(nonbonded, sites)
    return system


def anchored_system(box: WaterBox, mapping: str) -> mm.System:
    """Rigid water whose mapped sites are fixed exactly: the conditional ensemble.

    For the centre of mass a molecule is (anchor, H, H, O[, M]): the anchor sits at
    the mapped site and feels nothing itself, the triangle anchor-H-H is rigid, and
    the oxygen is the virtual site which puts the mapped site back on the anchor.
    For the oxygen it is (O, H, H[, M]) with a very heavy oxygen.

    Args:
        mapping: one of ``MAPPINGS``.
    """
    system, nonbonded = _empty_system(box)
    water = box.model
    w_o, w_h, _ = water.mapping_weights(mapping)
    # O = (R - w_h (H1 + H2)) / w_o, with R the mapped site
    oxygen = np.array([1 / w_o, -w_h / w_o, -w_h / w_o])
    charge_o, charge_h, _ = water.charge_site_weights
    charge_site = charge_o * oxygen + charge_h * np.array([0, 1, 1])
    anchor_h = math.hypot(water.bisector * w_o, water.hh_distance / 2)
    for _ in range(box.molecules):
        triangle = [system.addParticle(ANCHOR_MASS)]
        triangle += [system.addParticle(water.mass_hydrogen_amu) for _ in range(2)]
        _rigid_triangle(system, triangle, anchor_h, water.hh_distance)
        if mapping == "oxygen":
            sites = list(triangle)
            _add_charges(nonbonded, water, "O", "H", "H")
        else:
            _add_charges(nonbonded, water, "anchor", "H", "H", "O")
            # the anchor interacts with nothing, so it needs no exclusions
            sites = triangle[1:] + [_virtual_site(system, triangle, oxygen)]
        if water.has_charge_site:
            sites.append(_virtual_site(system, triangle, charge_site))
            _add_charges(nonbonded, water, "M")
        _exclude(nonbonded, sites)
    return system


def anchored_positions(water: WaterModel, mapping: str, atoms: np.ndarray) -> np.ndarray:
    """Positions for ``anchored_system`` from those of (O, H, H).

    Args:
        atoms: nm, shape (n_molecules, 3, 3).

    Returns:
        nm, shape (n_molecules, sites, 3), sites in the order of the anchored system.

    Raises:
        InputError: atoms of another shape, or not finite.
    """
    atoms = checked_molecules(atoms)
    anchor = np.einsum("s,nsx->nx", water.mapping_weights(mapping), atoms)
    sites = [anchor, atoms[:, 1], atoms[:, 2]]
    if mapping != "oxygen":
        sites.append(atoms[:, 0])
    if water.has_charge_site:
        sites.append(np.einsum("s,nsx->nx", water.charge_site_weights, atoms))
    return np.stack(sites, axis=1)


def anchored_atoms(mapping: str, sites: np.ndarray) -> np.ndarray:
    """The inverse of ``anchored_positions``: (O, H, H), nm, shape (n_molecules, 3, 3)."""
    return sites[:, [0, 1, 2] if mapping == "oxygen" else [3, 1, 2]]


def ordinary_positions(water: WaterModel, atoms: np.ndarray) -> np.ndarray:
    """Positions for ``ordinary_system``, nm, from those of (O, H, H), nm, shape (n, 3, 3).

    Raises:
        InputError: atoms of another shape, or not finite.
    """
    atoms = checked_molecules(atoms)
    if not water.has_charge_site:
        return atoms
    site = np.einsum("s,nsx->nx", water.charge_site_weights, atoms)
    return np.concatenate([atoms, site[:, None]], axis=1)


def _empty_system(box: WaterBox) -> tuple[mm.System, mm.NonbondedForce]:
    system, edge = mm.System(), box.edge
    system.setDefaultPeriodicBoxVectors((edge, 0, 0), (0, edge, 0), (0, 0, edge))
    nonbonded = mm.NonbondedForce()
    nonbonded.setNonbondedMethod(mm.NonbondedForce.PME)
    nonbonded.setCutoffDistance(box.cutoff)
    nonbonded.setUseSwitchingFunction(True)
    nonbonded.setSwitchingDistance(SWITCH * box.cutoff)
    # a constant at fixed volume, which OpenMM makes depend on the number of particles without interaction
    nonbonded.setUseDispersionCorrection(False)
    system.addForce(nonbonded)
    return system, nonbonded


def _add_charges(nonbonded: mm.NonbondedForce, water: WaterModel, *kinds: str) -> None:
    oxygen_charge = 0.0 if water.has_charge_site else -2 * water.charge_hydrogen_e
    parameters = {
        "anchor": (0.0, 1.0, 0.0),
        "O": (oxygen_charge, water.lj_sigma_nm, water.lj_epsilon_kj_mol),
        "H": (water.charge_hydrogen_e, 1.0, 0.0),
        "M": (-2 * water.charge_hydrogen_e, 1.0, 0.0),
    }
    for kind in kinds:
        nonbonded.addParticle(*parameters[kind])


def _rigid_triangle(system: mm.System, sites: list[int], leg: float, base: float) -> None:
    system.addConstraint(sites[0], sites[1], leg)
    system.addConstraint(sites[0], sites[2], leg)
    system.addConstraint(sites[1], sites[2], base)


def _virtual_site(system: mm.System, parents: list[int], weights: np.ndarray) -> int:
    site = system.addParticle(0.0)
    system.setVirtualSite(site, mm.ThreeParticleAverageSite(*parents, *map(float, weights)))
    return site


def _exclude(nonbonded: mm.NonbondedForce, sites: list[int]) -> None:
    for i, a in enumerate(sites):
        for b in sites[i + 1 :]:
            nonbonded.addException(a, b, 0.0, 1.0, 0.0)
