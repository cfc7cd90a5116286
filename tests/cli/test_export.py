"""``thermalcg export``: what it writes and prints, and a sentence for everything that it refuses."""

import json

import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from support.exported import mixture_member, network_member, save_model, spline_member
from thermalcg.cli.main import main


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return save_model(tmp_path_factory.mktemp("models") / "trf1.safetensors", [spline_member()])


def refused(*words):
    """What the command says when it refuses; no traceback, one sentence."""
    with pytest.raises(SystemExit) as caught:
        main(["export", *map(str, words)])
    said = str(caught.value)
    assert said.startswith("refused: ")
    assert "\n" not in said
    return said


def test_the_files_are_printed(model, tmp_path, capsys):
    out = tmp_path / "water"
    main(
        [
            "export",
            str(model),
            "--to",
            "lammps",
            "--temperature",
            "298.15",
            "--out",
            str(out),
            "--units",
            "metal",
        ]
    )
    printed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert printed == sorted(str(path) for path in out.iterdir())
    assert (out / "triplet_298.15K.uf3").is_file()
    assert "units metal" in (out / "in.lammps").read_text()


def test_what_is_exported_is_what_was_asked(model, tmp_path):
    words = [
        "export",
        str(model),
        "--to",
        "ase",
        "--temperature",
        "600",
        "300",
        "--out",
        str(tmp_path),
        "--mass",
        "20",
    ]
    main(words)
    held = json.loads((tmp_path / "check.json").read_text())
    assert held["bead_mass_amu"] == 20
    assert {c["temperature"] for c in held["configurations"]} == {300, 600}


def test_a_mixture_takes_a_mass_for_each_species(tmp_path):
    mixture = save_model(tmp_path / "mixture.safetensors", [mixture_member()])
    words = (mixture, "--to", "ase", "--temperature", 300, "--out", tmp_path / "out")
    assert "for each of the species A, B" in refused(*words)
    assert "for each of the species A, B" in refused(*words, "--mass", 18)
    main(["export", *map(str, words), "--mass", "18", "32"])
    held = json.loads((tmp_path / "out" / "check.json").read_text())
    assert set(zip(held["species"], held["bead_mass_amu"], strict=True)) == {("A", 18.0), ("B", 32.0)}


def test_a_temperature_outside_the_range(model, tmp_path):
    said = refused(model, "--to", "lammps", "--temperature", 900, "--out", tmp_path / "x")
    assert "temperature is 900 K" in said
    assert "between 250 and 700 K" in said
    assert not (tmp_path / "x").exists()


def test_a_model_of_another_version(model, tmp_path):
    with safe_open(model, "numpy") as handle:
        metadata = json.loads(handle.metadata()["thermalcg"]) | {"format": "thermalcg-ensemble-9"}
        tensors = {name: handle.get_tensor(name) for name in handle.keys()}  # noqa: SIM118
    newer = tmp_path / "newer.safetensors"
    save_file(tensors, newer, {"thermalcg": json.dumps(metadata)})
    said = refused(newer, "--to", "ase", "--temperature", 300, "--out", tmp_path / "x")
    assert "format is 'thermalcg-ensemble-9'; expected 'thermalcg-ensemble-1'" in said


def test_a_file_that_is_not_there(tmp_path):
    assert "no such file" in refused("none", "--to", "ase", "--temperature", 300, "--out", tmp_path)


def test_a_network_for_tables(tmp_path):
    network = save_model(tmp_path / "network.safetensors", [network_member()])
    for engine in ("lammps", "openmm"):
        said = refused(network, "--to", engine, "--temperature", 300, "--out", tmp_path / "x")
        assert said.endswith(
            "HIP-NN-TS network cannot be written as tables of two and three beads; allowed: --to ase"
        )


def test_a_folder_that_cannot_be_written(model, tmp_path):
    (tmp_path / "file").write_text("")
    said = refused(model, "--to", "ase", "--temperature", 300, "--out", tmp_path / "file" / "folder")
    assert f"{tmp_path / 'file' / 'folder'} cannot be written: " in said


def test_an_unknown_engine_is_refused_by_the_parser(model, tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["export", str(model), "--to", "gromacs", "--temperature", "300", "--out", str(tmp_path)])
    assert "invalid choice: 'gromacs'" in capsys.readouterr().err
