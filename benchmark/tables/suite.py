"""Protocols and suites as the commands that read results know them: by the configuration, and by the runs there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmark.tables.collect import Asked, World
from protocols.errors import InputError, unknown
from protocols.protocol import Protocol


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


def _conventions(note: str, members: Sequence[Protocol]) -> Iterable[str]:
    """What a caption says of how a suite is counted: its own words, then its protocols', once where they are alike."""
    if note:
        yield note
    notes = {p.title: p.note for p in members if p.note}
    if len(notes) == len(members) > 0 and len(set(notes.values())) == 1:
        yield f"Columns follow the {members[0].note}."
    else:
        yield from (f"{title}: {text}." for title, text in notes.items())


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
        " ".join(_conventions(suite.note, members)),
        tuple(p.name for p in members),
        {p.name: p.title for p in members},
        {p.name: lack for p in members if (lack := tuple(sorted({*p.sources, *p.targets} - names)))},
    )
