"""A run that was killed and resumed gives the numbers of one that was not."""

import errno

import numpy as np
import pytest

from thermalcg.storage import checkpoints as checkpoints_module
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.storage.seeds import derive_seed

KEY = {"seed": 1, "temperature_K": 300.0}
SEGMENTS = 6


def work(folder, until=SEGMENTS, key=KEY):
    """A random walk in segments: a stand-in for dynamics; returns its checkpoints."""
    checkpoints = Checkpoints(folder, key)
    state = checkpoints.state() if checkpoints.done else {"x": np.zeros(5)}
    while checkpoints.done < until:
        rng = np.random.default_rng(derive_seed(key["seed"], checkpoints.done))
        steps = state["x"] + rng.normal(size=(4, 5)).cumsum(axis=0)
        state = {"x": steps[-1]}
        checkpoints.save(state, {"x": steps, "segment": np.array([checkpoints.done])})
    return checkpoints


@pytest.fixture
def whole(tmp_path):
    return work(tmp_path / "whole").parts()


def test_the_parts_of_all_segments_are_joined_in_order(whole):
    assert whole["x"].shape == (4 * SEGMENTS, 5)
    np.testing.assert_array_equal(whole["segment"], np.arange(SEGMENTS))


@pytest.mark.parametrize("killed_after", [1, 3, SEGMENTS])
def test_a_resumed_run_gives_the_same_parts(tmp_path, whole, killed_after):
    work(tmp_path / "run", until=killed_after)
    resumed = work(tmp_path / "run")
    np.testing.assert_array_equal(resumed.parts()["x"], whole["x"])
    np.testing.assert_array_equal(resumed.parts()["segment"], np.arange(SEGMENTS))
    np.testing.assert_array_equal(resumed.state()["x"], whole["x"][-1])


def test_resuming_does_no_segment_twice(tmp_path):
    work(tmp_path, until=4)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert work(tmp_path, until=4).done == 4
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


def test_a_segment_that_was_being_written_is_done_again(tmp_path, whole):
    folder = tmp_path / "run"
    work(folder, until=3)
    (folder / ".segment_00003.npz.1234.part.npz").write_bytes(b"PK half a file")
    np.testing.assert_array_equal(work(folder).parts()["x"], whole["x"])


def truncate(path, kept):
    path.write_bytes(path.read_bytes()[: int(kept * path.stat().st_size)])


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda path: truncate(path, 0), id="empty"),
        pytest.param(lambda path: truncate(path, 0.5), id="half"),
        pytest.param(lambda path: truncate(path, 0.95), id="without its end"),
        pytest.param(lambda path: path.write_text("not a checkpoint"), id="text"),
        pytest.param(lambda path: np.savez(path, state_x=np.ones(5)), id="of another program"),
        pytest.param(lambda path: np.savez(path, key="other", state_x=np.ones(5)), id="of another run"),
        pytest.param(lambda path: path.unlink(), id="absent"),
    ],
)
@pytest.mark.parametrize("segment", [0, 2, 4, 5])
def test_work_behind_a_damaged_segment_is_done_again(tmp_path, whole, damage, segment):
    """Old segments hold no state any more: where a new one is damaged, they are done again as well."""
    folder = tmp_path / "run"
    work(folder)
    damage(sorted(folder.iterdir())[segment])
    assert Checkpoints(folder, KEY).done <= segment
    np.testing.assert_array_equal(work(folder).parts()["x"], whole["x"])


def test_files_of_another_key_are_ignored(tmp_path):
    work(tmp_path, until=3)
    other = {**KEY, "temperature_K": 310.0}
    assert Checkpoints(tmp_path, other).done == 0
    assert Checkpoints(tmp_path, other).state() == {}
    assert Checkpoints(tmp_path, other).parts() == {}
    # segments of the old key that follow those of the new one do not count either
    assert len(work(tmp_path, until=2, key=other).parts()["segment"]) == 2
    assert Checkpoints(tmp_path, other).done == 2


def test_the_order_of_the_key_does_not_matter(tmp_path):
    work(tmp_path, until=2)
    assert Checkpoints(tmp_path, dict(reversed(KEY.items()))).done == 2


def test_old_states_are_dropped(tmp_path):
    checkpoints = Checkpoints(tmp_path, KEY)
    sizes = []
    for _ in range(8):
        checkpoints.save({"weights": np.random.default_rng(0).normal(size=20_000)}, {"loss": np.zeros(1)})
        sizes.append(sum(path.stat().st_size for path in tmp_path.iterdir()))
    assert sizes[0] > 8 * 20_000
    assert sizes[-1] < 3 * sizes[0]
    assert len(Checkpoints(tmp_path, KEY).parts()["loss"]) == 8


def test_the_state_may_hold_text_and_scalars(tmp_path):
    Checkpoints(tmp_path, KEY).save({"failure": np.array(["", "exploded"]), "member": 3})
    state = Checkpoints(tmp_path, KEY).state()
    assert state["failure"].tolist() == ["", "exploded"]
    assert int(state["member"]) == 3


def test_segments_of_a_segment_go_when_it_is_saved(tmp_path):
    """A long segment is cut into segments itself; those of another one do not count."""
    outer = work(tmp_path, until=2)
    work_inner(outer, until=3)
    assert Checkpoints(tmp_path, KEY).inner().done == 3
    # an earlier segment has to be done again
    sorted(tmp_path.glob("*.npz"))[1].unlink()
    assert Checkpoints(tmp_path, KEY).inner().done == 0
    outer = work(tmp_path, until=2)
    assert [path.suffix for path in tmp_path.iterdir()] == [".npz"] * 2
    work_inner(outer, until=1)
    outer.save({"x": np.zeros(5)})
    assert outer.inner().done == 0
    assert len(list(tmp_path.rglob("*"))) == 3


def work_inner(outer, until):
    inner = outer.inner()
    for _ in range(until):
        inner.save({}, {"x": np.zeros(1)})


def test_clear_removes_the_folder(tmp_path):
    checkpoints = work(tmp_path / "run")
    checkpoints.clear()
    assert not (tmp_path / "run").exists()
    assert Checkpoints(tmp_path / "run", KEY).done == 0
    checkpoints.clear()  # twice does no harm


def test_a_segment_that_goes_while_the_job_runs_is_missed(tmp_path):
    checkpoints = work(tmp_path)
    sorted(tmp_path.glob("*.npz"))[1].unlink()
    with pytest.raises(OSError, match=r"segment_00001.npz: gone or damaged while the job ran"):
        checkpoints.parts()


def test_a_failing_disk_does_not_make_good_segments_count_as_absent(tmp_path, monkeypatch):
    done = work(tmp_path).done

    def broken(*_args, **_kwargs):
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(np, "load", broken)
        with pytest.raises(OSError, match="Input/output error"):
            Checkpoints(tmp_path, KEY)
    assert Checkpoints(tmp_path, KEY).done == done


def test_segments_of_other_code_are_ignored(tmp_path, monkeypatch):
    done = work(tmp_path).done
    monkeypatch.setattr(checkpoints_module, "_surroundings", "")
    checkpoints_module.work_with("version 2")
    assert Checkpoints(tmp_path, KEY).done == 0
    checkpoints_module.work_with("")
    assert Checkpoints(tmp_path, KEY).done == done
