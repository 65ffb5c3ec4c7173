"""A list of files as a release: the user's own data without code.

    path,label,species,subject,split,session,sensor
    videos/01.mp4,real,,s01,train,1,webcam
    videos/02/,attack,print,s01,train,1,webcam
    pictures/03.png,attack,our new mask,s02,test,2,phone

A CSV (as a spreadsheet program saves it), Parquet or JSON-lines file. `path` is a picture, a video or a folder of
frames, relative to the list's own folder; `label` a word of `protocols.labels`. Optional: `id` (default: the path
without its suffix), `species` (a new word is a species of its own), `subject` and `group` (pseudonyms), `split`, and
the covariates of `protocols.presentation.COVARIATES`. Other columns are not read: a name in one stays where it is.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from protocols.discovery.lists import clean_path
from protocols.discovery.walk import IMAGES, VIDEOS, shown, suffix_of
from protocols.errors import InputError, unknown
from protocols.labels import WORDS, label_of
from protocols.layouts import rows as tables
from protocols.layouts.rows import Row
from protocols.layouts.words import SPLITS, species_of, split_of
from protocols.place import Place
from protocols.presentation import ATTACK, BONA_FIDE, COVARIATES, Label, Media, Presentation, Release

REQUIRED = ("path", "label")
OPTIONAL = ("id", "species", "subject", "group", "split")
_COVARIATES = {tables.normal(name): name for name in COVARIATES}
_DIGITS = re.compile(r"(\d+)")


def discover(name: str, title: str, place: Place) -> Release:
    """The release that a list describes. Raises `InputError`, naming file and line, for anything doubtful."""
    return _Reader(place).release(name, title)


@dataclass(frozen=True)
class _Reader:
    place: Place

    @property
    def file(self) -> Path:
        return self.place.path

    @property
    def root(self) -> Path:
        return Path(os.path.abspath((self.place.root or self.file.parent).expanduser()))  # noqa: PTH100 - links stay

    def release(self, name: str, title: str) -> Release:
        columns, rows = tables.read(self.file)
        missing = [column for column in REQUIRED if column not in columns]
        if missing:
            raise InputError(
                f"{shown(self.file)}: the column {missing[0]!r} is missing; its first line names "
                f"{', '.join(columns) or 'none'}: needed are {' and '.join(REQUIRED)}"
            )
        if not self.root.is_dir():
            raise InputError(f"{shown(self.file)}: its root {shown(self.root)} is no folder")
        found = list(self._presentations(rows))
        labels = {p.label for p in found}
        if len(labels) == 1:
            raise InputError(
                f"{shown(self.file)}: every presentation in it is {labels.pop()}: a list needs bona fide and attacks"
            )
        unread = [c for c in columns if c and c not in (*REQUIRED, *OPTIONAL, *_COVARIATES)]
        warnings = (f"columns that are not read: {', '.join(map(shown, unread))}",) if unread else ()
        return Release(
            name=name,
            title=title,
            layout=f"list {self.file.suffix.lower().removeprefix('.')}",
            root=self.root,
            presentations=tuple(sorted(found, key=lambda p: p.id)),
            warnings=warnings,
            cropped=self.place.cropped,
        )

    def _presentations(self, rows: list[Row]) -> Iterator[Presentation]:
        paths: dict[str, int] = {}
        ids: dict[str, int] = {}
        homes: dict[str, tuple[str, int]] = {}
        real = os.path.realpath(self.root)
        for row in rows:
            try:
                p = self._presentation(row, real)
            except ValueError as reason:
                raise InputError(f"{shown(self.file)}, line {row.line}: {shown(reason)}") from None
            for kind, word, seen in (("path", clean_path(row.cells["path"]), paths), ("id", p.id, ids)):
                first = seen.setdefault(word, row.line)
                if first != row.line:
                    raise InputError(
                        f"{shown(self.file)}, line {row.line}: the {kind} {shown(word)} stands in line {first} already"
                    )
            if p.subject and p.split:
                split, line = homes.setdefault(p.subject, (p.split, row.line))
                if split != p.split:
                    raise InputError(
                        f"{shown(self.file)}, line {row.line}: the subject {shown(p.subject)} is in {p.split} here and "
                        f"in {split} in line {line}: nothing trained on it could be trusted"
                    )
            yield p

    def _presentation(self, row: Row, real: str) -> Presentation:
        """One row. Raises ValueError with the reason, without the line."""
        cells = row.cells
        for column in REQUIRED:
            if column not in cells:
                raise ValueError(f"the cell `{column}` is empty")
        label = self._label(cells["label"])
        split = None
        if "split" in cells and (split := split_of(cells["split"])) is None:
            raise ValueError(str(unknown("split", cells["split"], SPLITS)))
        try:
            path = clean_path(cells["path"])
        except ValueError as reason:
            raise ValueError(f"the path {cells['path']} {reason}") from None
        media = self._media(path, real)
        try:
            kind = species_of(cells.get("species", ""), label)
        except ValueError as reason:
            raise ValueError(f"{path} {reason}") from None
        name = cells.get("id") or path[: -len(suffix_of(path)) or None]
        subject = cells.get("subject")
        return Presentation(
            id=name,
            label=label,
            species=kind,
            native_code=cells.get("species") or cells["label"],
            subject=subject,
            group=cells.get("group") or subject or name,
            split=split,
            media=media,
            covariates=tuple((name, cells[c]) for c, name in _COVARIATES.items() if c in cells),
        )

    def _label(self, word: str) -> Label:
        if self.place.positive:
            return BONA_FIDE if word.lower() == self.place.positive.lower() else ATTACK
        label = label_of(word)
        if label is None:
            raise ValueError(
                f"the label {word!r} is none of {', '.join(WORDS)} (another word or number: say with "
                "`positive` which means bona fide)"
            )
        return label

    def _media(self, path: str, real: str) -> Media:
        full = f"{self.root}/{path}"
        there = os.path.realpath(full)
        if os.path.commonpath((there, real)) != real:
            raise ValueError(f"the path {path} leads out of {shown(self.root)}: name that folder as the list's `root`")
        if os.path.isdir(there):  # noqa: PTH112 - a list may name a million files
            frames = sorted((e.name for e in os.scandir(there) if suffix_of(e.name) in IMAGES and e.name[0] != "."), key=_natural)  # fmt: skip # noqa: E501
            if not frames:
                raise ValueError(f"the folder {path} holds no picture ({', '.join(sorted(IMAGES))})")
            return Media("images", tuple(f"{path}/{name}" for name in frames))
        if not os.path.isfile(there):  # noqa: PTH113
            raise ValueError(f"there is no {path} in {shown(self.root)}")
        suffix = suffix_of(path)
        if suffix in IMAGES:
            return Media("images", (path,))
        if suffix in VIDEOS:
            return Media("video", (path,))
        raise ValueError(f"{path} is neither a picture ({', '.join(sorted(IMAGES))}) nor a video ({', '.join(sorted(VIDEOS))})")  # fmt: skip # noqa: E501


def _natural(name: str) -> tuple[tuple[int, int | str], ...]:
    """Frame 9 before frame 10."""
    return tuple((0, int(part)) if part.isdecimal() else (1, part) for part in _DIGITS.split(name.lower()) if part)
