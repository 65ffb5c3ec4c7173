"""The two labels in the words that other people's files use. Numbers are never taken for a label: 1 is bona fide in one
file and an attack in the next, so that who brings them has to say which."""

from __future__ import annotations

from types import MappingProxyType

from protocols.presentation import ATTACK, BONA_FIDE, Label

WORDS: MappingProxyType[str, Label] = MappingProxyType(
    {
        **dict.fromkeys(("bona fide", "bonafide", "live", "real", "genuine"), BONA_FIDE),
        **dict.fromkeys(("attack", "spoof", "fake", "presentation attack"), ATTACK),
    }
)
"""Words in lower case, blanks for hyphens and underscores -> label."""


def label_of(word: str) -> Label | None:
    """The label that a word means, whatever its case, hyphens and underscores; None for any other word."""
    return WORDS.get(" ".join(word.lower().replace("-", " ").replace("_", " ").split()))
