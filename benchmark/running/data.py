"""The data of a run before anything is trained: releases prepared, cut into sides, accounted for, compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmark.running.coverage import ledgers, require_subset, require_whole
from benchmark.running.faces import prepared
from benchmark.running.machine import Machine
from benchmark.running.sides import Side, overlaps, sides_of
from benchmark.running.spec import RunSpec
from protocols.cut import cut
from protocols.ledger import Ledger
from protocols.presentation import Release
from protocols.store.store import Store


@dataclass(frozen=True)
class Data:
    """What a run trains on, sets thresholds by and decides on.

    Attributes:
        held: release -> as listed and as prepared, of every release that is read.
        sides: `train`, `dev`, `target` and, where the sources hold a part that nobody trains on, `test`.
        ledgers: what became of every presentation of train, dev and target.
        notes: what the protocol had to decide, for people.
    """

    held: Mapping[str, tuple[Release, Store]]
    sides: Mapping[str, Side]
    ledgers: tuple[Ledger, ...]
    notes: tuple[str, ...]

    @property
    def demo(self) -> bool:
        """True if a release is one of the embedded demo's, wherever its folder lies."""
        return any(release.demo for release, _ in self.held.values())

    @property
    def listed(self) -> dict[str, str]:
        """Release -> digest of its list of presentations, and of all that the list says of them."""
        return {name: release.described for name, (release, _) in self.held.items()}

    @property
    def faces(self) -> dict[str, str]:
        """Release -> digest of its prepared faces."""
        return {name: store.digest for name, (_, store) in self.held.items()}


def gather(spec: RunSpec, machine: Machine) -> Data:
    """Prepare what is not prepared, cut, and say what became of it. Raises `InputError` for a part that lacks more than
    may be missing."""
    require_subset(spec)
    held = {
        name: prepared(spec.world, name, spec.recipe, machine.workers, progress=machine.progress)
        for name in spec.releases
    }
    parted = cut(spec.protocol, {name: release for name, (release, _) in held.items()}, spec.choices)
    stores = {name: store for name, (_, store) in held.items()}
    sides = sides_of(parted, stores, spec.settings.train_frames, spec.settings.target_frames)
    data = Data(held, sides, ledgers(sides), parted.notes)
    if machine.processes.first:
        for ledger in data.ledgers:
            machine.say(f"  {ledger.text()}")
    require_whole(data.ledgers, allowed=machine.partial)
    if machine.processes.first:
        if data.demo and not spec.world.demo:
            invented = ", ".join(release.title for release, _ in held.values() if release.demo)
            machine.say(f"  {invented}: the embedded demo's folders: its figures say nothing about accuracy")
        for note in data.notes:
            machine.say(f"  {note}")
    return data


def checked(sides: Mapping[str, Side], cache: Path, machine: Machine) -> list[str]:
    """The findings of the overlap check, for `run.json`, and one line about them on the screen."""
    found = overlaps(sides, cache)
    machine.say(
        f"  overlap of train, dev and target: {len(found)} findings, listed in run.json; the first: {found[0]}"
        if found
        else "  overlap of train, dev and target: none found"
    )
    return found
