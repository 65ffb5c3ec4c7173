"""Are a store's pixels those that were written? Size and times first; where these differ, every pixel is read once.

`checked.json` beside `faces.npy` says what its size and times were when its pixels were last known to be right. It is
no part of the store's digest.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from protocols.files import write_whole
from protocols.store.manifest import Line

PIXELS = "faces.npy"
CHECKED = "checked.json"
HEADER_BYTES = 128
_PIECE = 1 << 24


def unchanged(folder: Path, digest: str) -> bool:
    """True if the pixels of the store whose manifest has this digest have not been touched since they were right."""
    try:
        known = json.loads((folder / CHECKED).read_bytes())
        return bool(known == [digest, *_marks(folder)])
    except (OSError, ValueError):
        return False


def record(folder: Path, digest: str) -> None:
    """Note that the pixels are right now. A cache that cannot be written is read through again next time."""
    with contextlib.suppress(OSError):
        write_whole(folder / CHECKED, json.dumps([digest, *_marks(folder)]), durable=False)


def damaged(folder: Path, entries: Mapping[str, Line]) -> Iterator[str]:
    """Reads all pixels once: the presentations whose pixels are not those of their line in the manifest."""
    with (folder / PIXELS).open("rb") as file:
        file.seek(HEADER_BYTES)
        for name, entry in entries.items():
            digest, left = hashlib.sha256(), size_of(entry)
            while left and (piece := file.read(min(left, _PIECE))):
                digest.update(piece)
                left -= len(piece)
            if left or digest.hexdigest() != entry["sha256"]:
                yield name


def size_of(entry: Line) -> int:
    """Bytes of all pictures of a presentation."""
    return sum(height * width * 3 for height, width in entry["sizes"])


def _marks(folder: Path) -> list[int]:
    now = (folder / PIXELS).stat()
    return [now.st_size, now.st_mtime_ns, now.st_ctime_ns]
