"""Files are whole or absent; digests of what they hold."""

import hashlib

import numpy as np
import pytest

from thermalcg.storage.files import atomic_path, digest, scratch_array


def test_a_writer_that_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "folder" / "table.csv"

    def write(text, error=None):
        with atomic_path(path) as temporary:
            assert temporary.parent == path.parent  # a rename is atomic on one file system only
            assert temporary.suffix == path.suffix
            temporary.write_text(text)
            if error:
                raise error

    write("old")
    with pytest.raises(OSError, match="disk full"):
        write("half of the n", OSError("disk full"))
    assert [p.name for p in path.parent.iterdir()] == ["table.csv"]
    assert path.read_text() == "old"


def test_the_name_is_taken_only_when_the_file_is_whole(tmp_path):
    path = tmp_path / "a.csv"
    with atomic_path(path) as temporary:
        temporary.write_text("x")
        assert not path.exists()
    assert path.read_text() == "x"


def test_a_digest_is_that_of_all_contents_in_order(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_bytes(b"kernel")
    second.write_bytes(b"of memory")
    assert digest(first, second) == hashlib.sha256(b"kernelof memory").hexdigest()
    assert digest(second, first) != digest(first, second)
    second.write_bytes(b"of Memory")
    assert digest(first, second) != hashlib.sha256(b"kernelof memory").hexdigest()


def test_an_array_on_disk_begins_as_zeros_and_leaves_no_file(tmp_path):
    array = scratch_array(tmp_path, (3, 4), np.float32)
    assert array.dtype == np.float32
    assert (array == 0).all()
    array[1] = 2.5
    assert list(tmp_path.iterdir()) == []
    assert float(array.sum()) == 10.0
    assert scratch_array(tmp_path, (3, 0), np.float32).shape == (3, 0)


def test_an_array_without_room_names_its_folder(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.posix_fallocate", full, raising=False)
    with pytest.raises(OSError, match=f"No space left on device: '{tmp_path}'"):
        scratch_array(tmp_path, (3, 4), np.float32)
