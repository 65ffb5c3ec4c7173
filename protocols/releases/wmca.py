"""WMCA (George et al., T-IFS 2020): 72 subjects, colour channel; seven kinds of attack, masks and glasses among them.

`preprocessed-face-station_RGB/<dd.mm.yy>/<client>_<session>_<presenter>_<type>_<pai>.hdf5`, faces cut out by Idiap,
frame k at `/Frame_<k>/array`. What an attack is follows from type and pai; an electronic photograph is of type 3 as the
prints are, but a replay. `preprocessed-face-station_CDIT`, the same tree with grey, depth, infrared and thermal
pictures, holds no colour: passed over beside the colour files, refused alone; so is the raw `face-station`.

Splits are those of `PROTOCOL-grandtest.csv` (Idiap: path, label, attack type, set, no header) or `WMCA_Grandtest.txt`
(CASIA-FAS-Dataset) where one is found, else there are none. Every list is compared with what the names say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from protocols import species
from protocols.adapter import Adapter, Named, register
from protocols.discovery import clips, layout, lists
from protocols.discovery.layout import Table, refuse_shared_subjects
from protocols.discovery.walk import HDF5, Outline, shown, walk
from protocols.errors import InputError
from protocols.labels import label_of
from protocols.presentation import Label, Media, Presentation, Release, Split

TITLE = "WMCA"
PREPROCESSED = "preprocessed colour"
WANTED = "give the folder that holds preprocessed-face-station_RGB"
PUBLISHED = MappingProxyType(
    {
        "bona fide": 347,
        "attack": 1332,
        "glasses": 75,
        "mannequin": 122,
        "print": 200,
        "replay": 348,
        "rigid mask": 137,
        "silicone mask": 379,
        "paper mask": 71,
    }
)
PUBLISHED_SPLITS = MappingProxyType(
    {
        "train/bona fide": 124,
        "train/attack": 441,
        "dev/bona fide": 108,
        "dev/attack": 449,
        "test/bona fide": 115,
        "test/attack": 442,
    }
)
"""The grandtest protocol; known only where its list is."""

_OUTLINE = Outline(
    frozenset({"wmca"}), re.compile(r"(?:preprocessed-)?face-station.*|documentation|\d\d\.\d\d\.\d\d", re.I)
)
_DATE = re.compile(r"(?:(?P<top>.*)/)?(?P<date>\d\d\.\d\d\.\d\d)")
_STEM = re.compile(r"(?P<client>\d{3})_(?P<session>\d\d)_(?P<presenter>\d{3})_(?P<type>\d)_(?P<pai>\d\d)")
_PLACE = re.compile(rf"(?:.*/)?(\d\d\.\d\d\.\d\d)/({_STEM.pattern})(?:\.hdf5|\.h5)?")
_VIDEO = re.compile(rf"\d\d\.\d\d\.\d\d_{_STEM.pattern}")
_LIST = re.compile(r"(?:PROTOCOL-grandtest\.csv|WMCA_Grandtest\.txt)", re.I)
_GROUPS: Mapping[str, Split] = {"train": "train", "dev": "dev", "validation": "dev", "eval": "test", "test": "test"}
_OTHERS: dict[str, tuple[int, ...]] = {
    "mannequin": tuple(range(1, 8)),
    "paper mask": tuple(range(8, 12)),
    "rigid mask": tuple(range(12, 18)),
    "silicone mask": (18, *range(75, 100)),
}


def species_of(kind: int, pai: int) -> str:
    """The canonical species of (type, pai). Raises ValueError for a pair that the release does not hold."""
    if kind == 0 and pai in (0, 1, 2):
        return species.BONA_FIDE
    if kind == 1:
        if pai in (1, 4, 5, 6, 7, 15, 16):
            return "glasses"
        if pai in (2, 13, 14):
            return "rigid mask"
    if kind == 2:
        for name, numbers in _OTHERS.items():
            if pai in numbers:
                return name
    if kind == 3:
        return "replay" if pai in (5, 10, 15) else "print"
    if kind == 4:
        return "replay"
    raise ValueError(f"has the unknown type {kind} with the instrument {pai:02d}")


@register("wmca", title=TITLE)
class Wmca(Adapter):
    """Faces cut out by Idiap, of 72 subjects; seven kinds of attack."""

    licence = "Idiap end-user agreement; research only; no redistribution"
    signature = re.compile(r"(^|/)\d\d\.\d\d\.\d\d/\d{3}_\d\d_\d{3}_\d_\d\d\.\w+$")
    covariates = ("session",)
    frames = "wmca"

    def discover(self, root: Path) -> Release:
        """Recognise the layout below `root` and list its presentations. Raises `InputError` for anything doubtful."""
        table = Table(TITLE, walk(root, _OUTLINE))
        _enter(table)
        name = table.layout(WANTED)
        published = dict(PUBLISHED) | _apply_lists(table)
        refuse_shared_subjects(table)
        table.warn_strays()
        return table.release("wmca", name, published, cropped=True)

    def named(self, video: str, folder: str) -> Named:
        """Client, species and session. The grandtest split is not in the name."""
        match = _VIDEO.fullmatch(video)
        if match is None:
            raise ValueError("is not <dd.mm.yy>_<client>_<session>_<presenter>_<type>_<pai>")
        kind, pai = int(match["type"]), int(match["pai"])
        code = f"{match['type']}_{match['pai']}"
        return Named(match["client"], species_of(kind, pai), code, covariates=(("session", match["session"]),))


def _enter(table: Table) -> None:
    """The colour files; those of other channels, and raw ones, are set aside. Raises `InputError` if there are only
    those."""
    tree, aside = table.tree, []
    for folder in tree.folders:
        match = _DATE.fullmatch(folder)
        files = layout.videos(tree, folder, HDF5) if match else []
        words = f"{tree.root.name}/{folder}".lower()
        if not match or "_cdit" in words or ("_rgb" not in words and "face-station" in words):
            aside += [path for _, path in files]
            continue
        for stem, path in files:
            table.saw(PREPROCESSED, path)
            table.add(_row(stem, match["date"], path), match["top"])
    if aside and not table.seen:
        raise InputError(
            f"{shown(tree.given)}: {shown(aside[0])} holds grey, depth, infrared and thermal pictures, or raw streams, "
            f"no prepared colour: {WANTED}"
        )
    if aside:
        table.left_out.update(aside)
        table.warnings.append(f"{len(aside)} files of other channels, or raw ones, are left out")


def _row(stem: str, date: str, path: str) -> Presentation:
    match = _STEM.fullmatch(stem)
    try:
        if match is None:
            raise ValueError("is not <client>_<session>_<presenter>_<type>_<pai>")
        kind = species_of(int(match["type"]), int(match["pai"]))
    except ValueError as reason:
        raise InputError(f"{shown(path)}: {shown(stem)} {reason}") from None
    code, who = f"{match['type']}_{match['pai']}", match["client"]
    known = (("session", match["session"]),)
    media = Media("hdf5", (path,))
    return Presentation(f"{date}/{stem}", clips.label_of(kind), kind, code, who, who, None, media, covariates=known)


def _apply_lists(table: Table) -> dict[str, int]:
    """Give the rows the grandtest splits; returns the published splits. Raises `InputError` for a line that
    contradicts its clip's name, or another list, and names both."""
    said: dict[str, tuple[str, str]] = {}
    found = lists.find(table.tree, _LIST)
    for file in found.values():
        listed = set()
        for number, text in lists.read_lines(file):
            where = f"{shown(file)}, line {number}"
            try:
                entry = _entry(text, number)
            except ValueError as reason:
                raise InputError(f"{where}: {shown(reason)}") from None
            if entry is None:
                continue
            key, word, split = entry
            _agree(said, f"split of {key}", split, where)
            if isinstance(word, str) and word.isdecimal():  # nobody says which number is which: the first line does
                _agree(said, f"label {word}", _label_of(key), where)
            elif word != _label_of(key):
                raise InputError(f"{where}: {key} is {word} here and {_label_of(key)} by its name: keep the own list")
            listed.add(key)
            if key in table.rows:
                table.rows[key] = replace(table.rows[key], split=split)
        table.warn_absent(file, listed - table.rows.keys())
    return dict(PUBLISHED_SPLITS) if found else {}


def _agree(said: dict[str, tuple[str, str]], of: str, value: str, where: str) -> None:
    """Raise `InputError` where a line says something else than an earlier one, of this list or of another."""
    other, first = said.setdefault(of, (value, where))
    if other != value:
        raise InputError(f"{where}: {of}: {value} here and {other} in {first}: keep the list that is right")


def _label_of(key: str) -> Label:
    match = _STEM.fullmatch(key.rpartition("/")[2])
    assert match is not None
    return clips.label_of(species_of(int(match["type"]), int(match["pai"])))


def _entry(text: str, number: int) -> tuple[str, Label | str, Split] | None:
    """(id, label or number, split) of a line, whatever the order of its columns; None for a header. Raises ValueError.

    A label is a word, or 0 or 1: of several numbers the last one.
    """
    cells = lists.csv_row(text)
    places = [match for cell in cells if (match := _PLACE.fullmatch(lists.clean_path(cell) if cell else ""))]
    groups = [_GROUPS[cell.lower()] for cell in cells if cell.lower() in _GROUPS]
    if number == 1 and not places:
        return None
    words = [label for cell in cells if (label := label_of(cell))]
    labels: list[Label | str] = [*words] or [cell for cell in cells if cell in ("0", "1")][-1:]
    if len(places) != 1 or len(groups) != 1 or not labels:
        raise ValueError("is not a path, a label and one of train, dev, eval")
    key = f"{places[0][1]}/{places[0][2]}"
    species_of(int(places[0]["type"]), int(places[0]["pai"]))
    return key, labels[0], groups[0]
