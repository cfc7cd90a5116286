"""MBAR, single rungs and finite differences on correlated samples whose response is known."""

import numpy as np
import pytest
import xarray as xr

from thermalcg.benchmark.rung_comparison import reweighting_table
from thermalcg.units import KB

pytestmark = pytest.mark.physics

RUNGS = np.array([350.0, 395.0, 445.0])
FRAMES, CHAINS, SAMPLES, BEADS, MODES = 24, 2, 120, 2, 4
OVERLAP = 0.6  # correlation of neighbouring samples


def hidden_oscillators(seed=1):
    """u = k x.x / 2 in hidden modes, f = c x.x: F = M c kB T / k, F' = M c kB / k, F'' = 0, <u> = M kB T / 2.

    The sites of every frame have their own k and c; samples are correlated, as in a simulation.
    """
    rng = np.random.default_rng(seed)
    stiffness = rng.uniform(50, 150, FRAMES)
    c = 400 * rng.normal(size=(FRAMES, BEADS, 3))
    x = np.empty((FRAMES, CHAINS, len(RUNGS), SAMPLES, MODES))
    state = rng.normal(size=(FRAMES, CHAINS, len(RUNGS), MODES))
    for t in range(SAMPLES):
        state = OVERLAP * state + np.sqrt(1 - OVERLAP**2) * rng.normal(size=state.shape)
        x[..., t, :] = state
    x *= np.sqrt(KB * RUNGS[:, None, None] / stiffness[:, None, None, None, None])
    square = (x**2).sum(axis=-1)
    force = square[..., None, None] * c[:, None, None, None]
    energy = 0.5 * stiffness[:, None, None, None] * square
    # each frame has an energy of its own that says nothing
    energy += 5 * rng.normal(size=(FRAMES, 1, 1, 1))
    dims = ("frame", "chain", "rung", "sample")
    samples = xr.Dataset(
        {"force": ((*dims, "bead", "axis"), force), "energy": (dims, energy)}, coords={"rung": RUNGS}
    )
    return samples, MODES * KB * c / stiffness[:, None, None]


@pytest.fixture(scope="module")
def table():
    return reweighting_table(hidden_oscillators()[0]).set_index(["quantity", "estimator", "temperature_K"])


def test_every_way_to_a_label_is_there_where_it_can_be(table):
    middles = (RUNGS[1:] + RUNGS[:-1]) / 2
    for quantity in ("mean_force", "trf", "trf2", "mean_energy"):
        assert set(table.loc[quantity, "mbar"].index) == {*RUNGS, *middles}
        assert set(table.loc[quantity, "single_rung"].index) == set(RUNGS)
    assert set(table.loc["trf", "finite_difference"].index) == set(middles)
    assert set(table.loc["trf2", "finite_difference"].index) == {RUNGS[1]}


def test_single_rungs_and_finite_differences_agree_with_mbar(table):
    """A covariance about the mean of few correlated samples is too small: without the jackknife, by 7 %."""
    for quantity, estimator in (
        ("mean_force", "single_rung"),
        ("mean_energy", "single_rung"),
        ("trf", "single_rung"),
        ("trf", "finite_difference"),
    ):
        rows = table.loc[quantity, estimator]
        assert (abs(rows["slope_on_mbar"] - 1) < 4 * rows["slope_stderr"]).all(), (quantity, estimator)
        assert (rows["slope_stderr"] < (0.35 if estimator == "finite_difference" else 0.06)).all()


def test_stated_errors_are_those_between_chains(table):
    rows = table[table["stated"].notna()]
    ratio = rows["stated"] / rows["noise"]
    # four blocks of a chain are short beside the correlation, so that stated errors are a little small
    assert ratio.between(0.65, 1.25).all(), ratio


def test_all_rungs_know_more_than_one(table):
    for quantity in ("mean_force", "trf"):
        one, all_ = (table.loc[quantity, name, RUNGS[1]] for name in ("single_rung", "mbar"))
        assert all_["noise"] < one["noise"]
        assert all_["effective_samples"] > 1.3 * one["effective_samples"]
