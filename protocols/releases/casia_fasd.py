"""CASIA-FASD (Zhang et al., ICB 2012): 50 subjects, three qualities; warped and cut photographs, replays.

Known so far: how prepared frames name its videos, `<subject>_<1..8 or HR_1..HR_4>`. Subject numbers start again at 1 in
the test split: there are 50 people, so a subject's name begins with its split.
"""

from __future__ import annotations

import re
from types import MappingProxyType

from protocols import species
from protocols.adapter import Adapter, Named, register

_FILES = {
    **dict.fromkeys(("1", "2", "HR_1"), "real"),
    **dict.fromkeys(("3", "4", "HR_2"), "warped photo"),
    **dict.fromkeys(("5", "6", "HR_3"), "cut photo"),
    **dict.fromkeys(("7", "8", "HR_4"), "video"),
}
SPECIES = MappingProxyType(
    {"real": species.BONA_FIDE, "warped photo": "print", "cut photo": "print", "video": "replay"}
)
_VIDEO = re.compile(r"(?P<subject>\d{1,2})_(?P<file>[1-8]|HR_[1-4])")


@register("casia-fasd", title="CASIA-FASD")
class CasiaFasd(Adapter):
    """Whole pictures of 50 subjects."""

    licence = "on request; research only"
    covariates = ("sensor",)
    frames = "casia"

    def named(self, video: str, folder: str) -> Named:
        """Subject (of this split), kind of attack and the camera's quality."""
        match = _VIDEO.fullmatch(video)
        if match is None:
            raise ValueError("is not <subject>_<1 to 8, or HR_1 to HR_4>")
        number, code = match["file"], _FILES[match["file"]]
        quality = "high" if number.startswith("HR") else "low" if int(number) % 2 else "normal"
        return Named(f"{folder or 'train'}-{match['subject']}", SPECIES[code], code, covariates=(("sensor", quality),))
