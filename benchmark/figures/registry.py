"""Figures by name: one file each in `benchmark/figures/kinds`, or in a package that names it as an entry point.

The group of the entry points is `pad_benchmark.figures`. A file holds a function of a request, decorated by `register`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from protocols.registry import Registry

if TYPE_CHECKING:
    from benchmark.figures.request import Drawing, Request

    Draw = Callable[[Request], Drawing]


@dataclass(frozen=True)
class Kind:
    """A figure that can be asked for. `about` is its line in the help text; `faces`: `--pictures` belongs to it;
    `several`: it draws more than one method; `panels`: more than one protocol."""

    name: str
    about: str
    draw: Draw
    faces: bool = False
    several: bool = False
    panels: bool = False


FIGURES: Registry[Kind] = Registry("figure", "benchmark.figures.kinds")
"""Every figure, by name."""


def register(
    name: str, *, about: str, faces: bool = False, several: bool = False, panels: bool = False
) -> Callable[[Draw], Draw]:
    """Function decorator: makes a figure known as `name` (lower case, hyphens).

    Raises ValueError for an odd name, and if another function already has that name.
    """

    def add(draw: Draw) -> Draw:
        FIGURES.add(name, Kind(name, about, draw, faces, several, panels), f"{draw.__module__}.{draw.__qualname__}")
        return draw

    return add
