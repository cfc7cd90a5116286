"""Any trained force field as a calculator of ASE, https://wiki.fysik.dtu.dk/ase."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np

from thermalcg.geometry.inputs import InputError, checked_box
from thermalcg.models.architecture import ForceField
from thermalcg.models.potential import ThermalPotential

from .lammps_units import ANGSTROM, EV

try:  # not named in an import statement: the library itself does without ASE
    _ase: Any = import_module("ase.calculators.calculator")
except ModuleNotFoundError:
    _ase = None


class ThermalCalculator(_ase.Calculator if _ase else object):
    """Energy W(R, T), forces and stress in ASE's units (eV, eV/angstrom, eV/angstrom^3).

    Every atom is one bead.  With one species its element plays no part; in a mixture the species of a bead is
    the symbol of its atom, unless ``species`` names it.  The energy is a free energy of the temperature T:
    give thermostats the same one.

    Args:
        potential: a member of an ensemble, of any architecture.
        temperature: T, K; ``calculator.set(temperature=...)`` changes it.
        species: of a mixture, the name of each atom's species, shape (N,), where the symbols do not say it.

    Raises:
        InputError: a temperature that is not positive, or species for a potential that has one; on
            evaluation, a cell that is tilted, open or below twice the cutoff, or unknown species.
        ImportError: ASE is not installed.
    """

    implemented_properties = ("energy", "free_energy", "forces", "stress")
    default_parameters = {"temperature": None, "species": None}  # noqa: RUF012

    def __init__(
        self,
        potential: ThermalPotential,
        temperature: float,
        species: Sequence[str] | None = None,
        **kwargs: Any,
    ) -> None:
        if _ase is None:
            raise ImportError("ASE is not installed; install it with: pip install ase")
        self.potential = potential
        if species is not None and potential.species is None:
            raise InputError("species are given; allowed with a potential of one species: none")
        self._fields: dict[tuple, tuple[ThermalPotential, ForceField]] = {}
        super().__init__(temperature=temperature, species=species, **kwargs)
        self.potential.expansion.values(temperature)  # refuses a temperature before anything runs

    def set(self, **kwargs: Any) -> dict[str, Any]:
        """Set parameters; what was computed at another temperature is forgotten."""
        changed = super().set(**kwargs)
        if changed:
            self.reset()
            self._fields.clear()
        return changed

    def calculate(
        self,
        atoms: Any = None,
        properties: Sequence[str] = ("energy",),
        system_changes: Sequence[str] | None = None,
    ) -> None:
        """Compute what ASE asks for; it calls this itself."""
        super().calculate(atoms, properties, _ase.all_changes if system_changes is None else system_changes)
        if not self.atoms.pbc.all():
            raise InputError(f"pbc is {self.atoms.pbc.tolist()}; allowed: periodic along all three vectors")
        temperature = self.parameters["temperature"]
        edges = checked_box(np.asarray(self.atoms.cell) / ANGSTROM, self.potential.cutoff)
        names = self._names()
        key = (*edges, *names)
        if key not in self._fields:  # keeps its list of neighbours from step to step
            own = self.potential.of_species(names) if names else self.potential
            self._fields = {key: (own, own.force_field(edges, temperature))}
        potential, field = self._fields[key]
        position = self.atoms.positions / ANGSTROM
        energy, force = field(position[None])
        self.results = {
            "energy": energy[0] / EV,
            "free_energy": energy[0] / EV,
            "forces": force[0] / EV / ANGSTROM,
        }
        if "stress" in properties:
            virial = potential.virial(position, edges, temperature)
            stress = -virial / EV / (np.prod(edges) * ANGSTROM**3)
            self.results["stress"] = stress[[0, 1, 2, 1, 0, 0], [0, 1, 2, 2, 2, 1]]

    def _names(self) -> list[str]:
        """Species of the atoms; empty where all are alike."""
        if self.potential.species is None:
            return []
        given = self.parameters["species"]
        names = self.atoms.get_chemical_symbols() if given is None else [str(name) for name in given]
        if len(names) != len(self.atoms):
            raise InputError(f"species of {len(names)} beads are given for {len(self.atoms)} atoms")
        return names
