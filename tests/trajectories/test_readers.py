"""Runs that are damaged or do not fit together, in every format: a sentence names the file and the cure."""

from dataclasses import replace

import numpy as np
import pytest

from support.trajectory_files import FORMATS, imported, liquid, write_run, write_xvg
from thermalcg.storage.files import DatasetError
from thermalcg.trajectories.readers import run_frames
from thermalcg.trajectories.run_file import RunFile

ATOMISTIC = ("trr", "lammps", "amber", "h5md", "gsd")


def refused(path, folder):
    """The message with which a run file is refused; it names the file at fault."""
    with pytest.raises(DatasetError) as caught:
        imported(path, folder)
    assert str(folder) in str(caught.value)
    return str(caught.value)


def renamed(folder, kind):
    """The trajectory of a run."""
    return next(p for p in folder.iterdir() if p.stem in ("run", "sites") and p.suffix != ".yaml")


@pytest.mark.parametrize("share", [0.5, 0.52, 0.999])
@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_that_is_cut_off_in_the_middle(tmp_path, kind, share):
    path = write_run(tmp_path, kind)
    trajectory = renamed(tmp_path, kind)
    content = trajectory.read_bytes()
    trajectory.unlink()  # HDF5 knows a file that it has had open by its inode
    trajectory.write_bytes(content[: int(len(content) * share) + 7])
    text = refused(path, tmp_path)
    assert "truncated" in text or "ends within" in text
    assert trajectory.name in text
    assert "again" in text  # the cure
    if kind in ("trr", "lammps"):  # what came before can be used as the message says
        last = float(text.rpartition("last_ps: ")[2])
        path = write_run(tmp_path, kind, last_ps=last)
        trajectory.write_bytes(content[: int(len(content) * share) + 7])
        assert imported(path, tmp_path)["time"].values[-1] == pytest.approx(last)


@pytest.mark.parametrize("kind", FORMATS)
def test_what_is_no_file_of_the_format(tmp_path, kind):
    path = write_run(tmp_path, kind)
    renamed(tmp_path, kind).write_bytes(b"This is a letter to my mother.\n" * 20)
    refused(path, tmp_path)


@pytest.mark.parametrize("kind", FORMATS)
def test_no_file(tmp_path, kind):
    path = write_run(tmp_path, kind)
    renamed(tmp_path, kind).unlink()
    refused(path, tmp_path)


@pytest.mark.parametrize("kind", [kind for kind in ATOMISTIC if kind != "h5md"])  # its writer refuses, too
def test_times_that_do_not_increase(tmp_path, kind):
    order = [0, 1, 2, 5, 4, 6, 7, 8]
    text = refused(write_run(tmp_path, kind, liquid().frames(order)), tmp_path)
    assert "frame 4 is at 0.1 ps, after one at 0.12 ps" in text
    assert "repeated_frames: drop" in text


@pytest.mark.parametrize("kind", FORMATS)
def test_a_box_that_varies(tmp_path, kind):
    run = liquid()
    write_run(tmp_path, kind, replace(run.frames(slice(0, 4)), edges=run.edges * 1.01))
    second = renamed(tmp_path, kind)
    second = second.rename(second.with_name(f"second{second.suffix}"))
    path = write_run(tmp_path, kind)
    first = renamed(tmp_path, kind).name
    path.write_text(path.read_text().replace(f"trajectory: {first}", f"trajectory: [{first}, {second.name}]"))
    shifted(second, kind, run)
    text = refused(path, tmp_path)
    assert "the box varies" in text
    assert "without a barostat" in text


def shifted(path, kind, run):
    """Write the second part again so that it is later than the first."""
    later = run.frames(slice(0, 4))
    later = replace(later, time=later.time + 1.0, edges=run.edges * 1.01)
    if kind in ("npz", "netcdf"):
        later.time = later.time - 1.0
        write_later_sites(path, kind, later)
        return
    folder = path.parent / "later"
    folder.mkdir()
    write_run(folder, kind, later)
    renamed(folder, kind).rename(path)


def write_later_sites(path, kind, run):
    from support import trajectory_files as files

    arrays = files.sites(run)
    arrays["time"] = arrays["time"] + 1.0
    if kind == "npz":
        np.savez(path, **arrays)
    else:
        original, files.sites = files.sites, lambda run: arrays
        files.write_netcdf(path, run)
        files.sites = original


@pytest.mark.parametrize("repeated", ["refuse", "drop"])
def test_frames_that_a_restart_has_written_twice(tmp_path, repeated):
    run, later = liquid(), tmp_path / "later"
    later.mkdir()
    write_run(later, "trr", run.frames(slice(10, 24)))
    path = write_run(tmp_path, "trr", run.frames(slice(0, 14)), repeated_frames=repeated)
    path.write_text(path.read_text().replace("run.trr", "[run.trr, later/run.trr]"))
    write_xvg(tmp_path / "energy.xvg", run.time, run.energy)
    if repeated == "refuse":
        assert "later/run.trr: frame 0 is at 0.22 ps, after one at 0.28 ps" in refused(path, tmp_path)
    else:
        data = imported(path, tmp_path)
        np.testing.assert_allclose(data["time"], run.time, rtol=1e-6)
        np.testing.assert_allclose(data["force"], run.mapped["force"], rtol=1e-5, atol=2e-3)


def test_a_frame_twice_in_one_file_is_refused_whatever_is_asked(tmp_path):
    path = write_run(tmp_path, "trr", liquid().frames([0, 1, 1, 2]), repeated_frames="drop")
    assert "frame 2 is at 0.04 ps, as the one before; it may have been written twice" in refused(
        path, tmp_path
    )


def test_frames_before_and_after_the_given_times_are_left_out(tmp_path):
    source = RunFile(write_run(tmp_path, "lammps", first_ps=0.1, last_ps=0.2))
    times = [place.frame.time for place in run_frames(source, 81)]
    np.testing.assert_allclose(times, [0.1, 0.12, 0.14, 0.16, 0.18, 0.2])


@pytest.mark.parametrize("kind", ATOMISTIC)
def test_another_number_of_atoms_than_in_the_mapping(tmp_path, kind):
    path = write_run(tmp_path, kind)
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(mapping.read_text().replace("count: 27", "count: 26"))
    assert "frame 0 has positions of 81 atoms; expected: 78, as many as the mapping has" in refused(
        path, tmp_path
    )
