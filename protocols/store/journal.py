"""Writing a face store so that it can be killed at any moment and goes on where it stopped.

Pixels are appended to `faces.npy`, what their media were to `stamps.jsonl`, then the presentation's line to
`manifest.jsonl`: a line vouches for what was written before it. All of it happens in `<store>.part`, which is renamed
when whole, so a folder without that suffix is always complete. The store that it takes the place of is `<store>.old`
for that moment.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, cast

import numpy as np
from numpy.typing import NDArray

from protocols.errors import InputError
from protocols.files import remove_tree, sync, take_place
from protocols.store import checked
from protocols.store.checked import HEADER_BYTES, PIXELS, size_of
from protocols.store.manifest import End, Head, Line
from protocols.store.stamps import STAMPS, UNKNOWN, Stamp, write_line
from protocols.store.stamps import read_all as stamps_of
from protocols.store.store import MANIFEST, npy_header

UNFINISHED = frozenset({".part", ".old"})
_CHUNK = 1 << 24
_WHY = "why"


class Journal:
    """The store under construction. `done` holds the ids that an earlier, killed preparation had finished.

    A context manager; every failure to write becomes an `InputError` and leaves a resumable `.part` behind.
    """

    def __init__(self, path: Path, head: Head, why: str = "new") -> None:
        """`why` it is written: what was begun for another reason is thrown away, never continued."""
        self.path = path
        self.part = path.with_name(f"{path.name}.part")
        self.frames = self.bytes = 0
        self.done: list[str] = []
        self._head = line_of(head)
        self._digest = hashlib.sha256()
        try:
            if _read(self.part / _WHY) != why.encode():
                remove_tree(self.part)
            self.part.mkdir(parents=True, exist_ok=True)
            (self.part / _WHY).write_text(why)
            flags = os.O_RDWR | os.O_CREAT
            self._pixels, self._stamps, self._manifest = (
                os.open(self.part / name, flags, 0o644) for name in (PIXELS, STAMPS, MANIFEST)
            )
            self._resume()
        except OSError as error:
            raise self._failed(error) from None

    def _resume(self) -> None:
        """Keeps the lines whose pixels and stamps are there and right, in order, and cuts off everything after them."""
        stamps = stamps_of(self.part)
        seen = 0
        with (self.part / MANIFEST).open("rb") as lines:
            if lines.readline() != self._head:
                os.ftruncate(self._manifest, 0)
                _write(self._manifest, self._head)
                lines.seek(0, os.SEEK_END)
            self._digest.update(self._head)
            length = len(self._head)
            for line, (name, stamp) in zip(lines, stamps, strict=False):
                row = _parse(line)
                if row is None or row["id"] != name or not self._vouched(row):
                    break
                self._digest.update(line)
                length += len(line)
                seen += len(write_line(name, stamp))
                self._count(row)
                self.done.append(name)
        for descriptor, kept in (
            (self._manifest, length),
            (self._stamps, seen),
            (self._pixels, HEADER_BYTES + self.bytes),
        ):
            os.ftruncate(descriptor, kept)
            os.lseek(descriptor, 0, os.SEEK_END)

    def _count(self, row: Line) -> None:
        self.frames += row["frames"]
        self.bytes += size_of(row)

    def _vouched(self, row: Line) -> bool:
        """True if the pixels that a line speaks of are on disk: after a power cut a line may outlive its pixels."""
        digest = hashlib.sha256()
        at, left = HEADER_BYTES + self.bytes, size_of(row)
        while left:
            data = os.pread(self._pixels, min(left, _CHUNK), at)
            if not data:
                return False
            digest.update(data)
            at, left = at + len(data), left - len(data)
        return row["sha256"] == digest.hexdigest()

    def append(self, row: Line, pictures: Sequence[NDArray[np.uint8]], stamp: Stamp = UNKNOWN) -> None:
        """Writes one presentation: its pictures, as many bytes as its line says, its stamp, then its line."""
        line = line_of(row)
        try:
            for picture in pictures:
                _write(self._pixels, np.ascontiguousarray(picture).data.cast("B"))
            _write(self._stamps, write_line(row["id"], stamp))
            _write(self._manifest, line)
        except OSError as error:
            raise self._failed(error) from None
        self._digest.update(line)
        self._count(row)
        self.done.append(row["id"])

    def finish(self) -> None:
        """Header, last line, everything to the disk, then the final name, in place of a store that was there."""
        digest = self._digest.hexdigest()
        end: End = {"end": digest, "presentations": len(self.done), "frames": self.frames}
        try:
            os.pwrite(self._pixels, npy_header((self.bytes,)), 0)
            _write(self._manifest, line_of(end))
            for descriptor in (self._pixels, self._stamps, self._manifest):
                os.fsync(descriptor)
            checked.record(self.part, digest)
            sync(self.part)
            take_place(self.part, self.path, _aside(self.path))
            (self.path / _WHY).unlink()
        except OSError as error:
            raise self._failed(error) from None

    def _failed(self, error: OSError) -> InputError:
        return InputError(
            f"{self.part}: writing the faces failed ({error.strerror}): free some space or choose another cache, "
            "then start again; what is done is kept"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for descriptor in (self._pixels, self._stamps, self._manifest):
            os.close(descriptor)


def line_of(values: Head | Line | End) -> bytes:
    return json.dumps(values, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def _parse(line: bytes) -> Line | None:
    """A complete line of a presentation, or None."""
    if not line.endswith(b"\n"):
        return None
    try:
        row = json.loads(line)
    except ValueError:
        return None
    whole = isinstance(row, dict) and {"id", "frames", "sizes", "sha256"} <= row.keys()
    return cast("Line", row) if whole else None


def _write(descriptor: int, data: bytes | memoryview) -> None:
    """All of `data`, however little the system takes at a time."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _read(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None


def _aside(path: Path) -> Path:
    """What a store is called while the one that takes its place is renamed."""
    return path.with_name(f"{path.name}.old")


def interrupted(path: Path) -> bool:
    """True where a killed process left a store that it had moved away: `restore` clears up."""
    return _aside(path).exists()


def restore(path: Path) -> None:
    """Bring back the store that a killed process had moved away, or remove it if the new one took its place."""
    old = _aside(path)
    if old.exists() and not path.exists():
        old.rename(path)
    remove_tree(old)
    (path / _WHY).unlink(missing_ok=True)
