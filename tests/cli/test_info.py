"""What ``thermalcg info`` says of a model file, and of a file that is none."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file

from support.random_potential import make
from thermalcg.cli.main import main
from thermalcg.config.files import load_config
from thermalcg.models.expansion import Expansion
from thermalcg.models.potential import ThermalPotential, load_ensemble, save_ensemble
from thermalcg.models.prior import Prior
from thermalcg.models.spline.basis import SplineSettings
from thermalcg.models.spline.model import Spline
from thermalcg.runtime.settings import from_section
from thermalcg.storage.provenance import Provenance

SETTINGS = from_section(SplineSettings, load_config({}).model_dump()["spline"])
RECORDED = {
    "mode": "trf1",
    "box_nm": 1.2434,
    "beads": 64,
    "training_temperatures_K": [395],
    "tested_temperatures_K": [298.15, 395, 700],
    "trusted_range_K": [303.85, 513.5],
}


def saved(path: Path, **recorded) -> Path:
    """A model file with two members."""
    expansion, prior = Expansion("linear", 395.0), Prior(2.5e-8, 12, 0.27)
    members = [
        ThermalPotential(Spline(np.ones((2, SETTINGS.functions)), SETTINGS), expansion, prior)
        for _ in range(2)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    save_ensemble(path, members, Provenance("c0ffee", 7, "rule train"), recorded)
    return path


@pytest.fixture
def model(tmp_path):
    return saved(tmp_path / "results/mine/models/spline/trf1.safetensors", **RECORDED)


def facts(capsys, *words) -> dict[str, str]:
    """What is printed, by name; further lines of a fact are joined."""
    main(["info", *map(str, words)])
    found, name = {}, ""
    for line in capsys.readouterr().out.splitlines()[1:]:
        name = line[:18].strip() or name
        found[name] = f"{found[name]}; {line[18:]}" if name in found else line[18:]
    return found


def test_a_model_says_what_it_is(model, capsys):
    said = facts(capsys, model)
    assert (said["architecture"], said["mode"], said["members"]) == ("spline", "trf1", "2")
    assert said["trained at"] == "395 K"
    assert said["tested at"] == "298.15, 395, 700 K"
    assert said["trusted at"] == "304 to 514 K; a prediction beyond rests on the law in T"
    assert said["expansion"] == "linear in T about 395 K"
    assert said["prior"].startswith("2.5e-08 r^-12 kJ/mol")
    assert f"pair {SETTINGS.pair_cutoff_nm:g} nm" in said["cutoff"]
    assert f"triplet {SETTINGS.triplet_cutoff_nm:g} nm" in said["cutoff"]
    assert (said["box"], said["beads"]) == ("cubic, 1.2434 nm", "64")
    assert said["units"] == "nm, ps, kJ/mol, K, amu"
    assert (said["created by"], said["configuration"], said["seed"]) == ("rule train", "c0ffee", "7")
    assert f"numpy {np.__version__}" in said["versions"]
    assert said["force errors"].startswith("not known (")


def test_a_model_without_a_response_is_trusted_where_it_was_trained(tmp_path, capsys):
    path = saved(
        tmp_path / "baseline.safetensors", **{**RECORDED, "mode": "baseline", "trusted_range_K": None}
    )
    assert facts(capsys, path)["trusted at"].startswith("its own temperature alone")


def test_what_an_old_file_does_not_hold_is_not_recorded(tmp_path, capsys):
    old = {name: RECORDED[name] for name in ("mode", "box_nm", "training_temperatures_K")}
    path = saved(tmp_path / "old.safetensors", **old)
    assert load_ensemble(path)[1]["mode"] == "trf1"
    said = facts(capsys, path)
    assert said["beads"] == said["tested at"] == said["trusted at"] == "not recorded"
    assert said["trained at"] == "395 K"


def write_errors(path: Path, modes=("trf1", "baseline")) -> Path:
    rows = [
        {
            "architecture": "spline", "mode": mode, "seed": seed, "temperature_K": T,
            "rmse_kJ_per_mol_nm": 10.0 + T / 100 + (mode == "baseline"), "stderr": 0.5, "noise_floor": 4.0,
        }
        for mode in modes for T in (700, 395) for seed in (0, "all")
    ]  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


def test_force_errors_come_from_the_study_that_the_model_lies_in(model, tmp_path, capsys):
    write_errors(tmp_path / "results/mine/tables/force_error.csv")
    lines = facts(capsys, model)["force errors"].split("; ")[1:]
    assert lines == [
        "395 K: 13.95 +- 0.5 kJ/mol/nm (noise of the labels: 4)",
        "700 K: 17 +- 0.5 kJ/mol/nm (noise of the labels: 4)",
    ]


def test_force_errors_of_a_table_that_is_named(model, tmp_path, capsys):
    table = write_errors(tmp_path / "elsewhere.csv", modes=("trf1",))
    assert "700 K: 17 +- 0.5" in facts(capsys, model, "--errors", table)["force errors"]
    other = write_errors(tmp_path / "other.csv", modes=("baseline",))
    assert "has no row of this model" in facts(capsys, model, "--errors", other)["force errors"]


def test_a_yardstick_has_its_own_temperature_only(tmp_path, capsys):
    recorded = {**RECORDED, "mode": "at_temperature-700K"}
    path = saved(tmp_path / "results/a/models/spline/at_temperature-700K.safetensors", **recorded)
    write_errors(tmp_path / "results/a/tables/force_error.csv", modes=("at_temperature",))
    assert facts(capsys, path)["force errors"].split("; ")[1:] == [
        "700 K: 17 +- 0.5 kJ/mol/nm (noise of the labels: 4)"
    ]


def truncated(path):
    path.write_bytes(path.read_bytes()[:-100])


def foreign(path):
    save_file({"x": np.ones(3)}, path)


def text(path):
    path.write_text("not a model\n")


def flipped(path):
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.unlink(), "no such file"),
        (truncated, "not a readable model file (truncated?)"),
        (text, "not a readable model file (truncated?)"),
        (foreign, "format is None; expected 'thermalcg-ensemble-1'"),
        (flipped, "their checksum differs"),
    ],
)
def test_a_file_that_is_no_model_is_refused_in_a_sentence(model, capsys, spoil, said):
    spoil(model)
    with pytest.raises(SystemExit) as caught:
        main(["info", str(model)])
    assert str(caught.value).startswith(f"{model}: ")
    assert said in str(caught.value)
    assert capsys.readouterr().out == ""


def test_a_table_that_is_not_there_or_not_one_is_refused(model, tmp_path):
    with pytest.raises(SystemExit, match="no such file"):
        main(["info", str(model), "--errors", str(tmp_path / "absent.csv")])
    (tmp_path / "wrong.csv").write_text("a,b\n1,2\n")
    with pytest.raises(SystemExit, match="columns .* are missing"):
        main(["info", str(model), "--errors", str(tmp_path / "wrong.csv")])


def test_a_mixture_says_its_species_its_priors_and_three_edges(tmp_path, capsys):
    path = tmp_path / "trf1.safetensors"
    box = np.array([1.5, 1.5, 3.0])
    save_ensemble(path, [make("spline mixture")], Provenance("c0ffee", 7, "rule train"), {"box_nm": box})
    said = facts(capsys, path)
    assert said["species"] == "40 A, 20 B"
    assert said["box"] == "1.5 x 1.5 x 3 nm"
    assert [text.split(":")[0] for text in said["prior"].split("; ")] == ["A-A", "A-B", "B-B"]
