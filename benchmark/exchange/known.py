"""What an import is checked against: the releases that this world holds, and the names that are taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import methods
from protocols.cut import Share, dev_of, targets_of
from protocols.errors import InputError
from protocols.presentation import Presentation, Release
from protocols.protocol import Protocol
from protocols.world import World

Known = dict[str, Presentation]
"""Presentations by id; those of a part that is made of several releases by `release/id`."""


def target_part(world: World, protocol: Protocol) -> Known | None:
    """The presentations on which a protocol decides; None where this world does not hold them all."""
    held = _releases(world, protocol.targets)
    return None if held is None else _by_key(targets_of(protocol, held, protocol.defaults))


def source_dev(world: World, protocol: Protocol) -> Known | None:
    """The sources' dev part; None where this world does not hold them all."""
    held = _releases(world, protocol.sources)
    return None if held is None else _by_key(dev_of(protocol, held, protocol.defaults))


def is_demo(world: World, protocol: Protocol) -> bool:
    """True if a target's faces are the embedded demo's, whatever this world is called."""
    if world.demo:
        return True
    held = _releases(world, protocol.targets)
    return held is not None and any(release.demo for release in held.values())


def method_name(word: str, title: str | None) -> str:
    """A name for an imported row. Raises `InputError` for one that cannot be a name or is a method's own here."""
    name = methods.normal(word)
    if not name.replace("-", "").isalnum() or name.startswith("-"):
        raise InputError(f"--method {word}: method names are lower-case words joined by hyphens")
    for method in methods.available():
        if name == method.name:
            raise InputError(
                f"--method {word}: that is a method of this benchmark, and its row is for runs made here; choose "
                f"another name, such as {name}-imported"
            )
        if title is not None and title.strip().lower() == method.title.lower():
            raise InputError(f"--title {title}: that row is for runs of {method.name} made here; choose another title")
    return name


def _releases(world: World, names: Sequence[str]) -> dict[str, Release] | None:
    if not set(names) <= set(world.releases):
        return None
    return {name: world.release(name) for name in names}


def _by_key(part: Sequence[Share]) -> Known:
    if len(part) == 1:
        return {p.id: p for p in part[0].presentations}
    every = ((share.release.name, p) for share in part for p in share.presentations)
    return {f"{name}/{p.id}": replace(p, group=f"{name}/{p.group}") for name, p in every}
