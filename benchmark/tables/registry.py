"""Tables by name: one file each in `benchmark/tables/kinds`, or in a package that names it as an entry point.

The group of the entry points is `pad_benchmark.tables`. A file holds a function from a world of runs and the reader's
choice to tables, decorated by `register`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from protocols.registry import Registry

if TYPE_CHECKING:
    from benchmark.tables.collect import Choice, World
    from benchmark.tables.model import Table

    Build = Callable[[World, Choice], list[Table]]
    Gaps = Callable[[World, Choice], list[tuple[str, str]]]


@dataclass(frozen=True)
class Kind:
    """A table that can be asked for.

    Attributes:
        about: its line in the help text.
        build: its tables for a world, none where nothing fills them.
        published, columns, against, by, suite: the options of the command that belong to it.
        gaps: (method, protocol) of the runs that it has places for and that are not there.
    """

    name: str
    about: str
    build: Build
    published: bool = False
    columns: bool = False
    against: bool = False
    suite: bool = True
    gaps: Gaps | None = None
    by: bool = False


TABLES: Registry[Kind] = Registry("table", "benchmark.tables.kinds")
"""Every table, by name."""
PAPER = ("1", "2", "3")
"""The paper's own tables: what is printed where none is named."""


def register(
    name: str,
    *,
    about: str,
    published: bool = False,
    columns: bool = False,
    against: bool = False,
    suite: bool = True,
    gaps: Gaps | None = None,
    by: bool = False,
) -> Callable[[Build], Build]:
    """Function decorator: makes a table known as `name` (lower case, hyphens). The arguments are those of `Kind`.

    Raises ValueError for an odd name, and if another function already has that name.
    """

    def add(build: Build) -> Build:
        made = Kind(name, about, build, published, columns, against, suite, gaps, by)
        TABLES.add(name, made, f"{build.__module__}.{build.__qualname__}")
        return build

    return add
