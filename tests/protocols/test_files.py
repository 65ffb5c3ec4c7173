"""Files that are whole or not there, and reach the disk."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from protocols.files import (
    digests_below,
    remove_tree,
    sha256_of,
    sync_tree,
    system_errors,
    take_place,
    whole,
    whole_folder,
    write_whole,
)

ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.fixture
def synced(monkeypatch):
    """Paths in the order in which they were brought to the disk."""
    seen = []
    really = os.fsync

    def sync(handle):
        seen.append(Path(f"/proc/self/fd/{handle}").readlink())
        really(handle)

    monkeypatch.setattr(os, "fsync", sync)
    return seen


def test_the_content_is_on_the_disk_before_the_name_and_the_name_is_too(tmp_path, synced):
    file = tmp_path / "a.txt"
    write_whole(file, "äbc\r\n")
    assert file.read_bytes() == "äbc\r\n".encode()
    assert [path.parent for path in synced] == [tmp_path, tmp_path.parent]
    assert synced[0].name.endswith(".a.txt")
    assert synced[1] == tmp_path


def test_a_cache_does_not_wait_for_the_disk(tmp_path, synced):
    write_whole(tmp_path / "a", b"abc", durable=False)
    assert synced == []


def test_a_failure_leaves_the_old_file_and_no_trace(tmp_path):
    file = tmp_path / "a"
    write_whole(file, "old")
    with pytest.raises(KeyboardInterrupt), whole(file) as part:
        part.write_text("half")
        raise KeyboardInterrupt
    assert file.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_the_reason_of_a_failure_is_not_hidden_by_cleaning_up(tmp_path, monkeypatch):
    def refuse(self, missing_ok=False):
        raise PermissionError(1, "not allowed")

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(FileNotFoundError):
        write_whole(tmp_path / "nowhere" / "a", "x")


def test_a_whole_tree_reaches_the_disk_files_before_their_folders(tmp_path, synced):
    (tmp_path / "t" / "sub").mkdir(parents=True)
    (tmp_path / "t" / "sub" / "x").write_text("x")
    (tmp_path / "t" / "y").write_text("y")
    (tmp_path / "t" / "gone").symlink_to(tmp_path / "nowhere")
    sync_tree(tmp_path / "t")
    names = [path.relative_to(tmp_path).as_posix() for path in synced]
    assert sorted(names) == ["t", "t/sub", "t/sub/x", "t/y"]
    assert names.index("t/sub/x") < names.index("t/sub") < names.index("t")
    assert names[-1] == "t"


def test_digests(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a").write_bytes(b"abc")
    (tmp_path / "b").write_bytes(b"abc")
    assert sha256_of(tmp_path / "b") == ABC
    assert digests_below(tmp_path) == {"b": ABC, "sub/a": ABC}


def test_the_system_s_errors_are_its_own_whatever_language_tells_of_them():
    with pytest.raises(OSError, match="No space left") as caught, system_errors():
        raise RuntimeError("Error while serializing: I/O error: No space left on device (os error 28)")
    assert caught.value.errno == errno.ENOSPC
    with pytest.raises(RuntimeError, match="another"), system_errors():
        raise RuntimeError("another error")


def test_a_folder_is_on_the_disk_before_its_name_and_takes_the_place_of_an_older_one(tmp_path, synced):
    folder = tmp_path / "run"
    (folder / "old").mkdir(parents=True)
    with whole_folder(folder) as part:
        (part / "new").write_text("new")
        assert part.parent == tmp_path
        assert [path.name for path in folder.iterdir()] == ["old"]
    assert [path.name for path in folder.iterdir()] == ["new"]
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert [path.name for path in synced] == ["new", part.name, tmp_path.name]


def test_a_folder_that_fails_leaves_the_old_one_and_no_trace(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "old").write_text("old")
    with pytest.raises(KeyboardInterrupt), whole_folder(tmp_path / "run") as part:
        (part / "half").write_text("half")
        raise KeyboardInterrupt
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")) == ["run", "run/old"]


def test_what_lies_aside_of_an_earlier_kill_is_removed_first(tmp_path):
    for name in ("part", "run", ".run.old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).write_text(name)
    take_place(tmp_path / "part", tmp_path / "run")
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")) == ["run", "run/part"]


def test_what_cannot_be_removed_is_said(tmp_path, monkeypatch):
    remove_tree(tmp_path / "nowhere")
    (tmp_path / "full").mkdir()

    def refuse(path, *more, **words):
        raise PermissionError(errno.EPERM, "not allowed", str(path))

    monkeypatch.setattr(os, "rmdir", refuse)
    with pytest.raises(PermissionError):
        remove_tree(tmp_path / "full")
