"""Canonical PAI species, their groups, and the four releases' own codes.

A release's own code is kept beside the canonical name. An unknown code is an error, never a default.
"""

from __future__ import annotations

from types import MappingProxyType

from protocols.errors import InputError, unknown

BONA_FIDE = "bona fide"

GROUPS = MappingProxyType(
    {
        BONA_FIDE: "bona fide",
        "print": "2d",
        "replay": "2d",
        "rigid mask": "3d",
        "silicone mask": "3d",
        "paper mask": "3d",
        "half mask": "3d",
        "transparent mask": "3d",
        "mannequin": "3d",
        "makeup": "makeup",
        "cosmetic makeup": "makeup",
        "impersonation makeup": "makeup",
        "obfuscation makeup": "makeup",
        "glasses": "partial",
        "paper glasses": "partial",
        "funny-eye glasses": "partial",
        "partial eye": "partial",
        "partial mouth": "partial",
        "tattoo": "other",
        "wig": "other",
    }
)
"""Canonical species -> group: flat artefact, mask or head, makeup, partial covering, other disguise."""

CASIA_SURF = MappingProxyType(
    {
        "real": BONA_FIDE,
        "01_e_s": "print",
        "02_e_b": "print",
        "03_en_s": "print",
        "04_en_b": "print",
        "05_enm_s": "print",
        "06_enm_b": "print",
    }
)
CEFA_2D = MappingProxyType({"1": BONA_FIDE, "2": "print", "3": "print", "4": "replay"})
CEFA_MASK = MappingProxyType({"1": "rigid mask", "2": "silicone mask"})
HQ_WMCA = MappingProxyType(
    {
        "Bonafide": BONA_FIDE,
        "Glasses": "glasses",
        "Mannequin": "mannequin",
        "Print": "print",
        "Replay": "replay",
        "Rigidmask": "rigid mask",
        "Flexiblemask": "silicone mask",
        "Papermask": "paper mask",
        "Wig": "wig",
        "Tattoo": "tattoo",
        "Makeup": "makeup",
    }
)
HQ_WMCA_TYPE = MappingProxyType(
    {
        "00": "Bonafide",
        "01": "Glasses",
        "02": "Mannequin",
        "03": "Print",
        "04": "Replay",
        "05": "Rigidmask",
        "06": "Flexiblemask",
        "07": "Papermask",
        "08": "Wig",
        "09": "Tattoo",
        "10": "Makeup",
    }
)
SIW_MV2 = MappingProxyType(
    {
        "Live": BONA_FIDE,
        "Makeup_Co": "cosmetic makeup",
        "Makeup_Im": "impersonation makeup",
        "Makeup_Ob": "obfuscation makeup",
        "Mask_Half": "half mask",
        "Mask_Paper": "paper mask",
        "Mask_Trans": "transparent mask",
        "Mask_Silicone": "silicone mask",
        "Mask_Mann": "mannequin",
        "Partial_Eye": "partial eye",
        "Partial_Funnyeye": "funny-eye glasses",
        "Partial_Mouth": "partial mouth",
        "Partial_Paperglass": "paper glasses",
        "Paper": "print",
        "Replay": "replay",
    }
)
CELEBA_SPOOF = MappingProxyType(
    {
        "Live": BONA_FIDE,
        "Photo": "print",
        "Poster": "print",
        "A4": "print",
        "Face Mask": "paper mask",
        "Upper Body Mask": "paper mask",
        "Region Mask": "paper mask",
        "PC": "replay",
        "Pad": "replay",
        "Phone": "replay",
        "3D Mask": "rigid mask",
    }
)
"""In the order of the release's own numbers, 0 to 10. Its masks are printed on paper but for the last."""


def canonical(codes: MappingProxyType[str, str], code: str, release: str) -> str:
    """The canonical species of a release's own `code`; an unknown one raises `InputError` with the nearest known."""
    try:
        return codes[code]
    except KeyError:
        raise InputError(f"{release}: {unknown('attack code', code, codes)}") from None
