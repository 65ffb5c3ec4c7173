"""What a miniature release will hold, before anything is drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

Size = str
SIZES = ("default", "small")


@dataclass(frozen=True, slots=True)
class Item:
    """One presentation to write. `path` is a folder of frames or a video file, relative to the release's root.

    `species` is a key of `simulators.SIMULATORS`, `face` and `presenter` are numbers of identities. `fault` marks what
    a real release has too: `no face` (nobody is in the picture), `cut short` (the file breaks off). `copy_of` is the
    path of another item with the same bytes, `camera` which of its release's cameras recorded it, where it has several.
    """

    path: str
    species: str
    face: int
    presenter: int
    frames: int
    variant: int = 0
    glasses: bool = False
    light: str = "room"
    fault: str = ""
    copy_of: str = ""
    camera: str = ""


@dataclass(frozen=True)
class Plan:
    """All of one release: the presentations and the text files (path -> content) that its owners add."""

    name: str
    items: tuple[Item, ...]
    texts: dict[str, str] = field(default_factory=dict)


Planner = Callable[[np.random.Generator, Size], Plan]


def other(rng: np.random.Generator, people: Sequence[int], person: int) -> int:
    """Somebody else among `people`."""
    rest = [p for p in people if p != person]
    return rest[int(rng.integers(len(rest)))]


def frame_files(item: Item) -> list[str]:
    """The frame files of a folder presentation, numbered from 0001 as in the releases' current archives."""
    return [f"{item.path}/{i:04d}.jpg" for i in range(1, item.frames + 1)]


def lines(rows: Sequence[str]) -> str:
    """A list file."""
    return "".join(f"{row}\n" for row in rows)
