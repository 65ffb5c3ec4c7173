"""What became of every presentation of a part: named, published, found, left out, used, used in part, lost, and why.

A figure stands for its data set only as far as the data were there. The ledger of a part counts them by class and
species, from the lists and the published counts down to what a method was really given, and says where more than a
stated share is missing. What is there but cannot be read, or shows no face, is not missing: it is tested and counts as
an error of its class.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from protocols.presentation import ATTACK, BONA_FIDE, Label, Presentation, Release

if TYPE_CHECKING:  # tables read ledgers and decode nothing
    from protocols.media.frame import Loss

LIMIT = 0.01
"""The largest share of a class or species that may be missing before a part no longer stands for its release."""

PartName = Literal["train", "dev", "target", "test"]
_SPLITS = frozenset({"train", "dev", "test"})
_IMAGES = "images"


class Prepared(Protocol):
    """What the ledger asks of a face store."""

    @property
    def failures(self) -> Mapping[str, str]:
        """Presentation -> why it has no face at all."""

    def losses(self, name: str) -> tuple[Loss, ...]:
        """What could not be used of a presentation."""


@dataclass(frozen=True, slots=True)
class Line:
    """One species of a part.

    Attributes:
        release: the release's name.
        label, species: the class, and the canonical PAI species (`bona fide` for bona fide presentations).
        published: how many the owners state where they count this very species; None where they do not.
        found: presentations on disk that the part could draw on.
        left_out: of those, how many the protocol or a choice leaves out, by reason.
        used: presentations of the part of which every frame asked for was used.
        partly: presentations of which some pictures or frames were lost.
        lost: presentations without any usable frame, by reason: non-responses in dev and target, missing from train.
    """

    release: str
    label: Label
    species: str
    published: int | None
    found: int
    left_out: Mapping[str, int] = field(default_factory=dict)
    used: int = 0
    partly: int = 0
    lost: Mapping[str, int] = field(default_factory=dict)

    @property
    def in_part(self) -> int:
        """Presentations that belong to the part, usable or not."""
        return self.used + self.partly + sum(self.lost.values())


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A published count, or a list, of which more is missing than may be. `of` says what is counted, in words."""

    release: str
    of: str
    published: int
    found: int

    def __str__(self) -> str:
        return f"{self.release}: {self.found} of {self.published} {self.of}"


@dataclass(frozen=True, slots=True)
class Ledger:
    """The account of one part. `partial` holds every shortfall above the limit; a part without one is whole."""

    part: PartName
    lines: tuple[Line, ...]
    partial: tuple[Shortfall, ...] = ()

    def lost(self) -> dict[Label, Counter[str]]:
        """Presentations without any usable frame, by class and reason."""
        found: dict[Label, Counter[str]] = {BONA_FIDE: Counter(), ATTACK: Counter()}
        for line in self.lines:
            found[line.label].update(line.lost)
        return found

    def text(self) -> str:
        """One line for the screen: `train: 32 bona fide, 96 attack; lost 2 bona fide (file is empty)`."""
        sides = ", ".join(
            f"{sum(line.in_part for line in self.lines if line.label == label)} {label}"
            for label in (BONA_FIDE, ATTACK)
        )
        words = [f"{self.part}: {sides}", *self._remarks()]
        return "; ".join(words)

    def _remarks(self) -> Iterator[str]:
        partly = sum(line.partly for line in self.lines)
        if partly:
            yield f"{partly} used in part"
        for label, reasons in self.lost().items():
            if reasons:
                yield f"lost {reasons.total()} {label} ({_few(reasons)})"
        left_out: Counter[str] = Counter()
        for line in self.lines:
            left_out.update(line.left_out)
        if left_out:
            yield "left out " + ", ".join(f"{n} {why}" for why, n in left_out.most_common())
        if self.partial:
            yield "PARTIAL: " + ", ".join(map(str, self.partial[:3])) + (", ..." if len(self.partial) > 3 else "")


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a part draws from one release.

    Attributes:
        release, store: as discovered and as prepared.
        pool: presentations that the part could hold (of its splits, or all for a target).
        chosen: those that it holds.
        why: id -> reason for presentations of the pool that are not chosen; others are `by the protocol`.
    """

    release: Release
    store: Prepared
    pool: Sequence[Presentation]
    chosen: Sequence[Presentation]
    why: Mapping[str, str] = field(default_factory=dict)


def account(part: PartName, drawn: Iterable[Drawn], limit: float = LIMIT) -> Ledger:
    """The ledger of a part made from one or several releases."""
    lines: list[Line] = []
    partial: list[Shortfall] = []
    for each in drawn:
        lines += _lines(each)
        partial += shortfalls(each.release, each.pool, each.chosen, limit)
    return Ledger(part, tuple(lines), tuple(partial))


def _lines(drawn: Drawn) -> Iterator[Line]:
    chosen = {p.id for p in drawn.chosen}
    groups: dict[tuple[Label, str], list[Presentation]] = {}
    for p in drawn.pool:
        groups.setdefault((p.label, p.species), []).append(p)
    for label, species in sorted(groups, key=lambda key: (key[0] != BONA_FIDE, key[1])):
        members = groups[label, species]
        left_out: Counter[str] = Counter()
        lost: Counter[str] = Counter()
        used = partly = 0
        for p in members:
            if p.id not in chosen:
                left_out[drawn.why.get(p.id, "by the protocol")] += 1
            elif p.id in drawn.store.failures:
                lost[drawn.store.failures[p.id]] += 1
            elif drawn.store.losses(p.id):
                partly += 1
            else:
                used += 1
        published = _published(drawn.release, species, members)
        name = drawn.release.name
        yield Line(name, label, species, published, len(members), dict(left_out), used, partly, dict(lost))


def _published(release: Release, species: str, members: Sequence[Presentation]) -> int | None:
    """The published number of exactly this species, over the splits that the members lie in where it is split."""
    if species in release.published:
        return release.published[species]
    splits = {p.split for p in members if p.split}
    counts = [release.published.get(f"{split}/{species}") for split in sorted(splits)]
    return sum(n for n in counts if n is not None) if counts and None not in counts else None


def shortfalls(
    release: Release, pool: Sequence[Presentation], chosen: Sequence[Presentation], limit: float = LIMIT
) -> list[Shortfall]:
    """Published counts that concern a part and of which more than `limit` is missing on disk.

    A count concerns the part if what it names can be in it: its split is one that the pool draws on, and a subset (such
    as CeFA's `mask`) is one that the part holds. Where the part holds only a named subset of a species, the subset's
    own count is compared and not the whole species'.
    """
    every = [(_traits(p), len(p.media.files)) for p in release.presentations]
    splits: set[str] = {p.split for p in pool if p.split} or set(_SPLITS)
    held = [_traits(p) for p in chosen]
    there = {key: frozenset(key.split("/")) for key in release.published}
    found = []
    for key, words in there.items():
        kinds = words - {_IMAGES}
        if not kinds & _SPLITS <= splits:
            continue
        if _narrowed(kinds - _SPLITS, [w - {_IMAGES} - _SPLITS for w in there.values()], held, every):
            continue
        images = _IMAGES in words
        published = release.published[key]
        number = sum(files if images else 1 for traits, files in every if kinds <= traits)
        if published and (published - number) / published > limit:
            noun = "pictures" if images else "presentations"
            found.append(Shortfall(release.name, f"{' '.join(sorted(kinds)) or 'all'} {noun}", published, number))
    return found


def _narrowed(
    kinds: frozenset[str],
    others: Sequence[frozenset[str]],
    held: Sequence[frozenset[str]],
    every: Sequence[tuple[frozenset[str], int]],
) -> bool:
    """Whether a count is no measure of this part, because the part holds only some of what it counts by choice.

    That is so where a narrower count (more words) covers all that the part holds of these kinds, or where the release
    has what is counted and the part holds none of it.
    """
    mine = [traits for traits in held if kinds <= traits]
    if not mine:
        return any(kinds <= traits for traits, _ in every)
    return any(kinds < other and all(other <= traits for traits in mine) for other in others)


def _traits(p: Presentation) -> frozenset[str]:
    return frozenset(word for word in (p.split, p.label, p.species, p.part) if word)


def _few(reasons: Counter[str], most: int = 2) -> str:
    texts = [f"{n} x {why}" if n > 1 else why for why, n in reasons.most_common(most)]
    return ", ".join(texts) + (", ..." if len(reasons) > most else "")
