"""Which runs a report is of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.metrics.thresholds import AnswerRule, Policy, of_run
from benchmark.results.lookup import open_run
from benchmark.tables.collect import Asked, Choice, World, worlds
from benchmark.tables.measured import Measured, measure
from benchmark.tables.suite import protocols_named, suite_named
from protocols.errors import InputError
from protocols.registry import normal


@dataclass(frozen=True)
class Rule:
    """How decisions are made, for all runs alike. `policy` None: each run's own; `answer_rule` None: as called."""

    policy: Policy | None = None
    answer_rule: AnswerRule | None = None


@dataclass(frozen=True)
class Selection:
    """The runs of a report; `remarks` say what was asked for and is not among them."""

    measured: tuple[Measured, ...]
    remarks: tuple[str, ...] = ()


def named(results: Path, words: Sequence[str], rule: Rule) -> Selection:
    """Runs by directory or id, under a rule. All of one world, else `InputError`."""
    runs = [open_run(results, word) for word in words]
    if len({run.world for run in runs}) > 1:
        raise InputError("runs of several worlds never share a page: report them one by one")
    return Selection(tuple(measure(run, of_run(run.policy, rule.policy, rule.answer_rule), "error") for run in runs))


def chosen(
    results: Path,
    world: str | None,
    methods: Sequence[str],
    protocols: Sequence[str],
    rule: Rule,
    config: Path | None = None,
    suite: str | None = None,
) -> Selection:
    """Every finished run of a world, or those of some methods and of some protocols or a suite; `InputError` where
    there is none. `config` may define protocols and suites."""
    found = worlds(results, world, False)[0]
    wanted = protocols_named(config, [found], protocols)
    asked = None if suite is None else suite_named(config, found, suite)
    if asked is not None:
        wanted += asked.protocols
    choice = Choice(
        policy=rule.policy,
        answer_rule=rule.answer_rule,
        protocols=wanted,
        methods=tuple(normal(word) for word in methods),
    )
    measured = [
        m
        for protocol in found.protocols(choice)
        for entry in found.of_protocol(protocol, choice)
        for m in entry.measure(choice)
    ]
    if not measured:
        words = ", ".join([*methods, *protocols, *([suite] if suite else [])]) or "any"
        raise InputError(f"{results}: no finished run to report (asked for: {words}); make one with `run`")
    return Selection(
        tuple(measured), () if asked is None else _remarks(asked, found, {m.run.protocol for m in measured})
    )


def _remarks(asked: Asked, world: World, reported: set[str]) -> tuple[str, ...]:
    """The suite's name and convention, and its protocols without a run."""
    lacks = [p for p in asked.protocols if p not in asked.absent and p not in reported]
    missing = [f"No run: {', '.join(asked.title_of(p, world) for p in lacks)}."] if lacks else []
    return (f"Suite: {asked.title}.", *asked.remarks(asked.protocols), *missing)
