"""Writing a face store so that it can be killed at any moment and goes on where it stopped.

Pixels are appended to `faces.npy`, then the presentation's line to `manifest.jsonl`: a line vouches for its pixels. All
of it happens in `<store>.part`, which is renamed when whole, so a folder without that suffix is always complete.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from protocols.errors import InputError
from protocols.store.store import HEADER_BYTES, MANIFEST, PIXELS, npy_header

_CHUNK = 1 << 24


class Journal:
    """The store under construction. `done` holds the ids that an earlier, killed preparation had finished.

    A context manager; every failure to write becomes an `InputError` and leaves a resumable `.part` behind.
    """

    def __init__(self, path: Path, head: Mapping[str, Any]) -> None:
        self.path = path
        self.part = path.with_name(f"{path.name}.part")
        self.frames = self.bytes = 0
        self.done: list[str] = []
        self._head = _line(head)
        self._digest = hashlib.sha256()
        try:
            self.part.mkdir(parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT
            self._pixels = os.open(self.part / PIXELS, flags, 0o644)
            self._manifest = os.open(self.part / MANIFEST, flags, 0o644)
            self._resume()
        except OSError as error:
            raise self._failed(error) from None

    def _resume(self) -> None:
        """Keeps the lines whose pixels are there and right, in order, and cuts off everything after them."""
        with (self.part / MANIFEST).open("rb") as lines:
            kept = lines.readline()
            if kept != self._head:
                kept = b""
                os.ftruncate(self._manifest, 0)
                os.lseek(self._manifest, 0, os.SEEK_SET)
                _write(self._manifest, self._head)
                self._digest.update(self._head)
                length = len(self._head)
            else:
                self._digest.update(kept)
                length = len(kept)
                for line in lines:
                    row = _parse(line)
                    if row is None or not self._vouched(row):
                        break
                    self._digest.update(line)
                    length += len(line)
                    self._count(row)
                    self.done.append(row["id"])
        os.ftruncate(self._manifest, length)
        os.lseek(self._manifest, 0, os.SEEK_END)
        os.ftruncate(self._pixels, HEADER_BYTES + self.bytes)
        os.lseek(self._pixels, 0, os.SEEK_END)

    def _count(self, row: Mapping[str, Any]) -> None:
        self.frames += row["frames"]
        self.bytes += _bytes(row)

    def _vouched(self, row: Mapping[str, Any]) -> bool:
        """True if the pixels that a line speaks of are on disk: after a power cut a line may outlive its pixels."""
        digest = hashlib.sha256()
        at, left = HEADER_BYTES + self.bytes, _bytes(row)
        while left:
            data = os.pread(self._pixels, min(left, _CHUNK), at)
            if not data:
                return False
            digest.update(data)
            at, left = at + len(data), left - len(data)
        return row["sha256"] == digest.hexdigest()

    def append(self, row: Mapping[str, Any], pictures: Sequence[NDArray[np.uint8]]) -> None:
        """Writes one presentation: its pictures, (height, width, 3) each as its line says, then its line."""
        line = _line(row)
        try:
            for picture in pictures:
                _write(self._pixels, np.ascontiguousarray(picture).data.cast("B"))
            _write(self._manifest, line)
        except OSError as error:
            raise self._failed(error) from None
        self._digest.update(line)
        self._count(row)
        self.done.append(row["id"])

    def finish(self) -> None:
        """Header, last line, everything to the disk, then the final name."""
        end = {"end": self._digest.hexdigest(), "presentations": len(self.done), "frames": self.frames}
        try:
            os.pwrite(self._pixels, npy_header((self.bytes,)), 0)
            os.fsync(self._pixels)
            _write(self._manifest, _line(end))
            os.fsync(self._manifest)
            self.part.rename(self.path)
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
        os.close(self._pixels)
        os.close(self._manifest)


def _bytes(row: Mapping[str, Any]) -> int:
    return sum(height * width * 3 for height, width in row["sizes"])


def _line(values: Mapping[str, Any]) -> bytes:
    return json.dumps(values, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def _parse(line: bytes) -> dict[str, Any] | None:
    """A complete line of a presentation, or None."""
    if not line.endswith(b"\n"):
        return None
    try:
        row = json.loads(line)
        return row if isinstance(row, dict) and {"id", "frames", "sizes", "sha256"} <= row.keys() else None
    except ValueError:
        return None


def _write(descriptor: int, data: bytes | memoryview) -> None:
    """All of `data`, however little the system takes at a time."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
