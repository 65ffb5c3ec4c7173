"""Words that people write in lists and folder names, as this project's own: splits, labels, species."""

from __future__ import annotations

from types import MappingProxyType

from protocols import species
from protocols.labels import label_of
from protocols.presentation import BONA_FIDE, Label, Split

SPLITS: MappingProxyType[str, Split] = MappingProxyType(
    {
        **dict.fromkeys(("train", "training"), "train"),
        **dict.fromkeys(("dev", "devel", "development", "val", "valid", "validation"), "dev"),
        **dict.fromkeys(("test", "testing", "eval", "evaluation"), "test"),
    }
)
_CANONICAL = {name.replace("-", " "): name for name in species.GROUPS}
UNNAMED = "unnamed attack"
"""The species of an attack of which nobody says what it is."""


def split_of(word: str) -> Split | None:
    """The split that a word means, in any case; None for any other word."""
    return SPLITS.get(word.strip().lower())


def species_of(word: str, label: Label) -> str:
    """The species that a word means: a canonical name in any spelling, else the word itself, in lower case.

    Raises ValueError with the reason for a bona fide presentation of a species, and for an attack that is called so.
    """
    plain = " ".join(word.lower().replace("_", " ").replace("-", " ").split())
    if not plain or label_of(plain) == label:
        return species.BONA_FIDE if label == BONA_FIDE else UNNAMED
    if label == BONA_FIDE:
        raise ValueError(f"is bona fide and has the species {word!r}")
    if label_of(plain) == BONA_FIDE:
        raise ValueError(f"is an attack and has the species {word!r}")
    if not plain.isprintable() or len(plain) > 60:
        raise ValueError("has a species that is no short word")
    return _CANONICAL.get(plain, plain)


def is_canonical(word: str) -> bool:
    """Whether a word is a canonical species in some spelling."""
    return " ".join(word.lower().replace("_", " ").replace("-", " ").split()) in _CANONICAL
