"""Idiap Replay-Attack (Chingovska, Anjos, Marcel, BIOSIG 2012): 50 clients; prints, replays on a phone and a tablet.

`{train,devel,test}/real/client<nnn>_session<nn>_webcam_authenticate_{controlled,adverse}_{1,2}.mov` and
`{train,devel,test}/attack/{fixed,hand}/attack_{print,mobile,highdef}_client<nnn>_session<nn>_{mobile,highdef}_
{photo,video}_{controlled,adverse}.mov`; the archives unpack to `replayattack-train` and the like, with or without such
a folder in them. `enroll` holds clips of who the clients are, no presentations to be decided on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from protocols import species
from protocols.adapter import Adapter, Named, register
from protocols.discovery import clips, labelled, layout
from protocols.discovery.layout import Table, refuse_shared_subjects
from protocols.discovery.walk import VIDEOS, Outline, walk
from protocols.presentation import Media, Presentation, Release, Split

TITLE = "Replay-Attack"
WANTED = "give the folder that holds train, devel and test, or replayattack-train and so on"
SPECIES = MappingProxyType({"real": species.BONA_FIDE, "print": "print", "mobile": "replay", "highdef": "replay"})
PUBLISHED = MappingProxyType(
    {
        "bona fide": 200,
        "attack": 1000,
        "print": 200,
        "replay": 800,
        "train/bona fide": 60,
        "train/attack": 300,
        "dev/bona fide": 60,
        "dev/attack": 300,
        "test/bona fide": 80,
        "test/attack": 400,
    }
)
_SPLITS: Mapping[str, Split] = {"train": "train", "devel": "dev", "test": "test"}

_OUTLINE = Outline(
    frozenset({"replayattack", "replay"}), re.compile(r"(?:replay-?attack-)?(?:train|devel|test)|enroll", re.I)
)
_FOLDER = re.compile(
    r"(?:(?P<top>.*?)/)??(?:replay-?attack-(?P<packed>train|devel|test)/)?(?:(?P<split>train|devel|test)/)?"
    r"(?:(?P<real>real)|(?:attack|attk)/(?P<support>fixed|hand))",
    re.I,
)
_ENROL = re.compile(r"(?:.*/)?enroll(?:/.*)?", re.I)
_REAL = re.compile(r"client(?P<subject>\d{3})_session(?P<session>\d\d)_[a-z]+_[a-z]+_(?P<light>controlled|adverse)_\d")
_ATTACK = re.compile(
    r"attack_(?P<device>print|mobile|highdef)_client(?P<subject>\d{3})_session(?P<session>\d\d)_"
    r"(?:mobile|highdef)_(?:photo|video)_(?P<light>controlled|adverse)"
)
_FRAMES = re.compile(
    r"(?:real|(?:fixed|hand)_attack_(?P<device>print|mobile|highdef))_client(?P<subject>\d{3})_session(?P<session>\d\d)_"
    r"[a-z]+_[a-z]+_(?P<light>adverse|controlled)(?:_\d)?"
)


@register("replay-attack", title=TITLE)
class ReplayAttack(Adapter):
    """Whole pictures of 50 clients."""

    licence = "Idiap end-user agreement; research only; no redistribution"
    signature = re.compile(
        r"(^|/)(client\d{3}_session\d\d_webcam_authenticate|attack_(print|mobile|highdef)_client\d{3})_", re.IGNORECASE
    )
    covariates = ("session", "light")
    frames = "replay"

    def discover(self, root: Path) -> Release:
        """Recognise the layout below `root` and list its presentations. Raises `InputError` for anything doubtful."""
        table = Table(TITLE, walk(root, _OUTLINE))
        clips.enter(table, _FOLDER, _row)
        name = table.layout(WANTED)
        refuse_shared_subjects(table)
        splits = [row.split for row in table.rows.values()]
        clips.warn_half(table, {split: folder for folder, split in _SPLITS.items()}, splits)
        _leave_out_enrolment(table)
        labelled.check(table)
        table.warn_strays(ignored=(".face",))
        return table.release("replay-attack", name, PUBLISHED, cropped=name == clips.CROPS)

    def named(self, video: str, folder: str) -> Named:
        """Client, device of the attack, session and light."""
        match = _FRAMES.fullmatch(video)
        if match is None:
            raise ValueError("is not <real, fixed_attack or hand_attack>_..._client<nnn>_session<nn>_..._<light>")
        code = match["device"] or "real"
        return Named(match["subject"], SPECIES[code], code, covariates=_known(match))


def _row(stem: str, folder: re.Match[str], media: Media) -> Presentation:
    words = {word.lower() for word in (folder["packed"], folder["split"]) if word}
    if len(words) != 1:
        raise ValueError(
            "lies below two of train, devel and test" if words else "lies below none of train, devel, test"
        )
    split = _SPLITS[words.pop()]
    side = "real" if folder["real"] else f"attack/{folder['support'].lower()}"
    match = (_REAL if folder["real"] else _ATTACK).fullmatch(stem)
    if match is None:
        raise ValueError(f"is no name of a clip in {side}")
    code = "real" if folder["real"] else match["device"]
    kind = SPECIES[code]
    return Presentation(
        f"{split}/{side}/{stem}", clips.label_of(kind), kind, code, match["subject"], match["subject"], split, media,
        covariates=_known(match),
    )  # fmt: skip


def _known(match: re.Match[str]) -> tuple[tuple[str, str], ...]:
    return (("session", match["session"]), ("light", match["light"]))


def _leave_out_enrolment(table: Table) -> None:
    """Clips that show who the clients are: no presentations of the PAD protocols."""
    tree = table.tree
    found = [path for f in tree.folders if _ENROL.fullmatch(f) for _, path in layout.videos(tree, f, VIDEOS)]
    if found:
        table.left_out.update(found)
        table.warnings.append(f"{len(found)} clips of enrolment are no presentations: left out")
