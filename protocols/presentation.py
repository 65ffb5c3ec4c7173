"""What a release holds: presentations, each one capture of one face to one camera (ISO/IEC 30107-1 vocabulary)."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Label = Literal["bona fide", "attack"]
Split = Literal["train", "dev", "test"]
BONA_FIDE: Label = "bona fide"
ATTACK: Label = "attack"


@dataclass(frozen=True, slots=True)
class Media:
    """Where the frames of a presentation lie: image files in temporal order, one video, or one HDF5 file.

    `files` are POSIX paths relative to the release's root; an adapter has made sure that none leaves it.
    """

    kind: Literal["images", "video", "hdf5"]
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Presentation:
    """One row of a release. The unit of decision: every method gives each presentation one score.

    `id` is unique in its release and does not change between machines (a path without its suffix). `species` is the
    canonical PAI species of `protocols.species` (`bona fide` for bona fide presentations), `native_code` the release's
    own word. `subject` is a pseudonym or None where the release names none; `group` is the highest known cluster for
    intervals (subject, else client and presenter, else the presentation itself). `part` marks subsets that a choice can
    include or leave out (for instance `2d`, `mask`, `mask-light1`, `curated-out`).
    """

    id: str
    label: Label
    species: str
    native_code: str
    subject: str | None
    group: str
    split: Split | None
    media: Media
    part: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """A data set as its owners distribute it, recognised and listed; nothing is decoded yet.

    `cropped` is True where the owners have cut the face out and blackened the rest: the black border is then trimmed
    and no detector is run. `published` holds the published number of presentations per name, for a comparison that is
    reported and never filters.
    """

    name: str
    title: str
    layout: str
    root: Path
    presentations: tuple[Presentation, ...]
    warnings: tuple[str, ...] = ()
    published: Mapping[str, int] = field(default_factory=dict)
    cropped: bool = False

    @property
    def digest(self) -> str:
        """SHA-256 over everything but the root: the same release on another disk has the same digest."""
        rows = [
            (p.id, p.label, p.species, p.subject, p.group, p.split, p.media.kind, p.media.files, p.part)
            for p in self.presentations
        ]
        text = json.dumps([self.name, self.layout, sorted(rows, key=lambda row: row[0])], ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def counts(self) -> Counter[tuple[str, str]]:
        """Number of presentations per (split or `-`, species)."""
        return counts(self.presentations)


def counts(presentations: Iterable[Presentation]) -> Counter[tuple[str, str]]:
    """Number of presentations per (split or `-`, species)."""
    return Counter((p.split or "-", p.species) for p in presentations)
