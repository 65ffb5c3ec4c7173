"""SiW, the first one (Liu, Jourabloo, Liu, CVPR 2018): 165 subjects; prints, replays on four media.

`{Train,Test}/{live,spoof}/<sss>/<sss>-<sensor>-<type>-<medium>-<session>.mov`, type 1 live, 2 a print (two kinds of
paper), 3 a replay (four screens); some clips of the test part end in `.m.mov`. Its owners count fewer clips than lie on
disk, so the counts here are those of a complete copy. There is no dev split.

CASIA-FAS-Dataset's lists of this set contradict each other: 0 is live in some and 1 in others, which is refused.
"""

from __future__ import annotations

import re
from pathlib import Path
from types import MappingProxyType

from protocols import species
from protocols.adapter import Adapter, register
from protocols.discovery import clips, labelled
from protocols.discovery.layout import Table, refuse_shared_subjects
from protocols.discovery.walk import Outline, walk
from protocols.presentation import ATTACK, BONA_FIDE, Media, Presentation, Release, Split

TITLE = "SiW"
WANTED = "give the folder that holds Train and Test"
SPECIES = MappingProxyType({"1": species.BONA_FIDE, "2": "print", "3": "replay"})
PUBLISHED = MappingProxyType(
    {
        "train/bona fide": 714,
        "train/attack": 1702,
        "test/bona fide": 599,
        "test/attack": 1462,
    }
)
"""Of a complete copy."""

_OUTLINE = Outline(frozenset({"siw"}), re.compile(r"train|test", re.I))
_FOLDER = re.compile(r"(?:(?P<top>.*)/)?(?P<split>train|test)/(?P<side>live|spoof)/(?P<subject>\d{3})", re.I)
_STEM = re.compile(r"(?P<subject>\d{3})-(?P<sensor>\d)-(?P<type>[1-3])-(?P<medium>[1-4])-(?P<session>\d)(?:\.m)?", re.I)


@register("siw", title=TITLE)
class Siw(Adapter):
    """Whole pictures of 165 subjects."""

    licence = "release agreement; research only; no redistribution"
    signature = re.compile(r"(^|/)(train|test)/(live|spoof)/\d{3}/\d{3}-\d-\d-\d-\d(\.m)?(\.\w+$|/)", re.IGNORECASE)
    covariates = ("sensor", "session")

    def discover(self, root: Path) -> Release:
        """Recognise the layout below `root` and list its presentations. Raises `InputError` for anything doubtful."""
        table = Table(TITLE, walk(root, _OUTLINE))
        clips.enter(table, _FOLDER, _row)
        layout = table.layout(WANTED)
        refuse_shared_subjects(table)
        clips.warn_half(table, {"train": "Train", "test": "Test"}, [row.split for row in table.rows.values()])
        labelled.check(table)
        table.left_out.update(table.tree.files((".face",)))  # the box of the face in each frame, beside the clip
        table.warn_strays()
        return table.release("siw", layout, PUBLISHED, cropped=layout == clips.CROPS)


def _row(stem: str, folder: re.Match[str], media: Media) -> Presentation:
    match = _STEM.fullmatch(stem)
    if match is None:
        raise ValueError("is not <subject>-<sensor>-<type>-<medium>-<session>")
    if match["subject"] != folder["subject"]:
        raise ValueError(f"lies in the folder of subject {folder['subject']}: unpack the release again")
    kind = SPECIES[match["type"]]
    clips.check_class(BONA_FIDE if folder["side"].lower() == "live" else ATTACK, kind)
    split: Split = "train" if folder["split"].lower() == "train" else "test"
    code, who = f"{match['type']}-{match['medium']}", match["subject"]
    known = (("sensor", match["sensor"]), ("session", match["session"]))
    key = stem.lower().removesuffix(".m")
    return Presentation(key, clips.label_of(kind), kind, code, who, who, split, media, covariates=known)
