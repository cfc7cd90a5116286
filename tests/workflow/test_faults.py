"""Full disks, read-only folders, damaged files, two runs at once, clocks that jump, and kills at random.

The last needs half an hour: THERMALCG_FAULTS=full kills a run of the smoke preset twenty times, a number that
many times (``THERMALCG_FAULTS=3 pytest tests/workflow/test_faults.py``).  What every kill hit, and whether
the tables came out the same, goes to the CSV file that THERMALCG_FAULTS_LOG names.
"""

import errno
import math
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from support.workplace import ROOT, SMOKE, Workplace, environment
from thermalcg.config.files import load_config, read_config
from thermalcg.figures import style
from thermalcg.models.expansion import Expansion
from thermalcg.models.potential import ThermalPotential, save_ensemble
from thermalcg.models.prior import Prior
from thermalcg.models.spline.basis import SplineSettings
from thermalcg.models.spline.model import Spline
from thermalcg.planning.status import read_jobs
from thermalcg.runtime.progress import Progress, last_progress
from thermalcg.runtime.settings import from_section
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.storage.datasets import read_dataset, variable, write_dataset
from thermalcg.storage.provenance import Provenance
from thermalcg.storage.tables import write_table

ASKED = os.environ.get("THERMALCG_FAULTS", "")
KILLS_CSV = os.environ.get("THERMALCG_FAULTS_LOG", "")
PROVENANCE = Provenance("c0ffee", 1, "test")


def mounted(folder, options):
    """Mount a small file system in memory; None where that is not permitted."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(command, capture_output=True).returncode:
        return None
    return folder


def unmount(folder):
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def full_disk(tmp_path, monkeypatch):
    """A folder on a disk that holds 128 kB, or one whose writes fail as on a full disk."""
    folder = mounted(tmp_path / "small", "size=128k")
    if folder:
        yield folder
        unmount(folder)
        return

    def fsync(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fsync)
    yield tmp_path / "small"


def noise(n=200_000):
    return np.random.default_rng(0).normal(size=n)  # does not compress


def write_model(path):
    settings = from_section(SplineSettings, load_config({}).model_dump()["spline"])
    components = Spline(noise().reshape(2, -1), settings)
    member = ThermalPotential(components, Expansion("linear", 395.0), Prior(1e-6, 12, 0.3))
    save_ensemble(path, [member], PROVENANCE)


def write_figure(path):
    style.use(300, 9)  # whatever tests before this one have set
    fig, axes = style.panels(1, 1, height=3.0)
    axes[0, 0].imshow(noise().reshape(400, -1), interpolation="nearest")
    style.save(fig, path.with_suffix(""))


WRITERS = {
    "dataset": lambda path: write_dataset(
        xr.Dataset({"x": variable(("time",), noise(), "nm")}), path, PROVENANCE
    ),
    "table": lambda path: write_table(pd.DataFrame({"x": noise()}), path),
    "safetensors": write_model,
    "figure": write_figure,
}


@pytest.mark.parametrize("kind", WRITERS)
def test_a_full_disk_is_named_and_leaves_no_half_file(full_disk, kind):
    path = full_disk / f"300.{kind}"
    with pytest.raises(OSError, match="No space left on device.*300") as refused:
        WRITERS[kind](path)
    assert refused.value.errno == errno.ENOSPC
    # of a figure, the first of its two files may have found room
    assert [p for p in full_disk.iterdir() if p.suffix != ".pdf" or p.name.startswith(".")] == []


def test_a_checkpoint_on_a_full_disk_leaves_the_one_before(full_disk):
    folder = full_disk / "checkpoints"
    checkpoints = Checkpoints(folder, {"seed": 1})
    if os.path.ismount(full_disk):
        checkpoints.save({"x": np.arange(3.0)})
    before = Checkpoints(folder, {"seed": 1}).done
    with pytest.raises(OSError, match="No space left on device"):
        checkpoints.save({"x": noise()})
    assert Checkpoints(folder, {"seed": 1}).done == before


def test_a_process_outlives_a_full_disk_and_says_why(full_disk):
    """HDF5 may bring a process down after its error; a job has to end with its message."""
    if not os.path.ismount(full_disk):
        pytest.skip("no small disk may be mounted")
    code = (
        "import sys, numpy as np, xarray as xr\n"
        "from thermalcg.storage.datasets import Provenance, variable, write_dataset\n"
        "x = variable(('time',), np.random.default_rng(0).normal(size=200_000), 'nm')\n"
        "write_dataset(xr.Dataset({'x': x}), sys.argv[1], Provenance('c', 1, 't'))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(full_disk / "300.nc")],
        env={**environment(), "PYTHONPATH": str(ROOT / "workflow")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1].startswith("OSError: [Errno 28] No space left on device: '")


def test_what_a_killed_writer_left_goes_with_the_next_one(tmp_path):
    (tmp_path / ".300.nc.4242.part.nc").write_bytes(b"half a file")
    (tmp_path / ".300.15.nc.4242.part.nc").write_bytes(b"of another")
    WRITERS["dataset"](tmp_path / "300.nc")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".300.15.nc.4242.part.nc", "300.nc"]


@pytest.fixture(scope="module")
def fresh(tmp_path_factory) -> Workplace:
    return Workplace(tmp_path_factory.mktemp("faults") / "repository")


@pytest.fixture(scope="module")
def begun(fresh) -> Workplace:
    """A study of which one trajectory and its mapping are there."""
    fresh.run("results/smoke/mapped/300.nc")
    return fresh


def test_a_read_only_results_folder_is_named(tmp_path):
    workplace = Workplace(tmp_path / "repository")
    results = mounted(workplace.folder / "results", "ro,size=64k")
    if results is None:
        if os.geteuid() == 0:
            pytest.skip("nothing may be mounted, and this user may write everywhere")
        workplace.results.parent.chmod(0o555)
    try:
        text = workplace.run("results/smoke/all_atom/300.nc", check=False)
    finally:
        if results:
            unmount(results)
        else:
            workplace.results.parent.chmod(0o755)
    assert "Read-only file system" in text or "Permission denied" in text
    assert "results/smoke" in text


DAMAGES = {
    "truncated": lambda content: content[: len(content) // 2],
    "empty": lambda content: b"",
    "foreign": lambda content: b"something else" * 100,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_dataset_is_refused_by_its_reader(begun, damage):
    path = begun.results / "mapped" / "300.nc"
    content = path.read_bytes()
    try:
        path.write_bytes(DAMAGES[damage](content))
        target = "results/smoke/observables/all_atom/300.nc"
        text = begun.run(target, "--rerun-triggers", "mtime", check=False)
    finally:
        path.write_bytes(content)
    assert "mapped/300.nc: not a readable NetCDF-4 file" in text
    assert not (begun.folder / target).exists()
    assert {job.state for job in read_jobs(begun.results) if job.rule == "observe_all_atom"} == {"failed"}


def test_a_second_run_in_the_same_folder_is_refused(tmp_path):
    workplace = Workplace(tmp_path / "repository")
    long = workplace.changed("all_atom: {production_ps: 4000, checkpoint_ps: 2000}")
    target = "results/smoke/all_atom/300.nc"
    first = start(workplace, target, configfiles=long)
    try:
        wait_for(lambda: read_jobs(workplace.results), first)
        text = workplace.run(target, configfiles=long, check=False)
        assert "Directory cannot be locked" in text
        # looking is always allowed
        assert [job.state for job in read_jobs(workplace.results)] == ["running"]
        assert first.poll() is None
    finally:
        kill(first)
    workplace.run("--unlock", configfiles=long)


def test_files_from_the_future_are_named_and_a_touch_lets_the_run_go_on(begun):
    """After a clock that was wrong was put right: Snakemake refuses outputs that are older than inputs."""
    ahead = time.time() + 86_400
    for path in [path for path in begun.results.rglob("*") if path.is_file()]:
        os.utime(path, (ahead, ahead))
    target = "results/smoke/observables/all_atom/300.nc"
    (begun.folder / target).unlink(missing_ok=True)
    text = begun.run(target, check=False)
    assert "clock skew" in text
    assert "results/smoke/mapped/300.nc" in text
    assert not (begun.folder / target).exists()
    # one time for all, so that none is newer than what was made of it
    now = time.time()
    for path in begun.results.rglob("*"):
        os.utime(path, (now, now))
    begun.run(target)
    assert (begun.folder / target).exists()
    assert {job.state for job in read_jobs(begun.results)} == {"finished"}


def test_a_clock_that_jumps_back_leaves_rates_sensible(monkeypatch, capsys):
    jumping = iter(np.linspace(1e9, 0, 1000))
    monkeypatch.setattr(time, "time", lambda: float(next(jumping)))
    with Progress("water", 10, "ps", interval=0.0) as progress:
        for _ in range(10):
            progress.update(1)
            assert 0 < progress.speed < math.inf
    line = last_progress(capsys.readouterr().err)
    assert line.left_s == 0
    assert float(line.rate.split()[0]) > 0


def test_the_reason_reaches_the_terminal_though_the_log_lies_on_a_full_disk():
    code = f"""
import sys
sys.path.insert(0, {str(ROOT / "workflow" / "scripts")!r})
import _job

class Full:
    def write(self, text):
        raise OSError({errno.ENOSPC}, "No space left on device")
    def flush(self):
        pass

sys.excepthook = _job._say_why
sys.stderr = Full()
raise OSError({errno.ENOSPC}, "No space left on device", "results/395.nc")
"""
    done = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True)
    assert done.returncode == 1
    assert done.stderr == "OSError: [Errno 28] No space left on device: 'results/395.nc'\n"


def start(workplace, *arguments, **options):
    """Snakemake in a process group of its own."""
    return subprocess.Popen(
        workplace.command(*arguments, **options),
        cwd=workplace.folder,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def kill(running):
    """SIGKILL to all that a run started: nothing can tidy up."""
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()


def wait_for(condition, running, seconds=180):
    deadline = time.monotonic() + seconds
    while not condition():
        assert running.poll() is None, "the run ended too soon"
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def test_a_job_that_outlived_its_snakemake_is_waited_for_and_its_files_made_anew(fresh):
    """Snakemake alone is killed, its job is not, and writes its file, of an old configuration, in the end."""
    target, log = "results/smoke/all_atom/395.nc", fresh.results / "logs/all_atom/395.log"
    longer = fresh.changed("all_atom:\n  production_ps: 250")
    running = start(fresh, target, configfiles=longer)
    wait_for(lambda: log.exists() and "ps (" in log.read_text(), running)
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    fresh.run("--unlock")
    text = fresh.run(target, "--rerun-incomplete")
    assert "395.log: a job of an earlier run is still at work on the same files; waiting" in text
    assert "finished" in log.read_text()
    smoke = read_config([fresh.folder / name for name in SMOKE])
    frames = round(smoke.all_atom.production_ps / smoke.all_atom.frame_interval_ps)
    assert read_dataset(fresh.folder / target).sizes["time"] == frames
    assert fresh.planned(target) == {}


#: Tables with times in them.
TIMES = {"benchmarks.csv", "speed.csv", "dynamics_speed.csv"}


def comparable(path: Path) -> pd.DataFrame:
    """A table without what is measured in seconds."""
    table = pd.read_csv(path)
    return table[~table["claim"].str.contains("speed")] if path.name == "claims.csv" else table


class KillLog:
    """A row for each kill; written anew after every change, so that nothing is lost with the test itself.

    Args:
        path: a CSV file, or nothing where no log is asked for.
        seed: of the moments.
    """

    def __init__(self, path: str, seed: int) -> None:
        self.path, self.seed = path, seed
        self.rows: list[dict[str, object]] = []
        self._run, self._of_this_run = 1, 0

    def killed(self, begun: float, jobs: list) -> None:
        """Just now.

        Args:
            begun: when this Snakemake was started, seconds since the epoch.
            jobs: what the logs of the study say; those touched since then and without an end were running.
        """
        seconds = time.time() - begun
        running = [job.name for job in jobs if job.state == "running" and job.silent_s < seconds]
        self._of_this_run += 1
        self.rows.append(
            {
                "kill": len(self.rows) + 1,
                "seed": self.seed,
                "run": self._run,
                "seconds_after_start": round(seconds, 1),
                "jobs_finished": sum(job.state == "finished" for job in jobs),
                "jobs_running": " ".join(running),
                "tables": "not compared",
            }
        )
        self._write()

    @contextmanager
    def comparison(self):
        """What is done here decides on all kills of one run, which ends with it."""
        outcome = "different"
        try:
            yield
            outcome = "identical"
        finally:
            for row in self.rows[len(self.rows) - self._of_this_run :]:
                row["tables"] = outcome
            self._run, self._of_this_run = self._run + 1, 0
            self._write()

    def _write(self) -> None:
        if self.path:
            Path(self.path).parent.mkdir(parents=True, exist_ok=True)
            pd.DataFrame(self.rows).to_csv(self.path, index=False)


def test_the_log_of_kills_says_what_each_hit_and_how_its_run_ended(tmp_path):
    path, logs = tmp_path / "faults" / "kills.csv", tmp_path / "study" / "logs"
    log, begun = KillLog(str(path), seed=1), time.time() - 12
    logs.mkdir(parents=True)
    for name, text in {"train/a": "", "old/b": "", "map": "finished: 2026-01-01 00:00:00, 1.0 s\n"}.items():
        (logs / f"{name}.log").parent.mkdir(exist_ok=True)
        (logs / f"{name}.log").write_text(f"{name.split('/')[0]}: 2026-01-01 00:00:00\n{text}")
    os.utime(logs / "old" / "b.log", (begun - 5, begun - 5))  # killed before, and not yet begun again
    log.killed(begun, read_jobs(tmp_path / "study"))
    log.killed(begun, [])
    assert set(pd.read_csv(path)["tables"]) == {"not compared"}
    with log.comparison():
        pass
    log.killed(begun, [])
    with pytest.raises(AssertionError), log.comparison():
        raise AssertionError
    table = pd.read_csv(path, keep_default_na=False)
    assert list(table["kill"]) == [1, 2, 3]
    assert list(table["run"]) == [1, 1, 2]
    assert list(table["tables"]) == ["identical", "identical", "different"]
    assert list(table["jobs_running"]) == ["train/a", "", ""]
    assert list(table["jobs_finished"]) == [1, 0, 0]
    assert (table["seconds_after_start"] - 12).abs().max() < 5


@pytest.mark.slow
@pytest.mark.skipif(not ASKED, reason="set THERMALCG_FAULTS=full, or to a number of kills")
def test_a_run_killed_at_random_gives_the_tables_of_an_undisturbed_one(smoke, tmp_path):
    kills = 20 if ASKED == "full" else int(ASKED)
    seed = int(os.environ.get("THERMALCG_FAULTS_SEED", "1"))
    rng, log = random.Random(seed), KillLog(KILLS_CSV, seed)
    workplace = Workplace(tmp_path / "repository0")
    while len(log.rows) < kills:
        begun = time.time()
        running = start(workplace, "--rerun-incomplete")
        try:
            # from the first moment on; in the mean, a start of Snakemake and some ten seconds of work
            code = running.wait(rng.uniform(0, 40))
        except subprocess.TimeoutExpired:
            kill(running)
            log.killed(begun, read_jobs(workplace.results))
            print({**log.rows[-1], "of": kills}, flush=True)
            workplace.run("--unlock")
            continue
        with log.comparison():
            assert code == 0
            assert_undisturbed(workplace, smoke)
        print(
            f"a run came to its end after {len(log.rows)} kills: the tables are those of the undisturbed one"
        )
        workplace = Workplace(tmp_path / f"repository{len(log.rows)}")
    with log.comparison():
        workplace.run("--rerun-incomplete")
        assert_undisturbed(workplace, smoke)


def assert_undisturbed(workplace, smoke):
    """Tables, leftovers and logs of a run that was killed, against one that was not."""
    assert workplace.planned() == {}
    tables = sorted(path.name for path in (smoke.results / "tables").glob("*.csv"))
    assert sorted(path.name for path in (workplace.results / "tables").glob("*.csv")) == tables
    for name in set(tables) - TIMES:
        pd.testing.assert_frame_equal(
            comparable(workplace.results / "tables" / name),
            comparable(smoke.results / "tables" / name),
            check_exact=True,
            obj=name,
        )
    left = [p for p in workplace.results.rglob("*.part*")] + [
        p for p in (workplace.results / "checkpoints").rglob("*") if p.is_file()
    ]
    assert not left
    assert {job.state for job in read_jobs(workplace.results)} == {"finished"}
