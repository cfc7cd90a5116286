"""The profile for Slurm, against a real Slurm of one node (slurm_cluster.py); skipped where there is none.

The jobs of slurm_toy/ take the place of the study, which runs as a whole only where THERMALCG_CLUSTER=full
(marker `cluster`, some minutes), as does a real job that is over its time limit.  One node cannot show that a
job moves to another node when its own dies, and without cgroups Slurm holds no job to its memory, so that
running out of it is only imitated.
"""

import math
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pandas as pd
import pytest
import xarray as xr

from support.slurm_cluster import Cluster, Unavailable
from support.workplace import ROOT, SMOKE, Workplace, environment
from thermalcg.planning.status import read_jobs
from thermalcg.runtime.progress import last_progress
from thermalcg.storage.yaml_files import read_yaml

PROFILE = ROOT / "workflow" / "profiles" / "slurm"
FULL = os.environ.get("THERMALCG_CLUSTER") == "full"
#: seconds of one start of Snakemake on a free core: two for a submission, one for each member of a group
START_S = 2.5


def snakemake(*arguments: str, profile: str | Path = PROFILE, first_check_s: int = 2) -> list[str]:
    """Snakemake with the profile, looking for finished jobs more often than is good for a real cluster."""
    return [
        *(sys.executable, "-m", "snakemake", "--workflow-profile", str(profile)),
        *("--slurm-init-seconds-before-status-checks", str(first_check_s), "--latency-wait", "5"),
        *arguments,
    ]


def submissions(jobs: dict[str, int]) -> int:
    """Jobs that Slurm gets for jobs of rules, grouped as the profile says."""
    settings = read_yaml(PROFILE / "config.yaml")
    count = sum(n for rule, n in jobs.items() if rule != "all" and rule not in settings["groups"])
    # what hangs together through files is one component of a group
    components = {
        "prepare": jobs["map_trajectory"] + jobs["select_frames"],
        "evaluate": jobs["evaluate"],
        "observe": jobs["observe_cg"],
        "check": 1,
        "tables": 1,
    }
    assert set(components) == set(settings["groups"].values())
    for group in ("check", "tables"):  # one submission, whatever of its rules hangs together
        assert settings["group-components"][group] >= Counter(settings["groups"].values())[group]
    return count + sum(math.ceil(n / settings["group-components"].get(g, 1)) for g, n in components.items())


class Toy:
    """Snakemake with the toy workflow in a folder, its jobs on the cluster."""

    def __init__(self, folder: Path, cluster: Cluster) -> None:
        folder.mkdir()
        self.folder = folder
        self.cluster = cluster

    def start(self, *arguments: str) -> None:
        with (self.folder / "snakemake.log").open("w") as log:
            self.process = subprocess.Popen(
                snakemake(
                    *arguments,
                    *("--snakefile", str(ROOT / "tests" / "workflow" / "slurm_toy" / "Snakefile")),
                    *("--default-resources", "mem_mb=400", "runtime=2"),
                ),
                cwd=self.folder,
                env=environment() | self.cluster.settings,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def finish(self, seconds: float = 300) -> str:
        """Wait for Snakemake to succeed, and return what it said."""
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            pytest.fail(f"not finished within {seconds} s\n{self.state()}")
        assert code == 0, self.state()
        return self.text("snakemake.log")

    def until(self, condition, seconds: float = 180) -> None:
        """Wait for something to happen while Snakemake runs."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert self.process.poll() is None, f"Snakemake ended too early\n{self.state()}"
            assert time.monotonic() < deadline, f"not within {seconds} s\n{self.state()}"
            time.sleep(0.2)

    def text(self, name: str) -> str:
        path = self.folder / name
        return path.read_text() if path.exists() else ""

    def state(self) -> str:
        return f"{self.text('snakemake.log')[-6000:]}\njobs: {self.cluster.jobs('all')}"


@pytest.mark.parametrize("option", ["--workflow-profile", "--profile"])
def test_the_profile_plans_every_rule_without_a_cluster(tmp_path, option):
    """The plug-in has to be installed, Slurm not."""
    folder = Workplace(tmp_path / "repository").folder
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", option, "workflow/profiles/slurm", "--dry-run"],
        cwd=folder,
        env=environment(),
        text=True,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    assert "This was a dry-run" in done.stdout + done.stderr


def test_every_key_of_the_profile_is_explained():
    lines = (PROFILE / "config.yaml").read_text().splitlines()
    keys = [index for index, line in enumerate(lines) if re.match(r"\w", line)]
    assert not [lines[index] for index in keys if not lines[index - 1].startswith("# ")]


def test_the_overhead_of_the_paper_preset_is_small(tmp_path):
    """Below a tenth of the work, of which the all-atom runs, in molecules times ps, are a lower bound."""
    workplace = Workplace(tmp_path / "repository")
    jobs = workplace.planned(configfiles=("config.yaml", "resources/presets/paper.yaml"))
    groups = read_yaml(PROFILE / "config.yaml")["groups"]
    members = sum(n for rule, n in jobs.items() if rule in groups)
    overhead_s = START_S * (2 * submissions(jobs) + members)
    default, paper = (read_yaml(ROOT / name) for name in ("config.yaml", "resources/presets/paper.yaml"))
    work = [c["water"]["molecules"] * c["all_atom"]["production_ps"] for c in (default, paper)]
    benchmarks = pd.read_csv(ROOT / "results/reference/default/tables/benchmarks.csv").set_index("rule")
    assert overhead_s < 0.1 * benchmarks["wall_s"]["all_atom"] * work[1] / work[0]
    assert submissions(jobs) < 0.7 * sum(jobs.values())


@pytest.fixture(scope="module")
def cluster():
    with ExitStack() as stack:
        try:
            running = stack.enter_context(Cluster())
        except Unavailable as reason:
            pytest.skip(f"no Slurm: {reason}")
        yield running


@pytest.fixture(scope="module")
def eventful(cluster, tmp_path_factory) -> Toy:
    """A run in which one job fails, one is cancelled and one exceeds its time; not waited for."""
    toy = Toy(tmp_path_factory.mktemp("slurm") / "eventful", cluster)
    toy.start()
    toy.until(lambda: toy.text("cancelled.log") and cluster.running("cancelled"))
    cluster.run("scancel", str(cluster.running("cancelled")[0]))
    toy.until(lambda: len(toy.text("segments.log").splitlines()) >= 2)
    if not FULL:
        # limits are whole minutes: the end of this one comes sooner
        cluster.run("scontrol", "update", f"JobId={cluster.running('timed')[0]}", "EndTime=now+1")
    yield toy
    if toy.process.poll() is None:
        toy.kill()


@pytest.fixture
def toy(cluster, tmp_path) -> Toy:
    toy = Toy(tmp_path / "toy", cluster)
    yield toy
    if toy.process.poll() is None:
        toy.kill()


def test_no_two_jobs_write_one_file_after_snakemake_was_killed(eventful, toy):
    """SIGKILL leaves the jobs; they are cancelled by the name of their run, as the documentation says."""
    files = ("locked/0.txt", "locked/1.txt")
    toy.start(*files)
    toy.until(lambda: toy.text("locked.log").count("start") == 2)
    toy.kill()
    left = toy.cluster.running("locked")
    assert len(left) == 2  # which is why they have to be cancelled
    name = re.search(r"SLURM run ID: (thermalcg_\S+)", toy.text("snakemake.log"))[1]
    toy.cluster.run("scancel", f"--name={name}")
    deadline = time.monotonic() + 60
    while set(left) & set(toy.cluster.jobs()):
        assert time.monotonic() < deadline, "the jobs do not end"
        time.sleep(0.2)
    toy.start("--unlock")
    toy.finish()
    (toy.folder / "go").touch()
    toy.start(*files)
    toy.finish()
    events = Counter(tuple(line.split()) for line in toy.text("locked.log").splitlines())
    assert events == Counter({("start", f): 2 for f in files} | {("stop", f): 1 for f in files})
    assert [toy.text(f) for f in files] == ["whole\n"] * 2


def test_a_drained_node_delays_the_workflow_and_no_more(eventful, toy):
    """What runs on the node is finished, what follows waits for the node to come back."""
    node = toy.cluster.host
    toy.start("chain/1.txt")
    toy.until(lambda: toy.cluster.running("chain"))
    first = toy.cluster.running("chain")[0]
    toy.cluster.run("scontrol", "update", f"NodeName={node}", "State=drain", "Reason=test")
    try:
        toy.until(lambda: any("chain" in comment for _, comment in toy.cluster.jobs("pending").values()))
        assert toy.cluster.jobs("completed")[first]
        assert toy.process.poll() is None
        assert not toy.text("chain/1.txt")
    finally:
        toy.cluster.run("scontrol", "update", f"NodeName={node}", "State=resume")
    toy.finish()
    assert toy.text("chain/1.txt") == "done\n"


def test_quick_jobs_succeed(eventful):
    eventful.finish()
    assert eventful.text("quick/0.txt") == eventful.text("quick/1.txt") == "done\n"


def test_rules_of_a_group_share_a_job(eventful):
    eventful.finish()
    numbers = eventful.text("second/0.txt").split()
    assert len(numbers) == 2
    assert len(set(numbers)) == 1


def test_a_job_with_too_little_memory_is_repeated_with_more(eventful):
    """The lack of memory is imitated: the job fails where it got less than 900 MB."""
    eventful.finish()
    assert eventful.text("greedy.log").split() == ["450", "900"]
    requested = eventful.cluster.memory_mb_of("greedy")
    assert sorted(requested.values()) == [450, 900]


def test_a_cancelled_job_is_reported_and_repeated(eventful):
    text = eventful.finish()
    assert eventful.text("cancelled.log").split() == ["1", "2"]
    assert re.search(r"SLURM-job '\d+' failed, SLURM status is: 'CANCELLED'", text)


def test_a_job_over_its_time_resumes_from_its_checkpoint(eventful):
    """Slurm kills the first attempt in the middle; the second does what is left, and no segment twice."""
    text = eventful.finish()
    assert re.search(r"SLURM-job '\d+' failed, SLURM status is: 'TIMEOUT'", text)
    done = [tuple(map(int, line.split())) for line in eventful.text("segments.log").splitlines()]
    first, second = sorted({job for job, _ in done})
    assert [index for _, index in done] == list(range(100))
    assert Counter(job for job, _ in done)[first] >= 2
    assert eventful.cluster.jobs("all")[first][0] == "TIMEOUT"
    assert eventful.cluster.jobs("all")[second][0] == "COMPLETED"
    assert eventful.text("timed.txt") == f"{sum(range(100))}\n"


@pytest.mark.cluster
@pytest.mark.skipif(not FULL, reason="takes minutes; THERMALCG_CLUSTER=full runs it")
def test_the_smoke_preset_runs_to_the_last_figure(cluster, tmp_path):
    """In a copy of the repository; four jobs at a time hide the wait for the next look at the queue."""
    workplace = Workplace(tmp_path / "repository")
    planned = workplace.planned()
    before = set(cluster.jobs("all"))
    start = time.monotonic()
    command = snakemake(
        "--jobs", "4", "--configfile", *SMOKE, profile="workflow/profiles/slurm", first_check_s=3
    )
    log, seen = tmp_path / "log", set()
    with log.open("w") as out:
        running = subprocess.Popen(
            command, cwd=workplace.folder, env=environment() | cluster.settings, stdout=out, stderr=out
        )
        while running.poll() is None:
            # minutes on free cores; three times as long on busy ones
            assert time.monotonic() - start < 1800, log.read_text()[-6000:]
            # what `make status` reads, from the shared folder alone
            seen |= {job.state for job in read_jobs(workplace.results)}
            time.sleep(2)
    wall_s = time.monotonic() - start
    assert running.returncode == 0, log.read_text()[-6000:]
    assert seen == {"running", "finished"}
    jobs = {number: state for number, (state, _) in cluster.jobs("all").items() if number not in before}
    assert set(jobs.values()) == {"COMPLETED"}
    assert len(jobs) == submissions(planned)
    results = workplace.results
    assert len(pd.read_csv(results / "tables" / "claims.csv"))
    assert {"claims", "force_error", "structure_error", "speed"} <= {
        path.stem for path in (results / "figures").glob("*.png")
    }
    assert not [path for path in (results / "checkpoints").rglob("*") if path.is_file()]
    assert workplace.planned() == {}
    work_s = sum(pd.read_csv(path, sep="\t")["s"].sum() for path in (results / "benchmarks").rglob("*.tsv"))
    elapsed_s = sum(cluster.elapsed_s(number) for number in jobs)
    print(
        f"{wall_s:.0f} s; {len(jobs)} jobs, {(elapsed_s - work_s) / len(jobs):.1f} s each beyond their work"
    )


@pytest.mark.cluster
@pytest.mark.skipif(not FULL, reason="takes minutes; THERMALCG_CLUSTER=full runs it")
def test_a_real_job_over_its_time_limit_goes_on_from_its_checkpoint(cluster, tmp_path):
    """All-atom water for some two minutes under limits of one, two and three.

    Minutes are Slurm's least, and it looks for jobs over their limit every half minute, so that the work has
    to take more than 85 s, and less than the 340 s that three attempts have together.  An attempt must not
    be killed just as it ends, for then its checkpoints are gone and its output is not kept: with 125 s of
    work the second has half a minute to spare.
    """
    production_ps, checkpoint_ps, frame_ps = 1880, 20, 0.16
    workplace = Workplace(tmp_path / "repository")
    files = workplace.changed(
        f"all_atom:\n  frame_interval_ps: {frame_ps}\n"
        f"  production_ps: {production_ps}\n  checkpoint_ps: {checkpoint_ps}\n"
        f"frames:\n  spacing_ps: {12 * frame_ps}"
    )
    target, log = workplace.results / "all_atom/300.nc", workplace.results / "logs/all_atom/300.log"
    checkpoints = workplace.results / "checkpoints/all_atom/300"
    before = set(cluster.jobs("all"))
    command = snakemake(
        *("--jobs", "1", "--set-resources", "all_atom:runtime=attempt", "--configfile", *files),
        *("--", str(target.relative_to(workplace.folder))),
        profile="workflow/profiles/slurm",
    )
    out, start = tmp_path / "log", time.monotonic()
    found: dict[int, int] = {}  # segments on disk when a job was first seen
    old: dict[int, str] = {}  # head of the log at that time, which is that of the job before
    begun: dict[int, float] = {}  # ps done in a job's first line of progress
    with out.open("w") as handle:
        running = subprocess.Popen(
            command, cwd=workplace.folder, env=environment() | cluster.settings, stdout=handle, stderr=handle
        )
        try:
            while running.poll() is None:
                assert time.monotonic() - start < 600, out.read_text()[-6000:]
                text = log.read_text() if log.exists() else ""
                head = text.partition("\n")[0]
                for number in cluster.running("all_atom"):
                    if number not in found:
                        found[number], old[number] = len(list(checkpoints.glob("segment_*.npz"))), head
                    line = last_progress(text)
                    if line and head != old[number] and number not in begun:
                        begun[number] = line.done
                time.sleep(0.5)
        finally:
            if running.poll() is None:
                running.send_signal(signal.SIGINT)  # cancels its jobs
                running.wait()
    assert running.returncode == 0, out.read_text()[-6000:]
    jobs = {
        number: state for number, (state, _) in sorted(cluster.jobs("all").items()) if number not in before
    }
    *killed, last = jobs
    assert killed, "the work was done within the first limit: this machine needs more of it"
    assert [jobs[number] for number in killed] == ["TIMEOUT"] * len(killed)
    assert jobs[last] == "COMPLETED"
    assert re.search(r"SLURM-job '\d+' failed, SLURM status is: 'TIMEOUT'", out.read_text())
    # every attempt begins with what the one before had kept, and its first line of progress is beyond that
    assert found[killed[0]] == 0
    for earlier, later in zip(jobs, list(jobs)[1:], strict=False):
        assert found[later] > found[earlier]
        assert begun[later] >= found[later] * checkpoint_ps > begun[earlier]
    with xr.open_dataset(target, engine="h5netcdf") as trajectory:
        assert trajectory.sizes["time"] == round(production_ps / frame_ps)
    assert not checkpoints.exists()
    print(f"{time.monotonic() - start:.0f} s; {jobs}; segments at the start of each: {found}")
