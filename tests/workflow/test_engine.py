"""The checks of the engine on top of a finished study, at a small size: their tables say what they should."""

import numpy as np
import pandas as pd
import pytest

from support.declared import undeclared

#: Sizes at which all checks take seconds; their numbers mean nothing.
SMALL = """
TIME_STEP_SCAN = TimeStepScan(runs=2, run_ps=12.0, equilibration_ps=1.2)
LONG_RUNS = LongRuns(runs=3, run_ps=8.0, equilibration_ps=0.4, checkpoint_ps=4.0)
LARGE_BOX = LargeBox(
    equilibration_ps=0.2, all_atom_ps=0.8, all_atom_interval_ps=0.1, blocks=2, runs=2, cg_ps=2.0,
    cg_equilibration_ps=0.2, cg_interval_ps=0.1,
)
"""


@pytest.fixture(scope="module")
def tables(smoke, tmp_path_factory):
    # a copy of the finished study under the one name that may be published
    workplace = smoke.copied(tmp_path_factory.mktemp("engine") / "repository")
    plans = workplace.edited("benchmark/engine_plans.py")
    text = plans.read_text()
    full = "TIME_STEP_SCAN, LONG_RUNS, LARGE_BOX = TimeStepScan(), LongRuns(), LargeBox()"
    assert full in text
    plans.write_text(text.replace(full, SMALL))
    workplace.results.rename(workplace.results.with_name("default"))
    named = workplace.changed("study: default")
    planned = workplace.planned("engine", configfiles=named)
    assert planned.pop("engine") == 1
    assert set(planned) == {
        "time_step", "long_runs", "large_box_all_atom", "large_box_cg", "engine_tables", "engine_figures",
        "large_box_stretches", "large_box_correlations", "box_motion", "box_diffusion",
    }  # fmt: skip
    workplace.run("engine", "reference_engine", configfiles=named)
    folder = workplace.folder / "results" / "reference" / "engine"
    assert (folder / "machine.json").is_file()
    assert {path.stem for path in (folder / "figures").glob("*.png")} == {"time_step", "large_box"}
    found = {path.stem: pd.read_csv(path) for path in (folder / "tables").glob("*.csv")}
    return found | {"results": workplace.folder / "results" / "default"}


def test_every_file_is_as_declared(tables):
    assert undeclared(tables["results"]) == {}


def test_no_checkpoints_are_left(tables):
    assert not list((tables["results"] / "checkpoints" / "engine").glob("**/*.npz"))


def test_every_step_and_its_half(tables):
    table = tables["time_step"].set_index("timestep_fs")
    assert table.index.tolist() == [2, 4, 5, 6, 8, 10, 12]
    assert table["within"].dropna().index.tolist() == [4, 8, 10, 12]
    assert (table["runs"] == 2).all()
    assert np.isfinite(table["energy_kJ_per_mol"]).all()


def test_long_runs_and_the_large_box(tables):
    assert tables["long_runs"]["temperature_K"].tolist() == [300, 625]
    assert tables["long_runs"]["run_ns"].tolist() == pytest.approx([0.008, 0.008])
    table = tables["large_box"]
    assert set(table["temperature_K"]) == {300, 395}
    assert set(table["observable"]) == {
        "rdf", "adf", "coordination", "tetrahedral_order", "structure_factor", "energy_change",
    }  # fmt: skip
    assert np.isfinite(table[["difference", "over_stderr"]]).all().all()
    table = tables["box_diffusion"]
    assert table["source"].tolist() == ["all_atom", "cg"] * len(set(table["temperature_K"]))
    np.testing.assert_allclose(table["large_box_nm"], 2 * table["box_nm"], rtol=1e-5)
    assert np.isfinite(table[["ratio", "hydrodynamic_ratio"]]).all().all()
