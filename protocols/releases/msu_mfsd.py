"""MSU-MFSD (Wen, Han, Jain, T-IFS 2015): 35 subjects before a phone and a laptop; prints, replays on phone and tablet.

`scene01/real/real_client<nnn>_{android,laptop}_SD_scene01.{mp4,mov}` and
`scene01/attack/attack_client<nnn>_{android,laptop}_SD_{ipad_video,iphone_video,printed_photo}_scene01.{mp4,mov}`.
Splits are those of `train_sub_list.txt` and `test_sub_list.txt` beside them (client numbers of two digits; the files'
have three); without the lists they are the published ones. There is no dev split.

Some bona fide clips of the phone are stored turned, with a tag or without one: a clip that shows no face as it lies, or
hardly any, is looked at turned (`Adapter.turned`), or its loss would make bona fide people errors.
"""

from __future__ import annotations

import re
from pathlib import Path
from types import MappingProxyType

from protocols import species
from protocols.adapter import Adapter, Named, register
from protocols.discovery import clips, labelled, lists
from protocols.discovery.layout import Table
from protocols.discovery.walk import Outline, shown, walk
from protocols.errors import InputError
from protocols.presentation import ATTACK, BONA_FIDE, Media, Presentation, Release, Split

TITLE = "MSU-MFSD"
WANTED = "give the folder that holds scene01, with its folders real and attack"
SPECIES = MappingProxyType(
    {"real": species.BONA_FIDE, "printed_photo": "print", "ipad_video": "replay", "iphone_video": "replay"}
)
PUBLISHED = MappingProxyType(
    {
        "bona fide": 70,
        "attack": 210,
        "print": 70,
        "replay": 140,
        "train/bona fide": 30,
        "train/attack": 90,
        "test/bona fide": 40,
        "test/attack": 120,
    }
)
TRAIN = frozenset({2, 3, 5, 6, 7, 8, 9, 11, 12, 21, 22, 34, 53, 54, 55})
TEST = frozenset({1, 13, 14, 23, 24, 26, 28, 29, 30, 32, 33, 35, 36, 37, 39, 42, 48, 49, 50, 51})

_OUTLINE = Outline(frozenset({"msumfsd", "msu"}), re.compile(r"scene01|real|attack", re.I))
_FOLDER = re.compile(r"(?:(?P<top>.*?)/)??(?:scene01/)?(?P<side>real|attack)", re.I)
_LIST = re.compile(r"(train|test)_sub_list\.txt", re.I)
_VIDEO = re.compile(
    r"(?:(?P<live>real)|attack)_client(?P<subject>\d{3})_(?P<sensor>android|laptop)_SD_"
    r"(?:(?P<attack>[a-z]+_[a-z]+)_)?scene01"
)


@register("msu-mfsd", title=TITLE)
class MsuMfsd(Adapter):
    """Whole pictures of 35 subjects."""

    licence = "on request; research only"
    signature = re.compile(
        r"(^|/)(real|attack)_client\d{3}_(android|laptop)_SD_(\w+_)?scene01(\.\w+$|/)", re.IGNORECASE
    )
    covariates = ("sensor",)
    frames = "msu"
    turned = True

    def discover(self, root: Path) -> Release:
        """Recognise the layout below `root` and list its presentations. Raises `InputError` for anything doubtful."""
        table = Table(TITLE, walk(root, _OUTLINE))
        splits = _splits(table)
        clips.enter(table, _FOLDER, lambda stem, folder, media: _row(stem, folder, media, splits))
        layout = table.layout(WANTED)
        found = ["real" if row.label == BONA_FIDE else "attack" for row in table.rows.values()]
        clips.warn_half(table, {"real": "real", "attack": "attack"}, found)
        labelled.check(table)
        table.warn_strays()
        return table.release("msu-mfsd", layout, PUBLISHED, cropped=layout == clips.CROPS)

    def named(self, video: str, folder: str) -> Named:
        """Subject, medium and camera."""
        subject, code, sensor = parse(video)
        return Named(subject, SPECIES[code], code, covariates=(("sensor", sensor),))


def parse(stem: str) -> tuple[str, str, str]:
    """(client, medium or `real`, camera) of a video's name. Raises ValueError with the reason."""
    match = _VIDEO.fullmatch(stem)
    code = (match["attack"] or "real") if match else ""
    if match is None or code not in SPECIES or (code == "real") != bool(match["live"]):
        raise ValueError("is not <real or attack>_client<nnn>_<camera>_SD_[<medium>_]scene01")
    return match["subject"], code, match["sensor"]


def _row(stem: str, folder: re.Match[str], media: Media, splits: dict[int, Split]) -> Presentation:
    subject, code, sensor = parse(stem)
    kind = SPECIES[code]
    clips.check_class(BONA_FIDE if folder["side"].lower() == "real" else ATTACK, kind)
    split = splits.get(int(subject))
    known = (("sensor", sensor),)
    return Presentation(stem, clips.label_of(kind), kind, code, subject, subject, split, media, covariates=known)


def _splits(table: Table) -> dict[int, Split]:
    """Client -> split, by the lists where they are found. Raises `InputError` for a client of both."""
    found = lists.find(table.tree, _LIST)
    if not found:
        return {**dict.fromkeys(TRAIN, "train"), **dict.fromkeys(TEST, "test")}
    splits: dict[int, Split] = {}
    for name, file in found.items():
        split: Split = "train" if name.startswith("train") else "test"
        for number, text in lists.read_lines(file):
            if not (text.isascii() and text.isdecimal() and len(text) <= 3):
                raise InputError(f"{shown(file)}, line {number}: {shown(text)} is no client's number")
            if splits.setdefault(int(text), split) != split:
                both = " and ".join(shown(other) for other in found.values())
                raise InputError(f"{both}: client {text} is in both: keep the release's own lists")
    return splits
