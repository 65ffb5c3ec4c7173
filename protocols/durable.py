"""What was written reaches the disk before anything says so: after a power cut there is the old or the new, whole."""

from __future__ import annotations

import errno
import os
from pathlib import Path


def sync_tree(folder: Path) -> None:
    """Every file and name below a folder is on the disk when this returns. Raises OSError."""
    for place, _, names in os.walk(folder):
        for name in names:
            _sync(Path(place) / name)
        sync_folder(Path(place))


def sync_folder(folder: Path) -> None:
    """The names in a folder are on the disk when this returns, where the file system has such a thing."""
    try:
        _sync(folder)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
