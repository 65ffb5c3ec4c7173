"""Lines of JSON that a kill may cut short and a disk may damage: each carries a digest, and only whole ones count."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from protocols.json_values import Parsed

_DIGITS = 16


def append(path: Path, row: Mapping[str, object]) -> None:
    """Append a row; on the disk before this returns."""
    text = json.dumps(row, default=float).encode()
    line = _digest(text) + b" " + text + b"\n"
    with path.open("ab") as file:
        if file.tell() and not _ends_in_newline(path):
            line = b"\n" + line
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def whole_lines(path: Path) -> Iterator[dict[str, Parsed]]:
    """The rows as they were appended; one that was cut short or changed is left out. None where there is no file."""
    if not path.exists():
        return
    for line in path.read_bytes().splitlines():
        digest, _, text = line.partition(b" ")
        if digest == _digest(text):
            yield json.loads(text)


def _digest(text: bytes) -> bytes:
    return hashlib.sha256(text).hexdigest()[:_DIGITS].encode()


def _ends_in_newline(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
