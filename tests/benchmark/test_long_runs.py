"""Long runs: drifts that are there are found, and memory does not grow with the length."""

import tracemalloc

import numpy as np
import pytest
import xarray as xr

from support import compiled_potential
from support.soft_beads import BOX, MASS, N, T, start
from thermalcg.benchmark.long_runs import long_runs_table, run_long
from thermalcg.cg.engines import engines_of
from thermalcg.cg.replicas import Beads
from thermalcg.runtime.schedule import RunSettings
from thermalcg.storage.checkpoints import Checkpoints

pytestmark = pytest.mark.physics

RUNS = 3
SETTINGS = RunSettings(8.0, 5.0, 0.4, 4.0, 0.08, 1.0)


def engines(potential=None):
    return engines_of([potential or compiled_potential.potential()], np.zeros(RUNS, int), BOX, T)


def run(folder, settings=SETTINGS, made=None):
    beads = Beads(start(RUNS), BOX, MASS)
    return run_long(made or engines(), beads, T, settings, seed=2, checkpoints=Checkpoints(folder, {}))


def made_up(drift=0.0, failed=0, runs=10):
    """Energies of 50 beads with normal scatter between runs, 1 kJ/mol; the last half is shifted."""
    rng = np.random.default_rng(3)
    energy = -150 + rng.normal(size=(runs, 1)) + rng.normal(size=(runs, 400))
    energy[:, 200:] += drift
    healthy = np.arange(runs) >= failed
    return xr.Dataset(
        {
            "potential_energy": (("run", "time"), energy),
            "temperature": (("run", "time"), np.full((runs, 400), 300.0)),
            "healthy": (("run",), healthy.astype(np.int8)),
        },
        coords={"time": 25.0 * np.arange(1, 401)},
        attrs={"temperature_K": 300.0, "beads": 50, "timestep_fs": 8.0},
    )


def test_the_error_of_the_drift_is_free_of_what_halves_share():
    row = long_runs_table([made_up(runs=200)]).iloc[0]
    # 200 energies of 50 beads in each half of each of 200 runs; an error of 200 values is known to 5 %
    assert row["drift_stderr"] == pytest.approx(np.sqrt(2 / 200) / 50 / np.sqrt(200), rel=0.2)
    assert row["first_half_stderr"] == pytest.approx(1 / 50 / np.sqrt(200), rel=0.2)
    assert row["steady"] == 1
    assert row["run_ns"] == 10
    assert row["kinetic_temperature_K"] == 300


def test_a_drift_is_found():
    row = long_runs_table([made_up(drift=0.5)]).iloc[0]
    assert row["drift_kJ_per_mol"] == pytest.approx(0.5 / 50, abs=4 * row["drift_stderr"])
    assert row["steady"] == 0


def test_a_run_that_failed_is_counted_and_left_out():
    table = long_runs_table([made_up(failed=1), made_up(failed=9)])
    assert table["failed"].tolist() == [1, 9]
    assert table["steady"].tolist() == [0, 0]
    assert np.isfinite(table["drift_kJ_per_mol"][0])
    assert np.isnan(table["drift_kJ_per_mol"][1])


def test_energies_and_temperatures_of_every_frame_after_the_equilibration(tmp_path):
    data = run(tmp_path)
    assert data["potential_energy"].shape == (RUNS, 50)
    np.testing.assert_allclose(data["time"], 0.08 * np.arange(1, 51))
    assert (data["potential_energy"] > 0).all()  # repulsion alone
    # 150 values of 3 N degrees of freedom, correlated over some
    assert float(data["temperature"].mean()) == pytest.approx(T, rel=5 * np.sqrt(2 / (3 * N) / 30))
    assert data["healthy"].values.all()


def test_a_run_that_was_killed_gives_the_same(tmp_path):
    whole = run(tmp_path / "whole")
    inner, calls = engines(), []

    def killed(*arguments):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return inner(*arguments)

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "killed", made=killed)
    calls += [1, 1, 1]
    xr.testing.assert_identical(run(tmp_path / "killed", made=killed), whole)


def test_memory_does_not_grow_with_the_length(tmp_path, monkeypatch):
    """Four times the length adds energies and temperatures and no positions."""
    monkeypatch.setattr("thermalcg.cg.replicas.BEAD_STEPS_AT_ONCE", 20_000)
    made, peaks = engines(), []
    run(tmp_path / "compiled", made=made)  # compilation takes memory, too
    lengths = (20.0, 80.0)
    for ps in lengths:
        tracemalloc.start()
        run(tmp_path / f"{ps:g}", RunSettings(8.0, 5.0, 0.0, ps, 0.08, 5.0), made)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    frames = (lengths[1] - lengths[0]) / 0.08
    positions = frames * RUNS * N * 3 * 4
    assert peaks[1] - peaks[0] < 0.2 * positions


def test_a_run_that_explodes_is_named_and_the_others_go_on(tmp_path):
    """Two beads of one run start on one spot."""
    beads = Beads(start(RUNS), BOX, MASS)
    beads.start[1, 0] = beads.start[1, 1] + 1e-6
    data = run_long(engines(), beads, T, SETTINGS, seed=2, checkpoints=Checkpoints(tmp_path, {}))
    assert data["healthy"].values.tolist() == [1, 0, 1]
    assert data.attrs["failure"].startswith("run 1: ")
    assert (data["potential_energy"].values[[0, 2]] > 0).all()
