"""What a release holds: presentations, each one capture of one face to one camera (ISO/IEC 30107-1 vocabulary)."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, overload

Label = Literal["bona fide", "attack"]
Split = Literal["train", "dev", "test"]
BONA_FIDE: Label = "bona fide"
ATTACK: Label = "attack"
COVARIATES = ("ethnicity", "sex", "age", "skin tone", "sensor", "session", "light", "glasses")
"""What else may be known of a presentation and be reported by group. Never a name."""


class Folded(Sequence[str]):
    """Paths of one folder, taken apart only when they are asked for: a kept list of 100,000 pictures opens at once.

    `names` holds the files' names with slashes between; `folder` may be empty. Equal to the tuple of full paths.
    """

    __slots__ = ("_files", "_folder", "_names")

    def __init__(self, folder: str, names: str) -> None:
        self._folder, self._names = folder, names
        self._files: tuple[str, ...] | None = None

    @property
    def folder(self) -> str:
        """The folder that all of them lie in; empty for the root."""
        return self._folder

    def _all(self) -> tuple[str, ...]:
        if self._files is None:
            each = self._names.split("/")
            self._files = tuple(map(f"{self._folder}/".__add__, each)) if self._folder else tuple(each)
        return self._files

    def __len__(self) -> int:
        return self._names.count("/") + 1

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[str, ...]: ...
    def __getitem__(self, index: int | slice) -> str | tuple[str, ...]:
        return self._all()[index]

    def __eq__(self, other: object) -> bool:
        return self._all() == (other._all() if isinstance(other, Folded) else other)

    def __hash__(self) -> int:
        return hash(self._all())


@dataclass(frozen=True, slots=True)
class Media:
    """Where the frames of a presentation lie: image files in temporal order, one video, or one HDF5 file.

    `files` are POSIX paths relative to the release's root; an adapter has made sure that none leaves it.
    """

    kind: Literal["images", "video", "hdf5"]
    files: Sequence[str]


@dataclass(frozen=True, slots=True)
class Presentation:
    """One row of a release. The unit of decision: every method gives each presentation one score.

        `id` is unique in its release and does not change between machines (a path without its suffix). `species` is the
    canonical PAI species of `protocols.species` (`bona fide` for bona fide presentations), `native_code` the release's
    own word. `subject` is a pseudonym or None where the release names none; `group` is the highest known cluster for
    intervals (subject, else client and presenter, else the presentation itself). `part` marks subsets that a choice can
    include or leave out (for instance `2d`, `mask`, `mask-light1`, `curated-out`). `covariates` are pairs of a name of
    `COVARIATES` and its value; `lists` the named lists of a prepared copy that hold it (`train`, `test`, `shot`).
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
    covariates: tuple[tuple[str, str], ...] = ()
    lists: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Release:
    """A data set as its owners distribute it, recognised and listed; nothing is decoded yet.

    `cropped` is True where the owners have cut the face out and blackened the rest: the black border is then trimmed
    and no detector is run. `published` holds the published number of presentations per name, for a comparison that is
    reported and never filters. `demo` says that its faces were invented (`protocols.marked`).
    """

    name: str
    title: str
    layout: str
    root: Path
    presentations: tuple[Presentation, ...]
    warnings: tuple[str, ...] = ()
    published: Mapping[str, int] = field(default_factory=dict)
    cropped: bool = False
    demo: bool = False
    recorded_digest: str = field(default="", compare=False, repr=False)

    @property
    def digest(self) -> str:
        """SHA-256 over all that decides what is learnt or tested, without root and covariates: the same release on
        another disk has the same digest.

        A table read back from the cache brings the digest that was worked out when it was written.
        """
        if self.recorded_digest:
            return self.recorded_digest
        rows = [
            (p.id, p.label, p.species, p.subject, p.group, p.split, p.media.kind, tuple(p.media.files), p.part)
            + ((p.lists,) if p.lists else ())
            for p in self.presentations
        ]
        text = json.dumps([self.name, self.layout, sorted(rows, key=lambda row: row[0])], ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def described(self) -> str:
        """SHA-256 over `digest` and the covariates: over all that is said of the presentations."""
        known = [(p.id, p.covariates) for p in self.presentations if p.covariates]
        text = json.dumps([self.digest, sorted(known)], ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest() if known else self.digest

    def counts(self) -> Counter[tuple[str, str]]:
        """Number of presentations per (split or `-`, species)."""
        return counts(self.presentations)


def folder_of(media: Media) -> str:
    """The folder, relative to the root, that a presentation's files lie in."""
    return media.files.folder if isinstance(media.files, Folded) else media.files[0].rpartition("/")[0]


def counts(presentations: Iterable[Presentation]) -> Counter[tuple[str, str]]:
    """Number of presentations per (split or `-`, species)."""
    return Counter((p.split or "-", p.species) for p in presentations)
