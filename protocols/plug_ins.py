"""What installed packages bring: their entry points, looked up without the price of looking where there are none.

Importing `importlib.metadata` takes a fifth of the time in which a table is printed. So the files that could name
anything are read first, and only where one of them speaks of this project, or metadata may lie elsewhere than in
folders, is it asked.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from importlib.metadata import EntryPoint

PREFIX = "pad_benchmark."
"""Of every group."""


def entry_points(group: str) -> Iterable[EntryPoint]:
    """The entry points of a group, whose name begins with `PREFIX`."""
    if not any(map(_may_name, sys.path)) and not _other_finders():
        return ()
    from importlib import metadata

    return metadata.entry_points(group=group)


def _may_name(entry: str) -> bool:
    """Whether a place in the search path can hold metadata that speak of this project."""
    folder = entry or os.curdir
    if folder.endswith(".egg") or os.path.isfile(folder):  # noqa: PTH113
        return True
    try:
        names = os.listdir(folder)  # noqa: PTH208 - a Path a name would take longer than the rest
    except OSError:
        return False
    return any(
        _speaks_of_us(f"{folder}/{name}/entry_points.txt")
        for name in names
        if name.lower().endswith((".dist-info", ".egg-info"))
    )


def _speaks_of_us(file: str) -> bool:
    try:
        with open(file, "rb") as lines:  # noqa: PTH123
            return PREFIX.encode() in lines.read()
    except OSError:
        return False


def _other_finders() -> bool:
    """Whether anything but the search path can know of packages."""
    return any(hasattr(finder, "find_distributions") and finder is not PathFinder for finder in sys.meta_path)
