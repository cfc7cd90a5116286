"""What a study cost, from the benchmark files that Snakemake writes."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from thermalcg.storage.tables import read_table

#: Folders of benchmark files, each named after its rule (or several small ones), by stage of the work.
STAGE_RULES = {
    "all-atom": ("all_atom", "map_trajectory"),
    "own trajectories": ("import_trajectory", "run_own_system"),
    "conditional sampling": ("select_frames", "sample_conditional"),
    "labels": ("label",),
    "response": ("projected_response", "residual_products"),
    "training": ("fit_prior", "train"),
    "evaluation": ("evaluate", "learning_curve", "speed"),
    "CG MD": ("cg_md",),
    "dynamics": ("constant_energy", "observe_dynamics", "memory_kernel", "cg_dynamics"),
    "observables": ("observe", "check_trajectories"),
    "tables": ("tables",),
    "benchmark of estimators": ("estimators",),
    "checks of the engine": ("engine",),
    "which data to buy": ("economics",),
}


def cost_table(folder: str | Path) -> pd.DataFrame:
    """Jobs, wall and core seconds and peak memory of every rule, from ``benchmarks/`` of a study."""
    rows = []
    for stage, rule in ((stage, rule) for stage, rules in STAGE_RULES.items() for rule in rules):
        if paths := sorted((Path(folder) / rule).rglob("*.tsv")):
            options = {"sep": "\t", "na_values": "-"}
            table = pd.concat(read_table(path, ("s", "cpu_time", "max_rss"), **options) for path in paths)
            seconds, cpu, ram = table["s"].sum(), table["cpu_time"].sum(), table["max_rss"].max()
            rows.append((stage, rule, len(table), seconds, cpu, ram))
    return pd.DataFrame(rows, columns=["stage", "rule", "jobs", "wall_s", "cpu_s", "max_rss_MB"])
