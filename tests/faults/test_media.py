"""A small part of `python -m tests.faults.media`, with other files than its own."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.faults.media import KINDS, Watched, outcome, watch


@pytest.mark.parametrize("kind", sorted(set(KINDS)))
def test_no_mutated_file_ends_a_preparation(kind, tmp_path):
    numbers = [n for n in range(40 * len(KINDS)) if KINDS[n % len(KINDS)] == kind]
    found = Counter(outcome(number, 7, tmp_path) for number in numbers)
    assert set(found) <= {"frames", "part", "finding"}, found
    assert found["frames"]
    assert kind == "exif" or found["finding"]


def test_what_ends_a_process_is_named(monkeypatch, capsys):
    """The watcher sees a crash and goes on behind it: here, a process that cannot start at all."""
    monkeypatch.setattr("tests.faults.media.sys.executable", "/bin/false")
    watched = watch(3, 0, 60.0, 1)
    assert watched.bad == [
        "file 0 (picture): process ended with 1",
        "file 1 (exif): process ended with 1",
        "file 2 (picture): process ended with 1",
    ]
    assert "file 2" in capsys.readouterr().out
    assert not Watched().bad
