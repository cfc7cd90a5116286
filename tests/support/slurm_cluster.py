"""A Slurm of one node in a folder of its own: munged, slurmctld and slurmd, started by hand.

It needs the binaries of Slurm and munge (Debian: slurm-wlm, munge) and nothing else: no systemd, no database,
no cgroups, no root.  Accounting is off, so that the status of jobs comes from squeue.
"""

from __future__ import annotations

import ctypes
import getpass
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

NEEDED = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "scancel", "scontrol", "sinfo")
#: where daemons live, which the PATH of an ordinary user leaves out
SBIN = ("/usr/sbin", "/usr/local/sbin", "/sbin")

CONFIGURATION = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
MailProg=/bin/true
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/linux
# a finished job stays visible to squeue, which has to see it at least once
MinJobAge=3600
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerParameters=batch_sched_delay=0,sched_interval=5,bf_interval=5
# a job that no partition can ever run is refused instead of waiting for ever
EnforcePartLimits=ALL
# a job over its limit is killed as soon as Slurm looks, which is every 30 s
OverTimeLimit=0
KillWait=2
ReturnToService=2
SlurmdParameters=config_overrides
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory_mb}
PartitionName=work Nodes={host} Default=YES MaxTime=7-0 State=UP
"""

# slurmd looks for cgroups even where no plugin asks for them
CGROUPS = "CgroupPlugin=cgroup/v1\nConstrainCores=no\nConstrainRAMSpace=no\n"

# a job step of Snakemake drops every SLURM_ variable and would look for /etc/slurm/slurm.conf
SRUN = '#!/bin/sh\nSLURM_CONF="{folder}/slurm.conf" exec {srun} "$@"\n'


class Unavailable(Exception):
    """There is no Slurm here, or it does not start."""


def search_path() -> str:
    return os.pathsep.join((os.environ.get("PATH", ""), *SBIN))


def missing() -> list[str]:
    """The binaries that are not installed."""
    return [name for name in NEEDED if shutil.which(name, path=search_path()) is None]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _end_with_parent() -> None:
    """So that tests that are killed leave no daemons: Linux sends SIGTERM to what calls this."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


class Cluster:
    """One node that works as long as the context lasts; jobs that are left are cancelled at its end.

    Args:
        cpus: may be more than there are, since the jobs of the tests mostly sleep.
        memory_mb: likewise; nothing holds a job to its memory without cgroups.
    """

    def __init__(self, cpus: int = 6, memory_mb: int = 16000) -> None:
        self.cpus = cpus
        self.memory_mb = memory_mb
        self.host = socket.gethostname().split(".")[0]
        self._daemons: list[subprocess.Popen] = []

    def __enter__(self) -> Cluster:
        if absent := missing():
            raise Unavailable(f"not installed: {', '.join(absent)}")
        # not pytest's folder: the path of a socket has at most 107 characters
        self.folder = Path(tempfile.mkdtemp(prefix="slurm-"))
        self.folder.chmod(0o755)  # munged insists that everybody can reach its socket
        try:
            self._configure()
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        if len(self._daemons) == 3:
            # jobs are no children of slurmd, and would outlive it
            subprocess.run(["scancel", "--user", getpass.getuser()], env=self.environment, timeout=20)
            self._wait_for(lambda: not self._said("squeue", "--noheader"), 30)
        for daemon in reversed(self._daemons):
            daemon.send_signal(signal.SIGTERM)
            try:
                daemon.wait(10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def settings(self) -> dict[str, str]:
        """What whoever talks to this cluster needs in the environment: also an srun that finds it."""
        return {
            "SLURM_CONF": str(self.folder / "slurm.conf"),
            "PATH": os.pathsep.join((str(self.folder / "bin"), search_path())),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
        }

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | self.settings

    def run(self, *command: str) -> str:
        """What a command of Slurm prints."""
        done = subprocess.run(command, env=self.environment, text=True, capture_output=True, timeout=30)
        assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
        return done.stdout

    def jobs(self, states: str = "pending,running,suspended,completing") -> dict[int, tuple[str, str]]:
        """State and comment, which names the rule, of the jobs that are in one of the states."""
        lines = self.run("squeue", "--noheader", f"--states={states}", "--format=%i|%T|%k").splitlines()
        fields = (line.split("|", 2) for line in lines)
        return {int(number): (state, comment) for number, state, comment in fields}

    def running(self, rule: str) -> list[int]:
        """The jobs of a rule that run, by their number."""
        return sorted(n for n, (_, comment) in self.jobs("running").items() if f"rule_{rule}" in comment)

    def memory_mb_of(self, rule: str) -> dict[int, int]:
        """What the jobs of a rule asked for, ended or not."""
        lines = self.run("squeue", "--noheader", "--states=all", "--format=%i|%m|%k").splitlines()
        fields = (line.split("|", 2) for line in lines)
        return {int(n): int(memory.rstrip("M")) for n, memory, comment in fields if f"rule_{rule}" in comment}

    def elapsed_s(self, job: int) -> int:
        """Wall time of a job that has ended."""
        text = self.run("squeue", "--noheader", "--states=all", f"--jobs={job}", "--format=%M").strip()
        days, _, clock = text.rpartition("-")
        seconds = 0
        for part in clock.split(":"):
            seconds = 60 * seconds + int(part)
        return seconds + 86400 * int(days or 0)

    def _configure(self) -> None:
        for name in ("state", "spool", "bin", "cache"):
            (self.folder / name).mkdir()
        (self.folder / "slurm.conf").write_text(
            CONFIGURATION.format(
                host=self.host,
                folder=self.folder,
                user=getpass.getuser(),
                controller_port=_free_port(),
                node_port=_free_port(),
                cpus=self.cpus,
                memory_mb=self.memory_mb,
            )
        )
        (self.folder / "cgroup.conf").write_text(CGROUPS)
        key = self.folder / "munge.key"
        key.touch(mode=0o600)
        key.write_bytes(os.urandom(1024))
        srun = self.folder / "bin" / "srun"
        srun.write_text(SRUN.format(folder=self.folder, srun=shutil.which("srun", path=search_path())))
        srun.chmod(0o755)

    def _start(self) -> None:
        at = self.folder
        self._daemon(
            "munged",
            "--foreground",
            f"--key-file={at}/munge.key",
            f"--socket={at}/munge.socket",
            f"--pid-file={at}/munged.pid",
            f"--log-file={at}/munged.log",
            f"--seed-file={at}/munge.seed",
        )
        self._until("munged", lambda: (at / "munge.socket").exists())
        self._daemon("slurmctld", "-D", "-c", "-f", f"{at}/slurm.conf")
        self._until("slurmctld", lambda: "UP" in self._said("scontrol", "ping"))
        self._daemon("slurmd", "-D", "-c", "-f", f"{at}/slurm.conf")
        self._until("slurmd", lambda: self._said("sinfo", "--noheader", "--format=%T").strip() == "idle")

    def _daemon(self, *command: str) -> None:
        with (self.folder / f"{command[0]}.out").open("w") as output:
            self._daemons.append(
                subprocess.Popen(
                    command,
                    env=self.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    # a Ctrl-C at the terminal reaches the tests, which then stop the daemons in order
                    start_new_session=True,
                    preexec_fn=_end_with_parent,
                )
            )

    def _said(self, *command: str) -> str:
        done = subprocess.run(command, env=self.environment, text=True, capture_output=True, timeout=30)
        return done.stdout if done.returncode == 0 else ""

    def _until(self, name: str, ready: Callable[[], bool]) -> None:
        daemon = self._daemons[-1]
        if not self._wait_for(lambda: daemon.poll() is not None or ready(), 30) or daemon.poll() is not None:
            said = [path.read_text()[-1500:] for path in sorted(self.folder.glob(f"{name}.[lo]*"))]
            raise Unavailable(f"{name} does not start:\n" + "\n".join(said))

    @staticmethod
    def _wait_for(condition: Callable[[], bool], seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if condition():
                return True
            time.sleep(0.1)
        return False
