"""Cases, tables, claims and figures of the dynamics, from small made-up datasets."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from thermalcg import figures
from thermalcg.analysis.claims import claims_table
from thermalcg.analysis.motion import (
    activation_table,
    apparent_speed,
    diffusion_by_friction,
    diffusion_table,
    ensemble_table,
    error_table,
    kernel_rows,
)
from thermalcg.analysis.speed import WITH_MEMORY
from thermalcg.config.study import Config
from thermalcg.dynamics.cases import RECORDED, cases, cases_dataset
from thermalcg.dynamics.cg_runs import vacf_error
from thermalcg.dynamics.correlation import box_correction
from thermalcg.dynamics.damped_cosines import Embedding
from thermalcg.dynamics.kernel_files import embedding_of, kernel_dataset, measured_kernel
from thermalcg.dynamics.kernel_iteration import Iterated
from thermalcg.dynamics.kernel_transfer import MeasuredKernel
from thermalcg.dynamics.volterra import Correlations
from thermalcg.statistics import jackknife_error, student_width
from thermalcg.units import G_PER_CM3, KB

ROOT = Path(__file__).parents[2]
LITERATURE = ROOT / "resources/literature/water_diffusion.csv"
TIME = 0.02 * np.arange(101)
WINDOW = (0.5, 2.0)


def kernel(T):
    return Embedding([3000.0, 200.0 * np.exp(1000 / T)], [60.0, 4.0], [0.0, 0.0])


def scaled(embedding, factor):
    return Embedding(embedding.strength * factor, embedding.rate, embedding.frequency)


def measured(embedding, noise=0.01):
    """With 8 stretches and 4 runs that each change the running integral by about 1 % when left out."""
    rng = np.random.default_rng(5)
    integral = embedding.running_integral(TIME)
    return MeasuredKernel(embedding, *(noise * rng.normal(size=(n, 1)) * integral for n in (8, 4)))


def planned(temperature=300.0, scaling=(395.0, 500.0, 625.0)):
    kernels = {T: measured(kernel(T)) for T in (300.0, 395.0, 500.0, 625.0)}
    response = {T: measured(kernel(T)) for T in (365.0, 395.0, 425.0)}
    return cases(temperature, 395.0, kernels, response, scaling, 18.0, TIME, terms=4, tolerance=0.2)


def test_every_case_and_who_has_seen_what():
    found = planned()
    names = [(c.forces, c.kernel, c.motion_kind) for c in found]
    assert len(names) == len(set(names)) == 13
    by_name = dict(zip(names, found, strict=True))
    # the contrast: the baseline's forces with every kernel that trf1 has
    kernels = {
        forces: [k for f, k, motion in names if f == forces and motion == "memory"]
        for forces in ("trf1", "baseline")
    }
    assert kernels["trf1"] == kernels["baseline"] == ["response", "arrhenius", "vft", "reference", "measured"]
    assert by_name["trf1", "measured", "memory"].motion.friction == pytest.approx(kernel(300.0).friction)
    assert by_name["trf1", "reference", "memory"].motion.friction == pytest.approx(kernel(395.0).friction)
    friction = by_name["trf1", "measured", "friction"].motion
    assert friction == pytest.approx(kernel(300.0).friction / 18.0)
    assert by_name["trf1", "none", "none"].motion is None
    # a temperature never trains its own kernel: another one there changes nothing but the yardstick
    kernels = {T: measured(kernel(T)) for T in (395.0, 500.0, 625.0)}
    kernels[300.0] = measured(scaled(kernel(300.0), 5.0))
    response = {T: measured(kernel(T)) for T in (365.0, 395.0, 425.0)}
    again = cases(300.0, 395.0, kernels, response, (300.0, 395.0, 500.0, 625.0), 18.0, TIME, terms=4,
                  tolerance=0.2)  # fmt: skip
    for a, b in zip(found, again, strict=True):
        if a.kernel not in ("measured", "none"):
            own = [getattr(c.motion, "friction", c.motion) for c in (a, b)]
            assert own[0] == pytest.approx(own[1])


def test_a_law_that_cannot_be_fitted_is_said_and_left_out(capsys):
    broken = Embedding([50.0], [2.0], [40.0])  # its running integral turns negative
    known = {300.0: kernel(300.0), 395.0: kernel(395.0), 625.0: broken}
    found = cases(300.0, 395.0, {T: measured(k) for T, k in known.items()},
                  {T: measured(kernel(T)) for T in (365.0, 395.0)}, (395.0, 625.0), 18.0, TIME, terms=4,
                  tolerance=0.2)  # fmt: skip
    assert "arrhenius" not in {c.kernel for c in found}
    assert "WARNING: no arrhenius kernel at 300 K" in capsys.readouterr().out


def observed(T, seed=1, n=8, friction=0.0):
    rng = np.random.default_rng(seed)
    scatter = 1 + 0.1 * rng.normal(size=(n, 1))
    rate = 20.0
    return xr.Dataset(
        {
            "msd": (("stretch", "displacement_lag"), 6 * KB * T / 18 / rate * TIME * scatter),
            "vacf": (("stretch", "lag"), KB * T / 18 * np.exp(-rate * TIME) * scatter),
            "scattering": (("stretch", "scattering_lag"), np.exp(-TIME[1:]) * np.ones((n, 1))),
            "total_energy": (("stretch",), rng.normal(0, 50, n)),
            "kinetic_temperature": (("stretch",), np.full(n, T)),
            "energy_drift": (("stretch",), rng.normal(0, 0.01, n)),
        },
        coords={"lag": TIME, "displacement_lag": TIME, "scattering_lag": TIME[1:]},
        attrs={"temperature_K": T, "box_nm": 1.24, "friction_per_ps": friction, "canonical_energy": 0.0,
               "heat_capacity": 4.5, "wave_number_per_nm": 22.5},
    )  # fmt: skip


def motions(T):
    rng = np.random.default_rng(2)
    own = planned(T)
    parts = {
        "vacf": KB * T / 18 * np.exp(-22 * TIME) * (1 + 0.05 * rng.normal(size=(len(own), 4, 1))),
        "msd": 6 * KB * T / 18 / 22 * TIME * (1 + 0.05 * rng.normal(size=(len(own), 4, 1))),
        "kinetic_temperature": np.full((len(own), 4), T),
    }
    assert set(parts) == set(RECORDED)
    return cases_dataset(own, parts, 0.02, T, 18.0)


def errors():
    return pd.concat([error_table("spline", motions(T), observed(T), WINDOW) for T in (300.0, 625.0)])


def test_noise_of_a_kernel_enters_the_diffusion():
    data, exact = motions(300.0), observed(300.0)
    slope = abs(diffusion_by_friction(data, WINDOW))

    def table(stretches, runs):
        share = xr.DataArray([stretches, runs], dims="origin")
        return error_table("spline", data.assign(friction_stderr=share * data["friction"]), exact, WINDOW)

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
    assert error_table("spline", data.assign(friction_stderr=0 * data["friction_stderr"]), exact, WINDOW)[
        "vacf_error_stderr"
    ].to_numpy() == pytest.approx(0, abs=1e-6)

    noise = 0.05
    share = xr.DataArray([noise, 0.0], dims="origin")
    table = error_table("spline", data.assign(friction_stderr=share * data["friction"]), exact, WINDOW)
    for motion in ("memory", "friction"):
        own = np.flatnonzero((data["motion"] == motion) & (data["forces"] == "trf1"))
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
    table = error_table("spline", data, observed(300.0), WINDOW)
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


def test_claims_of_the_dynamics():
    table = errors()
    empty = pd.DataFrame(columns=["mode", "temperature_K", "observable", "architecture", "what"])
    thresholds = {"diffusion_deviation": 0.3, "memory_ratio": 0.5, "force_excess_above_K": 0,
                  "structure_below_K": 0, "structure_above_K": 0}  # fmt: skip
    claims = claims_table(empty, empty, empty, thresholds, 395.0, {}, set(), dynamics=table)
    names = claims["claim"].value_counts()
    assert names["diffusion, relative deviation from all-atom (response kernel)"] == 2
    assert names["velocity autocorrelation error (L1), memory / friction alone"] == 2
    row = claims[claims["claim"].str.contains("response")].iloc[0]
    own = table[(table["kernel"] == "response") & (table["motion"] == "memory") & (table["forces"] == "trf1")]
    assert row["value"] == pytest.approx(abs(own["ratio_to_all_atom"].iloc[0] - 1))
    assert row["low"] <= row["value"] <= row["high"]
    # kernels that have seen the temperature claim nothing
    assert not claims["claim"].str.contains("measured").any()
    # few pieces widen an interval: Student's t with the freedom of the row
    width = student_width(own["freedom"].iloc[0]) * own["ratio_stderr"].iloc[0]
    assert row["high"] == pytest.approx(row["value"] + width)


def test_where_friction_alone_failed_nothing_is_claimed_of_the_memory():
    table = errors()
    gone = (table["motion"] == "friction") & (table["temperature_K"] == table["temperature_K"].iloc[0])
    empty = pd.DataFrame(columns=["mode", "temperature_K", "observable", "architecture", "what"])
    thresholds = {"diffusion_deviation": 0.3, "memory_ratio": 0.5, "force_excess_above_K": 0,
                  "structure_below_K": 0, "structure_above_K": 0}  # fmt: skip
    claims = claims_table(empty, empty, empty, thresholds, 395.0, {}, set(), dynamics=table[~gone])
    own = claims[claims["claim"].str.contains("velocity autocorrelation")]
    assert own["value"].isna().tolist() == [True, False]
    assert own["verdict"].iloc[0] == "undecided"


def test_apparent_speed_multiplies_by_the_diffusion():
    names = ["all_atom", "spline", "spline" + WITH_MEMORY]
    speed = pd.DataFrame({"what": names,
                          "ns_per_day": [700.0, 4000.0, 2000.0], "ratio_to_all_atom": [1, 6, 3]})  # fmt: skip
    table = apparent_speed(speed, errors(), WITH_MEMORY)
    assert set(table["motion"]) == {"none", "memory"}
    np.testing.assert_allclose(table["apparent_ratio"], table["ratio_to_all_atom"] * table["diffusion_ratio"])


def test_ensembles_are_compared_with_their_noise():
    runs = {"constant energy": observed(395.0), "weak thermostat": observed(395.0, seed=3, friction=0.1)}
    table = ensemble_table(runs, WINDOW)
    assert len(table) == 4
    assert (table["stderr"] > 0).all()
    assert table["vacf_distance"].iloc[0] == 0
    assert (table["vacf_noise"] > 0).all()


def kernel_data(T):
    scatter = 1 + 0.01 * np.random.default_rng(6).normal(size=(6, 101))
    c = Correlations(0.02, 18.0, *(scatter * np.exp(-9 * TIME) * s for s in (0.2, -4.0, 8000.0)))
    iterated = Iterated([kernel(T), scaled(kernel(T), 0.8)], np.array([0.01, 0.02]), np.array([0.006]),
                        np.array([1e-4]), np.array([0.1]), np.ones((4, 101)))  # fmt: skip
    return kernel_dataset(c, lambda kept: np.full(len(kept), 1 / len(kept)), iterated, 101, T)


def test_kernels_survive_their_dataset():
    data = kernel_data(300.0)
    for index, factor in ((0, 1.0), (-1, 0.8)):
        np.testing.assert_allclose(embedding_of(data, index).strength, factor * kernel(300.0).strength)
    rows = kernel_rows("spline", "300", data)
    assert rows["iteration"].tolist() == [0, 1]
    assert rows["friction_per_ps"].iloc[1] == pytest.approx(0.8 * kernel(300.0).friction / 18)
    assert np.isnan(rows["vacf_error"].iloc[1])
    # the last fit scatters as the goal of the iteration does, not as the plain kernel
    measured = measured_kernel(data)
    assert measured.stretches.shape == (6, 101)
    assert not np.allclose(jackknife_error(measured.stretches), data["integral_se"])
    np.testing.assert_array_equal(measured.runs, np.ones((4, 101)))


def test_vacf_error_is_relative():
    exact = np.exp(-TIME)
    assert vacf_error(3 * exact, exact) == pytest.approx(0)
    assert vacf_error(np.r_[1.0, np.zeros(100)], exact) == pytest.approx(1 - 1 / exact.sum())


def test_figures_can_be_drawn(tmp_path):
    known = {T: observed(T) for T in (300.0, 395.0, 625.0)}
    moved = {T: motions(T) for T in (300.0, 625.0)}
    drawn = {
        "motion": figures.motion(known, moved),
        "all_atom_motion": figures.all_atom_motion(known),
        "memory_kernels": figures.memory_kernels({T: kernel_data(T) for T in known}),
        "dynamics_error": figures.dynamics_error(errors()),
        "arrhenius": figures.arrhenius(
            diffusion_table(known, WINDOW, 7e-4), activation_table(known, 395.0, WINDOW), errors(),
            pd.read_csv(LITERATURE), 395.0,
        ),
    }  # fmt: skip
    for name, figure in drawn.items():
        figures.save(figure, tmp_path / name)
        assert (tmp_path / f"{name}.png").stat().st_size > 10_000
        for axis in figure.axes:
            assert axis.get_xlabel()
    shown = drawn["arrhenius"].axes[0].get_legend_handles_labels()[1]
    published = {f"SPC/E, published, {box}" for box in ("N = 500", "infinite box")}
    assert published | {"all-atom, infinite box"} <= set(shown)
    assert len(shown) == len(set(shown))


def test_what_is_published_near_298_K_is_enlarged_where_the_study_comes_near():
    for temperatures, insets in (((300.0, 395.0, 625.0), 1), ((395.0, 625.0), 0)):
        known = {T: observed(T) for T in temperatures}
        figure = figures.arrhenius(
            diffusion_table(known, WINDOW, 7e-4), activation_table(known, 395.0, WINDOW), errors(),
            pd.read_csv(LITERATURE), 395.0,
        )  # fmt: skip
        assert len(figure.axes[0].child_axes) == insets


def test_literature_is_complete():
    table = pd.read_csv(LITERATURE)
    assert set(table["system"]) == {"experiment", "spce"}
    assert table["source"].notna().all()
    assert (table[["diffusion_m2_per_s", "viscosity_Pa_s"]].notna().sum(axis=1) > 0).all()
    assert table["temperature_K"].between(200, 700).all()
    known = table.dropna(subset=["diffusion_m2_per_s"])
    assert known["diffusion_m2_per_s"].between(1e-11, 1e-7).all()
    assert not known.duplicated(["system", "temperature_K", "molecules", "source"]).any()
    experiment = known[known["system"] == "experiment"]
    assert experiment[["molecules", "size_corrected"]].isna().all().all()
    model = known[known["system"] == "spce"]
    assert model["size_corrected"].isin(["yes", "no"]).all()
    # what is not corrected says in which box it was measured
    assert (model["molecules"].notna() | (model["size_corrected"] == "yes")).all()
    assert (model["molecules"].dropna() % 1 == 0).all()
    for name, count in (("Jamali", 8), ("Shvab", 12), ("Qvist", 7)):
        rows = model[model["source"].str.startswith(name)].sort_values("temperature_K")
        assert len(rows) == count
        if name != "Jamali":
            assert rows["diffusion_m2_per_s"].is_monotonic_increasing


@pytest.mark.parametrize("source", ["fit over sizes", "Einstein relation"])
def test_box_correction_carries_published_boxes_to_the_infinite_one(source):
    """Jamali et al., SPC/E at 298 K; their Einstein viscosity owes nothing to the diffusion."""
    table = pd.read_csv(LITERATURE)
    own = table[table["source"].str.startswith("Jamali")]
    viscosity = own.loc[own["source"].str.contains(source), "viscosity_Pa_s"].item()
    infinite = own.loc[own["size_corrected"] == "yes", "diffusion_m2_per_s"].item()
    finite = own[own["size_corrected"] == "no"]
    assert finite["molecules"].tolist() == [250, 500, 1000, 2000, 4000, 8000, 16000]
    for row in finite.itertuples():
        box = (row.molecules * 18.0154 / (0.998 * G_PER_CM3)) ** (1 / 3)
        corrected = row.diffusion_m2_per_s + 1e-6 * box_correction(row.temperature_K, viscosity, box)
        assert corrected == pytest.approx(infinite, rel=0.01)
    # without it the smallest box is off by a sixth
    assert finite["diffusion_m2_per_s"].iloc[0] < 0.85 * infinite
    assert Config().dynamics.viscosity_Pa_s == own["viscosity_Pa_s"].max() == 7.08e-4
