"""What became of the presentations of a run's parts, before anything is trained: said, recorded, refused if partial."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from protocols.choices import Choices
from protocols.errors import InputError
from protocols.ledger import Drawn, Ledger, PartName, account
from protocols.presentation import Presentation, Release
from protocols.store.store import Store


class Share(Protocol):
    """What a part takes from one release, with its prepared faces."""

    @property
    def release(self) -> Release:
        """As discovered."""

    @property
    def store(self) -> Store:
        """As prepared."""

    @property
    def presentations(self) -> tuple[Presentation, ...]:
        """Those of the part."""


def ledgers(
    train: Sequence[Share], dev: Iterable[Share], target: Iterable[Share], choices: Choices
) -> tuple[Ledger, ...]:
    """The ledgers of a run's parts. What a part could have drawn on is the release's split, all of it for a target."""
    sides: Mapping[PartName, Iterable[Share]] = {"train": train, "dev": dev, "target": target}
    splits = {"train": set(choices.source_splits.split("+")), "dev": {"dev"}}
    return tuple(
        account(part, [Drawn(s.release, s.store, _pool(s, splits.get(part)), s.presentations) for s in shares])
        for part, shares in sides.items()
    )


def _pool(share: Share, splits: set[str] | None) -> Sequence[Presentation]:
    every = share.release.presentations
    if splits is None or all(p.split is None for p in every):
        return every
    held = {p.id for p in share.presentations}
    return [p for p in every if p.split in splits or p.id in held]


def require_whole(found: Iterable[Ledger], allowed: bool) -> None:
    """Raise `InputError` where a part lacks more than may be missing, unless `allowed` (`--partial`)."""
    lacking = [(ledger.part, lack) for ledger in found for lack in ledger.partial]
    if not lacking or allowed:
        return
    words = "; ".join(f"{part}: {lack}" for part, lack in lacking[:4]) + ("; ..." if len(lacking) > 4 else "")
    raise InputError(
        f"{len(lacking)} counts of this run's data are more than 1 % short, {words}: complete the release, or say "
        "--partial, and every table will"
    )
