"""MSU-MFSD (Wen, Han, Jain, T-IFS 2015): 35 subjects before a phone and a laptop; prints, replays on phone and tablet.

Known so far: how prepared frames name its videos, `real_client002_android_SD_scene01` and
`attack_client002_laptop_SD_ipad_video_scene01`.
"""

from __future__ import annotations

import re
from types import MappingProxyType

from protocols import species
from protocols.adapter import Adapter, Named, register

SPECIES = MappingProxyType(
    {"real": species.BONA_FIDE, "printed_photo": "print", "ipad_video": "replay", "iphone_video": "replay"}
)
_VIDEO = re.compile(
    r"(?:real|attack)_client(?P<subject>\d{3})_(?P<sensor>android|laptop)_SD_(?:(?P<attack>[a-z]+_[a-z]+)_)?scene01"
)


@register("msu-mfsd", title="MSU-MFSD")
class MsuMfsd(Adapter):
    """Whole pictures of 35 subjects."""

    licence = "on request; research only"
    covariates = ("sensor",)
    frames = "msu"

    def named(self, video: str, folder: str) -> Named:
        """Subject, medium and camera."""
        match = _VIDEO.fullmatch(video)
        code = (match["attack"] or "real") if match else ""
        if match is None or code not in SPECIES:
            raise ValueError("is not <real or attack>_client<nnn>_<camera>_SD_[<medium>_]scene01")
        return Named(match["subject"], SPECIES[code], code, covariates=(("sensor", match["sensor"]),))
