"""What an import is checked against: the releases that this world holds, and the names that are taken."""

from __future__ import annotations

from collections.abc import Iterable

import methods
from protocols import choices, crossdomain
from protocols.crossdomain import CrossDomain
from protocols.errors import InputError
from protocols.presentation import Presentation, Release
from protocols.world import World

Known = dict[str, Presentation]


def target_part(world: World, protocol: CrossDomain) -> Known | None:
    """The presentations on which a protocol decides, by id; None where this world does not hold the release."""
    release = _release(world, protocol.target)
    return None if release is None else _by_id(crossdomain.target_part(release, choices.complete()()))


def source_dev(world: World, protocol: CrossDomain) -> Known | None:
    """The source's dev part, by id; None where this world does not hold the release."""
    release = _release(world, protocol.source)
    return None if release is None else _by_id(crossdomain.source_parts(release, choices.complete()())[1])


def is_demo(world: World, protocol: CrossDomain) -> bool:
    """True if the target's faces are the embedded demo's, whatever this world is called."""
    if world.demo:
        return True
    release = _release(world, protocol.target)
    return release is not None and release.demo


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


def _release(world: World, name: str) -> Release | None:
    if name not in world.releases:
        return None
    return world.release(name)


def _by_id(part: Iterable[Presentation]) -> Known:
    return {p.id: p for p in part}
