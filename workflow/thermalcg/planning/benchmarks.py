"""What a study cost, from the benchmark files that Snakemake writes."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from thermalcg.storage.tables import read_table

#: Stage of each rule, in the order of the work.
STAGES = {
    "all_atom": "all-atom",
    "map_trajectory": "all-atom",
    "select_frames": "conditional sampling",
    "sample_conditional": "conditional sampling",
    "label": "labels",
    "fit_prior": "training",
    "molecule_energies": "residual products",
    "residual_products": "residual products",
    "train": "training",
    "evaluate": "evaluation",
    "learning_curve": "evaluation",
    "cg_md": "CG MD",
    "speed": "evaluation",
    "constant_energy": "dynamics",
    "observe_dynamics": "dynamics",
    "memory_kernel": "dynamics",
    "cg_dynamics": "dynamics",
    "observe": "observables",
    "tables": "tables",
    "estimators": "benchmark of estimators",
}


def cost_table(folder: str | Path) -> pd.DataFrame:
    """The table ``benchmarks.csv``: jobs, wall and core seconds and peak memory of every rule.

    Args:
        folder: ``benchmarks/`` of a study; the first level names the rule.
    """
    rows = []
    for rule, stage in STAGES.items():
        paths = sorted((Path(folder) / rule).rglob("*.tsv"))
        if not paths:
            continue
        table = pd.concat([_benchmark(path) for path in paths], ignore_index=True)
        rows.append(
            {
                "stage": stage,
                "rule": rule,
                "jobs": len(table),
                "wall_s": table["s"].sum(),
                "cpu_s": table["cpu_time"].sum(),
                "max_rss_MB": table["max_rss"].max(),
            }
        )
    return pd.DataFrame(rows)


def _benchmark(path: Path) -> pd.DataFrame:
    return read_table(path, ("s", "cpu_time", "max_rss"), sep="\t", na_values="-")
