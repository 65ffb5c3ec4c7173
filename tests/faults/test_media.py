"""A small part of `python -m tests.faults.media`, with other files than its own."""

from __future__ import annotations

from collections import Counter

from tests.faults.media import KINDS, Watched, outcomes, watch


def test_no_mutated_file_ends_a_preparation(tmp_path):
    numbers = list(range(10 * len(KINDS)))
    found = list(outcomes(numbers, 7, tmp_path))
    assert len(found) == len(numbers)
    by_kind = {
        kind: Counter(said for n, said in zip(numbers, found, strict=True) if KINDS[n % 8] == kind) for kind in KINDS
    }
    for kind, said in by_kind.items():
        assert set(said) <= {"frames", "part", "finding"}
        assert said["frames"]
        assert kind == "exif" or said["finding"]


def test_what_ends_a_process_is_named(monkeypatch, capsys):
    """The watcher sees a crash and goes on behind it: here, a process that cannot start at all."""
    monkeypatch.setattr("tests.faults.media.sys.executable", "/bin/false")
    watched = watch(10, 0, 60.0, 1)
    assert watched.bad == ["file 0 (picture): process ended with 1", "file 8 (picture): process ended with 1"]
    assert "file 8" in capsys.readouterr().out
    assert not Watched().bad
