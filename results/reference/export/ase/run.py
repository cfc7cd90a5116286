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
