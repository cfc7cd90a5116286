"""Platforms are chosen or refused with a reason; no two processes share a core."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import openmm as mm
import pytest

from thermalcg.runtime import platforms

WORKFLOW = Path(__file__).parents[2] / "workflow"


@pytest.fixture
def broken_cuda(monkeypatch):
    """CUDA is listed, as where its driver is installed, but there is no device."""
    context = mm.Context

    def without_device(system, integrator, platform, *properties):
        if platform == "CUDA":
            raise mm.OpenMMException("no CUDA device")
        return context(system, integrator, platform, *properties)

    by_name = mm.Platform.getPlatformByName
    monkeypatch.setattr(platforms, "available_platforms", lambda: ["Reference", "CPU", "CUDA"])
    monkeypatch.setattr(mm.Platform, "getPlatformByName", lambda n: n if n == "CUDA" else by_name(n))
    monkeypatch.setattr(mm, "Context", without_device)


def test_a_platform_that_is_there_is_taken():
    assert platforms.choose_platform("Reference") == "Reference"
    assert platforms.choose_platform("CPU") == "CPU"


def test_an_absent_platform_is_refused_with_key_value_and_offer(monkeypatch):
    monkeypatch.setattr(platforms, "available_platforms", lambda: ["Reference", "CPU"])
    message = r"compute\.platform is 'CUDA'; this machine offers: Reference, CPU$"
    with pytest.raises(ValueError, match=message):
        platforms.choose_platform("CUDA")


def test_auto_prefers_the_fastest_platform_that_works(broken_cuda):
    assert platforms.choose_platform("auto") == "CPU"


@pytest.mark.usefixtures("broken_cuda")
def test_a_platform_without_device_is_refused_and_not_offered():
    with pytest.raises(
        ValueError, match=r"compute\.platform is 'CUDA'; this machine offers: (.*)$"
    ) as caught:
        platforms.choose_platform("CUDA")
    assert "CUDA" not in str(caught.value).partition("offers:")[2]


def test_a_device_without_the_precision_of_the_study_is_passed_over(monkeypatch):
    context, by_name = mm.Context, mm.Platform.getPlatformByName

    def single_only(system, integrator, platform, properties):
        if platform == "OpenCL":
            if properties.get("Precision", "single") != "single":
                raise mm.OpenMMException("this device does not support double precision")
            return None
        return context(system, integrator, platform, properties)

    monkeypatch.setattr(platforms, "available_platforms", lambda: ["Reference", "CPU", "OpenCL"])
    monkeypatch.setattr(mm.Platform, "getPlatformByName", lambda n: n if n == "OpenCL" else by_name(n))
    monkeypatch.setattr(mm, "Context", single_only)
    assert platforms.choose_platform("auto") == "CPU"


def test_contexts_on_the_cpu_have_their_threads_and_are_deterministic():
    system = mm.System()
    system.addParticle(1.0)
    context = platforms.make_context(system, mm.VerletIntegrator(0.001), platforms.Compute("CPU"))
    platform = context.getPlatform()
    assert platform.getPropertyValue(context, "Threads") == "1"
    assert platform.getPropertyValue(context, "DeterministicForces").lower() == "true"
    assert platforms.platform_properties("CUDA", 1) == {"Precision": "mixed"}


HOLDER = """
import os, sys
from thermalcg.runtime.platforms import pin_to_one_core
os.sched_setaffinity(0, {cores})
print(pin_to_one_core({folder!r}), *sorted(os.sched_getaffinity(0)), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def start_holder(tmp_path):
    """Start a process that claims a core and keeps it; its first line is ``core, affinity...``."""
    cores = sorted(os.sched_getaffinity(0))[:2]
    running = []

    def start():
        process = subprocess.Popen(
            [sys.executable, "-c", HOLDER.format(cores=cores, folder=str(tmp_path / "cores"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(WORKFLOW)},
        )
        running.append(process)
        return process

    yield start, cores
    for process in running:
        process.kill()
        process.communicate()


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system cannot pin")
def test_cores_are_claimed_once_and_freed_when_the_holder_is_killed(start_holder):
    start, cores = start_holder
    holders = [start() for _ in cores]  # at once, so that they compete
    lines = [process.stdout.readline().split() for process in holders]
    assert sorted(line[0] for line in lines) == sorted(map(str, cores))
    assert all(line[1:] == line[:1] for line in lines), "the affinity is not the claimed core"

    refused = start().stdout.readline().split()
    assert refused[0] == "None"
    assert refused[1:] == list(map(str, cores)), "a process without a core of its own stays free"

    holders[0].send_signal(signal.SIGKILL)
    holders[0].wait()
    assert start().stdout.readline().split()[0] == lines[0][0]


@pytest.mark.skipif(not hasattr(os, "SCHED_BATCH"), reason="a policy of Linux")
def test_a_pinned_process_runs_under_the_batch_policy(tmp_path):
    program = (
        "import os; from thermalcg.runtime.platforms import pin_to_one_core;"
        f"print(pin_to_one_core({str(tmp_path / 'cores')!r}), os.sched_getscheduler(0) == os.SCHED_BATCH)"
    )
    environment = {**os.environ, "PYTHONPATH": str(WORKFLOW)}
    run = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=environment)
    assert run.stdout.split() == [str(min(os.sched_getaffinity(0))), "True"]


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system cannot pin")
def test_a_slurm_job_that_is_bound_to_no_cores_is_not_pinned(monkeypatch, tmp_path):
    before = os.sched_getaffinity(0)
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    monkeypatch.setattr(os, "cpu_count", lambda: len(before))
    assert platforms.pin_to_one_core(str(tmp_path / "cores")) is None
    assert os.sched_getaffinity(0) == before


def test_a_system_that_cannot_pin_is_left_alone(monkeypatch, tmp_path):
    monkeypatch.delattr(os, "sched_setaffinity", raising=False)
    assert platforms.pin_to_one_core(str(tmp_path / "cores")) is None
    assert not (tmp_path / "cores").exists()


def test_a_run_is_on_the_platform_that_is_named():
    assert platforms.Compute.of("Reference", 3) == platforms.Compute("Reference", 3)
    assert platforms.Compute.of("auto", 1).platform == platforms.choose_platform()
    with pytest.raises(ValueError, match=r"compute\.platform is 'absent'"):
        platforms.Compute.of("absent", 1)
