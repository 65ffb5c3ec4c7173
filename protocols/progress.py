"""How far a long loop is: a bar on a terminal, elsewhere a line every half minute, and a note for who asks meanwhile.

A log file must neither stay silent for an hour nor hold a line a step. The note is a file that holds the newest such
line, for `sweep status`: `noting` says where it lies.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Generator, Iterable, Iterator
from contextvars import ContextVar
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from protocols.files import write_whole

if TYPE_CHECKING:
    from tqdm import tqdm

Item = TypeVar("Item")

LINE_EVERY = 30.0
"""Seconds between two lines where nobody watches a bar."""
NOTE_EVERY = 5.0
"""Seconds between two notes."""

_note: ContextVar[Path | None] = ContextVar("note", default=None)


@contextlib.contextmanager
def noting(file: Path) -> Iterator[None]:
    """Keep how far the loops of the block are in a file, as one line. It is gone after the block, not after a kill."""
    file.unlink(missing_ok=True)
    before = _note.set(file)
    try:
        yield
    finally:
        _note.reset(before)
        with contextlib.suppress(OSError):
            file.unlink(missing_ok=True)


class Progress:
    """Shows how far a loop is. Use as a context.

    Args:
        title: what is counted.
        total: steps in all; None where nobody knows.
        done: steps that an earlier process made.
        shown: False: neither bar nor lines, only the note.
    """

    def __init__(self, title: str, total: int | None, *, done: int = 0, shown: bool = True) -> None:
        self._title, self._total, self._first, self._done = title, total, done, done
        self._begun = self._said = time.monotonic()
        self._noted = -NOTE_EVERY
        self._note = _note.get()
        self._lines = shown and not sys.stderr.isatty()
        self._bar = _bar(title, total, done) if shown and not self._lines else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def advance(self, steps: int = 1) -> None:
        """So many steps further; 0 where only time went by."""
        self._done += steps
        if self._bar is not None:
            self._bar.update(steps)
        now = time.monotonic()
        if self._lines and now - self._said >= LINE_EVERY:
            self._said = now
            print(f"  {self.text()}", file=sys.stderr, flush=True)
        if self._note is not None and now - self._noted >= NOTE_EVERY:
            self._noted = now
            with contextlib.suppress(OSError):  # on a full disk the work itself says so
                write_whole(self._note, self.text(), durable=False)

    def text(self) -> str:
        """`training: step 120 of 900, 2.4 a second, 5 min to go`; rate and time only once a step was made."""
        words = [f"{self._title}: step {self._done}" + ("" if self._total is None else f" of {self._total}")]
        steps, seconds = self._done - self._first, time.monotonic() - self._begun
        if steps > 0 and seconds > 0:
            rate = steps / seconds
            words.append(f"{rate:.3g} a second" if rate >= 1 else f"{1 / rate:.3g} s each")
            if self._total is not None:
                words.append(f"{duration(max(0, self._total - self._done) / rate)} to go")
        return ", ".join(words)


def over(
    items: Iterable[Item], title: str = "", total: int | None = None, *, done: int = 0, shown: bool = True
) -> Generator[Item]:
    """The items, each a step of a `Progress`. `total`: steps in all, those `done` before included."""
    with Progress(title, total, done=done, shown=shown) as progress:
        for item in items:
            yield item
            progress.advance()


def _bar(title: str, total: int | None, done: int) -> tqdm[None]:
    from tqdm import tqdm

    return tqdm(desc=title, total=total, initial=done, leave=False)


def duration(seconds: float) -> str:
    """`45 s`, `12 min`, `3 h 20 min`."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"
