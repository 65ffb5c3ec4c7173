"""Long loops say how far they are: a bar, or a line now and then, and a note."""

from __future__ import annotations

import pytest

from protocols import progress
from protocols.progress import Progress, duration, noting, over


class Clock:
    """Time that only goes by when it is told to."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(progress, "time", made)
    return made


def test_a_line_every_half_minute_with_step_rate_and_time_to_go_not_one_a_step(clock, capsys):
    for _ in over(range(100), "training", 120, done=20):
        clock.now += 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 6
    assert lines[0] == "  training: step 35 of 120, 2 s each, 3 min to go"
    assert lines[-1] == "  training: step 110 of 120, 2 s each, 20 s to go"


def test_fast_steps_and_an_unknown_end(clock):
    with Progress("faces", None) as shown:
        assert shown.text() == "faces: step 0"
        clock.now += 4
        shown.advance(10)
        assert shown.text() == "faces: step 10, 2.5 a second"


def test_time_that_goes_by_without_a_step_is_said_too(clock, capsys):
    with Progress("runs", 65) as shown:
        clock.now += progress.LINE_EVERY
        shown.advance(0)
    assert capsys.readouterr().err == "  runs: step 0 of 65\n"


def test_where_nothing_shall_be_shown_the_note_is_kept_all_the_same(clock, capsys, tmp_path):
    note = tmp_path / ".run.progress"
    note.write_text("of a run that was killed")
    with noting(note):
        assert not note.exists()
        seen = []
        for _ in over(range(4), "training", 4, shown=False):
            clock.now += 4
            seen.append(note.read_text() if note.exists() else "")
    assert seen[1:] == ["training: step 1 of 4, 4 s each, 12 s to go"] * 2 + [
        "training: step 3 of 4, 4 s each, 4 s to go"
    ]
    assert capsys.readouterr().err == ""
    assert not note.exists()


def test_a_terminal_gets_a_bar(monkeypatch, capsys):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    assert list(over(iter("abc"), "training", 3)) == ["a", "b", "c"]
    assert "training" in capsys.readouterr().err


@pytest.mark.parametrize(("seconds", "text"), [(45, "45 s"), (720, "12 min"), (12_000, "3 h 20 min")])
def test_durations_are_readable(seconds, text):
    assert duration(seconds) == text
