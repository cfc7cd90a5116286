"""What is special about each binary format."""

import gc

import h5py
import numpy as np
import pytest

from support.trajectory_files import liquid, write_run
from thermalcg.storage.files import DatasetError
from thermalcg.trajectories.binary_files import gsd_frames, h5md_frames, trr_frames
from thermalcg.trajectories.run_file import RunFile


def test_nothing_is_written_next_to_a_users_trajectory(tmp_path):
    path = write_run(tmp_path, "trr")
    before = sorted(tmp_path.iterdir())
    assert len(list(trr_frames(tmp_path / "run.trr", RunFile(path), 81))) == 24
    assert sorted(tmp_path.iterdir()) == before


def test_times_of_single_precision_are_those_that_were_meant(tmp_path):
    frames = trr_frames(tmp_path / "run.trr", RunFile(write_run(tmp_path, "trr")), 81)
    assert [frame.time for frame in frames] == [float(f"{t:.7g}") for t in liquid().time]


def test_frames_without_positions_are_left_out_and_those_without_forces_say_so(tmp_path):
    from MDAnalysis.lib.formats.libmdaxdr import TRRFile

    path, x, box = write_run(tmp_path, "trr"), np.ones((81, 3), np.float32), np.eye(3, dtype=np.float32)
    with TRRFile(str(tmp_path / "run.trr"), "w") as handle:
        handle.write(None, x, x, box, 0, 0.0, 0.0, 81)
        handle.write(x, None, None, box, 1, 1.0, 0.0, 81)
    (frame,) = trr_frames(tmp_path / "run.trr", RunFile(path), 81)
    assert frame.time == 1.0
    assert frame.force is frame.velocity is None


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning", "error::ResourceWarning")
@pytest.mark.parametrize("damage", ["no file of its kind", "opened, and without particles"])
def test_a_file_that_fails_while_it_is_opened_is_closed(tmp_path, damage):
    """Its reader is thrown away in silence, and leaves no open file behind."""
    path = tmp_path / "run.h5md"
    if damage == "no file of its kind":
        path.write_bytes(b"no HDF5")
    else:
        h5py.File(path, "w").close()
    with pytest.raises(DatasetError, match=r"run\.h5md: not a readable H5MD file"):
        next(h5md_frames(path, RunFile(write_run(tmp_path, "trr")), 81))
    gc.collect()  # what a finalizer raises, pytest turns into a warning
    with h5py.File(path, "w"):  # refused while it is open for reading
        pass


def test_steps_of_a_gsd_file_need_their_length(tmp_path):
    source = RunFile(write_run(tmp_path, "gsd", timestep_fs=None))
    with pytest.raises(
        DatasetError, match=r"run\.gsd: frames are numbered by steps; give timestep_fs in .*run\.yaml"
    ):
        next(gsd_frames(tmp_path / "run.gsd", source, 81))


def test_a_gsd_file_without_logged_forces_has_none(tmp_path):
    import gsd.hoomd

    source = RunFile(write_run(tmp_path, "gsd"))
    with gsd.hoomd.open(str(tmp_path / "run.gsd"), "w") as handle:
        frame = gsd.hoomd.Frame()
        frame.particles.N, frame.configuration.box = 5, [2, 2, 2, 0, 0, 0]
        handle.append(frame)
    (found,) = gsd_frames(tmp_path / "run.gsd", source, 5)
    assert found.force is found.energy is None


def test_a_tilted_gsd_box_is_refused(tmp_path):
    import gsd.hoomd

    source = RunFile(write_run(tmp_path, "gsd"))
    with gsd.hoomd.open(str(tmp_path / "run.gsd"), "w") as handle:
        frame = gsd.hoomd.Frame()
        frame.particles.N, frame.configuration.box = 5, [2, 2, 2, 0.2, 0, 0]
        handle.append(frame)
    with pytest.raises(DatasetError, match="tilted"):
        next(gsd_frames(tmp_path / "run.gsd", source, 5))
