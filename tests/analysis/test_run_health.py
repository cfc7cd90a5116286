"""Health of runs as tables: failures with their reasons, equilibration."""

import numpy as np
import pytest
import xarray as xr

from thermalcg.analysis.run_health import all_atom_health_table, cg_health_table
from thermalcg.analysis.structure import ObservedRuns


def test_every_attempted_run_has_a_row_and_failed_ones_a_reason():
    data = xr.Dataset(
        {
            "healthy": ("attempt", np.array([1, 0, 0], np.int8)),
            "member": ("attempt", [0, 1, 0]),
            "kinetic_temperature": ("attempt", [301.0, 900.0, 299.0]),
        },
        attrs={"failure": "run 1: 900 K; run 2: sites 0.1 nm apart"},
    )
    table = cg_health_table([ObservedRuns("spline", "at_temperature-300K", 300, data)])
    assert table["mode"].tolist() == ["at_temperature"] * 3
    assert table["run"].tolist() == [0, 1, 2]
    assert table["healthy"].tolist() == [1, 0, 0]
    assert table["failure"].tolist() == ["", "run 1: 900 K", "run 2: sites 0.1 nm apart"]
    assert table["kinetic_temperature_K"].tolist() == [301.0, 900.0, 299.0]


def test_all_atom_runs_have_a_mean_energy_with_its_error():
    energy = np.random.default_rng(1).normal(-2000.0, 8.0, size=6400)
    run = xr.Dataset(
        {"potential_energy": ("time", energy)},
        attrs={
            "temperature_K": 300.0,
            "drift": 1.5,
            "drift_se": 1.0,
            "kinetic_temperature_K": 300.4,
            "equilibrated": 1,
        },
    )
    row = all_atom_health_table([(run, xr.Dataset(attrs={"decorrelation_time_ps": 0.8}))]).iloc[0]
    assert row["potential_energy_kJ_per_mol"] == pytest.approx(energy.mean())
    assert row["stderr"] == pytest.approx(8.0 / np.sqrt(6400), rel=0.8)
    assert (row["drift_kJ_per_mol"], row["equilibrated"], row["decorrelation_time_ps"]) == (1.5, 1, 0.8)
