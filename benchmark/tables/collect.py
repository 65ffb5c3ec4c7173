"""Finished runs, gathered for tables: which of them stand in a cell, in which order rows come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmark.metrics.thresholds import AnswerRule, Policy, of_run
from benchmark.results.figures import Figures
from benchmark.results.rates import NonResponse
from benchmark.results.records import IMPORTED
from benchmark.results.runs import DEMO, Run, find
from benchmark.results.task import named, title_of
from benchmark.tables import beside, published
from benchmark.tables.measured import Measured, measure
from benchmark.tables.variant import Variant
from protocols.errors import InputError, unknown


@dataclass(frozen=True)
class Choice:
    """What the reader asked for. `policy` None: each run's own; `answer_rule` None: as the policy is called; `columns`:
    names in `metric.COLUMNS`, empty for those that a table has anyway."""

    policy: Policy | None = None
    non_response: NonResponse = "error"
    published: bool = False
    protocols: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    against: str | None = None
    answer_rule: AnswerRule | None = None
    suite: Asked | None = None
    columns: tuple[str, ...] = ()
    by: str | None = None

    def wants(self, row: str) -> bool:
        """Whether a row was asked for: a method's name, or that and the settings that were changed (`_gather`)."""
        return not self.methods or row.partition(" ")[0] in self.methods


@dataclass(frozen=True)
class Asked:
    """A suite whose protocols are the columns of a table. `absent`: protocol -> what this world does not hold of it."""

    name: str
    title: str
    note: str
    protocols: tuple[str, ...]
    titles: Mapping[str, str]
    absent: Mapping[str, tuple[str, ...]]

    def why(self, protocol: str) -> str | None:
        """Why a protocol cannot have a run here, or None."""
        lacks = self.absent.get(protocol)
        return f"this world does not hold {', '.join(lacks)}" if lacks else None

    def title_of(self, protocol: str, world: World) -> str:
        """What captions call a protocol: as its runs say it, else as the suite's file does."""
        known = any(where == protocol for _, where in world.entries)
        return self.titles[protocol] if protocol in self.titles and not known else world.title(protocol)

    def remarks(self, shown: Sequence[str]) -> list[str]:
        """The suite's convention, and why columns have no figures; `shown`: the protocols that have a column."""
        lacks = [f"{self.titles[protocol]}: {self.why(protocol)}" for protocol in self.absent if protocol in shown]
        return [*([self.note] if self.note else []), *(f"{text}." for text in lacks)]


@dataclass(frozen=True)
class Entry:
    """The runs of one method on one protocol in one world: one configuration, one run per seed, by seed.

    `beside`: by run id what must be said of it because of the runs beside it (`benchmark.tables.beside`).
    """

    method: str
    title: str
    protocol: str
    runs: tuple[Run, ...]
    set_aside: int = 0
    unreadable: tuple[Run, ...] = ()
    beside: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    _measured: dict[tuple[str, Policy, NonResponse], Measured] = field(default_factory=dict, repr=False, compare=False)
    _figures: dict[str, Figures] = field(default_factory=dict, repr=False, compare=False)

    def measure(self, choice: Choice, policy: Policy | None = None) -> list[Measured]:
        """Every seed under a policy (default: the choice's, else the run's own)."""
        return [self._measure(run, choice, policy) for run in self.runs]

    def first(self, choice: Choice, policy: Policy | None = None) -> Measured:
        """The first seed alone."""
        return self._measure(self.runs[0], choice, policy)

    def _measure(self, run: Run, choice: Choice, policy: Policy | None) -> Measured:
        rule = of_run(run.policy, policy or choice.policy, choice.answer_rule)
        key = run.id, rule, choice.non_response
        if key not in self._measured:
            measured = measure(run, rule, choice.non_response, self._figures.get(run.id))
            if measured.figures is not None:
                self._figures[run.id] = measured.figures
            notes = self.beside.get(run.id, ())
            self._measured[key] = replace(measured, notes=(*measured.notes, *notes)) if notes else measured
        return self._measured[key]

    @property
    def faults(self) -> list[str]:
        """What is wrong with records, and with those files of the runs that were measured so far."""
        measured = [m.why for m in self._measured.values() if m.fault and m.why]
        return [*measured, *(run.fault for run in (*self.runs, *self.unreadable) if run.fault is not None)]

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be said of runs of the method that cannot be read and may belong here."""
        return tuple(f"a further run of this method has no figures: {run.fault}" for run in self.unreadable)


@dataclass(frozen=True)
class World:
    """All runs of one world without changed settings, by (method, protocol)."""

    name: str | None
    demo: bool = False
    partial: bool = False
    entries: dict[tuple[str, str], Entry] = field(default_factory=dict)

    @property
    def caption(self) -> str:
        """What a caption must say about where the data come from."""
        if self.name is None:
            return "No finished runs."
        part = " Some rows hold figures of a part of their target: see the notes." if self.partial else ""
        if self.demo:
            name = "" if self.name == "demo" else f" {self.name}"
            return f"Demo world{name}: {DEMO}.{part}"
        return f"World: {self.name}.{part}"

    def coverage(self, choice: Choice, about: str = "") -> tuple[str, ...]:
        """What became of the presentations, one line per protocol and data: a note of every table. `about`: the one
        protocol that a table is about."""
        found: dict[str, None] = {}
        for protocol in [about] if about else self.protocols(choice):
            for entry in self.of_protocol(protocol, choice):
                for run in entry.runs:
                    if run.ledgers:
                        found[f"{protocol}: {' | '.join(ledger.text() for ledger in run.ledgers)}"] = None
        return tuple(found)

    def of_protocol(self, protocol: str, choice: Choice) -> list[Entry]:
        """The entries of a protocol as far as asked for: the paper's methods in its order, then others by name."""
        found = {
            method: entry
            for (method, where), entry in sorted(self.entries.items())
            if where == protocol and choice.wants(method)
        }
        paper = published.every_method()
        return [found[m] for m in paper if m in found] + [entry for m, entry in found.items() if m not in paper]

    def faults(self, choice: Choice) -> list[str]:
        """What is wrong with runs whose files cannot be trusted, as far as their rows and files were asked for."""
        entries = [entry for protocol in self.protocols(choice) for entry in self.of_protocol(protocol, choice)]
        return list(dict.fromkeys(why for entry in entries for why in entry.faults))

    def protocols(self, choice: Choice) -> list[str]:
        """The protocols with runs: the paper's in its order, then others."""
        from protocols.catalogue import shipped

        have = {protocol for _, protocol in self.entries}
        first = choice.protocols or tuple(shipped().protocols)
        ordered = [p for p in first if p in have] + sorted(have - set(first))
        return [p for p in ordered if not choice.protocols or p in choice.protocols]

    def title(self, protocol: str) -> str:
        """What captions call a protocol: as its runs say it."""
        return next(
            (title_of(e.runs[0]) for e in self.entries.values() if e.protocol == protocol), named(protocol).title
        )


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
    asked = Variant(variant or {})
    if asked and not any(asked.holds(run) for runs in by_world.values() for run in runs):
        asked.check()
    return [_gather(world, runs, asked) for world, runs in sorted(by_world.items())] or [World(None)]


def _gather(world: str, runs: Sequence[Run], variant: Variant) -> World:
    groups: dict[tuple[str, str], list[Run]] = {}
    unreadable: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        if run.fault is not None:
            unreadable.setdefault((run.method, run.protocol), []).append(run)
        elif not run.overrides:
            groups.setdefault((run.method, run.protocol), []).append(run)
        elif variant.holds(run):
            mark = " ".join(f"[{key}={value}]" for key, value in run.overrides.items())
            groups.setdefault((f"{run.method} {mark}", run.protocol), []).append(run)
    entries = {key: _entry(*key, group, unreadable.pop(key, ())) for key, group in groups.items()}
    notes = dict.fromkeys(beside.older(runs), (beside.OLDER,))
    for name, note in beside.recipes(run for entry in entries.values() for run in entry.runs).items():
        notes[name] = (*notes.get(name, ()), note)
    entries = {key: replace(entry, beside=notes) for key, entry in entries.items()}
    entries |= {key: Entry(key[0], key[0], key[1], _by_seed(group)) for key, group in unreadable.items()}
    by_request = any(run.partial for run in runs) or any(
        run.coverage is not None and run.coverage.by_request for run in runs
    )
    return World(world, any(run.demo for run in runs), by_request, entries)


def _entry(method: str, protocol: str, runs: Sequence[Run], unreadable: Sequence[Run]) -> Entry:
    """The newest configuration's runs, the newest of each seed; the others are set aside and counted.

    A run that cannot be read belongs to its configuration by the name of its folder; one that may be of any other is
    told of.
    """
    newest_first = sorted(runs, key=lambda run: (run.created, run.id), reverse=True)
    config = _configuration(newest_first[0])
    chosen = [run for run in newest_first if _configuration(run) == config]
    folders = {_in_folder(run) for run in chosen}
    chosen += [run for run in unreadable if _in_folder(run) in folders]
    kept = _by_seed(chosen)
    title = newest_first[0].title + method.removeprefix(newest_first[0].method)
    others = tuple(run for run in unreadable if _in_folder(run) not in folders)
    aside = len(runs) - sum(run.fault is None for run in kept)
    return Entry(method, title, protocol, kept, aside, others)


def _by_seed(newest_first: Sequence[Run]) -> tuple[Run, ...]:
    by_seed: dict[int, Run] = {}
    for run in newest_first:
        by_seed.setdefault(run.seed, run)
    return tuple(by_seed[seed] for seed in sorted(by_seed))


def _in_folder(run: Run) -> str:
    """The configuration in the name of a run's folder."""
    return run.id.rpartition("-")[2]


def _configuration(run: Run) -> str:
    """What seeds must share to be averaged; of imported scores no settings are known."""
    return run.preset if run.preset == IMPORTED else str(run.digests.config)


def of_first_seed(entries: Sequence[Entry]) -> list[str]:
    """Notes on a table that shows one seed of each method, and on runs that may belong to it and cannot be read."""
    several = [(e.title, e.runs) for e in entries if len(e.runs) > 1]
    notes = [
        f"{title}: seed {runs[0].seed} of {len(runs)} (counts of several seeds do not add up)."
        for title, runs in several
    ]
    return notes + [f"{entry.title}: {note}." for entry in entries for note in entry.notes]
