"""Protocols and suites as the commands that read results know them: by the configuration, and by the runs there are."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from benchmark.tables.collect import Asked, World
from protocols.errors import InputError, unknown


def protocol_named(config: Path | None, world: World, word: str) -> str:
    """The name of a protocol that is known, or that has runs. Raises `InputError` with a suggestion for another."""
    from protocols.world import catalogue

    have = {protocol for _, protocol in world.entries}
    name = word.strip().lower()
    if name in have:
        return name
    known = catalogue(config)
    try:
        return known.protocol(word).name
    except InputError as error:
        if name in known.protocols or not have:
            raise
        raise unknown("protocol", word, {*known.protocols, *have}) from error


def protocols_named(config: Path | None, worlds: Iterable[World], words: Iterable[str]) -> tuple[str, ...]:
    """`protocol_named` of each word, in any of the worlds."""
    every = World(None, entries={key: entry for world in worlds for key, entry in world.entries.items()})
    return tuple(protocol_named(config, every, word) for word in words)


def alone(config: Path | None, world: World, word: str) -> Asked:
    """One protocol where several could stand."""
    name = protocol_named(config, world, word)
    return Asked(name, world.title(name), "", (name,), {}, {})


def suite_named(config: Path | None, world: World, word: str) -> Asked:
    """A suite with the protocols that it has here: where it asks for every release, of those held or with runs."""
    from benchmark.results.task import task_of
    from protocols.world import catalogue, held

    known = catalogue(config)
    suite = known.suite(word)
    names = set(held(config, world.name))
    seen = {r for e in world.entries.values() for r in (*task_of(e.runs[0]).sources, *task_of(e.runs[0]).targets)}
    members = known.members(suite, names | seen)
    if not members:
        raise InputError(f"suite {suite.name}: no release is held for it: name some under [releases]")
    return Asked(
        suite.name,
        suite.title,
        suite.note,
        tuple(p.name for p in members),
        {p.name: p.title for p in members},
        {p.name: lack for p in members if (lack := tuple(sorted({*p.sources, *p.targets} - names)))},
    )
