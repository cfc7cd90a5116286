"""Binary trajectories: GROMACS TRR, Amber NetCDF and H5MD through MDAnalysis, and GSD.

MDAnalysis hands over Angstrom and kJ/(mol Angstrom). Its class for TRR files writes a file of offsets next
to the user's trajectory; what lies below that class reads frame after frame without, in the units of
GROMACS. Its reader of GSD files has no forces, so these are taken from the file itself, as HOOMD-blue logs
them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np

from thermalcg.storage.conversion import conversion_factor
from thermalcg.storage.files import DatasetError

from .frames import AGAIN, Frame, cut_off, edges_of, edges_of_angles, wrong_size
from .run_file import RunFile

_NM = conversion_factor("angstrom", "nm")

#: What HOOMD-blue's logger writes into GSD files: forces of each force law, and the whole potential energy.
GSD_FORCES, GSD_ENERGY = ("particles/", "/forces"), "md/compute/ThermodynamicQuantities/potential_energy"


def trr_frames(path: Path, source: RunFile, atoms: int) -> Iterator[Frame]:
    """Frames of a TRR file of GROMACS; those without positions are left out.

    Raises:
        DatasetError: another number of atoms, a tilted box, or a file that ends within a frame.
    """
    from MDAnalysis.lib.formats.libmdaxdr import TRRFile

    time, index, whole = None, 0, 0
    try:
        with TRRFile(str(path)) as handle:
            if handle.n_atoms != atoms:
                raise wrong_size(path, 0, "positions", handle.n_atoms, atoms)
            for frame in handle:
                index, whole = index + 1, handle._bytes_tell()
                if not frame.hasx:
                    continue
                edges = edges_of(frame.box, path, index - 1)
                time = _shortest(frame.time)
                force, velocity = frame.f if frame.hasf else None, frame.v if frame.hasv else None
                yield Frame(time, edges, frame.x, force, velocity)
            # what is too short for the head of a frame counts as the end of the file
            if whole != path.stat().st_size:
                raise cut_off(path, index, time)
    except OSError as error:
        if time is None and index == 0:
            raise DatasetError(f"{path}: not a readable TRR file: {error}") from None
        raise cut_off(path, index, time) from None


def amber_frames(path: Path, source: RunFile, atoms: int) -> Iterator[Frame]:
    """Frames of a NetCDF trajectory of Amber.

    Raises:
        DatasetError: an unreadable file, another number of atoms, or a tilted box.
    """
    from MDAnalysis.coordinates.TRJ import NCDFReader

    for frame in _through_reader(NCDFReader, path, atoms, "Amber NetCDF"):
        frame.time = _shortest(frame.time)
        yield frame


def h5md_frames(path: Path, source: RunFile, atoms: int) -> Iterator[Frame]:
    """Frames of an H5MD file, with units in its attributes.

    The potential energy is taken from ``observables/potential_energy`` where it is there.

    Raises:
        DatasetError: an unreadable file or one without units, another number of atoms, or a tilted box.
    """
    from MDAnalysis.coordinates.H5MD import H5MDReader

    yield from _through_reader(H5MDReader, path, atoms, "H5MD")


def _through_reader(reader_class: type, path: Path, atoms: int, what: str) -> Iterator[Frame]:
    """Frames of a reader of MDAnalysis."""

    class Reader(reader_class):
        def close(self) -> None:
            # a file that could not be opened; the readers' own method is called for it, too
            with suppress(AttributeError):
                super().close()

    reader = Reader.__new__(Reader)
    try:
        reader.__init__(str(path), n_atoms=None)
    except Exception as error:  # each format has its own
        reader.close()  # which may have been opened before
        raise DatasetError(f"{path}: not a readable {what} file (truncated?): {error}; {AGAIN}") from error
    with reader:
        if reader.n_atoms != atoms:
            raise wrong_size(path, 0, "positions", reader.n_atoms, atoms)
        time = None
        for index in range(reader.n_frames):
            try:
                step = reader[index]
            except Exception as error:
                raise cut_off(path, index, time) from error
            if step.dimensions is None:
                raise DatasetError(
                    f"{path}: frame {index} has no box; write it, since the liquid is periodic"
                )
            edges = edges_of_angles(step.dimensions[:3] * _NM, step.dimensions[3:], path, index)
            time = float(step.time)
            yield Frame(
                time,
                edges,
                step.positions * _NM,
                step.forces / _NM if step.has_forces else None,
                step.velocities * _NM if step.has_velocities else None,
                energy=_observable(step.data),
            )


def _observable(data: dict) -> float | None:
    value = data.get("potential_energy")
    return None if value is None else float(np.squeeze(value))


def gsd_frames(path: Path, source: RunFile, atoms: int) -> Iterator[Frame]:
    """Frames of a GSD file; forces are the sum of all force laws that HOOMD-blue has logged into it.

    Raises:
        DatasetError: an unreadable file, no time step, another number of atoms, or a tilted box.
    """
    import gsd.hoomd

    factors, run = source.run.units.factors, source.run
    if run.timestep_fs is None:
        raise DatasetError(f"{path}: frames are numbered by steps; give timestep_fs in {source.path}")
    try:
        handle = gsd.hoomd.open(str(path), "r")
    except Exception as error:
        raise DatasetError(f"{path}: not a readable GSD file (truncated?): {error}; {AGAIN}") from error
    with handle:
        time = None
        for index in range(len(handle)):
            try:
                frame = handle[index]
            except Exception as error:
                raise cut_off(path, index, time) from error
            if atoms != frame.particles.N:
                raise wrong_size(path, index, "positions", frame.particles.N, atoms)
            lengths, tilts = frame.configuration.box[:3], frame.configuration.box[3:]
            vectors = np.diag(lengths).astype(float)
            vectors[1, 0], vectors[2, 0], vectors[2, 1] = tilts * lengths[[1, 2, 2]]
            edges = edges_of(vectors * factors["length"], path, index)
            time = frame.configuration.step * run.timestep_fs * 1e-3
            position, images = frame.particles.position * factors["length"], frame.particles.image
            force = [
                v for k, v in frame.log.items() if k.startswith(GSD_FORCES[0]) and k.endswith(GSD_FORCES[1])
            ]
            energy = frame.log.get(GSD_ENERGY)
            yield Frame(
                time,
                edges,
                position + images * edges,
                np.sum(force, axis=0) * factors["force"] if force else None,
                frame.particles.velocity * factors["velocity"] if np.any(frame.particles.velocity) else None,
                energy=None if energy is None else float(np.squeeze(energy)) * factors["energy"],
                unwrapped=True,
            )


def _shortest(time: float) -> float:
    """The shortest number that is the same in single precision as a time: 0.06 for 0.0599999987."""
    return float(str(np.float32(time)))
