"""Run the coarse-grained force field of this folder: python run.py [KELVIN] [STEPS]"""

import sys
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
context.setPositions(start.getPositions())
context.setParameter("T", kelvin)  # the force field of this temperature
context.setVelocitiesToTemperature(kelvin, 1)
print("platform:", context.getPlatform().getName())
for step in range(0, steps, 100):
    integrator.step(100)
    energy = context.getState(getEnergy=True).getPotentialEnergy()
    print(step + 100, "steps, W =", energy.value_in_unit(unit.kilojoule_per_mole), "kJ/mol")
