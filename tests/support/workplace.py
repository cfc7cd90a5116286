"""A copy of the repository's sources, in which tests run Snakemake."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SMOKE = ("config.yaml", "resources/presets/smoke.yaml")


class Workplace:
    """The repository's sources in a folder of their own, and Snakemake there.

    The library and its rules are the repository's own, by a link, so that what numba has compiled for one
    test is compiled for all.  ``edited`` makes a copy of them.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("Snakefile", "config.yaml"):
            shutil.copy2(ROOT / name, folder / name)
        for name in ("resources", "envs"):
            shutil.copytree(ROOT / name, folder / name)
        (folder / "workflow").symlink_to(ROOT / "workflow")

    @classmethod
    def at(cls, folder: Path) -> Workplace:
        """The one that is there already."""
        found = object.__new__(cls)
        found.folder = folder
        return found

    def copied(self, folder: Path) -> Workplace:
        """The same with its results, elsewhere; file times are kept."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return self.at(folder)

    def edited(self, name: str) -> Path:
        """A file of the library, to be changed: from now on this workplace has a library of its own."""
        library = self.folder / "workflow"
        if library.is_symlink():
            library.unlink()
            shutil.copytree(ROOT / "workflow", library, ignore=shutil.ignore_patterns("__pycache__"))
        return library / "thermalcg" / name

    @property
    def results(self) -> Path:
        return self.folder / "results" / "smoke"

    def changed(self, text: str) -> tuple[str, ...]:
        """Configuration files of the smoke preset with some keys changed."""
        (self.folder / "changed.yaml").write_text(text + "\n")
        return (*SMOKE, "changed.yaml")

    def command(self, *arguments: str, configfiles: tuple[str, ...] = SMOKE, cores: int = 2) -> list[str]:
        return [
            sys.executable,
            "-m",
            "snakemake",
            "--cores",
            str(cores),
            *arguments,
            "--configfile",
            *configfiles,
        ]

    def run(self, *arguments: str, check: bool = True, **options) -> str:
        """Run Snakemake; returns what it printed."""
        done = subprocess.run(
            self.command(*arguments, **options),
            cwd=self.folder,
            env=environment(),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert not check or done.returncode == 0, done.stdout[-6000:]
        return done.stdout

    def planned(self, *arguments: str, **options) -> dict[str, int]:
        """Jobs of a dry run by rule."""
        text = self.run("--dry-run", *arguments, **options)
        if "Nothing to be done" in text:
            return {}
        table = text.split("Job stats:")[1].split("total")[0].splitlines()[3:]
        return {line.split()[0]: int(line.split()[1]) for line in table if line.split()}


def environment() -> dict[str, str]:
    """As a user's shell: nothing of the test runner's."""
    return {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTEST_CURRENT_TEST")}
