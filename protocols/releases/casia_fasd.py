"""CASIA-FASD (Zhang et al., ICB 2012): 50 subjects, three qualities; warped and cut photographs, replays.

`{train,test}_release/<n>/<file>.avi`, files `1` to `8` and `HR_1` to `HR_4`: bona fide 1, 2, HR_1; a warped photograph
3, 4, HR_2; one with its eyes cut out 5, 6, HR_3; a replay 7, 8, HR_4. Odd files are of low, even ones of normal, HR
ones of high quality; a copy of SAFAS's calls the former two `NM_1` to `NM_8`.

Subject numbers start again at 1 in the test split: there are 50 people, so a subject's name, and every id, begins with
its split. There is no dev split.
"""

from __future__ import annotations

import re
from pathlib import Path
from types import MappingProxyType

from protocols import species
from protocols.adapter import Adapter, Named, register
from protocols.discovery import clips, labelled
from protocols.discovery.layout import Table
from protocols.discovery.walk import Outline, walk
from protocols.presentation import Media, Presentation, Release, Split

TITLE = "CASIA-FASD"
WANTED = "give the folder that holds train_release and test_release"
_FILES = {
    **dict.fromkeys(("1", "2", "HR_1"), "real"),
    **dict.fromkeys(("3", "4", "HR_2"), "warped photo"),
    **dict.fromkeys(("5", "6", "HR_3"), "cut photo"),
    **dict.fromkeys(("7", "8", "HR_4"), "video"),
}
SPECIES = MappingProxyType(
    {"real": species.BONA_FIDE, "warped photo": "print", "cut photo": "print", "video": "replay"}
)
PUBLISHED = MappingProxyType(
    {
        "bona fide": 150,
        "attack": 450,
        "print": 300,
        "replay": 150,
        "train/bona fide": 60,
        "train/attack": 180,
        "test/bona fide": 90,
        "test/attack": 270,
    }
)
_SUBJECTS = {"train": 20, "test": 30}

_OUTLINE = Outline(
    frozenset({"casiafasd", "casiamfsd", "casiafaceantisp"}), re.compile(r"(?:train|test)_release", re.I)
)
_FOLDER = re.compile(r"(?:(?P<top>.*)/)?(?P<split>train|test)_release/(?P<subject>\d{1,2})", re.I)
_STEM = re.compile(r"(?:NM_)?([1-8])|(HR_[1-4])", re.I)
_VIDEO = re.compile(r"(?P<subject>\d{1,2})_(?P<file>[1-8]|HR_[1-4])")


@register("casia-fasd", title=TITLE)
class CasiaFasd(Adapter):
    """Whole pictures of 50 subjects."""

    licence = "on request; research only"
    signature = re.compile(r"(^|/)(train|test)_release/\d{1,2}/((NM_)?[1-8]|HR_[1-4])(\.\w+$|/)", re.IGNORECASE)
    covariates = ("sensor",)
    frames = "casia"

    def discover(self, root: Path) -> Release:
        """Recognise the layout below `root` and list its presentations. Raises `InputError` for anything doubtful."""
        table = Table(TITLE, walk(root, _OUTLINE))
        clips.enter(table, _FOLDER, _row)
        layout = table.layout(WANTED)
        splits = [row.split for row in table.rows.values()]
        clips.warn_half(table, {"train": "train_release", "test": "test_release"}, splits)
        labelled.check(table)
        table.warn_strays()
        return table.release("casia-fasd", layout, PUBLISHED, cropped=layout == clips.CROPS)

    def named(self, video: str, folder: str) -> Named:
        """Subject (of this split), kind of attack and the camera's quality."""
        match = _VIDEO.fullmatch(video)
        if match is None:
            raise ValueError("is not <subject>_<1 to 8, or HR_1 to HR_4>")
        code = _FILES[match["file"]]
        subject = f"{folder or 'train'}-{match['subject']}"
        return Named(subject, SPECIES[code], code, covariates=(("sensor", _quality(match["file"])),))


def _row(stem: str, folder: re.Match[str], media: Media) -> Presentation:
    match = _STEM.fullmatch(stem)
    if match is None:
        raise ValueError("is not one of 1 to 8 and HR_1 to HR_4")
    file = (match[1] or match[2]).upper()
    split: Split = "train" if folder["split"].lower() == "train" else "test"
    number = int(folder["subject"])
    if not 1 <= number <= _SUBJECTS[split]:
        raise ValueError(f"is of subject {number}, where {split} has 1 to {_SUBJECTS[split]}")
    code = _FILES[file]
    kind, subject = SPECIES[code], f"{split}-{number}"
    known = (("sensor", _quality(file)),)
    key = f"{split}/{number}/{file}"
    return Presentation(key, clips.label_of(kind), kind, code, subject, subject, split, media, covariates=known)


def _quality(file: str) -> str:
    return "high" if file.startswith("HR") else "low" if int(file) % 2 else "normal"
