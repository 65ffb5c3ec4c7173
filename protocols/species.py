"""Canonical PAI species and their groups.

Each release maps its own codes to them in its own file, and the code is kept beside the canonical name. An unknown code
is an error, never a default.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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


def in_order(names: Iterable[str]) -> list[str]:
    """Each name once, as everything that is printed or drawn shows them: bona fide, the taxonomy, others by name."""
    place = {name: i for i, name in enumerate(GROUPS)}
    return sorted(set(names), key=lambda name: (place.get(name, len(place)), name))


def canonical(codes: Mapping[str, str], code: str, release: str) -> str:
    """The canonical species of a release's own `code`; an unknown one raises `InputError` with the nearest known."""
    try:
        return codes[code]
    except KeyError:
        raise InputError(f"{release}: {unknown('attack code', code, codes)}") from None
