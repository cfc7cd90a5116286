"""The figures of the benchmark and of thermodynamics show what the tables hold."""

import itertools

import numpy as np
import pandas as pd
import pytest

from thermalcg import figures
from thermalcg.benchmark.routes import ESTIMATORS


@pytest.fixture(autouse=True)
def looks():
    figures.use(dpi=50)


def errors_table():
    rows = [
        (name, b, 100 * b * (k + 1), 0.1 / np.sqrt(b), 0.01, 0.2, 0.01, 40 + 5 / b, 1.0)
        for (k, name), b in itertools.product(enumerate(ESTIMATORS), (0.25, 0.5, 1.0))
    ]
    columns = [
        "estimator", "budget", "core_s", "trf_noise_kJ_per_mol_nm_K", "trf_noise_stderr",
        "trf_rmse_kJ_per_mol_nm_K", "trf_rmse_stderr", "force_error_700K_kJ_per_mol_nm",
        "force_error_700K_stderr",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def cost_table():
    rows = [
        (q, name, 2.0 + k, 1.0 + k, 4.0 + k, int(k == 3))
        for q, (k, name) in itertools.product(("trf_noise", "force_error"), enumerate(ESTIMATORS))
    ]
    table = pd.DataFrame(rows, columns=["quantity", "estimator", "times_cheaper", "low", "high", "bound"])
    table.loc[1, ["times_cheaper", "low", "high"]] = [0.0, 0.0, 0.0]
    return table


def values_drawn(axis):
    return {round(float(x), 9) for line in axis.lines for x in np.atleast_1d(line.get_xdata())}


def test_estimators():
    cost = cost_table()
    fig = figures.estimators(errors_table(), cost)
    upper, force, noise_cost, _ = fig.axes
    assert len(upper.containers) == len(ESTIMATORS) == len(force.containers)
    assert "700 K" in force.get_ylabel()
    shown = values_drawn(noise_cost)
    reached = cost[(cost["quantity"] == "trf_noise") & (cost["times_cheaper"] > 0)]
    assert set(reached["times_cheaper"]) <= shown
    assert [t.get_text() for t in noise_cost.texts] == ["not reached"]
    fig.draw_without_rendering()


def test_estimator_size():
    rows = [
        (n, r, 3.0 * np.sqrt(n / 64) if np.isinf(r) else 2.0, 0.1, share, 0.05, e, block)
        for n, r, (e, block, share) in itertools.product(
            (64, 512),
            (0.4, np.inf),
            (("covariance", 2.0, 0.5), ("covariance", 4.0, 0.9), ("residual products", np.nan, 0.8)),
        )
    ]
    columns = [
        "molecules",
        "radius_nm",
        "noise_kJ_per_mol_nm_K",
        "stderr",
        "share",
        "share_stderr",
        "estimator",
        "block_ps",
    ]
    fig = figures.estimator_size(pd.DataFrame(rows, columns=columns))
    labels = {text for axis in fig.axes for text in axis.get_legend_handles_labels()[1]}
    assert {"whole box", "0.4 nm", "64 molecules", "512 molecules"} <= labels
    np.testing.assert_allclose(fig.axes[0].containers[1][0].get_ydata(orig=False), [3.0, 3.0 * np.sqrt(8)])
    # of the labels those of the longest blocks
    shares = [c[0].get_ydata(orig=False) for axis in fig.axes[2:] for c in axis.containers]
    np.testing.assert_allclose(np.ravel(shares), [0.9, 0.9, 0.8, 0.8])


def test_estimator_radius():
    rows = [(r, 0.1, 0.01, 0.9, 0.05, 30.0 + 10 * k, 1.0) for k, r in enumerate((0.3, 0.4, np.inf))]
    columns = [
        "radius_nm", "trf_noise_kJ_per_mol_nm_K", "trf_noise_stderr", "share", "share_stderr",
        "force_error_700K_kJ_per_mol_nm", "force_error_700K_stderr",
    ]  # fmt: skip
    fig = figures.estimator_radius(pd.DataFrame(rows, columns=columns))
    assert [t.get_text() for t in fig.axes[0].get_xticklabels()] == ["0.3", "0.4", "box"]
    assert fig.axes[2].containers[0][0].get_ydata() == pytest.approx([30.0, 40.0, 50.0])
    assert fig.axes[2].get_legend_handles_labels()[1] == ["700 K"]


def test_frozen():
    kinds = ("halves", "same start", "melted start")
    rows = [(w, c, 10.0 * k, 20.0, 0.9, 1.1, 0.0) for w in ("fixed", "rungs") for k, c in enumerate(kinds)]
    columns = [
        "way", "compared", "rms_difference_kJ_per_mol_nm", "worst_molecule_kJ_per_mol_nm", "correlation",
        "rhat", "energy_gap_kJ_per_mol",
    ]  # fmt: skip
    fig = figures.frozen(pd.DataFrame(rows, columns=columns))
    assert [p.get_height() for p in fig.axes[0].patches] == [0.0, 10.0, 20.0] * 2


def test_sampler_cost():
    steps = pd.DataFrame(
        [(64, w, 1.0, 1.0 + 0.1 * k, 1.0, 1.3) for k, w in enumerate(("ordinary", "anchored com"))],
        columns=["molecules", "what", "ms_per_step", "ratio", "low", "high"],
    )
    whole = pd.DataFrame(
        [(64, w, 900.0, 1.0 + k, 1.0, 2.5) for k, w in enumerate(("plain loop", "pinned processes"))],
        columns=["molecules", "what", "steps_per_s", "ratio", "low", "high"],
    )
    fig = figures.sampler_cost(steps, whole)
    assert fig.axes[0].containers[0][0].get_ydata() == pytest.approx([1.1])
    assert fig.axes[1].containers[0][0].get_ydata() == pytest.approx([2.0])


def test_reweighting():
    rows = [
        (q, e, T, 0.3, 0.01, 1.0, 0.1 if q == "trf" else 5.0)
        for q, e, T in itertools.product(
            ("mean_force", "trf", "trf2", "mean_energy"), ("mbar", "single_rung"), (395.0, 440.0)
        )
    ]
    columns = [
        "quantity",
        "estimator",
        "temperature_K",
        "noise",
        "noise_stderr",
        "slope_on_mbar",
        "slope_stderr",
    ]
    fig = figures.reweighting(pd.DataFrame(rows, columns=columns))
    lower = fig.axes[4:]
    assert "not resolved" in {t.get_text() for t in lower[2].texts}
    assert not lower[1].texts


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
