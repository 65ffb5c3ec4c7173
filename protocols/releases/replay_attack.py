"""Idiap Replay-Attack (Chingovska, Anjos, Marcel, BIOSIG 2012): 50 clients; prints, replays on a phone and a tablet.

Known so far: how prepared frames name its videos, `real_client001_session01_webcam_authenticate_adverse_1` and
`fixed_attack_print_client001_session01_highdef_photo_controlled`.
"""

from __future__ import annotations

import re
from types import MappingProxyType

from protocols import species
from protocols.adapter import Adapter, Named, register

SPECIES = MappingProxyType({"real": species.BONA_FIDE, "print": "print", "mobile": "replay", "highdef": "replay"})
_VIDEO = re.compile(
    r"(?:real|(?:fixed|hand)_attack_(?P<device>print|mobile|highdef))_client(?P<subject>\d{3})_session(?P<session>\d\d)_"
    r"[a-z]+_[a-z]+_(?P<light>adverse|controlled)(?:_\d)?"
)


@register("replay-attack", title="Replay-Attack")
class ReplayAttack(Adapter):
    """Whole pictures of 50 clients."""

    licence = "Idiap end-user agreement; research only; no redistribution"
    covariates = ("session", "light")
    frames = "replay"

    def named(self, video: str, folder: str) -> Named:
        """Client, device of the attack, session and light."""
        match = _VIDEO.fullmatch(video)
        if match is None:
            raise ValueError("is not <real, fixed_attack or hand_attack>_..._client<nnn>_session<nn>_..._<light>")
        code = match["device"] or "real"
        known = (("session", match["session"]), ("light", match["light"]))
        return Named(match["subject"], SPECIES[code], code, covariates=known)
