"""What the adapters share once a tree has been walked: one layout or a refusal, ordered frames, a checked table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from protocols.adapter import RELEASES
from protocols.discovery.walk import IMAGES, MEDIA, OTHER_MEDIA, Tree, join, shown, suffix_of
from protocols.errors import InputError
from protocols.presentation import Media, Presentation, Release


@dataclass
class Table:
    """The presentations found so far, with what has to be said about them.

    `tops` are the folders, relative to the tree's root, below which the release's own structure began; `left_out` are
    files that a warning of their own accounts for.
    """

    title: str
    tree: Tree
    rows: dict[str, Presentation] = field(default_factory=dict)
    tops: set[str] = field(default_factory=set)
    seen: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    left_out: set[str] = field(default_factory=set)
    doubles: list[tuple[Presentation, Presentation]] = field(default_factory=list)
    used: int = 0

    def add(self, row: Presentation, top: str | None) -> None:
        """Enter a row; one whose id is there already is kept for `refuse_doubles`."""
        other = self.rows.setdefault(row.id, row)
        if other is not row:
            self.doubles.append((row, other))
        self.tops.add(top or "")
        self.used += len(row.media.files)

    def saw(self, layout: str, example: str) -> None:
        """Remember that `example` belongs to `layout`."""
        self.seen.setdefault(layout, example)

    def layout(self, wanted: str) -> str:
        """The one layout seen. Raises `InputError` for none (naming what was seen instead) and for several."""
        where = shown(self.tree.given)
        if len(self.seen) == 1:
            self.refuse_doubles()
            return next(iter(self.seen))
        if self.seen:
            parts = " and ".join(f"{name!r} ({shown(example)})" for name, example in sorted(self.seen.items()))
            raise InputError(f"{where}: a mixture of {self.title} layouts, {parts}: give each its own root")
        other = guess(self.tree, self.title)
        if other:
            raise InputError(f"{where}: this looks like {other[0]}, not {self.title} ({shown(other[1])}): {wanted}")
        found = ", ".join(map(shown, sorted({f.split("/")[0] for f in self.tree.folders if f})[:6])) or "no folder"
        raise InputError(f"{where}: not a known layout of {self.title} (it holds {found}): {wanted}")

    def refuse_doubles(self) -> None:
        """Raise `InputError` if two presentations have one id: the release was unpacked twice, or merged."""
        if self.doubles:
            one, other = self.doubles[0]
            raise InputError(
                f"{shown(self.tree.given)}: {shown(one.media.files[0])} and {shown(other.media.files[0])} are both "
                f"{one.id} of {self.title}: keep one copy"
            )

    def release(self, name: str, layout: str, published: Mapping[str, int], *, cropped: bool) -> Release:
        """The finished table, in the order of ids, with paths relative to the release's own top folder.

        The top folder is the deepest one above everything found, so that naming it or its parent gives one digest.
        """
        self.refuse_doubles()
        base = common(self.tops)
        strip = len(base) + 1 if base else 0
        rows = [_moved(row, strip) if strip else row for row in self.rows.values()]
        for link in self.tree.loops:
            self.warnings.append(f"{shown(link)}: a symbolic link to a folder of the same release, not followed")
        return Release(
            name=name,
            title=self.title,
            layout=layout,
            root=self.tree.root / base,
            presentations=tuple(sorted(rows, key=lambda row: row.id)),
            warnings=tuple(self.warnings),
            published=dict(published),
            cropped=cropped,
        )

    def warn_strays(self, ignored: Iterable[str] = ()) -> None:
        """Say how many files are in no presentation: media that are read elsewhere, and kinds that never are.

        Of the latter every file beside media counts, and pictures and videos wherever they lie. Files whose stem ends
        in one of `ignored` are expected.
        """
        endings = tuple(ignored)
        strays = list(self._strays(endings))
        if strays:
            self.warnings.append(
                f"{len(strays)} media files are in no presentation, such as {shown(min(strays))}: left out"
            )
        unknown = list(self._unknown_kinds(endings))
        if unknown:
            kinds = Counter(suffix_of(path) or "without a suffix" for path in unknown).most_common()
            few = ", ".join(f"{shown(kind)} {n}" for kind, n in kinds[:6]) + (", ..." if len(kinds) > 6 else "")
            self.warnings.append(
                f"{len(unknown)} files of kinds that are not read ({few}), such as {shown(min(unknown))}: left out"
            )

    def _strays(self, endings: tuple[str, ...]) -> Iterator[str]:
        media = self.tree.files(MEDIA)
        if len(media) == self.used:
            return
        known = {file for row in self.rows.values() for file in row.media.files} | self.left_out
        for path in media:
            if path not in known and not path.rpartition(".")[0].lower().endswith(endings):
                yield path

    def _unknown_kinds(self, endings: tuple[str, ...]) -> Iterator[str]:
        accounted = self.left_out | self.tree.lists
        for folder, names in self.tree.folders.items():
            suffixes = [suffix_of(name) for name in names]
            beside_media = any(suffix in MEDIA for suffix in suffixes)
            for name, suffix in zip(names, suffixes, strict=True):
                counts = suffix not in MEDIA if beside_media else suffix in OTHER_MEDIA
                path = join(folder, name)
                if counts and path not in accounted and not name.rpartition(".")[0].lower().endswith(endings):
                    yield path

    def warn_absent(self, file: Path, absent: Iterable[str]) -> None:
        """Say which names of a list are not on disk."""
        names = sorted(set(absent))
        if names:
            few = ", ".join(map(shown, names[:3])) + (", ..." if len(names) > 3 else "")
            self.warnings.append(f"{shown(file.name)}: {len(names)} listed but not on disk ({few})")


def _moved(row: Presentation, strip: int) -> Presentation:
    return replace(row, media=Media(row.media.kind, tuple(file[strip:] for file in row.media.files)))


def frames(folder: str, names: Iterable[str]) -> tuple[str, ...]:
    """The images of a folder that are called by a number, in its order (`11` before `101`); others are left out.

    Raises `InputError` where two files have one number.
    """
    numbered: dict[int, str] = {}
    for name in names:
        stem, dot, suffix = name.rpartition(".")
        if dot and stem.isdecimal() and stem.isascii() and len(stem) < 10 and f".{suffix.lower()}" in IMAGES:
            other = numbered.setdefault(int(stem), name)
            if other is not name:
                raise InputError(f"{shown(folder)}: {name} and {other} are one frame number: unpack the release again")
    prefix = f"{folder}/" if folder else ""
    return tuple([prefix + numbered[number] for number in sorted(numbered)])


def images(folder: str, names: Iterable[str]) -> Media | None:
    """The numbered frames of a folder as one presentation's media, or None where there is none."""
    files = frames(folder, names)
    return Media("images", files) if files else None


def videos(tree: Tree, folder: str, suffixes: frozenset[str]) -> list[tuple[str, str]]:
    """(stem, path) of the files of a folder with one of the suffixes."""
    return [
        (name[: -len(suffix_of(name))], join(folder, name))
        for name in tree.folders[folder]
        if suffix_of(name) in suffixes
    ]


def common(folders: Iterable[str]) -> str:
    """The deepest folder above all `folders` (POSIX, relative); `` is the root."""
    split = [folder.split("/") if folder else [] for folder in folders]
    if not split:
        return ""
    first, last = min(split), max(split)
    same = 0
    while same < min(len(first), len(last)) and first[same] == last[same]:
        same += 1
    return "/".join(first[:same])


def guess(tree: Tree, *but: str) -> tuple[str, str] | None:
    """(title, example) of another release than those called `but` that the tree looks like, or None."""
    hits: Counter[str] = Counter()
    example: dict[str, str] = {}
    known = {kind.title: kind.signature for kind in RELEASES.values() if kind.signature and kind.title not in but}
    for path in tree.files(MEDIA)[:5000]:
        for title, pattern in known.items():
            if pattern.search(path):
                hits[title] += 1
                example.setdefault(title, path)
    if not hits:
        return None
    title = hits.most_common(1)[0][0]
    return title, example[title]


def refuse_shared_subjects(table: Table) -> None:
    """Raise `InputError` if a subject of this table is in two splits: nothing trained on it could be trusted."""
    home: dict[str, Literal["train", "dev", "test"]] = {}
    for row in table.rows.values():
        if row.subject and row.split and home.setdefault(row.subject, row.split) != row.split:
            raise InputError(
                f"{shown(table.tree.given)}: subject {row.subject} of {table.title} is in {home[row.subject]} and in "
                f"{row.split}: unpack the release again"
            )
