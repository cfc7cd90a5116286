"""The OpenMM platform that a study runs on, and contexts made there."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import openmm as mm

#: Tried in this order where the platform is chosen automatically.
PREFERENCE = ("CUDA", "HIP", "OpenCL", "CPU", "Reference")

#: Platforms that run on graphics cards.
GPUS = ("CUDA", "HIP", "OpenCL")


@dataclass(frozen=True)
class Compute:
    """Where OpenMM runs.

    Attributes:
        platform: name of the platform.
        threads: of the CPU platform; other platforms ignore them.
        precision: single, mixed or double on a graphics card; empty for that of the study
            (``platform_properties``).
    """

    platform: str
    threads: int = 1
    precision: str = ""

    @classmethod
    def of(cls, platform: str, threads: int) -> Compute:
        """On the platform that the configuration names, or with ``auto`` the fastest that there is.

        Raises:
            ValueError: the named platform does not work here.
        """
        return cls(choose_platform(platform), threads)


#: The slow and exact platform, for beads whose forces are computed in Python and for comparisons.
REFERENCE_PLATFORM = Compute("Reference")


_held_locks: list[IO[str]] = []


def available_platforms() -> list[str]:
    """Names of the OpenMM platforms of this installation."""
    return [mm.Platform.getPlatform(i).getName() for i in range(mm.Platform.getNumPlatforms())]


def choose_platform(name: str = "auto") -> str:
    """Name of the platform to run on: the named one, or with ``auto`` the fastest that makes a context.

    Raises:
        ValueError: the named platform does not work here.
    """
    candidates = [p for p in PREFERENCE if p in available_platforms()] if name == "auto" else [name]
    for candidate in candidates:
        if _works(candidate):
            return candidate
    working = [p for p in available_platforms() if _works(p)]
    raise ValueError(f"compute.platform is {name!r}; this machine offers: {', '.join(working)}")


def platform_properties(name: str, threads: int) -> dict[str, str]:
    """OpenMM properties that make runs reproducible (CPU) and accurate (GPU)."""
    if name == "CPU":
        return {"Threads": str(threads), "DeterministicForces": "true"}
    if name in GPUS:
        return {"Precision": "mixed"}
    return {}


def make_context(system: mm.System, integrator: mm.Integrator, compute: Compute) -> mm.Context:
    """A context of a system and an integrator on a platform."""
    properties = platform_properties(compute.platform, compute.threads)
    if compute.precision:
        properties["Precision"] = compute.precision
    return mm.Context(system, integrator, mm.Platform.getPlatformByName(compute.platform), properties)


def _works(name: str) -> bool:
    if name not in available_platforms():
        return False
    system = mm.System()
    system.addParticle(1.0)
    try:
        # as in the study: an OpenCL device may lack the double precision that "mixed" needs
        make_context(system, mm.VerletIntegrator(0.001), Compute(name))
    except mm.OpenMMException:  # platforms are listed even if their device is absent
        return False
    return True


def pin_to_one_core(folder: str | None = None) -> int | None:
    """Keep this process and its threads on one core that no other such process holds.

    Even with a single thread, OpenMM's CPU platform hands work to a helper thread some fifty
    times a step.  That is cheap with both threads on one core (1.5 times the measured throughput of
    two unpinned single-thread processes on two cores), and cheaper still under the batch policy of
    Linux, where the thread that is woken waits until the other one sleeps (another 1.17 times).
    Cores are claimed by file locks, which the system releases however the process ends.

    Returns:
        The core.  None if all are taken or the system cannot pin, and in a Slurm job that is bound to no
        cores, where jobs with other temporary folders would claim the same core unseen.
    """
    if not hasattr(os, "sched_setaffinity"):
        return None
    cores = sorted(os.sched_getaffinity(0))
    if "SLURM_JOB_ID" in os.environ and len(cores) == os.cpu_count():
        return None
    import fcntl

    locks = Path(folder or Path(tempfile.gettempdir()) / f"thermalcg-cores-{os.getuid()}")
    locks.mkdir(exist_ok=True)
    for core in cores:
        handle = (locks / str(core)).open("w")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            handle.close()
            continue
        _held_locks.append(handle)  # kept open for the life of the process
        os.sched_setaffinity(0, {core})
        with suppress(OSError, AttributeError):  # a matter of speed, and of Linux
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
        return core
    return None
