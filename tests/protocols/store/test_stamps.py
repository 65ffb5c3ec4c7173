from __future__ import annotations

import os
from collections.abc import Sequence

import pytest

from protocols.presentation import Media
from protocols.store import stamps
from protocols.store.stamps import Stamp, fresh, marks, read_all, read_line, renewed, take, write_line

MEDIA = Media("images", ("a.jpg", "b.jpg", "c.jpg"))


@pytest.fixture
def root(tmp_path):
    for name in MEDIA.files:
        (tmp_path / name).write_bytes(name.encode() * 10)
    return tmp_path


def taken(root, tried: Sequence[int] = (0, 2)) -> Stamp:
    return take(root, MEDIA, marks(root, MEDIA.files), tried)


def later(file) -> None:
    """The same bytes, but touched."""
    now = file.stat()
    os.utime(file, ns=(now.st_atime_ns, now.st_mtime_ns + 1_000_000))


def test_files_that_nobody_touched_are_fresh(root):
    assert fresh(root, MEDIA, taken(root))


def test_a_file_that_was_not_needed_does_not_matter(root):
    stamp = taken(root)
    (root / "b.jpg").write_bytes(b"another picture")
    assert fresh(root, MEDIA, stamp)


@pytest.mark.parametrize("change", ["longer", "same length", "gone", "folder"])
def test_a_file_that_was_exchanged_is_not_fresh(root, change):
    stamp = taken(root)
    file = root / "c.jpg"
    whole = file.read_bytes()
    match change:
        case "longer":
            file.write_bytes(whole + b"x")
        case "same length":
            file.write_bytes(whole[::-1])
            later(file)
        case "gone":
            file.unlink()
        case "folder":
            file.unlink()
            file.mkdir()
    assert not fresh(root, MEDIA, stamp)
    assert renewed(root, MEDIA, stamp) is None


def test_a_file_that_was_only_touched_or_unpacked_again_is_renewed(root):
    stamp = taken(root)
    later(root / "a.jpg")
    assert not fresh(root, MEDIA, stamp)
    again = renewed(root, MEDIA, stamp)
    assert again == stamp._replace(marks=again.marks)
    assert fresh(root, MEDIA, again)


def test_large_files_are_judged_by_size_and_time_alone(root, monkeypatch):
    monkeypatch.setattr(stamps, "CHEAP", 20)
    stamp = taken(root)
    assert stamp.content == ""
    assert fresh(root, MEDIA, stamp)
    later(root / "a.jpg")
    assert renewed(root, MEDIA, stamp) is None


def test_a_file_that_changed_while_it_was_read_is_never_fresh(root):
    before = marks(root, MEDIA.files)
    (root / "a.jpg").write_bytes(b"written meanwhile")
    stamp = take(root, MEDIA, before, (0, 1))
    assert stamp == Stamp((0, 1), "", "")
    assert not fresh(root, MEDIA, stamp)
    assert renewed(root, MEDIA, stamp) is None


def test_an_absent_file_stays_a_finding_until_it_comes(root):
    (root / "a.jpg").unlink()
    stamp = taken(root)
    assert fresh(root, MEDIA, stamp)
    (root / "a.jpg").write_bytes(b"found again")
    assert not fresh(root, MEDIA, stamp)


def test_a_stamp_of_other_media_is_not_fresh(root):
    assert not fresh(root, Media("images", ("a.jpg",)), taken(root))


def test_lines_read_back(tmp_path):
    stamps_ = {f"name {i}": Stamp((0, i), f"m{i}", "") for i in range(3)}
    lines = b"".join(write_line(name, stamp) for name, stamp in stamps_.items())
    for length in range(len(lines) + 1):
        (tmp_path / stamps.STAMPS).write_bytes(lines[:length])
        assert dict(read_all(tmp_path)) == dict(list(stamps_.items())[: lines[:length].count(b"\n")])


@pytest.mark.parametrize(
    "line", [b"\n", b"[]\n", b"3\n", b'["a",[0],"m"]\n', b'["a",["x"],"m","c"]\n', b'["a",3,"m","c"]\n']
)
def test_damaged_lines_are_no_stamps(line, tmp_path):
    assert read_line(line) is None
    (tmp_path / stamps.STAMPS).write_bytes(line)
    assert read_all(tmp_path) == []
    assert read_all(tmp_path / "absent") == []
