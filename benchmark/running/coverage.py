"""What became of the presentations of a run's parts, before anything is trained: said, recorded, refused if partial."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from benchmark.running.sides import Side
from benchmark.running.spec import RunSpec
from protocols.cut import targets_of
from protocols.errors import InputError
from protocols.ledger import Drawn, Ledger, PartName, account


def ledgers(sides: Mapping[str, Side]) -> tuple[Ledger, ...]:
    """The ledgers of a run's sides, with what each could have drawn on and why it left something there."""
    names: tuple[PartName, ...] = ("train", "dev", "target")
    return tuple(
        account(name, [Drawn(p.release, p.store, p.pool, p.presentations, p.why) for p in sides[name].parts])
        for name in names
    )


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


def require_subset(spec: RunSpec) -> None:
    """Raise `InputError` for a list of the target that does not fit it: told of before hours of preparing faces."""
    if spec.choices.target_subset is not None:
        targets = {name: spec.world.release(name) for name in spec.protocol.targets}
        targets_of(spec.protocol, targets, spec.choices)
