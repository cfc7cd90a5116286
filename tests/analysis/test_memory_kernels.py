"""Table of the memory kernels."""

import numpy as np
import pytest

from support.motion_data import kernel, kernel_data
from thermalcg.analysis.memory_kernels import kernel_rows, kernel_slopes
from thermalcg.units import KB


def test_a_kernel_has_a_row_for_each_iteration():
    rows = kernel_rows("spline", "300", kernel_data(300.0))
    assert rows["iteration"].tolist() == [0, 1]
    assert rows["friction_per_ps"].iloc[1] == pytest.approx(0.8 * kernel(300.0).friction / 18)
    assert np.isnan(rows["vacf_error"].iloc[1])


def noisy(T, stretches, runs, friction=1.0):
    """A kernel whose friction is activated, and whose pieces change it by given shares when left out."""
    data, own = kernel_data(T), friction * np.exp(1200 / T)
    data["friction"][:] = own * np.array([2.0, 1.0])
    for name, share in (
        ("plain_scatter", 2 * stretches),
        ("stretch_scatter", stretches),
        ("run_scatter", runs),
    ):
        data[name][:] = own * share[:, None]
    return data


@pytest.mark.physics
def test_slopes_of_the_friction_and_their_errors():
    """Noise that both kernels beside T0 share is none of their slope; that of CG runs is."""
    rng = np.random.default_rng(4)
    stretches, (cold, hot) = 0.02 * rng.normal(size=6), 0.02 * rng.normal(size=(2, 4))
    kernels = {
        "300": noisy(300.0, stretches, cold),
        "395": noisy(395.0, -stretches, hot),
        "cooler": noisy(365.0, stretches, cold),
        "hotter": noisy(425.0, stretches, hot),
    }
    table = kernel_slopes("spline", kernels).set_index("source")
    np.testing.assert_allclose(table["iterated_kJ_per_mol"], 1200 * KB)
    np.testing.assert_allclose(table["plain_kJ_per_mol"], 1200 * KB)

    def error(shares):
        return np.sqrt((len(shares) - 1) * np.var(shares))

    runs, one = np.hypot(error(cold), error(hot)), error(stretches)
    beside, between = ((1 / a - 1 / b) / KB for a, b in ((365, 425), (300, 395)))
    assert table.loc["response at T0", "plain_stderr"] == pytest.approx(0, abs=1e-9)
    assert table.loc["response at T0", "iterated_stderr"] == pytest.approx(runs / beside)
    row = table.loc["between temperatures"]
    assert row["plain_stderr"] == pytest.approx(np.sqrt(2) * one / between)
    assert row["iterated_stderr"] == pytest.approx(np.hypot(np.sqrt(2) * one, runs) / between)
    assert row[["from_K", "to_K"]].tolist() == [300, 395]


def test_without_kernels_beside_t0_there_is_no_slope_at_t0():
    kernels = {f"{T:g}": kernel_data(T) for T in (395.0, 300.0, 625.0)}
    assert kernel_slopes("spline", kernels)["source"].tolist() == ["between temperatures"] * 2
