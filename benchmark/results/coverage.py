"""What part of a target a run's scores cover: presentations named by the release against presentations with a row.

Every species counts by itself: a set without its masks is not the target, however many prints it has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from protocols.ledger import LIMIT
from protocols.presentation import BONA_FIDE


@dataclass(frozen=True)
class Coverage:
    """Presentations per PAI species (and `bona fide`).

    Attributes:
        named: how many the release names; None where no release was there to ask.
        used: how many of them have a row in the score file, answered or not.
        partial: whoever made the run asked for figures of a part (`--partial`).
    """

    named: Mapping[str, int] | None
    used: Mapping[str, int]
    partial: bool = False

    @property
    def lacking(self) -> dict[str, tuple[int, int]]:
        """Species of which more than the tolerated share is missing: (used, named)."""
        pairs = {species: (self.used.get(species, 0), n) for species, n in (self.named or {}).items()}
        return {species: (used, n) for species, (used, n) in pairs.items() if n - used > LIMIT * n}

    @property
    def text(self) -> str:
        """Numbers for a line on the screen or a footnote: `71 of 142 presentations (bona fide 46 of 46, ...)`."""
        used = sum(self.used.values())
        if self.named is None:
            return f"{used} presentations; what the target names is not known here"
        words = ", ".join(f"{species} {few} of {n}" for species, (few, n) in self.lacking.items())
        return f"{used} of {sum(self.named.values())} presentations" + (f" ({words})" if words else "")

    @property
    def by_request(self) -> bool:
        """True for figures of a part that somebody asked for."""
        return self.partial and bool(self.lacking)

    @property
    def expected(self) -> tuple[int, int] | tuple[None, None]:
        """Bona fide and attack presentations that the release names; None where it was not asked."""
        if self.named is None:
            return None, None
        bona_fide = self.named.get(BONA_FIDE, 0)
        return bona_fide, sum(self.named.values()) - bona_fide
