"""A plain folder tree as a release, the simplest way to bring one's own data.

    train|dev|test / bona-fide|real|live|...  / ...
    train|dev|test / attack|spoof|fake / [species] / ...

The split may be left out where there is none. Below its class a video is a presentation, and so is a picture, but a
folder whose pictures are called by numbers (`0001.jpg`, `frame_12.png`) is one presentation with these as its frames.
Right below an attack's class a folder is a species, unless it is such a folder of frames and is not called like a known
species. What lies deeper lies in the folder of a subject: `test/attack/print/s07/clip3.mp4` shows the print of `s07`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from protocols.adapter import RELEASES
from protocols.discovery.layout import guess
from protocols.discovery.walk import IMAGES, VIDEOS, Outline, Tree, join, shown, suffix_of, walk
from protocols.errors import InputError
from protocols.labels import label_of
from protocols.layouts.words import is_canonical, species_of, split_of
from protocols.presentation import ATTACK, BONA_FIDE, Label, Media, Presentation, Release, Split

LAYOUT = "folder tree"
_FRAME = re.compile(r"(?:frame[ _-]?)?(?P<number>\d{1,9})", re.I)
_OUTLINE = Outline(frozenset(), re.compile(r"(?!)"))


@dataclass(frozen=True, slots=True)
class _Class:
    """A folder of one class: its split, where there is one, its label, and how many folders deep it lies."""

    split: Split | None
    label: Label
    depth: int


def fits(root: Path) -> bool:
    """Whether a folder looks like such a tree: a class in it, or a split with a class in it."""
    try:
        inside = [p for p in root.iterdir() if p.is_dir()]
        below = [q for p in inside if split_of(p.name) for q in p.iterdir() if q.is_dir()]
    except OSError:
        return False
    return any(label_of(p.name) for p in (*inside, *below))


def discover(name: str, title: str, root: Path, *, cropped: bool = False) -> Release:
    """The presentations of a tree. Raises `InputError` for one that is none, holds one class, or two of one id."""
    tree = walk(root, _OUTLINE)
    kin = RELEASES[RELEASES[name].people].title if name in RELEASES and RELEASES[name].people else title
    if looks := guess(tree, title, kin):
        raise InputError(
            f"{shown(root)}: this looks like {looks[0]} ({shown(looks[1])}), not like a folder tree of one's own: "
            "give it under that release's name"
        )
    rows: dict[str, Presentation] = {}
    left = 0
    for folder, names in tree.folders.items():
        place = _class_of(folder)
        if place is None:
            left += sum(suffix_of(one) in IMAGES | VIDEOS for one in names)
            continue
        for p in _presentations(tree, folder, names, place):
            other = rows.setdefault(p.id, p)
            if other is not p:
                both = f"{shown(p.media.files[0])} and {shown(other.media.files[0])}"
                raise InputError(f"{shown(root)}: {both} differ in their suffix alone: keep one of them")
    labels = {p.label for p in rows.values()}
    if labels != {BONA_FIDE, ATTACK}:
        lacks = " and no ".join(sorted({BONA_FIDE, ATTACK} - labels))
        raise InputError(
            f"{shown(root)}: no {lacks} presentation in it; a tree is train|dev|test / bona-fide|real|live and "
            "attack|spoof|fake / [species] / pictures, folders of frames or videos"
        )
    warnings = [f"{left} media files lie in no folder of a class: left out"] if left else []
    warnings += [f"{shown(link)}: a symbolic link to a folder of the same tree, not followed" for link in tree.loops]
    ordered = tuple(sorted(rows.values(), key=lambda p: p.id))
    return Release(name, title, LAYOUT, tree.root, ordered, tuple(warnings), cropped=cropped)


def _class_of(folder: str) -> _Class | None:
    first, *rest = folder.split("/")
    split = split_of(first)
    at = rest[0] if split and rest else first
    label = label_of(at)
    return None if label is None else _Class(split, label, 2 if split else 1)


def _presentations(tree: Tree, folder: str, names: tuple[str, ...], place: _Class) -> Iterator[Presentation]:
    """Those that lie right in one folder."""
    images = [one for one in names if suffix_of(one) in IMAGES]
    between = folder.split("/")[place.depth :]
    of_species = place.label == ATTACK and len(between) == 1 and is_canonical(between[0])
    frames = as_frames(images) if between and not of_species else None
    if frames is not None:
        yield _row(tree, folder, folder, Media("images", tuple(join(folder, one) for one in frames)), place)
        images = []
    for one in images:
        yield _row(tree, folder, _bare(join(folder, one)), Media("images", (join(folder, one),)), place)
    for one in names:
        if suffix_of(one) in VIDEOS:
            yield _row(tree, folder, _bare(join(folder, one)), Media("video", (join(folder, one),)), place)


def as_frames(images: list[str]) -> list[str] | None:
    """Pictures called by numbers, in order; None where one is called otherwise, or two have one number."""
    numbers: dict[int, str] = {}
    for one in images:
        match = _FRAME.fullmatch(_bare(one))
        if match is None:
            return None
        numbers[int(match["number"])] = one
    return [numbers[n] for n in sorted(numbers)] if len(numbers) == len(images) > 0 else None


def _row(tree: Tree, folder: str, key: str, media: Media, place: _Class) -> Presentation:
    """`key` is the presentation's path without a suffix; folders between its class and itself are species, subject."""
    between = key.split("/")[place.depth : -1]
    word = between.pop(0) if place.label == ATTACK and between else ""
    try:
        kind = species_of(word, place.label)
    except ValueError as reason:
        raise InputError(f"{shown(tree.root)}: {shown(key)} {shown(reason)}") from None
    subject = "/".join(between) or None
    native = word or key.split("/")[place.depth - 1]
    return Presentation(key, place.label, kind, native, subject, subject or key, place.split, media)


def _bare(path: str) -> str:
    return path[: -len(suffix_of(path)) or None]
