"""The command that checks trajectories: its table, figures and end."""

import pandas as pd
import pytest

from support import lennard_jones
from support.trajectory_files import PROVENANCE, liquid, write_run, write_xvg
from thermalcg.cli.main import main
from thermalcg.storage.datasets import write_dataset


def dataset(folder, name, scale=1.0):
    data = lennard_jones.trajectory().copy()
    data["force"] = (data["force"] * scale).assign_attrs(units="kJ/mol/nm")
    write_dataset(data, folder / name, PROVENANCE)
    return str(folder / name)


def test_a_mapped_trajectory_has_its_table_and_figure(tmp_path, capsys):
    main(
        [
            "check",
            dataset(tmp_path, "300.nc"),
            "--csv",
            f"{tmp_path}/a.csv",
            "--figures",
            str(tmp_path / "figures"),
        ]
    )
    text = capsys.readouterr().out
    assert "300.nc, 300 K\nholds     force_balance         " in text
    assert (tmp_path / "figures" / "300.pdf").is_file()
    table = pd.read_csv(tmp_path / "a.csv")
    assert set(table["temperature_K"]) == {300}
    assert len(table) == text.count("\n") - 2


def test_a_run_file_is_imported_and_too_short_to_fail(tmp_path, capsys):
    main(["check", str(write_run(tmp_path, "trr"))])
    text = capsys.readouterr().out
    assert "undecided force_balance" in text
    assert "the beads' velocities are those of" in text
    assert sorted(p.name for p in tmp_path.iterdir()) == ["energy.xvg", "mapping.yaml", "run.trr", "run.yaml"]


def test_what_fails_is_named_at_the_end_after_everything_was_looked_at(tmp_path, capsys):
    (tmp_path / "bad").mkdir()
    wrong, good = dataset(tmp_path, "kcal.nc", 1 / 4.184), dataset(tmp_path, "good.nc")
    refused = write_run(tmp_path / "bad", "trr")
    write_xvg(tmp_path / "bad" / "energy.xvg", liquid().time + 7, liquid().energy)
    with pytest.raises(SystemExit) as caught:
        main(["check", wrong, str(refused), good, str(tmp_path / "none.nc")])
    assert str(caught.value) == f"3 of 4 failed: {wrong}, {refused}, {tmp_path / 'none.nc'}"
    text = capsys.readouterr().out
    assert "fails     force_balance" in text
    assert "forces in kcal/mol were read as kJ/mol" in text
    assert "run.yaml: refused\n" in text
    assert "have no energy of their time" in text
    assert "good.nc, 300 K\nholds" in text
    assert "none.nc: no such file" in text
