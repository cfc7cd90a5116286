"""The cost of a study is added up from its benchmark files."""

import re
from pathlib import Path

import numpy as np
import pytest

from thermalcg.planning.benchmarks import STAGE_RULES, cost_table

RULES = Path(__file__).parents[2] / "workflow" / "rules"
HEADER = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"


def benchmark(path, seconds, cpu, memory):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEADER + f"{seconds}\t0:00:01\t{memory}\t9999\t1\t1\t0\t0\t50\t{cpu}\n")


@pytest.fixture
def folder(tmp_path):
    benchmark(tmp_path / "train" / "spline" / "trf1.tsv", 10.0, 8.0, 500.0)
    benchmark(tmp_path / "train" / "hipnn_ts" / "trf1.tsv", 100.0, 90.0, 700.0)
    benchmark(tmp_path / "all_atom" / "300.tsv", 1000.0, 600.0, 300.0)
    return tmp_path


def test_jobs_are_added_up_by_rule(folder):
    train = cost_table(folder).set_index("rule").loc["train"]
    assert (train["stage"], train["jobs"]) == ("training", 2)
    assert (train["wall_s"], train["cpu_s"], train["max_rss_MB"]) == (110.0, 98.0, 700.0)


def test_rules_come_in_the_order_of_the_work_and_only_those_that_ran(folder):
    assert cost_table(folder)["rule"].tolist() == ["all_atom", "train"]


def test_a_job_too_short_to_be_measured_counts_as_a_job(folder):
    benchmark(folder / "all_atom" / "400.tsv", 0.5, "-", "-")
    row = cost_table(folder).set_index("rule").loc["all_atom"]
    assert (row["jobs"], row["wall_s"], row["cpu_s"], row["max_rss_MB"]) == (2, 1000.5, 600.0, 300.0)
    assert np.isfinite(row["cpu_s"])


def test_every_benchmark_of_the_rules_has_a_stage():
    text = "".join(path.read_text() for path in RULES.glob("*.smk"))
    folders = set(re.findall(r"<benchmarks>/(\w+)/", text))
    assert folders, "no benchmark found in the rules"
    assert folders <= {rule for rules in STAGE_RULES.values() for rule in rules}
