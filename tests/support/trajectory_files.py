"""A small run of SPC/E water, and the same frames as a user of each engine would have them in files."""

import functools
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import xarray as xr

from thermalcg.atomistic.mapping import map_trajectory
from thermalcg.atomistic.nvt import AllAtomSettings, run_all_atom
from thermalcg.atomistic.water import WaterBox, load_water_model
from thermalcg.geometry.periodic import wrap
from thermalcg.runtime.platforms import REFERENCE_PLATFORM
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.storage.provenance import Provenance
from thermalcg.storage.yaml_files import as_yaml
from thermalcg.trajectories.importing import import_run
from thermalcg.trajectories.run_file import RunFile

MOLECULES, TEMPERATURE, STEP_FS, INTERVAL = 27, 300.0, 2.0, 0.02
KCAL = 4.184
FORMATS = ("trr", "lammps", "amber", "h5md", "gsd", "npz", "netcdf")
PROVENANCE = Provenance("0", 1, "test")


@dataclass
class Liquid:
    """Frames of all atoms, every one of them put into the box; nm, ps, kJ/mol; shape (time, atom, 3)."""

    time: np.ndarray
    position: np.ndarray
    velocity: np.ndarray
    force: np.ndarray
    energy: np.ndarray
    edges: np.ndarray
    images: np.ndarray
    mapped: xr.Dataset

    def frames(self, chosen):
        """The same with some frames only."""
        arrays = ("time", "position", "velocity", "force", "energy", "images")
        return replace(self, **{name: getattr(self, name)[chosen] for name in arrays})

    @property
    def step(self):
        return np.round(self.time / (STEP_FS * 1e-3)).astype(int)


@functools.cache
def liquid():
    """24 frames of 27 molecules at 300 K."""
    box = WaterBox.of("spce", MOLECULES, 0.997, 0.45)
    settings = AllAtomSettings(STEP_FS, 5.0, 0.2, 24 * INTERVAL, INTERVAL, 9.0, INTERVAL)
    with tempfile.TemporaryDirectory() as folder:
        run = run_all_atom(
            box, TEMPERATURE, settings, REFERENCE_PLATFORM, seed=5, checkpoints=Checkpoints(Path(folder), {})
        )
    whole, velocity, force = (
        run[f"atom_{name}"].values.reshape(24, -1, 3) for name in ("position", "velocity", "force")
    )
    position = wrap(whole.astype(float), box.edge)
    edges = np.full(3, box.edge)
    return Liquid(
        run["time"].values, position, velocity, force, run["potential_energy"].values, edges,
        np.round((whole - position) / edges).astype(int), map_trajectory(run, box.model, "com"),
    )  # fmt: skip


def mapping(count=MOLECULES, **bead):
    """The keys of a mapping file of SPC/E water."""
    water = load_water_model("spce")
    hydrogen = water.mass_hydrogen_amu
    atoms = [("OW", water.mass_oxygen_amu), ("HW1", hydrogen), ("HW2", hydrogen)]
    return {
        "molecules": [
            {
                "name": "SOL",
                "count": count,
                "atoms": [{"name": name, "mass_amu": mass} for name, mass in atoms],
                "beads": [{"name": "W"} | bead],
            }
        ]
    }


def write_yaml(path, keys):
    path.write_text(as_yaml(keys))
    return path


def write_xvg(path, time, energy):
    rows = "\n".join(f"{t:12.6f}  {e:15.8f}" for t, e in zip(time, energy, strict=True))
    path.write_text(
        '# made by gmx energy\n@    title "GROMACS Energies"\n@    xaxis  label "Time (ps)"\n@TYPE xy\n'
        f'@ s0 legend "Potential"\n{rows}\n'
    )


def write_log(path, step, energy):
    """A log of LAMMPS of style real: two runs, the second of which repeats the last step of the first."""
    rows = [f"{s:8d} {300 + s % 7:12.5f} {e / KCAL:18.10f}" for s, e in zip(step, energy, strict=True)]
    half, head = len(rows) // 2, "   Step          Temp          PotEng    "
    end = "Loop time of 1.2 on 1 procs for 100 steps with 81 atoms\n"
    path.write_text(
        "LAMMPS (22 Jul 2025)\n" + "\n".join([head, *rows[: half + 1], end, head, *rows[half:], end]) + "\n"
    )


def write_trr(path, run):
    from MDAnalysis.lib.formats.libmdaxdr import TRRFile

    with TRRFile(str(path), "w") as handle:
        for t in range(len(run.time)):
            arrays = (x[t].astype(np.float32) for x in (run.position, run.velocity, run.force))
            box = np.diag(run.edges).astype(np.float32)
            handle.write(*arrays, box, int(run.step[t]), float(run.time[t]), 0.0, run.position.shape[1])


def write_dump(path, run, columns="id type xu yu zu vx vy vz fx fy fz c_pe", seed=3):
    """A dump of style real with the atoms of every frame in another order, and a box away from zero."""
    rng, low, length = np.random.default_rng(seed), np.array([-3.0, 2.0, 0.5]), 10.0
    edges = run.edges * length
    with path.open("w") as handle:
        for t in range(len(run.time)):
            n = run.position.shape[1]
            inside = run.position[t] * length + low
            values = {
                "id": np.arange(1, n + 1),
                "type": np.ones(n, int),
                "c_pe": np.full(n, run.energy[t] / n / KCAL),
            }
            whole = inside + run.images[t] * edges
            for axis, name in enumerate("xyz"):
                values[name], values[f"{name}u"] = inside[:, axis], whole[:, axis]
                values[f"{name}s"] = (inside - low)[:, axis] / edges[axis]
                values[f"i{name}"] = run.images[t][:, axis]
                values[f"v{name}"] = run.velocity[t][:, axis] * length * 1e-3
                values[f"f{name}"] = run.force[t][:, axis] / length / KCAL
            bounds = "\n".join(f"{a:.16e} {a + b:.16e}" for a, b in zip(low, edges, strict=True))
            handle.write(f"ITEM: TIMESTEP\n{run.step[t]}\nITEM: NUMBER OF ATOMS\n{n}\n")
            handle.write(f"ITEM: BOX BOUNDS pp pp pp\n{bounds}\nITEM: ATOMS {columns}\n")
            for atom in rng.permutation(n):
                words = (values[name][atom] for name in columns.split())
                handle.write(" ".join(f"{w:.9g}" if isinstance(w, float) else str(w) for w in words) + " \n")


def _write_with_mdanalysis(path, run, writer_class, **options):
    """Through a writer of MDAnalysis, which takes Angstrom and kJ/(mol Angstrom)."""
    import MDAnalysis as mda

    n = run.position.shape[1]
    universe = mda.Universe.empty(n, trajectory=True, velocities=True, forces=True)
    options |= {"velocities": True, "forces": True}
    with writer_class(str(path), n, **options) as writer:
        for t in range(len(run.time)):
            step = universe.trajectory.ts
            step.positions, step.velocities = run.position[t] * 10, run.velocity[t] * 10
            step.forces, step.dimensions = run.force[t] / 10, [*run.edges * 10, 90, 90, 90]
            step.time, step.frame = float(run.time[t]), t
            step.data["step"], step.data["potential_energy"] = int(run.step[t]), run.energy[t]
            writer.write(universe.atoms)


def write_amber(path, run):
    from MDAnalysis.coordinates.TRJ import NCDFWriter

    _write_with_mdanalysis(path, run, NCDFWriter)


def write_h5md(path, run):
    from MDAnalysis.coordinates.H5MD import H5MDWriter

    units = {"timeunit": "ps", "lengthunit": "nm", "velocityunit": "nm/ps", "forceunit": "kJ/(mol*nm)"}
    _write_with_mdanalysis(path, run, H5MDWriter, positions=True, n_frames=len(run.time), **units)


def write_gsd(path, run):
    """As HOOMD-blue writes it in nm, kJ/mol and amu: positions around zero, forces of two laws."""
    import gsd.hoomd

    with gsd.hoomd.open(str(path), "w") as handle:
        for t in range(len(run.time)):
            frame = gsd.hoomd.Frame()
            frame.configuration.step = int(run.step[t])
            frame.configuration.box = [*run.edges, 0, 0, 0]
            frame.particles.N = run.position.shape[1]
            frame.particles.position = run.position[t] - run.edges / 2
            frame.particles.image = run.images[t]
            frame.particles.velocity = run.velocity[t]
            frame.log["particles/md/pair/LJ/forces"] = 0.3 * run.force[t]
            frame.log["particles/md/long_range/pppm/Coulomb/forces"] = 0.7 * run.force[t]
            frame.log["md/compute/ThermodynamicQuantities/potential_energy"] = [run.energy[t]]
            handle.append(frame)


def sites(run):
    """The variables of a file of sites, in Angstrom and kcal/mol."""
    mapped = run.mapped.isel(time=np.searchsorted(run.mapped["time"].values, run.time - 1e-6))
    return {
        "position": wrap(mapped["position"].values.astype(float), run.edges) * 10,
        "velocity": mapped["velocity"].values * 10,
        "force": mapped["force"].values / 10 / KCAL,
        "potential_energy": run.energy / KCAL,
        "box": run.edges[0] * 10,
        "time": run.time,
    }


def write_netcdf(path, run):
    units = {
        "position": "angstrom", "velocity": "angstrom/ps", "force": "kcal/(mol angstrom)", "box": "angstrom",
        "potential_energy": "kcal/mol", "time": "ps",
    }  # fmt: skip
    dims = {3: ("time", "bead", "axis"), 1: ("time",), 0: ()}
    xr.Dataset({k: (dims[np.ndim(v)], v, {"units": units[k]}) for k, v in sites(run).items()}).to_netcdf(
        path, engine="h5netcdf"
    )


def write_run(folder, kind, run=None, **keys):
    """Files of one format and their run file.

    Args:
        keys: of the run file, beside those that the format needs.
    """
    run = liquid() if run is None else run
    real = {"length": "angstrom", "energy": "kcal/mol", "time": "fs"}
    if kind not in ("npz", "netcdf"):
        write_yaml(folder / "mapping.yaml", mapping())
        keys = {"mapping": "mapping.yaml"} | keys
    if kind == "trr":
        name = "run.trr"
        write_trr(folder / name, run)
        write_xvg(folder / "energy.xvg", run.time, run.energy)
        keys = {"energies": {"file": "energy.xvg", "column": "Potential"}} | keys
    elif kind == "lammps":
        name = "run.lammpstrj"
        write_dump(folder / name, run)
        write_log(folder / "log.lammps", run.step, run.energy)
        keys = {
            "units": real,
            "timestep_fs": STEP_FS,
            "energies": {"file": "log.lammps", "column": "PotEng"},
        } | keys
    elif kind == "amber":
        name = "run.ncdf"
        write_amber(folder / name, run)
        rows = "\n".join(f"{t:.6f},{e:.8f}" for t, e in zip(run.time, run.energy, strict=True))
        (folder / "energy.csv").write_text(f'#"Time (ps)","Potential Energy (kJ/mol)"\n{rows}\n')
        keys = {"energies": {"file": "energy.csv", "column": "Potential Energy (kJ/mol)"}} | keys
    elif kind == "h5md":
        name = "run.h5md"
        write_h5md(folder / name, run)
    elif kind == "gsd":
        name = "run.gsd"
        write_gsd(folder / name, run)
        keys = {"units": {"length": "nm", "energy": "kJ/mol"}, "timestep_fs": STEP_FS} | keys
    elif kind == "npz":
        name = "sites.npz"
        np.savez_compressed(folder / name, **sites(run))
        keys = {"units": {"length": "angstrom", "energy": "kcal/mol"}, "bead_mass_amu": 18.015} | keys
    else:
        name = "sites.nc"
        write_netcdf(folder / name, run)
        keys = {"bead_mass_amu": 18.015} | keys
    return write_yaml(folder / "run.yaml", {"temperature_K": TEMPERATURE, "trajectory": name} | keys)


def imported(run_file, folder, **options):
    """The dataset of a run file."""
    path = folder / "mapped.nc"
    import_run(RunFile(run_file), path, PROVENANCE, **options)
    with xr.open_dataset(path, engine="h5netcdf", decode_times=False) as handle:
        return handle.load()
