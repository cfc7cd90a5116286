"""Run files: formats, units, paths, and what is missing from one."""

import pytest

from support.trajectory_files import write_yaml
from thermalcg.storage.files import DatasetError
from thermalcg.trajectories.run_file import ENDINGS, RunFile, Units, run_files

GOOD = {"temperature_K": 395, "trajectory": "data/run.trr", "mapping": "mapping.yaml"}


def source(tmp_path, **keys):
    return RunFile(write_yaml(tmp_path / "run.yaml", GOOD | keys))


def test_paths_are_relative_to_the_run_file(tmp_path):
    run = source(tmp_path, energies={"file": "../energy.xvg", "column": "Potential"})
    assert run.parts == [tmp_path / "data" / "run.trr"]
    assert run.inputs() == [
        tmp_path / name for name in ("run.yaml", "data/run.trr", "mapping.yaml", "../energy.xvg")
    ]


@pytest.mark.parametrize(("ending", "kind"), ENDINGS.items())
def test_the_ending_tells_the_format(tmp_path, ending, kind):
    keys = {"units": {"length": "nm", "energy": "kJ/mol"}, "trajectory": f"a{ending.upper()}"}
    assert source(tmp_path, **keys, mapping=None if kind == "sites" else "m.yaml").format == kind


def test_a_netcdf_file_is_ambers_where_it_has_a_mapping(tmp_path):
    assert source(tmp_path, trajectory="a.nc").format == "amber"
    assert source(tmp_path, trajectory="a.nc", mapping=None).format == "sites"


@pytest.mark.parametrize(
    ("units", "length", "energy", "force", "velocity"),
    [
        ({"length": "nm", "energy": "kJ/mol"}, 1, 1, 1, 1),
        ({"length": "angstrom", "energy": "kcal/mol", "time": "fs"}, 0.1, 4.184, 41.84, 100),
        ({"length": "angstrom", "energy": "eV"}, 0.1, 96.48533, 964.8533, 0.1),
    ],
)
def test_units_are_converted(units, length, energy, force, velocity):
    factors = Units(**units).factors
    expected = {"length": length, "energy": energy, "force": force, "velocity": velocity}
    assert {name: factors[name] for name in expected} == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"temperature_K": -5}, "temperature_K is -5; allowed: a number > 0"),
        (
            {"trajectory": "run.xtc"},
            r"format is 'auto', and the ending '\.xtc' of run\.xtc is not known; allowed: format: trr",
        ),
        ({"trajectory": []}, r"trajectory is \[\]; allowed: at least one file"),
        ({"trajectory": "run.dump"}, "units are missing, which files of the format lammps do not fix; write"),
        ({"mapping": None}, "mapping is None; allowed: a mapping file"),
        ({"format": "sites"}, "mapping is 'mapping.yaml'; allowed: none for sites"),
        (
            {"units": {"length": "bohr", "energy": "kJ/mol"}},
            "units.length is 'bohr'; allowed: one of nm, angstrom",
        ),
        ({"format": "xtc"}, "format is 'xtc'; allowed: one of auto, trr, lammps"),
        ({"bead_mass_amu": -1.0}, "bead_mass_amu is -1.0; allowed: a number > 0"),
        ({"first": 3}, "first is not a key; did you mean first_ps"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, keys, message):
    with pytest.raises(DatasetError, match=rf"run\.yaml: {message}"):
        source(tmp_path, **keys)


def test_each_temperature_of_a_study_has_its_run_file(tmp_path):
    paths = [write_yaml(tmp_path / f"{T}.yaml", GOOD | {"temperature_K": T}) for T in (395, 298.15, 300)]
    found = run_files(paths[:2], [298.15, 395])
    assert {T: source.path for T, source in found.items()} == {"395": paths[0], "298.15": paths[1]}
    with pytest.raises(
        DatasetError, match=r"300\.yaml: temperature_K is 300; allowed: each temperature .* 298\.15, 395"
    ):
        run_files(paths, [298.15, 395])
    with pytest.raises(DatasetError, match=r"temperature_K is 395, as that of .*395\.yaml; allowed: each"):
        run_files([paths[0], paths[0]], [298.15, 395])
