"""Energies and heat capacities as drawn are those of the tables."""

import numpy as np
import pandas as pd
import pytest

from thermalcg import figures


def test_thermodynamics():
    modes = ("trf1", "trf1_conditional")
    energy = pd.DataFrame(
        [("spline", m, T, 5.0, 0.5, 20.0) for m in modes for T in (300.0, 395.0, 700.0)],
        columns=["architecture", "mode", "temperature_K", "rmse_kJ_per_mol", "stderr", "label_std"],
    )
    rows = [("all_atom", np.nan, T, 70.0, 1.0, T / 100, 0.1) for T in (300.0, 395.0, 700.0)]
    rows += [("spline", m, T, 68.0, 2.0, T / 100, 0.2) for m in modes for T in (300.0, 700.0)]
    columns = [
        "source", "mode", "temperature_K", "heat_capacity_J_per_mol_K", "stderr", "energy_change_kJ_per_mol",
        "energy_change_stderr",
    ]  # fmt: skip
    fig = figures.thermodynamics(energy, pd.DataFrame(rows, columns=columns), 395.0)
    assert len(fig.axes[1].containers) == 3
    assert fig.axes[1].containers[0][0].get_ydata() == pytest.approx([70.0] * 3)
