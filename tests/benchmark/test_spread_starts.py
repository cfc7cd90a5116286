"""Starts of two kinds side by side, of a diffusion that follows the energy on a line or on a parabola."""

import numpy as np
import pytest

from support.motion_data import activated
from thermalcg.benchmark.spread_starts import starts_table
from thermalcg.units import KB

pytestmark = pytest.mark.physics

T, D, CAPACITY, WINDOW = 400.0, 0.01, 2.0, (1.0, 5.0)
SIGMA = np.sqrt(CAPACITY * KB * T**2)


def motion(energy, starts, rng, bend=0.0, noise=0.05):
    """Displacements whose slope depends on the energy by a parabola; each stretch has noise."""
    data = activated(T, D, rng, n=len(energy), capacity=CAPACITY)
    x = energy / SIGMA
    own = (
        D
        * (1 + 1500 / T**2 * energy / CAPACITY + bend * (x**2 - 1) / 2)
        * (1 + noise * rng.normal(size=len(x)))
    )
    data["msd"][:] = 6 * own[:, None] * data["displacement_lag"].values
    data["total_energy"][:] = energy
    return data.assign_attrs(starts=starts)


def both(rng, n=60, bend=0.0):
    """Canonical energies, and as many that are spread."""
    levels = np.linspace(-1, 1, n)
    spread = 1.7 * SIGMA * levels / levels.std(ddof=1)
    return starts_table(
        {
            "canonical": motion(rng.normal(0, SIGMA, n), "canonical", rng, bend),
            "spread": motion(spread, "spread", rng, bend),
        },
        WINDOW,
    ).set_index("starts")


def test_spread_starts_know_the_slope_better_and_stated_errors_are_right():
    rng = np.random.default_rng(1)
    tables = [both(rng) for _ in range(200)]
    for name in ("canonical", "spread"):
        for column, error, exact in (
            ("diffusion_1e9_m2_per_s", "diffusion_stderr", 1e3 * D),
            ("activation_energy_kJ_per_mol", "activation_stderr", 1500 * KB),
            ("curvature", "curvature_stderr", 0.0),
            ("dEa_dT_kJ_per_mol_K", "dEa_dT_stderr", KB * (3000 / T - (1500 / T) ** 2)),
        ):
            values = np.array([table.loc[name, column] for table in tables])
            stated = np.array([table.loc[name, error] for table in tables])
            scatter = values.std(ddof=1)
            assert values.mean() == pytest.approx(exact, abs=4 * scatter / np.sqrt(len(values)))
            # jackknives are too large where few stretches at the ends decide, as for a second derivative
            assert 0.8 < np.sqrt((stated**2).mean()) / scatter < (1.25 if exact > 0 else 1.4)
    errors = [table["activation_stderr"] for table in tables]
    ratio = np.mean([e["canonical"] for e in errors]) / np.mean([e["spread"] for e in errors])
    # 1.7 for the derivative; D, which it is divided by, is known a little less well
    assert 1.4 < ratio < 1.75
    assert tables[0].loc["spread", "energy_spread"] == pytest.approx(1.7)


def test_unequal_costs_are_refused():
    rng = np.random.default_rng(3)
    short, long = (motion(rng.normal(0, SIGMA, n), "canonical", rng) for n in (20, 30))
    with pytest.raises(ValueError, match="allowed: the same of all"):
        starts_table({"canonical": short, "spread": long}, WINDOW)


def test_a_motion_that_bends_is_seen_to():
    table = both(np.random.default_rng(2), n=400, bend=0.1)
    row = table.loc["spread"]
    assert row["curvature"] == pytest.approx(0.1, abs=4 * row["curvature_stderr"])
    assert row["curvature_stderr"] < 0.02
    assert row["diffusion_1e9_m2_per_s"] == pytest.approx(1e3 * D, abs=4 * row["diffusion_stderr"])


def test_a_motion_that_follows_the_arrhenius_law_has_one_activation_energy():
    # D = exp(-Ea/kB T) to second order in the energy, in place of T
    rate = 1500 / T**2
    bend = KB * T**2 / CAPACITY * (rate**2 - 2 * rate / T)
    tables = [both(np.random.default_rng(seed), n=400, bend=bend).loc["spread"] for seed in (4, 5, 6, 7)]
    for row in tables:
        assert row["dEa_dT_kJ_per_mol_K"] == pytest.approx(0, abs=4 * row["dEa_dT_stderr"])
        # a diffusion on a straight line would have another change than none, and be seen
        assert abs(KB * (3000 / T - (1500 / T) ** 2)) > 4 * row["dEa_dT_stderr"]
