"""Figures from small synthetic tables, made up here and written nowhere but to temporary folders."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from thermalcg import figures
from thermalcg.figures import style
from thermalcg.models.prior import fit_prior
from thermalcg.training.modes import MODES as TRAINED

ARCHITECTURES = ("spline", "hipnn_ts")
MODES = tuple(style.MODES)
SMOKE_MODES = ("baseline", "trf1", "at_temperature")
TEMPERATURES = (250, 300, 395, 555, 625, 700)
HELD_OUT = (250, 300, 555, 625, 700)
T0 = 395
FRACTIONS = (0.125, 0.25, 0.5, 1.0)


@pytest.fixture(autouse=True)
def looks():
    figures.use(dpi=60, font_size=9)


def synthetic_force_error(architectures=ARCHITECTURES, modes=MODES) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    rows = [
        (
            a,
            m,
            seed,
            T,
            90 - 0.08 * T + 10 * k * abs(T - T0) / 300 + rng.normal(),
            1 + 0.5 * k,
            18 - 0.01 * T,
            50.0,
        )
        for a, (k, m), seed, T in itertools.product(
            architectures, enumerate(modes), ("0", "all"), TEMPERATURES
        )
    ]
    columns = ["architecture", "mode", "seed", "temperature_K", "rmse_kJ_per_mol_nm", "stderr", "noise_floor"]
    return pd.DataFrame(rows, columns=[*columns, "yardstick"])


def synthetic_excess(architectures=ARCHITECTURES, modes=MODES) -> pd.DataFrame:
    rows = [
        (a, m, T, e := abs(T - T0) * 0.1 / (k + 1), 0.6 * e, 1.5 * e, 1 / (k + 1), 0.1, 1.0)
        for a, (k, m), T in itertools.product(
            architectures, enumerate(m for m in modes if m != "at_temperature"), TEMPERATURES
        )
    ]
    columns = ["architecture", "mode", "temperature_K", "excess_kJ_per_mol_nm", "low", "high"]
    return pd.DataFrame(rows, columns=[*columns, "ratio_to_baseline", "ratio_low", "ratio_high"])


def synthetic_structure_error(architectures=ARCHITECTURES, modes=MODES) -> pd.DataFrame:
    scale = {"rdf": 0.05, "adf": 5e-4, "tetrahedral_distribution": 0.1}
    rows = [
        (o, a, m, T, s * (0.3 + abs(T - T0) / 300 / (k + 1)), 0.08 * s, 0.2 * s)
        for (o, s), a, (k, m), T in itertools.product(
            scale.items(), architectures, enumerate(modes), TEMPERATURES
        )
    ]
    return pd.DataFrame(
        rows, columns=["observable", "architecture", "mode", "temperature_K", "l1", "stderr", "floor"]
    )


def synthetic_learning_curve(architectures=ARCHITECTURES, modes=MODES) -> pd.DataFrame:
    rows = [
        (a, m, f, T, 40 + 13 / np.sqrt(f) + 4 * k + 0.02 * abs(T - T0), 1.3 / np.sqrt(f))
        for a, (k, m), f, T in itertools.product(architectures, enumerate(modes), FRACTIONS, TEMPERATURES)
    ]
    return pd.DataFrame(
        rows, columns=["architecture", "mode", "fraction", "temperature_K", "rmse_kJ_per_mol_nm", "stderr"]
    )


def synthetic_parity(architectures=ARCHITECTURES) -> dict[tuple[str, str], xr.Dataset]:
    rng = np.random.default_rng(2)
    shape = (4, 32, 3)
    found = {}
    for architecture, mode in itertools.product(architectures, ("baseline", "trf1")):
        variables = {}
        for name, spread, noise in (("force", 200.0, 15.0), ("trf", 0.2, 0.15)):
            predicted = rng.normal(0, spread, shape)
            variables[f"predicted_{name}"] = predicted
            variables[f"label_{name}"] = predicted + rng.normal(0, 0.35 * spread, shape)
            variables[f"label_{name}_se"] = np.full(shape, noise)
        found[architecture, mode] = xr.Dataset(
            {k: (("frame", "bead", "axis"), v) for k, v in variables.items()}
        )
    return found


def synthetic_rdf(r: np.ndarray, T: float) -> np.ndarray:
    width = 0.012 * np.sqrt(T / 300)
    core = 1 / (1 + np.exp(-(r - 0.262) / (0.4 * width)))
    return core * (
        1 + 1.9 * np.exp(-(((r - 0.28) / 0.02) ** 2)) + 0.15 * np.cos((r - 0.45) * 28) * (r > 0.33)
    )


def synthetic_observables(architectures=ARCHITECTURES, modes=MODES) -> dict:
    r, theta, q = np.linspace(0.2025, 0.5975, 80), np.linspace(1, 179, 90), np.linspace(-0.99, 0.99, 100)
    found = {}
    sources = ["all_atom", *itertools.product(architectures, modes)]
    for (k, source), T in itertools.product(enumerate(sources), TEMPERATURES):
        rng = np.random.default_rng(k)
        adf = np.exp(-(((theta - 105) / 30) ** 2)) + 0.4 * np.exp(-(((theta - 55) / 8) ** 2))
        adf *= 1 + 0.02 * k * np.cos(theta / 20)
        curves = {
            "rdf": ("r", synthetic_rdf(r, T * (1 + 0.05 * k))),
            "adf": ("theta", adf / adf.sum() / 2),
            "tetrahedral_distribution": ("q", np.exp(-((q - 0.5) ** 2) * 8)),
        }
        data = {}
        for name, (dim, values) in curves.items():
            runs = values + rng.normal(0, 0.01 * values.max(), (4, values.size))
            data[name] = ("run", dim), runs
            data[f"{name}_se"] = dim, runs.std(axis=0, ddof=1) / 2
        found[source, T] = xr.Dataset(data, coords={"r": r, "theta": theta, "q": q})
    return found


def synthetic_convergence() -> pd.DataFrame:
    T = np.repeat(TEMPERATURES, 2)
    frozen = np.exp(-(T - 250) / 60)
    table = {
        "temperature_K": T,
        "rung_K": [rung for t in TEMPERATURES for rung in (t, round(1.12 * t))],
        "frames": 8,
        "rhat_energy": 1 + 0.06 * frozen,
        "rhat_force": 1 + 0.04 * frozen,
        "force_se": 12 + 4 * frozen,
        "chain_difference": 16 + 4 * frozen,
        "probe_difference": 18 + 190 * frozen,
        "probe_energy_gap": 5 + 60 * frozen,
    }
    return pd.DataFrame(table)


def synthetic_benchmarks() -> pd.DataFrame:
    rows = [
        ("all_atom", "all_atom_run", 6, 850.0),
        ("all_atom", "map", 6, 9.0),
        ("conditional", "sample", 24, 5000.0),
        ("models", "train", 20, 3000.0),
        ("cg_md", "cg_run", 60, 690.0),
        ("observables", "observe", 66, np.nan),
        ("results", "tables", 1, 3.0),
    ]
    return pd.DataFrame(rows, columns=["stage", "rule", "jobs", "cpu_s"])


def synthetic_speed(what=("all_atom", *ARCHITECTURES)) -> pd.DataFrame:
    base = {"all_atom": 300.0, "spline": 3600.0, "hipnn_ts": 210.0}
    rows = [
        (w, T, base[w] + 0.1 * T, 0.05 * base[w], base[w] / 300, 0.9 * base[w] / 300, 1.1 * base[w] / 300, 1)
        for w, T in itertools.product(what, TEMPERATURES)
    ]
    columns = [
        "what",
        "temperature_K",
        "ns_per_day",
        "stderr",
        "ratio_to_all_atom",
        "ratio_low",
        "ratio_high",
    ]
    return pd.DataFrame(rows, columns=[*columns, "threads"])


def synthetic_claims() -> pd.DataFrame:
    rows = [
        ("force_excess_ratio", "spline", 555, 0.30, 0.22, 0.39, 0.5, "at most", "holds"),
        ("force_excess_ratio", "spline", 700, 0.33, 0.25, 0.42, 0.5, "at most", "holds"),
        ("force_excess_ratio", "hipnn_ts", 555, 0.45, -np.inf, np.inf, 0.5, "at most", "undecided"),
        ("force_excess_ratio", "hipnn_ts", 700, 0.45, 0.30, 0.62, 0.5, "at most", "undecided"),
        ("structure_ratio", "spline", 300, 0.8, 0.7, 0.95, 0.6, "at most", "fails"),
        ("structure_ratio", "hipnn_ts", 300, np.nan, np.nan, np.nan, 0.6, "at most", "undecided"),
        ("speed_ratio", "spline", np.nan, 12.0, 11.0, 13.1, 5.0, "at least", "holds"),
        ("speed_ratio", "hipnn_ts", np.nan, 0.7, 0.6, 0.8, 5.0, "at least", "fails"),
    ]
    columns = [
        "claim",
        "architecture",
        "temperature_K",
        "value",
        "low",
        "high",
        "threshold",
        "side",
        "verdict",
    ]
    return pd.DataFrame(rows, columns=columns)


def synthetic_histories(models=None) -> dict[tuple[str, int], pd.DataFrame]:
    models = models or [*MODES[:4], *(f"at_temperature-{T}K" for T in TEMPERATURES)]
    epoch = np.arange(1, 61)
    return {
        (model, member): pd.DataFrame(
            {
                "epoch": epoch,
                "train": 0.1 + np.exp(-epoch / (10 + member)),
                "validation": 0.2 + (0.9 + 0.1 * k) * np.exp(-epoch / (12 + member)),
            }
        )
        for (k, model), member in itertools.product(enumerate(models), (0, 1))
    }


def synthetic_prior():
    r = np.linspace(0.2025, 0.5975, 80)
    g = np.where(r > 0.23, synthetic_rdf(r, T0), 0.0)
    return r, g, fit_prior(r, g, T0, 0.02, 12), T0, 0.02


ALL = {
    "parity": (lambda: figures.parity(synthetic_parity()), 4),
    "force_error": (lambda: figures.force_error(synthetic_force_error(), T0), 2),
    "force_excess": (lambda: figures.excess(synthetic_excess(), T0), 2),
    "rdf_spline": (lambda: figures.rdf_panels(synthetic_observables(), "spline", HELD_OUT), 5),
    "adf_spline": (lambda: figures.adf_panels(synthetic_observables(), "spline", HELD_OUT), 5),
    "structure_error": (lambda: figures.structural_error(synthetic_structure_error(), T0), 6),
    "learning_curve": (lambda: figures.learning_curve(synthetic_learning_curve()), 6),
    "convergence": (lambda: figures.convergence(synthetic_convergence()), 3),
    "prior": (lambda: figures.prior_figure(*synthetic_prior()), 2),
    "cost": (lambda: figures.cost(synthetic_benchmarks()), 0),
    "speed": (lambda: figures.speed(synthetic_speed()), 0),
    "claims": (lambda: figures.claims(synthetic_claims()), 3),
    "training_history": (lambda: figures.training_history(synthetic_histories()), 10),
}


def lettered(fig) -> list:
    return [axis for axis in fig.axes if len(axis.get_title(loc="left")) == 1]


def points(axis, label: str) -> tuple[np.ndarray, np.ndarray]:
    """Data of the line or error bars with this label."""
    handle = dict(zip(*axis.get_legend_handles_labels()[::-1], strict=True))[label]
    return getattr(handle, "lines", (handle,))[0].get_data()


@pytest.mark.parametrize("name", ALL)
def test_panels_units_and_layout(name):
    make, n_panels = ALL[name]
    fig = make()
    assert [a.get_title(loc="left") for a in lettered(fig)] == list("abcdefghij"[:n_panels])
    labels = [text for axis in fig.axes for text in (axis.get_xlabel(), axis.get_ylabel()) if text]
    assert labels
    assert all("(" in text and ")" in text for text in labels), labels

    # nothing is cut off, no panel lies on another or on the legend
    fig.draw_without_rendering()
    axes = [axis for axis in fig.axes if axis.axison]
    boxes = [axis.get_tightbbox() for axis in axes] + [k.get_window_extent() for k in fig.legends]
    for box in boxes:
        assert (box.min > -1).all(), box
        assert (box.max < fig.bbox.max + 1).all(), box
    for one, other in itertools.combinations(boxes, 2):
        overlap = np.minimum(one.max, other.max) - np.maximum(one.min, other.min)
        assert overlap.min() < 2, (one, other)


@pytest.mark.parametrize("name", ["parity", "force_error", "prior"])
def test_the_same_figure_has_the_same_bytes(name, tmp_path):
    fig = ALL[name][0]()
    for folder, drawn in {"first": fig, "again": fig, "made again": ALL[name][0]()}.items():
        figures.save(drawn, tmp_path / folder / "x.y")
    assert sorted(p.name for p in (tmp_path / "first").iterdir()) == ["x.y.pdf", "x.y.png"]
    for file, folder in itertools.product(("x.y.pdf", "x.y.png"), ("again", "made again")):
        assert (tmp_path / "first" / file).read_bytes() == (tmp_path / folder / file).read_bytes()


def test_force_error_shows_the_table():
    table = synthetic_force_error()
    fig = figures.force_error(table, T0)
    for axis, architecture in zip(fig.axes, ARCHITECTURES, strict=True):
        for mode in MODES:
            rows = table[
                (table["architecture"] == architecture) & (table["mode"] == mode) & (table["seed"] == "all")
            ]
            x, y = points(axis, style.MODES[mode].label)
            np.testing.assert_allclose(x, rows["temperature_K"])
            np.testing.assert_allclose(y, rows["rmse_kJ_per_mol_nm"])
        assert "label noise" in axis.get_legend_handles_labels()[1]
        assert points(axis, "T₀ = 395 K")[0][0] == T0


def test_excess_bars_are_the_intervals():
    table = synthetic_excess(architectures=("spline",), modes=("baseline",))
    (axis,) = figures.excess(table).axes
    (container,) = axis.containers
    (bars,) = container.lines[2]
    ends = np.array([segment[:, 1] for segment in bars.get_segments()])
    np.testing.assert_allclose(ends, table[["low", "high"]])


def test_intervals_without_end_get_no_bar():
    table = synthetic_excess(architectures=("spline",), modes=("baseline",))
    table.loc[0, ["low", "high"]] = [-np.inf, np.nan]
    table.loc[1, "excess_kJ_per_mol_nm"] = np.nan
    (axis,) = figures.excess(table).axes
    assert len(points(axis, style.MODES["baseline"].label)[1]) == len(table) - 1
    assert np.isfinite(axis.get_ylim()).all()


def test_parity_counts_every_component():
    data = synthetic_parity()
    fig = figures.parity(data)
    hexagons = [axis.collections[0].get_array() for axis in lettered(fig)]
    assert [counts.sum() for counts in hexagons] == [4 * 32 * 3] * 4
    texts = " ".join(t.get_text() for t in lettered(fig)[0].texts)
    difference = data["spline", "trf1"]["label_force"] - data["spline", "trf1"]["predicted_force"]
    assert f"rmse {float(np.sqrt((difference**2).mean())):.3g} kJ/mol/nm" in texts
    assert "label noise 15 kJ/mol/nm" in texts


@pytest.mark.parametrize(
    ("figure", "name", "dim"), [("rdf_panels", "rdf", "r"), ("adf_panels", "adf", "theta")]
)
def test_distributions_and_their_differences(figure, name, dim):
    data = synthetic_observables()
    fig = getattr(figures, figure)(data, "spline", HELD_OUT)
    upper = lettered(fig)[1]
    lower = fig.axes[fig.axes.index(upper) + 3]
    reference, model = (
        data["all_atom", 300][name].mean("run"),
        data[("spline", "trf1"), 300][name].mean("run"),
    )
    x, y = points(upper, style.MODES["trf1"].label)
    np.testing.assert_allclose(x, reference[dim])
    np.testing.assert_allclose(y, model)
    np.testing.assert_allclose(points(upper, "all-atom")[1], reference)
    drawn = [line.get_ydata() for line in lower.lines]
    assert any(len(d) == len(model) and np.allclose(d, model - reference) for d in drawn)


def test_a_run_that_failed_is_named():
    data = synthetic_observables()
    for mode, temperature in (("baseline", 250), ("trf1", 300)):
        data[("spline", mode), temperature]["rdf"][:] = np.nan
    # one that was not simulated is not missing, and a temperature without any has no panel
    del data[("spline", "energy_matching"), 250]
    data = {key: value for key, value in data.items() if key[1] != 555}
    texts = [
        [t.get_text() for t in axis.texts] for axis in lettered(figures.rdf_panels(data, "spline", HELD_OUT))
    ]
    assert texts == [["no healthy run:\nbaseline"], ["no healthy run:\nTRF (residual products)"], [], []]


def test_structural_error_shows_the_table():
    table = synthetic_structure_error()
    fig = figures.structural_error(table, T0)
    rows = table[
        (table["observable"] == "adf") & (table["architecture"] == "hipnn_ts") & (table["mode"] == "trf1")
    ]
    np.testing.assert_allclose(points(fig.axes[3], style.MODES["trf1"].label)[1], rows["l1"])
    assert "(1/degree)" in fig.axes[2].get_ylabel()


def test_learning_curve_shows_the_table():
    table = synthetic_learning_curve()
    fig = figures.learning_curve(table, temperatures=(300, 700))
    assert len(fig.axes) == 4
    rows = table[
        (table["architecture"] == "spline") & (table["mode"] == "trf1") & (table["temperature_K"] == 700)
    ]
    x, y = points(fig.axes[1], style.MODES["trf1"].label)
    np.testing.assert_allclose(x, FRACTIONS)
    np.testing.assert_allclose(y, rows["rmse_kJ_per_mol_nm"])
    assert fig.axes[1].get_xscale() == "log"
    np.testing.assert_allclose(fig.axes[1].get_xticks(), FRACTIONS)
    assert fig.axes[2].get_xlabel() == "Share of the data (1)"


def test_convergence_shows_the_frames_own_rung():
    table = synthetic_convergence()
    own = table[table["rung_K"] == table["temperature_K"]]
    first, _, third = figures.convergence(table).axes
    np.testing.assert_allclose(points(first, "chains, common start")[1], own["chain_difference"])
    np.testing.assert_allclose(points(first, "melted probe against chains")[1], own["probe_difference"])
    np.testing.assert_allclose(points(third, "melted probe against chains")[1], own["probe_energy_gap"])


def test_convergence_without_probes():
    table = synthetic_convergence().assign(probe_difference=np.nan, probe_energy_gap=np.nan)
    first, _, third = figures.convergence(table).axes
    assert "melted probe against chains" not in first.get_legend_handles_labels()[1]
    assert [t.get_text() for t in third.texts] == ["no data"]


def test_prior_marks_the_fitted_bins():
    r, g, prior, temperature, threshold = synthetic_prior()
    upper, lower = figures.prior_figure(r, g, prior, temperature, threshold).axes
    fitted = (g > threshold) & (g < 1) & (r < prior.onset_nm)
    np.testing.assert_allclose(points(upper, "bins fitted")[0], r[fitted])
    np.testing.assert_allclose(points(upper, "bins fitted")[1], g[fitted])
    assert points(lower, "onset")[0][0] == prior.onset_nm


def test_cost_adds_the_rules_of_a_stage():
    (axis,) = figures.cost(synthetic_benchmarks()).axes
    assert sorted(bar.get_width() for bar in axis.patches) == [0, 3, 690, 859, 3000, 5000]


def test_speed_shows_the_table_and_the_ratio():
    table = synthetic_speed()
    (axis,) = figures.speed(table).axes
    drawn = [float(c.lines[0].get_xdata()[0]) for c in axis.containers]
    np.testing.assert_allclose(drawn, table["ns_per_day"])
    assert sum(t.get_text() == "× 12 (10.8–13.2)" for t in axis.texts) == len(TEMPERATURES)


def test_claims_colour_verdicts_and_mark_ends_beyond_the_panel():
    axes = figures.claims(synthetic_claims()).axes
    markers = [{line.get_marker() for line in axis.lines} for axis in axes]
    assert markers[0] == {"None", "o", "s", "<", ">"}
    assert markers[1] == {"None", "X"}
    np.testing.assert_allclose(points(axes[2], "fails"), [[0.7], [1]])
    assert [t.get_text() for t in axes[1].texts] == ["no value"]
    assert [t.get_text() for t in axes[2].get_yticklabels()] == ["splines", "HIP-NN-TS"]


def test_history_shows_every_member():
    histories = synthetic_histories(["baseline", "at_temperature-300K"])
    axes = figures.training_history(histories).axes
    assert [axis.get_title() for axis in axes] == ["baseline", "yardstick, 300 K"]
    lines = {line.get_gid(): line.get_ydata() for line in axes[1].lines}
    np.testing.assert_allclose(lines["validation-1"], histories["at_temperature-300K", 1]["validation"])


def test_fewer_modes_and_one_architecture():
    one = {"architectures": ("spline",), "modes": SMOKE_MODES}
    assert len(figures.force_error(synthetic_force_error(**one), T0).axes) == 1
    assert len(figures.structural_error(synthetic_structure_error(**one), T0).axes) == 3
    assert len(figures.learning_curve(synthetic_learning_curve(**one)).axes) == 3
    assert len(lettered(figures.parity(synthetic_parity(("spline",))))) == 2
    assert len(lettered(figures.rdf_panels(synthetic_observables(**one), "spline", (300, 625)))) == 2
    labels = figures.force_error(synthetic_force_error(**one), T0).axes[0].get_legend_handles_labels()[1]
    assert style.MODES["energy_matching"].label not in labels


def test_tables_without_rows():
    empty = [
        figures.force_error(synthetic_force_error().iloc[:0], T0),
        figures.excess(synthetic_excess().iloc[:0], T0),
        figures.structural_error(synthetic_structure_error().iloc[:0], T0),
        figures.learning_curve(synthetic_learning_curve().iloc[:0]),
        figures.convergence(synthetic_convergence().iloc[:0]),
        figures.cost(synthetic_benchmarks().iloc[:0]),
        figures.speed(synthetic_speed().iloc[:0]),
        figures.claims(synthetic_claims().iloc[:0]),
        figures.rdf_panels({}, "spline", HELD_OUT),
        figures.parity({}),
        figures.training_history({}),
    ]
    for k, fig in enumerate(empty):
        texts = [t.get_text() for axis in fig.axes for t in axis.texts]
        assert any(t.startswith("no ") for t in texts), k
        fig.draw_without_rendering()


def test_every_training_mode_has_a_look_of_its_own():
    assert set(style.MODES) == set(TRAINED)
    for part in ("label", "colour", "marker", "dash"):
        assert len({getattr(look, part) for look in style.MODES.values()}) == len(TRAINED), part


def test_an_unknown_mode_still_has_a_look():
    table = synthetic_force_error(modes=("trf1", "trf9"))
    labels = figures.force_error(table, T0).axes[0].get_legend_handles_labels()[1]
    assert "trf9" in labels
