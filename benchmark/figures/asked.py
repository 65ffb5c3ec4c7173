"""A figure as people ask for it, in words, as a request that can be drawn."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.figures.registry import FIGURES
from benchmark.figures.request import Request
from benchmark.metrics.thresholds import AnswerRule, parse
from benchmark.tables.collect import worlds
from benchmark.tables.suite import alone, protocol_named, suite_named
from protocols.errors import InputError
from protocols.registry import normal

if TYPE_CHECKING:
    from benchmark.tables.collect import Asked, World

METHOD, PROTOCOL = "grpo", "cefa2hqwmca"
"""What a figure shows where nothing is said."""


def request_of(
    kind: str,
    results: Path,
    *,
    methods: Sequence[str] = (),
    protocol: str | None = None,
    suite: str | None = None,
    seed: int | None = None,
    policy: str | None = None,
    answer_rule: AnswerRule | None = None,
    world: str | None = None,
    pictures: bool = False,
    config: Path | None = None,
) -> Request:
    """What is asked for, looked up. Raises `InputError` for a word that nothing has, and for an option that the figure
    does not have."""
    from benchmark.results.pictures import Pictures

    known = FIGURES.named(kind)
    if pictures and not known.faces:
        with_faces = ", ".join(name for name, other in FIGURES.items() if other.faces)
        raise InputError(f"--pictures: figure {known.name} shows no faces; it belongs to figure {with_faces}")
    if suite and not known.panels:
        with_panels = ", ".join(name for name, other in FIGURES.items() if other.panels)
        raise InputError(f"--suite: figure {known.name} is of one --protocol; figures of several: {with_panels}")
    names = [normal(name) for name in methods or [METHOD]]
    if len(set(names)) > 1 and not known.several:
        with_several = ", ".join(name for name, other in FIGURES.items() if other.several)
        raise InputError(f"--method: figure {known.name} draws one method; figures that draw several: {with_several}")
    found = worlds(results, world, False)[0]
    return Request(
        kind=known.name,
        results=results,
        world=found,
        method=names[0],
        others=tuple(names[1:]),
        protocol=protocol_named(config, found, protocol or PROTOCOL),
        seed=seed,
        policy=None if policy is None else parse(policy),
        answer_rule=answer_rule,
        pictures=Pictures.of_world(config, str(found.name)) if pictures else None,
        suite=_panels(suite, protocol, config, found),
    )


def _panels(suite: str | None, protocol: str | None, config: Path | None, world: World) -> Asked | None:
    """The protocols of a figure of several: those of the suite, or the one asked for; None: the paper's."""
    if suite:
        return suite_named(config, world, suite)
    return alone(config, world, protocol) if protocol else None
