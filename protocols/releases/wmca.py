"""WMCA (George et al., T-IFS 2020): 72 subjects, colour channel; seven kinds of attack, masks and glasses among them.

Known so far: how prepared frames name its videos, as the release itself does:
`<dd.mm.yy>_<client>_<session>_<presenter>_<type>_<pai>`. What an attack is follows from type and pai; an electronic
photograph is of type 3 as the prints are, but a replay.
"""

from __future__ import annotations

import re

from protocols import species
from protocols.adapter import Adapter, Named, register

_VIDEO = re.compile(
    r"\d\d\.\d\d\.\d\d_(?P<client>\d{3})_(?P<session>\d\d)_(?P<presenter>\d{3})_(?P<type>\d)_(?P<pai>\d\d)"
)


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
        for name, numbers in _FACES.items():
            if pai in numbers:
                return name
    if kind == 3:
        return "replay" if pai in (5, 10, 15) else "print"
    if kind == 4:
        return "replay"
    raise ValueError(f"has the unknown type {kind} with the instrument {pai:02d}")


_FACES: dict[str, tuple[int, ...]] = {
    "mannequin": tuple(range(1, 8)),
    "paper mask": tuple(range(8, 12)),
    "rigid mask": tuple(range(12, 18)),
    "silicone mask": (18, *range(75, 100)),
}


@register("wmca", title="WMCA")
class Wmca(Adapter):
    """Whole pictures of 72 subjects; seven kinds of attack."""

    licence = "Idiap end-user agreement; research only; no redistribution"
    covariates = ("session",)
    frames = "wmca"

    def named(self, video: str, folder: str) -> Named:
        """Client, species and session. The grandtest split is not in the name."""
        match = _VIDEO.fullmatch(video)
        if match is None:
            raise ValueError("is not <dd.mm.yy>_<client>_<session>_<presenter>_<type>_<pai>")
        kind, pai = int(match["type"]), int(match["pai"])
        code = f"{match['type']}_{match['pai']}"
        return Named(match["client"], species_of(kind, pai), code, covariates=(("session", match["session"]),))
