"""OULU-NPU (Boulkenafet et al., FG 2017): 55 subjects, six phones, three sessions; prints and replays.

Known so far: how prepared frames name its videos, as the release itself does: `<phone>_<session>_<user>_<file>`. File 1
is bona fide, 2 and 3 are prints, 4 and 5 replays.
"""

from __future__ import annotations

import re
from types import MappingProxyType

from protocols import species
from protocols.adapter import Adapter, Named, register
from protocols.presentation import Split

SPECIES = MappingProxyType({"1": species.BONA_FIDE, "2": "print", "3": "print", "4": "replay", "5": "replay"})
_VIDEO = re.compile(r"(?P<phone>[1-6])_(?P<session>[1-3])_(?P<user>\d\d)_(?P<file>[1-5])")


def split_of(user: int) -> Split | None:
    """Users 1 to 20 train, 21 to 35 are the development set, 36 to 55 test."""
    if not 1 <= user <= 55:
        return None
    return "train" if user <= 20 else "dev" if user <= 35 else "test"


@register("oulu-npu", title="OULU-NPU")
class OuluNpu(Adapter):
    """Whole pictures of 55 subjects."""

    licence = "end-user agreement; research only; no redistribution"
    covariates = ("sensor", "session")
    frames = "oulu"

    def named(self, video: str, folder: str) -> Named:
        """User, attack, split, phone and session."""
        match = _VIDEO.fullmatch(video)
        if match is None:
            raise ValueError("is not <phone>_<session>_<user>_<file>")
        known = (("sensor", f"phone {match['phone']}"), ("session", match["session"]))
        return Named(match["user"], SPECIES[match["file"]], match["file"], split_of(int(match["user"])), known)
