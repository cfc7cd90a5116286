"""How far a study is, from logs alone."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from thermalcg.planning.status import HEARTBEAT_S, SILENT_S, mean_seconds, read_jobs, report, time_left
from thermalcg.runtime.progress import last_progress

NOW = 1_700_000_000.0
START = "2026-05-01 10:00:00, 1 thread(s), core 0\n"
FINISHED = "finished: 2026-05-01 10:01:40, 100.0 s\n"
ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "workflow" / "scripts"


class Study:
    """A study's folder with some logs."""

    def __init__(self, folder):
        self.folder = folder

    def log(self, name, text, silent_s=1.0, rule=None):
        path = self.folder / "logs" / f"{name}.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{rule or name.split('/')[0]}: {START}{text}")
        os.utime(path, (NOW - silent_s, NOW - silent_s))

    def job(self, name):
        return next(job for job in read_jobs(self.folder, NOW) if job.name == name)


@pytest.fixture
def study(tmp_path):
    study = Study(tmp_path)
    study.log("all_atom/300", f"all-atom 300 K: 320/320 ps (100 %), 170 ns/day, 0 s left\n{FINISHED}", 9e5)
    study.log(
        "all_atom/395",
        "all-atom 395 K: 10/320 ps (3 %), 170 ns/day, 155 s left\n"
        "all-atom 395 K: 20/320 ps (6 %), 173 ns/day, 150 s left\n",
    )
    study.log("all_atom/700", "all-atom 700 K: 160/320 ps (50 %), 1.7e+02 ns/day, 80 s left\n", 2 * SILENT_S)
    study.log(
        "train/hipnn_ts/trf1", "Traceback (most recent call last):\n  File ...\nValueError: too few\n", 9e5
    )
    return study


def test_a_log_tells_the_state_of_its_job(study):
    states = {job.name: job.state for job in read_jobs(study.folder, NOW)}
    assert states == {
        "all_atom/300": "finished",
        "all_atom/395": "running",
        "all_atom/700": "stopped",
        "train/hipnn_ts/trf1": "failed",
    }
    assert study.job("all_atom/300").seconds == 100
    assert study.job("train/hipnn_ts/trf1").message == "ValueError: too few"
    assert study.job("train/hipnn_ts/trf1").rule == "train"


def test_the_rule_is_that_of_the_log_not_of_its_folder(study):
    study.log("observe/all_atom_300", "", rule="observe_all_atom")
    assert study.job("observe/all_atom_300").rule == "observe_all_atom"


def test_the_last_progress_line_counts(study):
    progress = study.job("all_atom/395").progress
    assert (progress.done, progress.total, progress.unit) == (20, 320, "ps")
    assert (progress.rate, progress.left_s) == ("173 ns/day", 150)


def test_a_job_without_progress_lives_as_long_as_it_touches_its_log(study):
    study.log("learning_curve", "", silent_s=2 * HEARTBEAT_S)
    assert study.job("learning_curve").state == "running"
    study.log("learning_curve", "", silent_s=SILENT_S + 1)
    assert study.job("learning_curve").state == "stopped"


def test_a_long_log_is_read_at_both_ends(study):
    study.log("train/spline/trf1", "words\n" * 100_000 + FINISHED)
    assert (study.job("train/spline/trf1").rule, study.job("train/spline/trf1").state) == (
        "train",
        "finished",
    )


def test_a_log_from_the_future_is_not_older_than_nothing(study):
    study.log("all_atom/555", "", silent_s=-3600)
    job = study.job("all_atom/555")
    assert (job.state, job.silent_s) == ("running", 0)


def test_what_is_left_comes_from_progress_and_finished_jobs(study):
    jobs = read_jobs(study.folder, NOW)
    assert mean_seconds(jobs) == {"all_atom": 100}
    # the running job, and two that wait (one of them stopped); one at a time
    assert time_left(jobs, {"all_atom": 4}) == (150 + 2 * 100, [])
    study.log("all_atom/555", "all-atom 555 K: 1/320 ps (0 %), 1 ns/day, 50 s left\n")
    jobs = read_jobs(study.folder, NOW)
    assert time_left(jobs, {"all_atom": 4}) == ((150 + 50 + 100) / 2, [])


def test_a_rule_that_never_finished_is_named_not_guessed(study):
    left = time_left(read_jobs(study.folder, NOW), {"all_atom": 2, "cg_md": 5})
    assert left == (150, ["cg_md"])
    text = report(study.folder, {"all_atom": 2, "cg_md": 5}, NOW)
    assert "at least" in text
    assert "not known yet: cg_md" in text


def test_the_report_says_what_runs_what_stopped_and_what_failed(study):
    text = report(study.folder, {"all_atom": 4, "train": 1}, NOW)
    assert "1 of 5 jobs" in text
    assert "all_atom/395: 20/320 ps (6%), 173 ns/day, 150 s left".replace("150 s", "2 min") in text
    assert "all_atom/700: 160/320 ps (50%)" in text
    assert "train/hipnn_ts/trf1: ValueError: too few" in text


def test_nothing_written_for_the_report(study):
    before = sorted((path, path.stat().st_mtime_ns) for path in study.folder.rglob("*"))
    report(study.folder, {"all_atom": 4}, NOW)
    assert sorted((path, path.stat().st_mtime_ns) for path in study.folder.rglob("*")) == before


def test_a_study_that_is_done_or_has_not_begun(tmp_path):
    study = Study(tmp_path)
    assert "no job has begun" in report(tmp_path, {"all_atom": 1}, NOW)
    study.log("all_atom/300", FINISHED)
    assert "1 of 1 jobs\n" in report(tmp_path, {"all_atom": 1}, NOW)
    study.log("all_atom/300", "", silent_s=1e5)
    assert "none is running" in report(tmp_path, {"all_atom": 1}, NOW)


def test_lines_that_only_look_like_progress_are_none():
    assert last_progress("WARNING: 3/4 of it\nsome text, 5 s left\n") is None


def test_every_script_begins_its_log_in_the_same_way():
    scripts = [path for path in SCRIPTS.glob("*.py") if not path.name.startswith("_")]
    assert scripts
    for path in scripts:
        assert "job = begin(snakemake)" in path.read_text(), path.name


JOB = """
import sys
from types import SimpleNamespace
sys.path.insert(0, sys.argv[1])
from _job import begin
from thermalcg.runtime.threads import THREAD_LIMITS
params = SimpleNamespace(settings={"seed": 1}, hash="c0ffee")
own = SimpleNamespace(library=[__import__("_job").__file__])
begin(SimpleNamespace(log=[sys.argv[2]], threads=1, rule="train", params=params, input=own))
import os
print(*(os.environ[name] for name in THREAD_LIMITS), file=sys.__stdout__)
if sys.argv[3] == "fail":
    raise ValueError("too few")
"""


@pytest.mark.parametrize(("ending", "state"), [("end", "finished"), ("fail", "failed")])
def test_a_job_writes_what_is_read_and_holds_its_libraries_to_its_threads(tmp_path, ending, state):
    log = tmp_path / "logs" / "train" / "spline.log"
    done = subprocess.run(
        [sys.executable, "-c", JOB, str(SCRIPTS), str(log), ending],
        # a machine whose user has set another number
        env={**os.environ, "OPENMM_CPU_THREADS": "7", "OMP_NUM_THREADS": "7"},
        capture_output=True,
        text=True,
    )
    assert set(done.stdout.split()) == {"1"}
    (job,) = read_jobs(tmp_path)
    assert (job.rule, job.name, job.state) == ("train", "train/spline", state)
    assert job.message == ("ValueError: too few" if ending == "fail" else "")
