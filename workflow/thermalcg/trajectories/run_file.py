"""Run files: where the trajectory of one temperature lies, in which units, and with which energies.

A run of GROMACS::

    temperature_K: 395
    trajectory: run.trr
    mapping: mapping.yaml
    energies: {file: energy.xvg, column: Potential}

and one of LAMMPS::

    temperature_K: 395
    trajectory: run.lammpstrj
    units: {length: angstrom, energy: kcal/mol, time: fs}
    timestep_fs: 2
    mapping: mapping.yaml
    energies: {file: log.lammps, column: PotEng}

Paths are relative to the run file.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from thermalcg.storage.conversion import conversion_factor
from thermalcg.storage.files import DatasetError

from .key_files import Keys, read_keys

Format = Literal["auto", "trr", "lammps", "amber", "h5md", "gsd", "sites"]

#: Endings of file names by which ``auto`` tells the format; without a mapping, ``.nc`` is a file of sites.
ENDINGS: dict[str, Format] = {
    ".trr": "trr",
    ".lammpstrj": "lammps",
    ".lammpsdump": "lammps",
    ".dump": "lammps",
    ".ncdf": "amber",
    ".mdcrd": "amber",
    ".h5md": "h5md",
    ".gsd": "gsd",
    ".nc": "amber",
    ".npz": "sites",
}


class Units(Keys):
    """Units of a trajectory; forces are in energy/length, velocities in length/time."""

    length: Literal["nm", "angstrom"] = Field(description="of positions and box")
    energy: Literal["kJ/mol", "kcal/mol", "eV"] = Field(
        description="of forces times lengths, and of energies"
    )
    time: Literal["ps", "fs", "ns"] = Field("ps", description="of times, and of velocities")

    @cached_property
    def factors(self) -> dict[str, float]:
        """What to multiply with for nm, kJ/mol, ps, kJ/mol/nm and nm/ps."""
        length = conversion_factor(self.length, "nm")
        energy, time = conversion_factor(self.energy, "kJ/mol"), conversion_factor(self.time, "ps")
        quotients = {"force": energy / length, "velocity": length / time}
        return {"length": length, "energy": energy, "time": time} | quotients


class Energies(Keys):
    """Potential energies in a file of columns: XVG, a log of LAMMPS, CSV."""

    file: str = Field(description="path of the file")
    column: str = Field(description="name of the column of the potential energy")
    time_column: str | None = Field(
        None, description="name of the column of times; default: the first, or Time"
    )
    unit: Literal["kJ/mol", "kcal/mol", "eV"] | None = Field(
        None, description="of the energies; default: kJ/mol for XVG, that of units for others"
    )
    time_unit: Literal["ps", "fs", "ns"] | None = Field(
        None, description="of the times; default: ps for XVG, that of units for others"
    )


Mass = Annotated[float, Field(gt=0, le=1e6)]


class Run(Keys):
    """The trajectory of one temperature."""

    temperature_K: float = Field(description="temperature of the run, K", gt=0, le=10_000)
    trajectory: str | list[str] = Field(description="path of the trajectory, or its parts in their order")
    format: Format = Field("auto", description="auto tells it from the ending of the file's name")
    mapping: str | None = Field(None, description="path of the mapping file; none for files of sites")
    units: Units | None = Field(
        None, description="needed where the file does not fix them (LAMMPS, GSD, NPZ)"
    )
    timestep_fs: float | None = Field(
        None, description="time step, where the file numbers steps (LAMMPS, GSD)", gt=0, le=1000
    )
    frame_interval_ps: float | None = Field(
        None, description="time between frames, where a file of sites has no times", gt=0, le=1e6
    )
    energies: Energies | None = Field(
        None, description="where potential energies are, if not in the trajectory"
    )
    bead_energy_column: str | None = Field(
        None, description="column of a LAMMPS dump with the energy of each atom, such as c_pe"
    )
    bead_mass_amu: Mass | dict[str, Mass] | None = Field(
        None, description="mass of a bead, or of a bead of each species; for files of sites"
    )
    first_ps: float | None = Field(None, description="frames before this time are left out")
    last_ps: float | None = Field(None, description="frames after this time are left out")
    repeated_frames: Literal["refuse", "drop"] = Field(
        "refuse", description="drop: frames whose times have been, as after a restart, are left out"
    )


class RunFile:
    """A run file with paths that can be opened.

    Attributes:
        path: of the run file.
        run: its keys.

    Raises:
        DatasetError: see ``read_keys``; a format that the ending of the file's name does not tell; missing
            units or a missing mapping.
    """

    def __init__(self, path: str | Path) -> None:
        self.path, self.run = Path(path), read_keys(path, Run)
        self.format = self._format()
        if self.format in ("lammps", "gsd") and self.run.units is None:
            raise DatasetError(
                f"{path}: units are missing, which files of the format {self.format} do not fix; write, for "
                "instance, units: {length: angstrom, energy: kcal/mol, time: fs}"
            )
        if (self.format == "sites") != (self.run.mapping is None):
            raise DatasetError(
                f"{path}: mapping is {self.run.mapping!r}; allowed: "
                + ("none for sites, which are mapped already" if self.format == "sites" else "a mapping file")
            )

    @property
    def parts(self) -> list[Path]:
        """Files of the trajectory in their order."""
        named = self.run.trajectory
        return [self.resolve(name) for name in ([named] if isinstance(named, str) else named)]

    @property
    def mapping(self) -> Path | None:
        """The mapping file, if there is one."""
        return self.resolve(self.run.mapping) if self.run.mapping else None

    @property
    def energies(self) -> Path | None:
        """The file of energies, if there is one."""
        return self.resolve(self.run.energies.file) if self.run.energies else None

    def resolve(self, name: str) -> Path:
        """A path relative to the run file."""
        return self.path.parent / name

    def inputs(self) -> list[Path]:
        """Every file that the run is made from."""
        return [p for p in (self.path, *self.parts, self.mapping, self.energies) if p is not None]

    def _format(self) -> Format:
        if self.run.format != "auto":
            return self.run.format
        if not self.parts:
            raise DatasetError(f"{self.path}: trajectory is []; allowed: at least one file")
        ending = self.parts[0].suffix.lower()
        if ending not in ENDINGS:
            raise DatasetError(
                f"{self.path}: format is 'auto', and the ending {ending!r} of {self.parts[0].name} is not "
                "known; "
                f"allowed: format: {', '.join(dict.fromkeys(ENDINGS.values()))}, or the endings "
                f"{', '.join(ENDINGS)}"
            )
        return "sites" if ending == ".nc" and self.run.mapping is None else ENDINGS[ending]


def run_files(paths: list[str], temperatures: list[float]) -> dict[str, RunFile]:
    """The run file of each temperature of a study, by the temperature as text.

    Args:
        paths: of the run files; none for a study without trajectories of its own.
        temperatures: K.

    Raises:
        DatasetError: see ``RunFile``; run files of other temperatures than those of the study.
    """
    found: dict[str, RunFile] = {}
    for path in paths:
        source = RunFile(path)
        T = source.run.temperature_K
        text = str(int(T) if int(T) == T else T)
        if text in found or T not in temperatures:
            again = f", as that of {found[text].path}" if text in found else ""
            raise DatasetError(
                f"{path}: temperature_K is {text}{again}; allowed: each temperature of the study once, "
                f"{', '.join(map(str, temperatures))}"
            )
        found[text] = source
    return found
