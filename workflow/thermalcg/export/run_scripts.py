"""The scripts that exports for OpenMM and ASE come with, as text: they run outside of this library."""

#: Needs OpenMM alone.
OPENMM = '''\
"""Run the coarse-grained force field of this folder: python run.py [KELVIN] [STEPS]"""

import json
import math
import sys
import time
from pathlib import Path

import openmm as mm
from openmm import unit

folder = Path(__file__).parent
system = mm.XmlSerializer.deserialize((folder / "system.xml").read_text())
start = mm.XmlSerializer.deserialize((folder / "start.xml").read_text())
kelvin = float(sys.argv[1]) if len(sys.argv) > 1 else start.getParameters()["T"]
steps = int(sys.argv[2]) if len(sys.argv) > 2 else 1000

integrator = mm.LangevinMiddleIntegrator(kelvin, 5.0, 0.008)  # K, 1/ps, ps
context = mm.Context(system, integrator)  # the fastest platform of this machine
context.setPeriodicBoxVectors(*start.getPeriodicBoxVectors())
print("platform:", context.getPlatform().getName())

check = json.loads((folder / "check.json").read_text())
low, high = check["tested_range_K"] or (0, math.inf)
if not low <= kelvin <= high:
    print(f"WARNING: {kelvin:g} K; the force field was tested from {low:g} to {high:g} K", file=sys.stderr)
for known in check["configurations"]:
    context.setParameter("T", known["temperature"])
    context.setPositions(known["positions"])
    state = context.getState(getEnergy=True, getForces=True)
    energy = state.getPotentialEnergy().value_in_unit(unit.kilojoule_per_mole)
    forces = state.getForces().value_in_unit(unit.kilojoule_per_mole / unit.nanometer)
    pairs = [
        (a, b) for got, row in zip(forces, known["force"], strict=True) for a, b in zip(got, row, strict=True)
    ]
    off = math.sqrt(sum((a - b) ** 2 for a, b in pairs) / sum(b**2 for _, b in pairs))
    print(
        f"check at {known['temperature']} K, {known['kind']}: W is off by "
        f"{energy - known['energy']:.1g} kJ/mol, forces by {off:.1g} of their rms"
    )

context.setPositions(start.getPositions())
context.setParameter("T", kelvin)  # the force field of this temperature
context.setVelocitiesToTemperature(kelvin, 1)
begin = time.perf_counter()
for step in range(0, steps, 100):
    integrator.step(100)
    energy = context.getState(getEnergy=True).getPotentialEnergy()
    print(step + 100, "steps, W =", energy.value_in_unit(unit.kilojoule_per_mole), "kJ/mol")
print(f"{1e6 * (time.perf_counter() - begin) / (step + 100):.0f} us a step")
'''

#: Needs ASE and this library.
ASE = '''\
"""Run the coarse-grained force field of this folder: python run.py [KELVIN] [STEPS]"""

import json
import sys
from pathlib import Path

import numpy as np
from ase import Atoms, units
from ase.md.langevin import Langevin
from ase.md.velocitydistribution import thermalize_momenta

import thermalcg
from thermalcg.export.ase_calculator import ThermalCalculator

folder = Path(__file__).parent
check = json.loads((folder / "check.json").read_text())
start = check["configurations"][0]
kelvin = float(sys.argv[1]) if len(sys.argv) > 1 else start["temperature"]
steps = int(sys.argv[2]) if len(sys.argv) > 2 else 1000

beads = Atoms(
    ["O"] * len(start["positions"]),  # any element: the species are given below
    positions=10 * np.array(start["positions"]),
    masses=np.full(len(start["positions"]), check["bead_mass_amu"]),
    cell=[10 * check["box_nm"]] * 3,
    pbc=True,
)
model = thermalcg.load(folder / "model.safetensors")
beads.calc = ThermalCalculator(model.members[0], kelvin, species=check.get("species"))
thermalize_momenta(beads, temperature_K=kelvin)
# half the step of the other engines: at 8 fs this integrator changes the structure
motion = Langevin(beads, 4 * units.fs, temperature_K=kelvin, friction=0.005 / units.fs, fixcm=False)
for step in range(0, steps, 100):
    motion.run(100)
    print(step + 100, "steps, W =", beads.get_potential_energy(), "eV, T =", beads.get_temperature(), "K")
'''
