"""Finished runs, gathered for tables: which runs stand in a cell, what they say, and why a cell is a dash."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmark.metrics.rates import NonResponse, Outcomes
from benchmark.metrics.significance import Spread, over_seeds
from benchmark.metrics.summary import figures, outcomes, policy_figures
from benchmark.metrics.thresholds import Answer, AnswerRule, Policy, of_run
from benchmark.results.runs import DEMO, Run, find
from benchmark.tables import published
from protocols.errors import InputError, unknown

IMPORTED = "imported"


@dataclass(frozen=True)
class Choice:
    """What the reader asked for. `policy` None: each run's own; `answer_rule` None: as the policy is called."""

    policy: Policy | None = None
    non_response: NonResponse = "error"
    published: bool = False
    protocols: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    against: str | None = None
    answer_rule: AnswerRule | None = None


@dataclass(frozen=True)
class Measured:
    """One run under one policy. `outcomes` is None where the cell must be a dash; `why` says the reason."""

    run: Run
    policy: Policy
    figures: dict[str, Any]
    entry: dict[str, Any]
    outcomes: Outcomes | None
    on_dev: Outcomes | None
    why: str | None
    notes: tuple[str, ...]

    @property
    def curves(self) -> dict[str, Any] | None:
        """EER, AUC and BPCER at APCER under the same convention for non-responses; None where the cell is a dash."""
        if self.outcomes is None:
            return None
        return self.figures["curves"][self.outcomes.non_response]


@dataclass(frozen=True)
class Entry:
    """The runs of one method on one protocol in one world: one configuration, one run per seed, by seed."""

    method: str
    title: str
    protocol: str
    runs: tuple[Run, ...]
    set_aside: int = 0

    def measure(self, choice: Choice, policy: Policy | None = None) -> list[Measured]:
        """Every seed under a policy (default: the choice's, else the run's own)."""
        asked = policy or choice.policy
        return [measure(run, of_run(run.policy, asked, choice.answer_rule), choice.non_response) for run in self.runs]


@dataclass(frozen=True)
class World:
    """All runs of one world without changed settings, by (method, protocol)."""

    name: str | None
    demo: bool = False
    entries: dict[tuple[str, str], Entry] = field(default_factory=dict)

    @property
    def caption(self) -> str:
        """What a caption must say about where the data come from."""
        if self.name is None:
            return "No finished runs."
        if self.demo:
            name = "" if self.name == "demo" else f" {self.name}"
            return f"Demo world{name}: {DEMO}."
        return f"World: {self.name}."

    def of_protocol(self, protocol: str, choice: Choice) -> list[Entry]:
        """The entries of a protocol as far as asked for: the paper's methods in its order, then others by name."""
        found = {
            method: entry
            for (method, where), entry in sorted(self.entries.items())
            if where == protocol and (not choice.methods or method in choice.methods)
        }
        paper = dict.fromkeys(method for number in "123" for method in published.methods(number))
        return [found[m] for m in paper if m in found] + [entry for m, entry in found.items() if m not in paper]

    def protocols(self, choice: Choice) -> list[str]:
        """The protocols with runs: the paper's in its order, then others."""
        from protocols.crossdomain import PROTOCOLS

        have = {protocol for _, protocol in self.entries}
        ordered = [p for p in PROTOCOLS if p in have] + sorted(have - set(PROTOCOLS))
        return [p for p in ordered if not choice.protocols or p in choice.protocols]


def worlds(results: Path, name: str | None, every: bool, variant: Mapping[str, str] | None = None) -> list[World]:
    """The worlds to print: the one called `name`, all, or the only one found.

    `variant`: runs with exactly these changed settings get rows of their own, which say so in their titles.

    Raises `InputError` where several are found and none was chosen: their figures never share a table.
    """
    by_world: dict[str, list[Run]] = {}
    for run in find(results, world=name):
        by_world.setdefault(run.world, []).append(run)
    if name is not None and not by_world:
        known = {run.world for run in find(results)}
        if known:
            raise unknown("world", name, known)
        raise InputError(f"{results}: no finished run of world {name!r}; make one with `run`")
    if len(by_world) > 1 and not every:
        raise InputError(
            f"{results} holds several worlds ({', '.join(sorted(by_world))}): choose --world or --all-worlds"
        )
    return [_gather(world, runs, variant or {}) for world, runs in sorted(by_world.items())] or [World(None)]


def _gather(world: str, runs: Sequence[Run], variant: Mapping[str, str]) -> World:
    mark = " ".join(f"[{key}={value}]" for key, value in variant.items())
    groups: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        if not run.overrides:
            groups.setdefault((run.method, run.protocol), []).append(run)
        elif {key: str(value) for key, value in run.overrides.items()} == variant:
            groups.setdefault((f"{run.method} {mark}", run.protocol), []).append(run)
    entries = {key: _entry(*key, group) for key, group in groups.items()}
    return World(world, any(run.demo for run in runs), entries)


def _entry(method: str, protocol: str, runs: Sequence[Run]) -> Entry:
    """The newest configuration's runs, the newest of each seed; the others are set aside and counted."""
    newest_first = sorted(runs, key=lambda run: (run.created, run.id), reverse=True)
    config = _configuration(newest_first[0])
    by_seed: dict[int, Run] = {}
    for run in newest_first:
        if _configuration(run) == config:
            by_seed.setdefault(run.seed, run)
    chosen = tuple(by_seed[seed] for seed in sorted(by_seed))
    title = newest_first[0].title + method.removeprefix(newest_first[0].method)
    return Entry(method, title, protocol, chosen, len(runs) - len(chosen))


def _configuration(run: Run) -> str:
    """What seeds must share to be averaged; of imported scores no settings are known."""
    return run.preset if run.preset == IMPORTED else str(run.digests.get("config"))


def measure(run: Run, policy: Policy, non_response: NonResponse) -> Measured:
    """A run under a policy, from its summary."""
    known = figures(run)
    entry = known["policies"].get(policy.name) or policy_figures(run, policy)
    why = partial(run, known)
    if why is None and entry["undefined"] is not None:
        why = f"no threshold: {entry['undefined']}"
    result = on_dev = None
    if why is None:
        result = outcomes(entry["target"], non_response)
        on_dev = outcomes(entry["dev"], non_response) if entry["dev"] else None
    return Measured(
        run, policy, known, entry, result, on_dev, why, tuple(_notes(run, policy, known, entry, non_response))
    )


def partial(run: Run, known: dict[str, Any]) -> str | None:
    """Why a run does not stand for its whole target set, or None. The score file's own counts decide."""
    for side in ("bona_fide", "attack"):
        expected, have = run.counts.get(f"expected_{side}"), known["counts"][side]
        if expected is not None and expected != have:
            return f"partial target set: {have} of {expected} {side.replace('_', ' ')} presentations"
    return None


def _notes(
    run: Run, policy: Policy, known: dict[str, Any], entry: dict[str, Any], non_response: NonResponse
) -> Iterable[str]:
    if run.code.get("dirty"):
        yield "made from code with uncommitted changes"
    if run.preset == IMPORTED:
        yield "scores made elsewhere and imported"
    elif not run.demo and run.preset != "paper":
        yield f"preset {run.preset}, not the paper's settings"
    silent = sum(count[2] for count in (entry["target"] or {}).values())
    if silent and non_response == "exclude":
        n = known["counts"]["bona_fide"] + known["counts"]["attack"]
        yield f"{silent} of {n} presentations without an answer left out"
    if near := isinstance(policy, Answer) and sum(known["counts"]["near_misses"]):
        of = f"{near} of {known['counts']['texts']} texts"
        yield (
            f"{of} are read by the tolerant answer rule only"
            if policy.rule == "tolerant"
            else f"{of} are near misses, which `--answer-rule tolerant` would read"
        )


def answer_rules(measured: Iterable[Measured]) -> str:
    """What a caption says of the rule by which texts were read; empty where no decision came from a text."""
    rules = {m.policy.rule for m in measured if isinstance(m.policy, Answer) and m.figures["counts"]["texts"]}
    return f" Answer rule: {' and '.join(sorted(rules))}." if rules else ""


def provenance(measured: Measured) -> dict[str, Any]:
    """What a cell tells about a run: identity, code, data, size, policy."""
    run, counts = measured.run, measured.figures["counts"]
    return {
        "id": run.id,
        "seed": run.seed,
        "commit": run.code.get("commit"),
        "dirty": run.code.get("dirty"),
        "source_digest": run.digests.get("source"),
        "target_digest": run.digests.get("target"),
        "scores_digest": run.digests.get("scores"),
        "bona_fide": counts["bona_fide"],
        "attack": counts["attack"],
        "non_response": sum(counts["non_response"]),
        "groups": counts["groups"],
        "policy": measured.policy.name,
        "threshold": measured.entry["threshold"],
    }


def spread(measured: Sequence[Measured], figure: Callable[[Outcomes], float | None]) -> Spread | None:
    """A figure over seeds; None if any of them is a dash."""
    return over_seeds([None if m.outcomes is None else figure(m.outcomes) for m in measured])
