"""OULU-NPU (Boulkenafet et al., FG 2017): 55 subjects, six phones, three sessions; prints and replays.

`{Train,Dev,Test}_files/<phone>_<session>_<user>_<file>.avi`: file 1 is bona fide, 2 and 3 are prints of two printers, 4
and 5 replays on two displays. Users 1 to 20 train, 21 to 35 are the development set, 36 to 55 test.

Its four protocols follow from the names, and are a choice here (`oulu_npu_protocol`); the lists of `Protocols` (in some
copies `OULU_Protocols`) are compared with names and rules where they are found. Train and dev against test:
1: sessions 1 and 2 / 3. 2: files 1, 2, 4 / 1, 3, 5. 3.k: phones other than k / k. 4.k: all of these.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from protocols import species
from protocols.adapter import Adapter, Named, Side, register
from protocols.discovery import clips, labelled, lists
from protocols.discovery.layout import Table
from protocols.discovery.walk import Outline, shown, walk
from protocols.errors import InputError
from protocols.presentation import ATTACK, BONA_FIDE, Label, Media, Presentation, Release, Split

TITLE = "OULU-NPU"
WANTED = "give the folder that holds Train_files, Dev_files and Test_files"
SPECIES = MappingProxyType({"1": species.BONA_FIDE, "2": "print", "3": "print", "4": "replay", "5": "replay"})
PUBLISHED = MappingProxyType(
    {
        "bona fide": 990,
        "attack": 3960,
        "print": 1980,
        "replay": 1980,
        "train/bona fide": 360,
        "train/attack": 1440,
        "dev/bona fide": 270,
        "dev/attack": 1080,
        "test/bona fide": 360,
        "test/attack": 1440,
    }
)
_FOLDERS: dict[str, Split] = {"train": "train", "dev": "dev", "test": "test"}

_OUTLINE = Outline(frozenset({"oulunpu", "oulu"}), re.compile(r"(?:train|dev|test)_files|(?:oulu_)?protocols", re.I))
_FOLDER = re.compile(r"(?:(?P<top>.*)/)?(?P<split>train|dev|test)_files", re.I)
_LIST = re.compile(r"(?:.*/)?Protocol_(?P<protocol>[1-4])/(?P<part>Train|Dev|Test)(?:_(?P<k>[1-6]))?\.txt", re.I)
_LINE = re.compile(r"(?P<label>[+-]?\d)\s*,\s*(?P<video>[\d_]+)")
_VIDEO = re.compile(r"(?P<phone>[1-6])_(?P<session>[1-3])_(?P<user>\d\d)_(?P<file>[1-5])")

Wanted = Literal[
    "none", "1", "2", "3.1", "3.2", "3.3", "3.4", "3.5", "3.6", "4.1", "4.2", "4.3", "4.4", "4.5", "4.6"
]  # fmt: skip


@dataclass(frozen=True)
class OuluNpuChoices:
    """What is open about OULU-NPU.

    Attributes:
        oulu_npu_protocol: one of the release's own protocols, `1`, `2`, `3.1` to `3.6`, `4.1` to `4.6`; `none`: all.
    """

    oulu_npu_protocol: Wanted = "none"


def split_of(user: int) -> Split | None:
    """Users 1 to 20 train, 21 to 35 are the development set, 36 to 55 test."""
    if not 1 <= user <= 55:
        return None
    return "train" if user <= 20 else "dev" if user <= 35 else "test"


def belongs(video: str, protocol: str, side: Side) -> bool:
    """Whether a video counts in a protocol (`1`, `3.4`), to train and set thresholds (`source`) or to test."""
    match = _VIDEO.fullmatch(video)
    assert match is not None
    kind, _, k = protocol.partition(".")
    trained = side == "source"
    if kind in "14" and (match["session"] == "3") == trained:
        return False
    if kind in "24" and match["file"] not in ("124" if trained else "135"):
        return False
    return kind not in "34" or (match["phone"] != k) == trained


@register("oulu-npu", title=TITLE)
class OuluNpu(Adapter):
    """Whole pictures of 55 subjects."""

    licence = "end-user agreement; research only; no redistribution"
    signature = re.compile(r"(^|/)(train|dev|test)_files/[1-6]_[1-3]_\d\d_[1-5](\.\w+$|/)", re.IGNORECASE)
    choices = OuluNpuChoices
    covariates = ("sensor", "session")
    frames = "oulu"

    def keeps(self, p: Presentation, choices: OuluNpuChoices, side: Side) -> bool:
        """Those of the protocol asked for."""
        wanted = choices.oulu_npu_protocol
        return wanted == "none" or belongs(p.id.rpartition("/")[2], wanted, side)

    def lacks(self, release: Release, choices: OuluNpuChoices, side: Side) -> str | None:
        """A protocol needs its parts: of train and dev as a source, of test as a target."""
        parts = ("train", "dev") if side == "source" else ("test",)
        held = {p.split for p in release.presentations if self.keeps(p, choices, side)}
        lack = [part for part in parts if part not in held]
        if choices.oulu_npu_protocol == "none" or not lack:
            return None
        return f"protocol {choices.oulu_npu_protocol} finds no video for its {' and '.join(lack)} part in this copy"

    def discover(self, root: Path) -> Release:
        """Recognise the layout below `root` and list its presentations. Raises `InputError` for anything doubtful."""
        table = Table(TITLE, walk(root, _OUTLINE))
        clips.enter(table, _FOLDER, _row)
        layout = table.layout(WANTED)
        parts = {split: f"{split.title()}_files" for split in _FOLDERS}
        clips.warn_half(table, parts, [row.split for row in table.rows.values()])
        _check_lists(table)
        eyes = (".txt",)  # the places of the eyes, beside each video
        table.left_out.update(path for path in table.tree.files(eyes) if _FOLDER.fullmatch(path.rpartition("/")[0]))
        labelled.check(table)
        table.warn_strays()
        return table.release("oulu-npu", layout, PUBLISHED, cropped=layout == clips.CROPS)

    def named(self, video: str, folder: str) -> Named:
        """User, attack, split, phone and session."""
        match = _match(video)
        return Named(match["user"], SPECIES[match["file"]], match["file"], split_of(int(match["user"])), _known(match))


def _match(video: str) -> re.Match[str]:
    match = _VIDEO.fullmatch(video)
    if match is None:
        raise ValueError("is not <phone>_<session>_<user>_<file>")
    return match


def _known(match: re.Match[str]) -> tuple[tuple[str, str], ...]:
    return (("sensor", f"phone {match['phone']}"), ("session", match["session"]))


def _row(stem: str, folder: re.Match[str], media: Media) -> Presentation:
    match = _match(stem)
    split = _FOLDERS[folder["split"].lower()]
    if split_of(int(match["user"])) != split:
        raise ValueError(f"is of user {match['user']}, who is not in {folder['split']}_files: unpack the release again")
    kind, user = SPECIES[match["file"]], match["user"]
    return Presentation(
        stem, clips.label_of(kind), kind, match["file"], user, user, split, media, covariates=_known(match)
    )


def _check_lists(table: Table) -> None:
    """Compare the release's lists with what the names say. Raises `InputError` that names the list and the line."""
    tree = table.tree
    for path in tree.files((".txt",)):
        match = _LIST.fullmatch(path)
        if match is None:
            continue
        tree.lists.add(path)
        protocol = match["protocol"] + (f".{match['k']}" if match["k"] else "")
        if (match["protocol"] in "34") != bool(match["k"]):
            raise InputError(f"{shown(path)}: protocol {protocol} of {TITLE} has no such list")
        split, listed = _FOLDERS[match["part"].lower()], set()
        for number, text in lists.read_lines(tree.root / path):
            try:
                listed.add(_listed(text, protocol, split))
            except ValueError as reason:
                raise InputError(f"{shown(path)}, line {number}: {shown(reason)}") from None
        table.warn_absent(tree.root / path, listed - table.rows.keys())


def _listed(text: str, protocol: str, split: Split) -> str:
    """The video of a line. Raises ValueError where its label, or its place in this list, contradicts its name."""
    line = _LINE.fullmatch(text)
    if line is None:
        raise ValueError("is not <label>,<phone>_<session>_<user>_<file>")
    video, match = line["video"], _match(line["video"])
    said: Label = BONA_FIDE if line["label"].removeprefix("+") == "1" else ATTACK
    label = clips.label_of(SPECIES[match["file"]])
    if said != label:
        raise ValueError(f"{video} is {said} here (1 = bona fide in these lists) and {label} by its name")
    side: Side = "target" if split == "test" else "source"
    if split_of(int(match["user"])) != split or not belongs(video, protocol, side):
        raise ValueError(f"{video} is not of the {split} part of protocol {protocol}: use the release's own lists")
    return video
