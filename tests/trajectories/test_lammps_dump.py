"""Dumps of LAMMPS: every way to write positions, and what is missing from one."""

import numpy as np
import pytest

from support.trajectory_files import liquid, write_dump, write_run
from thermalcg.geometry.periodic import minimum_image
from thermalcg.storage.files import DatasetError
from thermalcg.trajectories.lammps_dump import lammps_frames
from thermalcg.trajectories.run_file import RunFile


def frames(folder, columns, change=lambda text: text, **keys):
    path = folder / "run.lammpstrj"
    source = RunFile(write_run(folder, "lammps", **keys))
    write_dump(path, liquid(), columns)
    path.write_text(change(path.read_text()))
    return list(lammps_frames(path, source, 81))


@pytest.mark.parametrize(
    ("columns", "unwrapped"),
    [
        ("id x y z fx fy fz", False),
        ("id type xs ys zs fx fy fz", False),
        ("fx fy fz ix iy iz x y z id", True),
        ("id xu yu zu fx fy fz", True),
    ],
)
def test_positions_are_the_same_in_every_convention(tmp_path, columns, unwrapped):
    run = liquid()
    for frame, position, force, images in zip(
        frames(tmp_path, columns), run.position, run.force, run.images, strict=True
    ):
        assert frame.unwrapped == unwrapped
        whole = position + images * run.edges * unwrapped
        np.testing.assert_allclose(frame.position, whole, atol=2e-7)
        np.testing.assert_allclose(frame.force, force, rtol=1e-6)
        np.testing.assert_allclose(frame.edges, run.edges)


def test_times_are_steps_times_their_length_or_those_of_the_dump(tmp_path):
    columns = "id x y z fx fy fz"
    np.testing.assert_allclose([f.time for f in frames(tmp_path, columns)], liquid().time, rtol=1e-6)
    own = frames(
        tmp_path, columns, lambda text: text.replace("ITEM: TIMESTEP", "ITEM: TIME\n40\nITEM: TIMESTEP")
    )
    np.testing.assert_allclose([f.time for f in own], 0.04)


def test_steps_without_their_length(tmp_path):
    with pytest.raises(DatasetError, match=r"frames are numbered by steps; give timestep_fs in .*run\.yaml"):
        frames(tmp_path, "id x y z", timestep_fs=None)


def test_a_text_column_is_no_hindrance(tmp_path):
    def named(text):
        return text.replace("id type", "id element").replace(" 1 ", " Og ")

    assert frames(tmp_path, "id type x y z fx fy fz", named)[0].force is not None


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ("x y z fx fy fz", "frame 0 has no column id"),
        ("id x y fx fy fz", "frame 0 has no positions; dump x y z ix iy iz, or xu yu zu"),
    ],
)
def test_missing_columns(tmp_path, columns, message):
    with pytest.raises(DatasetError, match=message):
        frames(tmp_path, columns)


def test_no_forces_are_none(tmp_path):
    assert all(frame.force is None for frame in frames(tmp_path, "id x y z fx fy"))


def test_an_id_that_is_given_twice(tmp_path):
    def again(text):
        lines = text.splitlines(keepends=True)
        lines[9] = lines[10]
        return "".join(lines)

    with pytest.raises(DatasetError, match="frame 0 gives the id [0-9]+ twice"):
        frames(tmp_path, "id x y z", again)


def test_a_column_of_energies_that_is_not_there(tmp_path):
    with pytest.raises(
        DatasetError, match="bead_energy_column is 'c_pe'; allowed: a column of the dump, id, x, y, z"
    ):
        frames(tmp_path, "id x y z", bead_energy_column="c_pe")


def test_a_tilted_box(tmp_path):
    def tilted(text):
        text = text.replace("BOX BOUNDS pp pp pp", "BOX BOUNDS xy xz yz pp pp pp")
        lines = text.splitlines()
        for start in range(0, len(lines), 90):
            for row in (5, 6, 7):
                lines[start + row] += " 1.5"
        return "\n".join(lines) + "\n"

    with pytest.raises(DatasetError, match="the box of frame 0 is tilted .*right angles"):
        frames(tmp_path, "id x y z", tilted)


def test_atoms_outside_the_box_are_where_the_dump_says(tmp_path):
    """Molecules that LAMMPS has not wrapped yet lie a little outside; only the image differs."""
    run, frame = liquid(), frames(tmp_path, "id xu yu zu fx fy fz")[-1]
    np.testing.assert_allclose(minimum_image(frame.position - run.position[-1], run.edges), 0, atol=2e-6)
