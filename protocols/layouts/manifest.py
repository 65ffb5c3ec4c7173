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
from dataclasses import dataclass, field
from pathlib import Path

from protocols.discovery.lists import clean_path
from protocols.discovery.walk import IMAGES, VIDEOS, inside, shown, suffix_of
from protocols.errors import InputError, unknown
from protocols.labels import WORDS, label_of
from protocols.layouts import rows as tables
from protocols.layouts.rows import Row
from protocols.layouts.words import SPLITS, species_of, split_of
from protocols.order import natural
from protocols.place import Place
from protocols.presentation import ATTACK, BONA_FIDE, COVARIATES, Label, Media, Presentation, Release, Split

REQUIRED = ("path", "label")
OPTIONAL = ("id", "species", "subject", "group", "split")
MAX_WORD = 240
_COVARIATES = {tables.normal(name): name for name in COVARIATES}
_WHOLE = re.compile(r"([+-]?\d+)[.,]0+")
_SHORTENED = re.compile(r"[+-]?\d+([.,]\d+)?e[+-]?\d+", re.I)


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
        real = os.path.realpath(self.root)
        seen = _Seen()
        for row in rows:
            try:
                p, path, there = self._presentation(row, real)
                seen.add(p, path, there, row.line)
            except ValueError as reason:
                raise InputError(f"{shown(self.file)}, line {row.line}: {shown(reason)}") from None
            yield p

    def _presentation(self, row: Row, real: str) -> tuple[Presentation, str, str]:
        """One row, its path, and what that is on the disk. Raises ValueError with the reason, without the line."""
        cells = {c: _plain(c, text) for c, text in row.cells.items() if c in _COVARIATES or text.lower() != "none"}
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
            mend = f": write it relative to {shown(self.root)}" if "absolute" in str(reason) else ""
            raise ValueError(f"the path {cells['path']} {reason}{mend}") from None
        there = self._there(path, real)
        media = self._media(path, there)
        try:
            kind = species_of(cells.get("species", ""), label)
        except ValueError as reason:
            raise ValueError(f"{path} {reason}") from None
        name = cells.get("id") or path[: -len(suffix_of(path)) or None]
        if not name.isprintable() or {"", ".."} & set(name.split("/")):
            raise ValueError(f"the id {name!r} is no name: letters, digits, and single slashes between")
        subject = cells.get("subject")
        made = Presentation(
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
        return made, path, there

    def _label(self, word: str) -> Label:
        if self.place.positive:
            return BONA_FIDE if word.lower() == _plain("label", self.place.positive).lower() else ATTACK
        label = label_of(word)
        if label is None:
            raise ValueError(
                f"the label {word!r} is none of {', '.join(WORDS)} (another word or number: say with "
                "`positive` which means bona fide)"
            )
        return label

    def _there(self, path: str, real: str) -> str:
        """Where a path leads, links followed: below `real`."""
        there = os.path.realpath(f"{self.root}/{path}")
        if not inside(there, real):
            mend = "name that folder as the list's `root`, or under allowed_roots"
            raise ValueError(f"the path {path} leads out of {shown(self.root)}: {mend}")
        return there

    def _media(self, path: str, there: str) -> Media:
        if os.path.isdir(there):  # noqa: PTH112 - a list may name a million files
            frames = sorted((e.name for e in os.scandir(there) if suffix_of(e.name) in IMAGES and e.name[0] != "."), key=natural)  # fmt: skip # noqa: E501
            if not frames:
                raise ValueError(f"the folder {path} holds no picture ({', '.join(sorted(IMAGES))})")
            return Media("images", tuple(f"{path}/{name}" for name in frames))
        if not os.path.isfile(there):  # noqa: PTH113
            raise ValueError(f"there is no {path} in {shown(self.root)}{_nearly(str(self.root), path)}")
        suffix = suffix_of(path)
        if suffix in IMAGES:
            return Media("images", (path,))
        if suffix in VIDEOS:
            return Media("video", (path,))
        raise ValueError(f"{path} is neither a picture ({', '.join(sorted(IMAGES))}) nor a video ({', '.join(sorted(VIDEOS))})")  # fmt: skip # noqa: E501


@dataclass(slots=True)
class _Seen:
    """What the lines before have named. Whatever stands there twice under two spellings is one thing all the same."""

    paths: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)
    folders: dict[str, int] = field(default_factory=dict)
    frames: dict[str, int] = field(default_factory=dict)
    homes: dict[str, tuple[str, Split | None, int]] = field(default_factory=dict)

    def add(self, p: Presentation, path: str, there: str, line: int) -> None:
        """Enter a presentation. Raises ValueError with the reason where an earlier line contradicts."""
        self._path(path, there, line)
        first = self.ids.setdefault(p.id, line)
        if first != line:
            raise ValueError(f"the id {p.id} stands in line {first} already (files that differ in their suffix: name them in a column `id`)")  # fmt: skip # noqa: E501
        folder = len(p.media.files) > 1 or p.media.files[0] != path
        inside = self.folders.get(path.rpartition("/")[0]) if not folder else self.frames.get(path)
        if inside is not None:
            raise ValueError(f"the path {path} shows what line {inside} shows: a folder of frames is one presentation")
        if folder:
            self.folders[path] = line
        else:
            self.frames.setdefault(path.rpartition("/")[0], line)
        if p.subject:
            self._subject(p.subject, p.split, line)

    def _path(self, path: str, there: str, line: int) -> None:
        """The same file by another spelling: through a link, or in another case where the disk knows none.

        Not through the links of a content store, where all files of the same bytes are one.
        """
        for key in {path.casefold(), path.casefold() if "/.git/" in there else there}:
            other, place, first = self.paths.setdefault(key, (path, there, line))
            if first != line and (place == there or os.path.samefile(place, there)):  # noqa: PTH121
                also = "" if other == path else f" as {other}"
                raise ValueError(f"the path {path} stands in line {first} already{also}")

    def _subject(self, subject: str, split: Split | None, line: int) -> None:
        spelt, home, first = self.homes.setdefault(subject.casefold(), (subject, split, line))
        if spelt != subject:
            raise ValueError(f"the subject {subject} is written {spelt} in line {first}: write it alike")
        if home is None and split is not None:
            self.homes[subject.casefold()] = (subject, split, line)
        elif split is not None and split != home:
            raise ValueError(
                f"the subject {subject} is in {split} here and in {home} in line {first}: nothing trained on it could "
                "be trusted"
            )


def _plain(column: str, text: str) -> str:
    """A number as it was before a table program wrote it: `1` for `1.0`. Raises ValueError for one that is lost."""
    if column in ("path", "species", "split"):
        return text
    if column in ("id", "subject", "group") and _SHORTENED.fullmatch(text):
        raise ValueError(f"the {column} {text} was shortened by a spreadsheet: make its column text, and save it again")
    if column != "label" and (not text.isprintable() or len(text) > MAX_WORD):
        raise ValueError(f"the cell `{column}` is no short text")
    whole = _WHOLE.fullmatch(text)
    return whole[1] if whole else text


def _nearly(root: str, path: str) -> str:
    """`: it is called live/00.png` where a path differs from one on the disk in its case alone."""
    found: list[str] = []
    for part in path.split("/"):
        folder = "/".join([root, *found])
        try:
            near = [one for one in os.listdir(folder) if one.casefold() == part.casefold()]  # noqa: PTH208
        except OSError:
            near = []
        if not near:
            return ""
        found.append(part if part in near else near[0])
    return f": it is called {'/'.join(found)}"
