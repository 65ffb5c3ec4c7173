"""Releases of one video a presentation, whose name says all: videos as distributed, or the face crops of a known copy.

CASIA-FAS-Dataset holds the field's sets as folders of cut-out faces, one folder a video and in it `crop/001.png`, below
the release's own folders. Such a copy is read as well, as a layout of its own: a mixture of both is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from protocols import species
from protocols.discovery import layout
from protocols.discovery.layout import Table
from protocols.discovery.walk import VIDEOS, shown, suffix_of
from protocols.errors import InputError
from protocols.presentation import ATTACK, BONA_FIDE, Label, Media, Presentation, Split

RELEASED = "as released"
CROPS = "face crops of CASIA-FAS-Dataset"
_CROP = "crop"
_ARCHIVES = frozenset({".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".001"})

Make = Callable[[str, "re.Match[str]", Media], Presentation]
"""Stem, the match of its folder, its media -> the presentation. Raises ValueError with the reason."""


def enter(table: Table, folders: re.Pattern[str], make: Make, suffixes: frozenset[str] = VIDEOS) -> None:
    """Enter what lies in the folders that match: videos, or the crops of one video in a folder of its own.

    `folders` has a group `top`: what lies above the release's own structure. Raises `InputError` that names the file
    where `make` finds a reason against it.
    """
    for folder in table.tree.folders:
        if match := folders.fullmatch(folder):
            for stem, path in layout.videos(table.tree, folder, suffixes):
                table.saw(RELEASED, path)
                _add(table, make, stem, match, Media("video", (path,)))
            continue
        home, _, stem = _video_folder(folder).rpartition("/")
        match = folders.fullmatch(home)
        media = layout.images(folder, table.tree.folders[folder]) if match else None
        if match and media:
            table.saw(CROPS, media.files[0])
            _add(table, make, stem, match, media)


def label_of(kind: str) -> Label:
    """The class of a canonical species."""
    return BONA_FIDE if kind == species.BONA_FIDE else ATTACK


def warn_half(table: Table, parts: Mapping[str, str], found: Sequence[Split | str | None]) -> None:
    """Say which parts of the release are not there (part -> the folder that would hold it), and which archives lie
    there still packed."""
    lacking = [folder for part, folder in parts.items() if part not in set(found)]
    packed = [
        f"{folder}/{name}" if folder else name
        for folder, names in table.tree.folders.items()
        for name in names
        if suffix_of(name) in _ARCHIVES
    ]
    if lacking:
        table.warnings.append(f"half unpacked: nothing of {', '.join(lacking)}")
    if packed:
        table.left_out.update(packed)
        table.warnings.append(f"{len(packed)} archives are not unpacked, such as {shown(packed[0])}")


def check_class(said: Label, kind: str) -> None:
    """Raise ValueError where the class of a folder (`real`, `attack`) contradicts the species of a name."""
    if said != label_of(kind):
        raise ValueError(f"is {kind} by its name and {said} by its folder: unpack the release again")


def _video_folder(folder: str) -> str:
    """The folder called like the video, of a folder that holds its pictures."""
    home, _, last = folder.rpartition("/")
    return home if last.lower() == _CROP else folder


def _add(table: Table, make: Make, stem: str, match: re.Match[str], media: Media) -> None:
    try:
        row = make(stem, match, media)
    except ValueError as reason:
        other = layout.guess(table.tree, table.title)
        looks = f" (this looks like {other[0]}, not {table.title})" if other else ""
        raise InputError(f"{shown(media.files[0])}: {shown(stem)} {shown(reason)}{looks}") from None
    table.add(row, match["top"])
