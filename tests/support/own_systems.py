"""Small OpenMM Systems of a user's: methanol of the preset, and a molecule that has every bonded force."""

from pathlib import Path

import numpy as np
import openmm as mm

from support.trajectory_files import write_yaml
from thermalcg.atomistic.own_system import OwnFiles
from thermalcg.runtime import openmm_arrays
from thermalcg.runtime.platforms import REFERENCE_PLATFORM, make_context

FOLDER = Path(__file__).parents[2] / "resources" / "openmm"
ATOMS = {"C": 12.011, "H1": 1.008, "H2": 1.008, "H3": 1.008, "O": 15.9994, "HO": 1.008}


def methanol_mapping(count, **bead):
    """Keys of the mapping file of so many molecules of methanol."""
    atoms = [{"name": name, "mass_amu": mass} for name, mass in ATOMS.items()]
    molecule = {"name": "methanol", "count": count, "atoms": atoms, "beads": [{"name": "M"} | bead]}
    return {"molecules": [molecule]}


def methanol(folder, count=8, **changes):
    """Files of so many molecules of methanol, on a lattice of the preset's density."""
    mapping = write_yaml(folder / "mapping.yaml", methanol_mapping(count))
    files = {"force_field": FOLDER / "methanol_oplsaa.xml", "coordinates": FOLDER / "methanol.pdb"}
    own = {"mapping": mapping, "density_g_cm3": 0.7864, "cutoff_nm": 0.4, "constraints": "h_bonds"}
    return OwnFiles(**(files | own | changes))


def energy(system, position):
    """Potential energy by OpenMM's exact platform, kJ/mol."""
    context = make_context(system, mm.VerletIntegrator(0.001), REFERENCE_PLATFORM)
    context.setPositions(position)
    return openmm_arrays.potential_energy(context.getState(energy=True))


def chains(count, edge, seed=0):
    """A System of bent chains of four atoms without forces, and positions of them; molecules are whole.

    Returns:
        System, positions (nm, shape (4 count, 3)) and the molecule of each particle.
    """
    rng, system = np.random.default_rng(seed), mm.System()
    system.setDefaultPeriodicBoxVectors(*np.diag(np.broadcast_to(edge, 3)))
    for _ in range(4 * count):
        system.addParticle(12.0)
    body = np.array([[0, 0, 0], [0.15, 0, 0], [0.2, 0.14, 0], [0.33, 0.16, 0.08]])
    per_edge = int(np.ceil(count ** (1 / 3)))
    cells = np.stack(np.unravel_index(np.arange(count), (per_edge,) * 3), axis=1) / per_edge
    position = (cells * edge)[:, None] + body + rng.normal(0, 0.01, (count, 4, 3))
    return system, position.reshape(-1, 3), np.repeat(np.arange(count), 4)
