"""Where a release lies and what the user says of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Place:
    """A folder, or a list of files (CSV, Parquet, JSON lines).

    Attributes:
        path: the folder or the list.
        title: what tables call the release; empty: its registered title, else its name.
        root: the folder that a list's paths start from; None: the one that the list lies in.
        cropped: the faces are cut out already: no detector is run, a black border is trimmed.
        positive: the word in a list's column `label` that means bona fide, every other then being an attack; empty:
            the words of `protocols.labels`.
    """

    path: Path
    title: str = ""
    root: Path | None = None
    cropped: bool = False
    positive: str = ""
