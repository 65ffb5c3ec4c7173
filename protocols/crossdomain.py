"""The four cross-domain protocols of the paper and how they cut two releases into train, dev and target."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

from protocols.adapter import RELEASES, Side
from protocols.choices import Choices
from protocols.errors import InputError, unknown
from protocols.presentation import ATTACK, BONA_FIDE, Presentation, Release


@dataclass(frozen=True)
class CrossDomain:
    """Train on `source`, decide on every presentation of `target` (paper, "Datasets and Evaluation Protocols")."""

    name: str
    source: str
    target: str
    title: str


PROTOCOLS = MappingProxyType(
    {
        p.name: p
        for p in (
            CrossDomain("cefa2hqwmca", "cefa", "hq-wmca", "CeFA to HQ-WMCA"),
            CrossDomain("cefa2siw", "cefa", "siw-mv2", "CeFA to SiW-Mv2"),
            CrossDomain("surf2hqwmca", "casia-surf", "hq-wmca", "SURF to HQ-WMCA"),
            CrossDomain("surf2siw", "casia-surf", "siw-mv2", "SURF to SiW-Mv2"),
        )
    }
)


def get(name: str) -> CrossDomain:
    """The protocol called `name`. Raises `InputError` with a suggestion for an unknown one."""
    try:
        return PROTOCOLS[name.strip().lower()]
    except KeyError:
        raise unknown("protocol", name, PROTOCOLS) from None


def source_parts(release: Release, choices: Choices) -> tuple[tuple[Presentation, ...], tuple[Presentation, ...]]:
    """(train, dev) of a source release. Subject-disjoint, both classes in both: anything else is an `InputError`."""
    chosen = _kept(release, choices, "source")
    train = [p for p in chosen if p.split in choices.source_splits.split("+")]
    dev = [p for p in chosen if p.split == "dev"]
    train = _fraction(train, choices.train_fraction)
    for name, part in (("train", train), ("dev", dev)):
        missing = {BONA_FIDE, ATTACK} - {p.label for p in part}
        if missing:
            raise InputError(
                f"{release.title} at {release.root}: no {' and no '.join(sorted(missing))} presentation in its {name} "
                "split; are the list files in place?"
            )
    shared = {p.subject for p in train if p.subject} & {p.subject for p in dev}
    if shared:
        raise InputError(
            f"{release.title} at {release.root}: {len(shared)} subjects (such as {sorted(map(str, shared))[0]}) are in "
            "both its train and its dev split"
        )
    return tuple(train), tuple(dev)


def target_part(release: Release, choices: Choices) -> tuple[Presentation, ...]:
    """Every presentation of a target release that the choices include, in the release's order."""
    part = tuple(_kept(release, choices, "target"))
    if {p.label for p in part} != {BONA_FIDE, ATTACK}:
        raise InputError(f"{release.title} at {release.root}: a target needs bona fide and attack presentations")
    return part


def extra_part(release: Release, choices: Choices) -> tuple[Presentation, ...]:
    """What of `Choices.extra_source` is trained on: its train split. Raises `InputError` if a class is missing there.

    Its other splits stay unused: thresholds are set on the source's own dev part.
    """
    part = tuple(p for p in _kept(release, choices, "source") if p.split == "train")
    missing = {BONA_FIDE, ATTACK} - {p.label for p in part}
    if missing:
        raise InputError(
            f"{release.title} at {release.root}: no {' and no '.join(sorted(missing))} presentation in its train "
            "split: it cannot be an extra source"
        )
    return part


def require_extra(protocol: CrossDomain, choices: Choices) -> None:
    """Raise `InputError` where the extra source is one of the protocol's own two releases."""
    if choices.extra_source in (protocol.source, protocol.target):
        raise InputError(
            f"setting extra_source: {choices.extra_source} is already a side of {protocol.name}; name another release"
        )


def _kept(release: Release, choices: Choices, side: Side) -> list[Presentation]:
    """What the release's own choices keep of it on a side. Raises `InputError` where this copy cannot give it."""
    adapter = RELEASES[release.name]()
    own = adapter.own(choices)
    if lack := adapter.lacks(release, own, side):
        raise InputError(f"{release.title} at {release.root}: {lack}")
    return [p for p in release.presentations if adapter.keeps(p, own, side)]


def _fraction(presentations: Sequence[Presentation], share: float) -> list[Presentation]:
    """Whole subjects in an order that no seed changes, so that a larger share contains every smaller one."""
    if share >= 1:
        return list(presentations)
    order = sorted({p.group for p in presentations}, key=lambda group: hashlib.sha256(group.encode()).digest())
    kept = set(order[: max(1, round(share * len(order)))])
    return [p for p in presentations if p.group in kept]
