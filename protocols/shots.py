"""The few-shot list of a target: its own, as prepared frames bring one, or one drawn once and for all."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from protocols.errors import InputError
from protocols.presentation import ATTACK, BONA_FIDE, Label, Presentation, Release

SHOTS = 10
"""Presentations of each class in a few-shot list, as in FLIP's."""
SHOT = "shot"


def shots_of(
    release: Release, pool: Sequence[Presentation], n: int, notes: list[str]
) -> tuple[set[str], list[Presentation]]:
    """(ids left out of the target, presentations trained on): the release's own few-shot list, else one drawn once
    and for all, of whole subjects where they are known; of those only `SHOTS` of each class where none is used."""
    own = sorted((p for p in pool if SHOT in p.lists), key=lambda p: p.part)
    if own:
        ordered, aside = own, {p.id for p in own}
        still = {p.subject for p in pool if p.id not in aside and p.subject} & {p.subject for p in own}
        if n and still:
            notes.append(
                f"{release.title}: {len(still)} subjects of its few-shot list are decided on, too: the list has it so"
            )
    else:
        ordered = sorted(pool, key=lambda p: order(p.id))
        aside = _drawn(ordered)
        if n == 0:  # nobody is trained on them: FLIP's lists hold ten videos of each class, whoever is in them
            aside = {p.id for label in (BONA_FIDE, ATTACK) for p in _first(ordered, aside, label)}
        notes.append(
            f"{release.title}: it has no few-shot list: {len(aside)} presentations were drawn, whatever the seed, and "
            "left out of the target"
        )
    shots = [
        p
        for label in (BONA_FIDE, ATTACK)
        for p in [one for one in ordered if one.id in aside and one.label == label][:n]
    ]
    if n and min(sum(p.label == label for p in shots) for label in (BONA_FIDE, ATTACK)) < n:
        raise InputError(f"setting few_shot: the few-shot list of {release.title} holds less than {n} of a class")
    return aside, shots


def _first(ordered: Sequence[Presentation], among: set[str], label: Label) -> list[Presentation]:
    return [p for p in ordered if p.id in among and p.label == label][:SHOTS]


def _drawn(ordered: Sequence[Presentation]) -> set[str]:
    """`SHOTS` of each class or a few more, since subjects are taken whole."""
    groups: dict[str, list[Presentation]] = {}
    for p in ordered:
        groups.setdefault(p.group, []).append(p)
    taken: set[str] = set()
    count = dict.fromkeys((BONA_FIDE, ATTACK), 0)
    for group in sorted(groups, key=order):
        if any(count[p.label] < SHOTS for p in groups[group]):
            taken.update(p.id for p in groups[group])
            for p in groups[group]:
                count[p.label] += 1
    return taken


def order(word: str) -> bytes:
    """Where a word stands in an order that means nothing and never changes."""
    return hashlib.sha256(word.encode()).digest()
