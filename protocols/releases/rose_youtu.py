"""Rose-Youtu (Li et al., T-IFS 2018): 20 subjects before five phones; prints, replays, paper masks.

`<client>/<type>_<T|NT>_<phone>_<g|wg>_E_<client>_<n>.mp4`, in some copies below `train` and `test`, in some with the
client's number once more at the end. G is bona fide; Ps, Pq a print held still or quivering; Vl, Vm a replay on two
screens; Mc, Mf, Mu masks of paper. Without such folders there are no splits.
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
from protocols.layouts.words import split_of
from protocols.presentation import Media, Presentation, Release

TITLE = "Rose-Youtu"
WANTED = "give the folder that holds one folder for each client"
SPECIES = MappingProxyType(
    {
        "G": species.BONA_FIDE,
        "Ps": "print",
        "Pq": "print",
        "Vl": "replay",
        "Vm": "replay",
        "Mc": "paper mask",
        "Mf": "paper mask",
        "Mu": "paper mask",
    }
)
PUBLISHED = MappingProxyType({"bona fide": 897, "attack": 2600, "print": 800, "replay": 801, "paper mask": 999})
CLIENTS = frozenset([*range(2, 8), *range(9, 19), *range(20, 24)])

_OUTLINE = Outline(frozenset({"roseyoutu"}), re.compile(r"train|test|\d{1,2}", re.I))
_FOLDER = re.compile(r"(?:(?P<top>.*?)/)??(?:(?P<split>train|test)/)?(?P<client>\d{1,2})", re.I)
_STEM = re.compile(
    r"(?P<type>G|Ps|Pq|Vl|Vm|Mc|Mf|Mu)_(?P<hat>N?T)_(?P<phone>HS|HW|IP|5s|ZTE)_(?P<glasses>w?g)_E_(?P<client>\d{1,2})_"
    r"(?P<n>\d{1,4})(?:_(?P<again>\d{1,2}))?"
)


@register("rose-youtu", title=TITLE)
class RoseYoutu(Adapter):
    """Whole pictures of 20 subjects."""

    licence = "on request; research only; no redistribution"
    signature = re.compile(
        r"(^|/)\d{1,2}/(G|P[sq]|V[lm]|M[cfu])_N?T_(HS|HW|IP|5s|ZTE)_w?g_E_\d{1,2}_\d+", re.IGNORECASE
    )
    covariates = ("sensor", "glasses")

    def discover(self, root: Path) -> Release:
        """Recognise the layout below `root` and list its presentations. Raises `InputError` for anything doubtful."""
        table = Table(TITLE, walk(root, _OUTLINE))
        clips.enter(table, _FOLDER, _row)
        layout = table.layout(WANTED)
        refuse_shared_subjects(table)
        clips.warn_half(table, {}, [])
        labelled.check(table)
        table.warn_strays()
        return table.release("rose-youtu", layout, PUBLISHED, cropped=layout == clips.CROPS)


def _row(stem: str, folder: re.Match[str], media: Media) -> Presentation:
    match = _STEM.fullmatch(stem)
    if match is None:
        raise ValueError("is not <type>_<T or NT>_<phone>_<g or wg>_E_<client>_<n>")
    client = int(match["client"])
    if client != int(folder["client"]) or client not in CLIENTS:
        raise ValueError(f"lies in the folder of client {folder['client']}: unpack the release again")
    kind, who = SPECIES[match["type"]], str(client)
    known = (("sensor", match["phone"]), ("glasses", "yes" if match["glasses"] == "g" else "no"))
    split = split_of(folder["split"] or "")
    key = f"{client}/{stem}"
    return Presentation(key, clips.label_of(kind), kind, match["type"], who, who, split, media, covariates=known)
