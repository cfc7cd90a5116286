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
