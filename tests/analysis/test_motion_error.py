"""Errors of CG motion against the all-atom one."""

import numpy as np
import pytest
import xarray as xr

from support.motion_data import TIME, WINDOW, activated, motions, observed
from thermalcg.analysis.motion import diffusion_of
from thermalcg.analysis.motion_error import diffusion_by_friction, motion_errors
from thermalcg.dynamics.correlation import vacf_error
from thermalcg.models.names import STUDY_RESPONSE
from thermalcg.units import KB


@pytest.mark.physics
def test_errors_of_a_case_that_is_ten_per_cent_too_fast():
    rng = np.random.default_rng(8)
    observed = activated(300.0, 0.003, rng)
    far, near = np.arange(101) * 0.05, np.arange(101) * 0.01
    slopes = 0.0033 * (1 + 0.01 * rng.normal(size=8))
    rate = KB * 300 / 18.0 / diffusion_of(observed, (1.0, 5.0))["einstein"][0]
    motions = xr.Dataset(
        {
            "msd": (("case", "run", "displacement_lag"), (6 * slopes[:, None] * far)[None]),
            "vacf": (("case", "run", "lag"), np.exp(-1.1 * rate * near)[None, None].repeat(8, 1)),
            "kinetic_temperature": (("case", "run"), np.full((1, 8), 300.0)),
            "friction": (("case",), [9.0]),
            "friction_stderr": (("case", "origin"), [[0.0, 0.0]]),
            "healthy": (("case",), [1]),
        },
        coords={"lag": near, "displacement_lag": far, "forces": ("case", [STUDY_RESPONSE]),
                "kernel": ("case", ["response"]), "motion": ("case", ["memory"]),
                "origin": ["stretches", "runs"]},
        attrs={"temperature_K": 300.0},
    )  # fmt: skip
    row = motion_errors("spline", motions, observed, (1.0, 5.0)).iloc[0]
    assert row["ratio_to_all_atom"] == pytest.approx(1.1, abs=3 * row["ratio_stderr"] + 0.01)
    # of the L1 norm 1/rate, the curves differ by int |exp(-rt) - exp(-1.1rt)| = (1 - 1/1.1)/rate
    assert row["vacf_error"] == pytest.approx(1 - 1 / 1.1, rel=0.2)
    assert row["saw_temperature"] == 0


def test_noise_of_a_kernel_enters_the_diffusion():
    data, exact = motions(300.0), observed(300.0)
    slope = abs(diffusion_by_friction(data, WINDOW))

    def table(stretches, runs):
        share = xr.DataArray([stretches, runs], dims="origin")
        return motion_errors("spline", data.assign(friction_stderr=share * data["friction"]), exact, WINDOW)

    quiet, noisy = table(0.0, 0.0), table(0.4, 0.3)
    for a, b in zip(quiet.itertuples(), noisy.itertuples(), strict=True):
        assert a.kernel_stderr == 0
        added = np.sqrt(b.ratio_stderr**2 - a.ratio_stderr**2) / a.ratio_to_all_atom
        # the yardstick shares its stretches with what it is compared with, its CG runs not
        expected = {"measured": 0.3, "none": 0}.get(a.kernel, 0.5)
        assert added == pytest.approx(expected * (slope if a.motion == "memory" else 1), abs=1e-6)


def test_noise_of_a_kernel_enters_the_velocity_autocorrelation():
    """Curves that follow exp(-friction t) have an error that follows the friction, whatever else is still."""
    data = motions(300.0)
    rate = 20.0 * data["friction"].values / data["friction"].values[0]
    curves = KB * 300 / 18 * np.exp(-rate[:, None] * TIME)
    data["vacf"] = (("case", "run", "lag"), np.repeat(curves[:, None], 4, axis=1))
    exact = observed(300.0)
    exact["vacf"] = exact["vacf"].mean("stretch").expand_dims(stretch=8)
    assert motion_errors("spline", data.assign(friction_stderr=0 * data["friction_stderr"]), exact, WINDOW)[
        "vacf_error_stderr"
    ].to_numpy() == pytest.approx(0, abs=1e-6)

    noise = 0.05
    share = xr.DataArray([noise, 0.0], dims="origin")
    table = motion_errors("spline", data.assign(friction_stderr=share * data["friction"]), exact, WINDOW)
    for motion in ("memory", "friction"):
        own = np.flatnonzero((data["motion"] == motion) & (data["forces"] == STUDY_RESPONSE))
        x, y = np.log(data["friction"].values[own]), curves[own]
        slope = ((x - x.mean())[:, None] * (y - y.mean(axis=0))).sum(axis=0) / ((x - x.mean()) ** 2).sum()
        row = next(i for i in own if data["kernel"].values[i] == "response")
        reference = exact["vacf"].mean("stretch").values
        moved = [vacf_error(curves[row] + sign * noise * slope, reference) for sign in (1, -1)]
        change = np.array(moved) - vacf_error(curves[row], reference)
        assert table["vacf_error_stderr"][row] == pytest.approx(np.sqrt((change**2).mean()), rel=1e-3)
        assert table["vacf_error_stderr"][row] > 0.01


def test_a_case_that_failed_has_no_row():
    data = motions(300.0)
    data["healthy"][2] = 0
    data["msd"][2] = np.nan
    data["vacf"][2] = np.nan
    table = motion_errors("spline", data, observed(300.0), WINDOW)
    assert len(table) == data.sizes["case"] - 1
    assert np.isfinite(table.select_dtypes("number")).all().all()


def test_diffusion_follows_the_friction():
    data = motions(300.0)
    friction = data["friction"].values.copy()
    friction[friction == 0] = 1.0
    straight = np.ones((1, 4, 1)) * friction[:, None, None] ** -0.7 * TIME
    data["msd"] = (("case", "run", "displacement_lag"), straight)
    assert diffusion_by_friction(data, WINDOW) == pytest.approx(-0.7)
    assert diffusion_by_friction(data.isel(case=[0]), WINDOW) == -1.0
    # frictions too alike for the noise of the runs
    data["friction"] = ("case", np.linspace(20, 20.5, data.sizes["case"]))
    data["msd"] = data["msd"] * (1 + 0.05 * np.random.default_rng(1).normal(size=(data.sizes["case"], 4, 1)))
    assert diffusion_by_friction(data, WINDOW) == -1.0
