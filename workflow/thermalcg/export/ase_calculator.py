"""Any trained force field as a calculator of ASE, https://wiki.fysik.dtu.dk/ase."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np

from thermalcg.geometry.inputs import InputError, checked_box
from thermalcg.models.potential import ThermalPotential

from .lammps_units import ANGSTROM, EV

try:  # not named in an import statement: the library itself does without ASE
    _ase: Any = import_module("ase.calculators.calculator")
except ModuleNotFoundError:
    _ase = None


class ThermalCalculator(_ase.Calculator if _ase else object):
    """Energy W(R, T), forces and stress in ASE's units (eV, eV/angstrom, eV/angstrom^3).

    Every atom is one bead, whatever its element.  The energy is a free energy of the temperature T: give
    thermostats the same one.

    Args:
        potential: a member of an ensemble, of any architecture.
        temperature: T, K; ``calculator.set(temperature=...)`` changes it.

    Raises:
        InputError: a temperature that is not positive; on evaluation, a cell that is tilted, open or below
            twice the cutoff.
        ImportError: ASE is not installed.
    """

    implemented_properties = ("energy", "free_energy", "forces", "stress")
    default_parameters = {"temperature": None}  # noqa: RUF012

    def __init__(self, potential: ThermalPotential, temperature: float, **kwargs: Any) -> None:
        if _ase is None:
            raise ImportError("ASE is not installed; install it with: pip install ase")
        self.potential = potential
        self._fields: dict[tuple[float, ...], Any] = {}
        super().__init__(temperature=temperature, **kwargs)
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
        key = tuple(edges)
        if key not in self._fields:  # keeps its list of neighbours from step to step
            self._fields = {key: self.potential.force_field(edges, temperature)}
        position = self.atoms.positions / ANGSTROM
        energy, force = self._fields[key](position[None])
        self.results = {
            "energy": energy[0] / EV,
            "free_energy": energy[0] / EV,
            "forces": force[0] / EV / ANGSTROM,
        }
        if "stress" in properties:
            virial = self.potential.virial(position, edges, temperature)
            stress = -virial / EV / (np.prod(edges) * ANGSTROM**3)
            self.results["stress"] = stress[[0, 1, 2, 1, 0, 0], [0, 1, 2, 2, 2, 1]]
