"""Small tables and datasets for figures, made up here, and a look into what was drawn."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import xarray as xr

from thermalcg.analysis.structure_error import ALL_ATOM
from thermalcg.figures import style
from thermalcg.models.names import ModelKey
from thermalcg.models.prior import fit_prior

ARCHITECTURES = ("spline", "hipnn_ts")
MODES = tuple(style.MODES)
SMOKE_MODES = ("baseline", "trf1", "at_temperature")
TEMPERATURES = (250, 300, 395, 555, 625, 700)
HELD_OUT = (250, 300, 555, 625, 700)
T0 = 395
FRACTIONS = (0.125, 0.25, 0.5, 1.0)


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
        (a, m, T, e := abs(T - T0) * 0.1 / (k + 1), 0.6 * e, 1.5 * e)
        for a, (k, m), T in itertools.product(
            architectures, enumerate(m for m in modes if m != "at_temperature"), TEMPERATURES
        )
    ]
    columns = ["architecture", "mode", "temperature_K", "excess_kJ_per_mol_nm", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def synthetic_structure_error(architectures=ARCHITECTURES, modes=MODES) -> pd.DataFrame:
    scale = {"rdf": 0.05, "adf": 5e-4, "tetrahedral_distribution": 0.1}
    rows = [
        (o, a, m, T, d := s * (0.3 + abs(T - T0) / 300 / (k + 1)), 0.04 * s, d - 0.08 * s, d + 0.08 * s)
        for (o, s), a, (k, m), T in itertools.product(
            scale.items(), architectures, enumerate(modes), TEMPERATURES
        )
    ]
    columns = ["observable", "architecture", "mode", "temperature_K", "distance", "stderr", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


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
    sources = [ALL_ATOM, *itertools.starmap(ModelKey, itertools.product(architectures, modes))]
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


#: Pairs of a mixture, and how much further out than that of one species the g(r) of each begins, nm.
PAIRS = {"A-A": 0.0, "A-B": 0.03, "B-B": 0.06}


def synthetic_mixture(architectures=ARCHITECTURES, modes=SMOKE_MODES) -> dict:
    found = synthetic_observables(architectures, modes)
    for data in found.values():
        r = data["r"].values
        for name, dims in (("rdf", ("run", "pair", "r")), ("rdf_se", ("pair", "r"))):
            of_one = np.atleast_2d(data[name].values)
            shifted = np.stack([[np.interp(r - s, r, g) for g in of_one] for s in PAIRS.values()], axis=1)
            data[f"pair_{name}"] = dims, shifted if dims[0] == "run" else shifted[0]
        data.coords["pair"] = list(PAIRS)
    return found


def synthetic_structure_values(architectures=ARCHITECTURES, modes=MODES) -> pd.DataFrame:
    names = ("coordination", "tetrahedral_order", "coordination A around B")
    sources = [("all_atom", ""), *itertools.product(architectures, modes)]
    rows = [
        (name, source, mode, T, 4 + n + 0.001 * T + 0.05 * k, 0.02)
        for (n, name), (k, (source, mode)), T in itertools.product(
            enumerate(names), enumerate(sources), TEMPERATURES
        )
    ]
    return pd.DataFrame(rows, columns=["observable", "source", "mode", "temperature_K", "value", "stderr"])


def synthetic_response_terms() -> pd.DataFrame:
    shells = ["own energy", "energy at 0 to 0.3 nm", "energy at 0.3 to 0.35 nm", "energy beyond 0.35 nm"]
    parts = [(q, part) for q in ("force", "response") for part in ("all", "pairs", "triplets")]
    rows = [
        (quantity, part, 0.2 / (k + 1), 0.02 * (k + 1), k < 5)
        for k, (quantity, part) in enumerate(
            [*parts, *(("response", shell) for shell in shells), ("second order", "all")]
        )
    ]
    return pd.DataFrame(rows, columns=["quantity", "part", "size", "noise", "resolved"])


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
        ("project", "structure_ratio", "spline", 300, 0.8, 0.7, 0.95, 0.6, "at most", "fails"),
        ("project", "structure_ratio", "hipnn_ts", 300, np.nan, 0.0, np.inf, 0.6, "at most", "undecided"),
        ("study", "force_excess_ratio", "spline", 555, 0.30, 0.22, 0.39, 0.5, "at most", "holds"),
        ("study", "force_excess_ratio", "spline", 700, 0.33, 0.25, 0.42, 0.5, "at most", "holds"),
        ("study", "force_excess_ratio", "hipnn_ts", 555, 0.45, -np.inf, np.inf, 0.5, "at most", "undecided"),
        ("study", "force_excess_ratio", "hipnn_ts", 700, 0.45, 0.30, 0.62, 0.5, "at most", "undecided"),
        ("project", "speed_ratio", "spline", np.nan, 12.0, 11.0, 13.1, 5.0, "at least", "holds"),
        ("project", "speed_ratio", "hipnn_ts", np.nan, 0.7, 0.6, 0.8, 5.0, "at least", "fails"),
    ]
    columns = [
        "kind",
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
    observed = xr.Dataset({"rdf": (("run", "r"), g[None])}, coords={"r": r})
    return observed, fit_prior(r, g, T0, 0.02, 12), T0, 0.02


def lettered(fig) -> list:
    return [axis for axis in fig.axes if len(axis.get_title(loc="left")) == 1]


def points(axis, label: str) -> tuple[np.ndarray, np.ndarray]:
    """Data of the line or error bars with this label."""
    handle = dict(zip(*axis.get_legend_handles_labels()[::-1], strict=True))[label]
    return getattr(handle, "lines", (handle,))[0].get_data()


def is_drawn(figure, path) -> bool:
    """Whether a figure is saved as a picture of some size, every panel with the name of its axis."""
    style.save(figure, path)
    large = path.with_suffix(".png").stat().st_size > 10_000
    return large and all(axis.get_xlabel() for axis in figure.axes)
