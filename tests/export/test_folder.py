"""The folder of each export: what lies in it, what its reader is told, and what is refused."""

import os
from pathlib import Path

import pytest

from support.exported import kernel_file
from thermalcg.export.folder import ENGINES, Wish, write_export
from thermalcg.export.source import ExportError, Source

FILES = {
    "lammps": {"in.lammps", "pair_300K.table", "potential.in", "start.data", "triplet_300K.uf3"},
    "openmm": {"run.py", "start.xml", "system.xml"},
    "ase": {"model.safetensors", "run.py"},
}


def names(paths):
    return {path.name for path in paths}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_folder_has_its_files_and_ten_lines_to_read(engine, spline_file, tmp_path):
    written = write_export(Source.read(spline_file, [300]), engine, tmp_path / "new" / "folder")
    assert names(written) == FILES[engine] | {"README.md", "check.json"}
    text = (tmp_path / "new/folder/README.md").read_text()
    assert len(text.splitlines()) <= 12
    for fact in ("tested from 250 to 700 K", "g/cm3", "Cutoff: 0.6 nm", "rojection error", "Units", "Run `"):
        assert fact in text


@pytest.mark.parametrize("engine", ENGINES)
def test_a_mixture_has_the_same_files_and_says_its_species(engine, mixture, tmp_path):
    written = write_export(Source.read(mixture, [300]), engine, tmp_path)
    assert names(written) == FILES[engine] | {"README.md", "check.json"}
    text = (tmp_path / "README.md").read_text()
    assert "24 A of 18 amu, 40 B of 32 amu" in text
    assert ("Types of LAMMPS: 1 A, 2 B." in text) == (engine == "lammps")


def test_an_export_is_small_enough_to_commit(spline_file, tmp_path):
    written = write_export(Source.read(spline_file, [300]), "lammps", tmp_path)
    assert sum(path.stat().st_size for path in written) < 1e6


def test_everything_that_lammps_can_have(spline_file, tmp_path):
    wish = Wish("metal", between=True, memory=kernel_file(tmp_path / "300.nc", 300.0))
    written = names(write_export(Source.read(spline_file, [300]), "lammps", tmp_path / "out", wish))
    components = {
        f"{kind}_component{k}.{end}" for k in (0, 1) for kind, end in (("pair", "table"), ("triplet", "uf3"))
    }
    assert written >= components | {"in.between", "in.memory", "drift.metal.gle", "covariance.gle"}
    assert "units metal" in (tmp_path / "out/in.memory").read_text()


def test_a_memory_kernel_of_another_temperature_is_refused(spline_file, tmp_path):
    wish = Wish(memory=kernel_file(tmp_path / "395.nc", 395.0))
    with pytest.raises(
        ExportError, match="a memory kernel of 395 K; allowed with it: --temperature 395 alone"
    ):
        write_export(Source.read(spline_file, [300]), "lammps", tmp_path / "none", wish)
    assert not (tmp_path / "none").exists()


def test_a_memory_kernel_for_a_mixture_is_refused(mixture, tmp_path):
    wish = Wish(memory=kernel_file(tmp_path / "300.nc", 300.0))
    with pytest.raises(ExportError, match="allowed for a memory kernel: one species"):
        write_export(Source.read(mixture, [300]), "lammps", tmp_path / "none", wish)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("engine", "wish", "said"),
    [
        ("gromacs", Wish(), "engine is 'gromacs'; allowed: lammps, openmm, ase"),
        ("lammps", Wish("lj"), "units are 'lj'; allowed: real, metal"),
        ("openmm", Wish(between=True), "are for LAMMPS, not for OpenMM"),
        ("ase", Wish(memory=Path("300.nc")), "are for LAMMPS, not for ASE"),
    ],
)
def test_what_there_is_no_export_for_is_refused(spline_file, tmp_path, engine, wish, said):
    with pytest.raises(ExportError, match=said):
        write_export(Source.read(spline_file, [300]), engine, tmp_path / "none", wish)


def test_a_network_is_refused_before_anything_is_written(network_file, tmp_path):
    source = Source.read(network_file, [300])
    for engine in ("lammps", "openmm"):
        with pytest.raises(ExportError, match="cannot be written as tables"):
            write_export(source, engine, tmp_path / "none")
    assert not (tmp_path / "none").exists()
    assert "model.safetensors" in names(write_export(source, "ase", tmp_path / "network"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_refused(spline_file, tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(PermissionError):
        write_export(Source.read(spline_file, [300]), "ase", tmp_path / "folder")
