"""The lines of a face store's manifest, as types: the head, one line per presentation, the end.

`json.dumps` writes them and `json.loads` reads them as they are; the manifest's digest vouches for their shape.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NotRequired, TypeAlias, TypedDict

from protocols.media.frame import LossKind

RecipeValues: TypeAlias = Mapping[str, int | float | str]
"""`Recipe.as_dict`."""


class Head(TypedDict):
    """The first line."""

    format: int
    release: str
    release_digest: str
    recipe_digest: str
    recipe: RecipeValues


class Line(TypedDict):
    """The line of a presentation.

    `frames` (stored), `asked` (wanted), `named` (pictures in the folder, or frames by the video's own account; null:
    unknown), `context`, `sizes` (height and width of every picture), `near` (the frames that have a second picture),
    `sha256` of all its pictures, `failure`, `losses` (kind, frames, reason), `index`, `times` (seconds), `boxes` (x, y,
    w, h, score in pixels of the frame; null where the box was borrowed), and `turned` (degrees to the left) where
    the frames had to be.
    """

    id: str
    frames: int
    asked: int
    named: int | None
    context: float
    sizes: list[tuple[int, int]]
    near: list[int]
    sha256: str
    failure: str | None
    losses: NotRequired[list[tuple[LossKind, int, str]]]
    index: list[int]
    times: list[float]
    boxes: list[list[float] | None]
    turned: NotRequired[int]


class End(TypedDict):
    """The last line; `end`: SHA-256 of all lines before it."""

    end: str
    presentations: int
    frames: int
