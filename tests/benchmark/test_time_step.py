"""The longest time step: known differences are found, and the rule is the one that is stated."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from support import compiled_potential
from support.soft_beads import BOX, MASS, T, start
from thermalcg.analysis.structure import ObservableSettings
from thermalcg.benchmark.engine_plans import TimeStepScan
from thermalcg.benchmark.time_step import Moved, longest_step, scan_time_steps, time_step_table, within
from thermalcg.cg.langevin import CGSettings
from thermalcg.storage.checkpoints import Checkpoints

pytestmark = pytest.mark.physics

RUNS, RUN_PS, STUDY_RUNS, STUDY_PS = 400, 100.0, 4, 25.0
SIGMA, RDF_SIGMA = 0.03, 0.02


def made_up(energy_shift, rdf_shift, steps=(4.0, 8.0), failed=0):
    """Runs with normal scatter; those with the longer step are shifted by multiples of the study's errors."""
    rng, bins = np.random.default_rng(1), 50
    # the study simulates as much as one of these runs: its error is the scatter of single runs
    energy = -3 + SIGMA * rng.normal(size=(2, RUNS))
    rdf = 1 + RDF_SIGMA * rng.normal(size=(2, RUNS, bins))
    rdf[..., :5] = 0  # where no bead comes
    energy[1] += energy_shift * SIGMA
    rdf[1, :, 5:] += rdf_shift * RDF_SIGMA
    energy[1, :failed], rdf[1, :failed] = np.nan, np.nan
    return xr.Dataset(
        {"energy": (("timestep", "run"), energy), "rdf": (("timestep", "run", "r"), rdf)},
        coords={"timestep": list(steps)},
        attrs={"temperature_K": 395.0, "run_ps": RUN_PS, "study_ps": STUDY_PS},
    )


@pytest.mark.parametrize(
    ("energy", "rdf", "good"), [(0.0, 0.0, 1), (0.5, -0.5, 1), (-1.5, 0.0, 0), (0.0, 1.5, 0)]
)
def test_known_differences_are_found(energy, rdf, good):
    table = time_step_table(made_up(energy, rdf), STUDY_RUNS, [8.0])
    assert table["within"].isna().tolist() == [True, False]
    row = table.iloc[1]
    # the error of a difference of two means of 400 runs is 0.07 of the scatter
    assert row["energy_over_study"] == pytest.approx(energy, abs=4 * 0.0707)
    assert row["energy_difference_stderr"] == pytest.approx(0.0707 * SIGMA, rel=0.15)
    assert row["energy_study_error"] == pytest.approx(SIGMA, rel=0.15)
    assert row["rdf_over_study"] == pytest.approx(np.hypot(rdf, 0.0707), abs=0.03)
    assert row["rdf_worst_over_study"] == pytest.approx(abs(rdf) + 0.15, abs=0.15)
    assert row["within"] == good


def test_a_step_with_a_run_that_failed_is_not_within():
    row = time_step_table(made_up(0, 0, failed=3), STUDY_RUNS, [8.0]).iloc[1]
    assert row["failed"] == 3
    assert row["within"] == 0


def test_the_study_s_error_falls_with_its_length():
    short, long = (
        time_step_table(made_up(0, 0), runs, [8.0]).iloc[1][["energy_study_error", "rdf_study_error"]]
        for runs in (4, 16)
    )
    np.testing.assert_allclose(short, 2 * long)


def test_steps_of_which_all_runs_failed_are_not_within():
    row = time_step_table(made_up(0, 0, failed=RUNS), STUDY_RUNS, [8.0]).iloc[1]
    assert row["within"] == 0
    assert np.isnan(row["energy_kJ_per_mol"])


def test_the_rule():
    assert within(-1.0, 1.0, 0)
    assert not within(-1.01, 0.0, 0)
    assert not within(0.0, 1.01, 0)
    assert not within(0.0, 0.0, 1)
    assert not within(np.nan, 0.0, 0)


@pytest.mark.parametrize(
    ("verdicts", "longest"),
    [([1, 1, 1], 10.0), ([1, 0, 1], 4.0), ([0, 1, 1], np.nan), ([1, 1, 0], 8.0)],
)
def test_the_longest_step_has_only_good_ones_below_it(verdicts, longest):
    table = pd.DataFrame({"timestep_fs": [2, 4, 8, 10], "within": [np.nan, *verdicts]})
    assert longest_step(table) == pytest.approx(longest, nan_ok=True)


#: Soft beads: 1.2 ps a run.
PLAN = TimeStepScan((8.0,), 3, 1.2, 0.24, 0.24)
STUDY = CGSettings(8.0, 5.0, 1.0, 2.0, 0.2, 0.6, 0.5, 0.05)
BINS = ObservableSettings(0.2, 0.7, 0.05, 0.35, 6.0, 2)


def scanned(folder, **changes):
    mapped = xr.Dataset(
        {"position": (("time", "bead", "axis"), start(5))}, attrs={"box_nm": BOX, "bead_mass_amu": MASS}
    )
    moved = Moved(compiled_potential.potential(), T)
    settings = {"seed": 1, "plan": PLAN, **changes}
    return scan_time_steps(
        moved, mapped, STUDY, BINS, lambda dt: Checkpoints(folder / f"{dt:g}", {}), **settings
    )


def test_a_scan_holds_every_step_and_goes_on_where_it_stopped(tmp_path, monkeypatch):
    whole = scanned(tmp_path / "whole")
    assert whole["timestep"].values.tolist() == [4, 8]
    assert np.isfinite(whole["energy"]).all()
    assert (whole["rdf"].max("r") > 1).all()
    assert not np.allclose(whole["energy"][0], whole["energy"][1])

    def no_engine(*arguments):
        raise AssertionError("what is on disk is not run again")

    monkeypatch.setattr("thermalcg.benchmark.time_step.engines_of", lambda *a, **k: no_engine)
    xr.testing.assert_identical(scanned(tmp_path / "whole"), whole)
    table = time_step_table(whole, 4, [8.0])
    assert table["timestep_fs"].tolist() == [4, 8]
    assert table["failed"].tolist() == [0, 0]
