"""Are the media still those that were prepared? Size and time of change first; the bytes where they are few.

`stamps.jsonl` lies beside a store's manifest and says, for each presentation, which files its frames depend on and what
these were when they were read. It holds times and is therefore no part of what the store's digest covers: a release
unpacked again keeps its store, and the runs made from it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from protocols.presentation import Media

STAMPS = "stamps.jsonl"
CHEAP = 8 << 20
"""Bytes of one presentation's files up to which they are hashed: a few per cent of what decoding them costs."""

Mark = tuple[int, int]
"""(size in bytes, time of change in ns); (-1, 0) for a file that is not there."""


class Stamp(NamedTuple):
    """What a presentation's files were when it was prepared.

    Attributes:
        tried: positions in `Media.files` of the files that its frames, or its failure, depend on.
        marks: digest of their sizes and times; empty where they changed while they were read.
        content: digest of their bytes; empty where these were more than `CHEAP`.
    """

    tried: tuple[int, ...]
    marks: str
    content: str


UNKNOWN = Stamp((), "", "")
"""Of media that nobody looked at: prepared again by the next preparation."""


def marks(root: Path, files: Iterable[str]) -> list[Mark]:
    """Size and time of each file."""
    found = []
    for name in files:
        try:
            now = os.stat(f"{root}/{name}")  # noqa: PTH116 - a million of them
            found.append((now.st_size, now.st_mtime_ns))
        except (OSError, ValueError):  # ValueError: a name that no file can have
            found.append((-1, 0))
    return found


def take(root: Path, media: Media, before: Sequence[Mark], tried: Sequence[int]) -> Stamp:
    """The stamp of a presentation that has just been read; `before` are the marks of all its files before that."""
    files = [media.files[i] for i in tried]
    old = [before[i] for i in tried]
    content = _content(root, files, old)
    steady = marks(root, files) == old
    return Stamp(tuple(tried), _hash(old) if steady else "", content if steady else "")


def fresh(root: Path, media: Media, stamp: Stamp) -> bool:
    """True if the files are, by size and time, those that were read."""
    return bool(stamp.marks) and _hash(marks(root, _files(media, stamp))) == stamp.marks


def renewed(root: Path, media: Media, stamp: Stamp) -> Stamp | None:
    """The stamp of files that were touched, copied or unpacked again but hold the same bytes; None if they may not."""
    files = _files(media, stamp)
    now = marks(root, files)
    content = _content(root, files, now) if stamp.content else ""
    if not content or content != stamp.content or marks(root, files) != now:
        return None
    return stamp._replace(marks=_hash(now))


def write_line(name: str, stamp: Stamp) -> bytes:
    """A presentation's line of `stamps.jsonl`."""
    return json.dumps([name, list(stamp.tried), stamp.marks, stamp.content], separators=(",", ":")).encode() + b"\n"


def read_line(line: bytes) -> tuple[str, Stamp] | None:
    """(id, stamp) of a complete line, else None."""
    try:
        name, tried, seen, content = json.loads(line)
        if line.endswith(b"\n") and all(isinstance(word, str) for word in (name, seen, content)):
            return name, Stamp(tuple(int(i) for i in tried), seen, content)
    except (ValueError, TypeError):
        pass
    return None


def read_all(folder: Path) -> list[tuple[str, Stamp]]:
    """The stamps of a store, in the order of its presentations, up to the first line that is cut short."""
    found = []
    try:
        with (folder / STAMPS).open("rb") as lines:
            for line in lines:
                pair = read_line(line)
                if pair is None:
                    break
                found.append(pair)
    except OSError:
        return []
    return found


def _files(media: Media, stamp: Stamp) -> list[str]:
    """The files that a stamp speaks of; a position that the media do not have stands for a file that is not there."""
    return [media.files[i] if 0 <= i < len(media.files) else "\0" for i in stamp.tried]


def _content(root: Path, files: Sequence[str], sizes: Sequence[Mark]) -> str:
    """Digest of the files' bytes; empty where they are over `CHEAP`, absent or cannot be read."""
    if not files or sum(size for size, _ in sizes) > CHEAP or any(size < 0 for size, _ in sizes):
        return ""
    digest = hashlib.sha256()
    try:
        for name in files:
            digest.update(hashlib.sha256((root / name).read_bytes()).digest())
    except OSError:
        return ""
    return digest.hexdigest()[:32]


def _hash(seen: Sequence[Mark]) -> str:
    return hashlib.sha256(repr(list(seen)).encode()).hexdigest()[:16]
