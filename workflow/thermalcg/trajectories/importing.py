"""A user's trajectory as the dataset ``mapped/{T}.nc``, which everything downstream reads."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import h5netcdf
import numpy as np

from thermalcg.storage.files import DatasetError, atomic_path
from thermalcg.storage.provenance import Provenance

from .energies import read_energies
from .frames import Frame
from .mapping_file import Mapping
from .readers import Place, run_frames, run_mapping
from .run_file import RunFile
from .sites import Mapper, Sites, Unwrapper

#: Size of what is held in memory before it is written, bytes.
CHUNK_BYTES = 16_000_000

#: Fewest frames of a run: with one there is no variance, so no response and no error.
FEWEST_FRAMES = 2

UNITS = {
    "position": "nm",
    "velocity": "nm/ps",
    "force": "kJ/mol/nm",
    "bead_energy": "kJ/mol",
    "potential_energy": "kJ/mol",
    "time": "ps",
    "split": "1",
    "species": "1",
    "bead_mass": "amu",
}


def import_run(
    source: RunFile,
    path: str | Path,
    provenance: Provenance,
    training_length: Callable[[np.ndarray], int] | None = None,
    chunk_bytes: int = CHUNK_BYTES,
) -> None:
    """Map the trajectory of a run file and write it as the dataset ``mapped/{T}.nc``.

    Frames are read, mapped and written in chunks; the memory needed is that of a frame and of less than two
    chunks, however long the run.

    Args:
        path: of the dataset.
        training_length: from the times of the frames (ps) the number of those at the start that models may be
            trained on; None for all.
        chunk_bytes: size of a chunk of mapped frames.

    Raises:
        DatasetError: what is wrong with the files, by name, and what to do about it.
        OSError: no space left for the dataset.
    """
    mapping = run_mapping(source)
    table = read_energies(source) if source.energies else None
    mapper, unwrap = Mapper(mapping, source.format), Unwrapper()
    with atomic_path(path) as temporary, _Writer(temporary, mapping, chunk_bytes) as writer:
        for place in run_frames(source, mapping.atoms):
            frame = place.frame
            energy = frame.energy if table is None else np.nan
            if energy is None or (table is None and not np.isfinite(energy)):
                raise _no_energy(source, place)
            sites = mapper(frame, place.path, place.index)
            position = unwrap(sites.position, frame.edges, frame.unwrapped)
            writer.add(frame, sites, position, energy, place)
        times = writer.finish_frames()
        if len(times) < FEWEST_FRAMES:
            raise DatasetError(
                f"{source.parts[0]}: {len(times)} frame(s) between first_ps and last_ps; allowed: at least "
                f"{FEWEST_FRAMES}; give a trajectory"
            )
        if table is not None:
            writer.set_energies(table.at(times, source.parts[0]))
        n_training = len(times) if training_length is None else training_length(times)
        writer.finish(n_training, source.run.temperature_K, provenance)


def _no_energy(source: RunFile, place: Place) -> DatasetError:
    return DatasetError(
        f"{place.path}: frame {place.index} has no potential energy, or one that is not finite; name a "
        "file of "
        f"columns in {source.path}: energies: {{file: energy.xvg, column: Potential}}"
    )


class _Writer:
    """A dataset that grows along time; a context manager.

    Attributes:
        file: the open NetCDF file.
    """

    def __init__(self, path: Path, mapping: Mapping, chunk_bytes: int) -> None:
        self.path, self.mapping, self.chunk_bytes = path, mapping, chunk_bytes
        self.file = h5netcdf.File(path, "w")
        self.file.dimensions = {"time": None, "bead": mapping.beads, "axis": 3}
        self._buffer: dict[str, np.ndarray] = {}
        self._held, self._written, self._box = 0, 0, np.ones(3)

    def __enter__(self) -> _Writer:
        return self

    def __exit__(self, *error: object) -> None:
        self.file.close()

    def add(self, frame: Frame, sites: Sites, position: np.ndarray, energy: float, place: Place) -> None:
        """Take a frame over, and write the chunk if it is full.

        Raises:
            DatasetError: a frame that has other data than those before.
        """
        values = {"position": position, "force": sites.force, "potential_energy": energy, "time": frame.time}
        optional = {"velocity": sites.velocity, "bead_energy": sites.bead_energy}
        values |= {name: array for name, array in optional.items() if array is not None}
        if not self._buffer:
            self._start(values, frame)
        if values.keys() != self._buffer.keys():
            other = sorted(values.keys() ^ self._buffer.keys())
            raise DatasetError(
                f"{place.path}: {', '.join(other)} are in frame {place.index} or in those before, not in "
                "both; "
                "write them in every frame or in none"
            )
        for name, array in values.items():
            self._buffer[name][self._held] = array
        self._held += 1
        if self._held == len(self._buffer["time"]):
            self._flush()

    def finish_frames(self) -> np.ndarray:
        """Write the last chunk; the times of all frames, ps, shape (time,)."""
        if self._held:
            self._flush()
        return self.file.variables["time"][:] if self._written else np.empty(0)

    def set_energies(self, energy: np.ndarray) -> None:
        """Put potential energies (kJ/mol, shape (time,)) in place of what the trajectory had."""
        self.file.variables["potential_energy"][:] = energy

    def finish(self, n_training: int, temperature: float, provenance: Provenance) -> None:
        """Write what belongs to the run as a whole."""
        test = np.arange(self._written) >= n_training
        self._whole("split", ("time",), test.astype(np.int8))
        attributes = {
            "temperature_K": temperature,
            "box_nm": float(self._box[0]) if len(set(self._box)) == 1 else self._box,
            "mapping": "file",
        } | provenance.attributes()
        species, mass = self.mapping.per_bead()
        if len(self.mapping.species) == 1:
            attributes["bead_mass_amu"] = float(mass[0])
        else:
            self._whole("species", ("bead",), species)
            self._whole("bead_mass", ("bead",), mass)
            attributes["species_names"] = json.dumps(self.mapping.species)
        self.file.attrs.update(attributes)

    def _start(self, values: dict[str, object], frame: Frame) -> None:
        """Make buffers and variables for what the first frame has."""
        self._box = _edges(frame.edges)
        kinds = {"potential_energy": np.float64, "time": np.float64}
        size = sum(4 * np.size(array) for array in values.values())
        rows = max(1, self.chunk_bytes // size)
        for name, array in values.items():
            shape, kind = np.shape(array), kinds.get(name, np.float32)
            self._buffer[name] = np.empty((rows, *shape), kind)
            dims = ("time", "bead", "axis")[: 1 + len(shape)]
            self._create(name, dims, kind, (rows, *shape))

    def _create(self, name: str, dims: tuple[str, ...], kind: type, chunks: tuple[int, ...]) -> None:
        made = self.file.create_variable(
            name,
            dims,
            kind,
            chunks=chunks,
            compression="gzip",
            compression_opts=1,
            shuffle=True,
            fletcher32=True,
        )
        made.attrs["units"] = UNITS[name]

    def _whole(self, name: str, dims: tuple[str, ...], values: np.ndarray) -> None:
        self._create(name, dims, values.dtype, values.shape)
        self.file.variables[name][:] = values

    def _flush(self) -> None:
        chunk = sum(array.nbytes for array in self._buffer.values())
        # HDF5 brings the process down where the disk is full
        if shutil.disk_usage(self.path.parent).free < 2 * chunk:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path.parent))
        end = self._written + self._held
        self.file.resize_dimension("time", end)
        for name, array in self._buffer.items():
            self.file.variables[name][self._written : end] = array[: self._held]
        self._written, self._held = end, 0


def _edges(edges: np.ndarray) -> np.ndarray:
    """Edges of which those that agree to the rounding of files are the same number, nm, shape (3,)."""
    mean = edges.mean()
    return np.full(3, mean) if np.abs(edges / mean - 1).max() < 1e-6 else edges
