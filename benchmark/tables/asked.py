"""Tables as people ask for them, in words, as tables that can be rendered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.metrics.thresholds import AnswerRule, parse
from benchmark.results.rates import NonResponse
from benchmark.tables import published
from benchmark.tables.build import how_to_fill, tables_of, with_columns
from benchmark.tables.collect import Asked, Choice, World, worlds
from benchmark.tables.metric import of_words
from benchmark.tables.model import Table
from benchmark.tables.registry import PAPER, TABLES
from benchmark.tables.suite import protocols_named, suite_named
from protocols.errors import InputError, unknown
from protocols.presentation import COVARIATES
from protocols.registry import normal


@dataclass(frozen=True)
class Words:
    """What is asked for. `kind` None: Tables 1, 2 and 3; `settings`: `name=value` pairs of the runs that are meant; the
    other attributes are the options of the command `table`."""

    kind: str | None = None
    policy: str | None = None
    non_response: NonResponse = "error"
    answer_rule: AnswerRule | None = None
    published: bool = False
    protocols: Sequence[str] = ()
    suite: str | None = None
    methods: Sequence[str] = ()
    against: str | None = None
    columns: Sequence[str] | None = None
    by: str | None = None
    settings: Mapping[str, str] | None = None
    world: str | None = None
    all_worlds: bool = False

    @property
    def other_suite(self) -> str | None:
        """The suite, if it is not the paper's."""
        return None if self.suite in (None, "paper", "all") else self.suite


@dataclass(frozen=True)
class Answer:
    """Tables, how to fill their gaps (empty: there is none), and what is wrong with runs that stand as dashes."""

    tables: tuple[Table, ...]
    how: str
    faults: tuple[str, ...]


def tables_for(words: Words, results: Path, config: Path | None = None) -> Answer:
    """The tables that were asked for. Raises `InputError` for a word that nothing has, for an option that no table
    asked for has, and where there is no run."""
    kinds: tuple[str, ...] = PAPER if words.kind is None else (TABLES.named(words.kind).name,)
    _check_options(words, kinds)
    every = words.all_worlds or (words.kind is None and words.world is None)
    found = worlds(results, words.world, every, dict(words.settings or {}))
    choice = _choice(words, found, config)
    if words.published and choice.suite and not published.beside(choice.suite.name, choice.suite.protocols):
        raise InputError(
            f"--published: no figures of suite {choice.suite.name} are printed anywhere that is known here; those of "
            f"{', '.join(published.suites())} and of the paper's own protocols are: leave --published out"
        )
    if words.kind is None and (choice.suite or choice.protocols):
        kinds = with_columns(kinds, choice)
    _check_methods(found, choice)
    tables = tables_of(kinds, found, choice)
    if not tables:
        raise InputError(f"{results}: no finished run to fill this table; make one with `run`")
    said = [note for table in tables for note in table.said()]
    faults = [why for world in found for why in world.faults(choice)]
    shown = tuple(why for why in faults if any(why in note for note in said))
    return Answer(tuple(tables), how_to_fill(kinds, found, choice), shown)


def _check_options(words: Words, kinds: Sequence[str]) -> None:
    """Raise `InputError` for an option that none of the tables has, naming those that have it."""
    given = {
        "published": words.published,
        "columns": words.columns is not None,
        "against": words.against is not None,
        "by": words.by is not None,
        "suite": words.other_suite is not None,
    }
    for option in (name for name, is_given in given.items() if is_given):
        if not any(getattr(TABLES[kind], option) for kind in kinds):
            owners = ", ".join(name for name, kind in TABLES.items() if getattr(kind, option))
            named = f"table {kinds[0]} has" if len(kinds) == 1 else f"tables {', '.join(kinds)} have"
            raise InputError(f"--{option}: {named} no such option; it belongs to: {owners}")


def _choice(words: Words, found: Sequence[World], config: Path | None) -> Choice:
    suite = _suite(words, found, config)
    return Choice(
        policy=None if words.policy is None else parse(words.policy),
        non_response=words.non_response,
        published=words.published,
        protocols=protocols_named(config, found, words.protocols) or (suite.protocols if suite else ()),
        methods=tuple(map(normal, words.methods)),  # imported scores have names that no registry knows
        against=None if words.against is None else normal(words.against),
        answer_rule=words.answer_rule,
        suite=suite,
        columns=of_words(words.columns) if words.columns is not None else (),
        by=None if words.by is None else _covariate(words.by),
    )


def _covariate(word: str) -> str:
    """The covariate that a word means: `skin-tone`, `Skin_Tone`. Raises `InputError` for another word."""
    name = " ".join(word.lower().replace("-", " ").replace("_", " ").split())
    if name not in COVARIATES:
        raise unknown("covariate", word, COVARIATES)
    return name


def _suite(words: Words, found: Sequence[World], config: Path | None) -> Asked | None:
    """The suite asked for; None for the paper's own tables."""
    if words.other_suite is None:
        return None
    if len(found) > 1:
        raise InputError("--suite with several worlds: choose one with --world")
    return suite_named(config, found[0], words.other_suite)


def _check_methods(found: Sequence[World], choice: Choice) -> None:
    """A misspelt method would give an empty table."""
    known = {method for world in found for method, _ in world.entries}
    known |= published.every_method().keys()
    if choice.suite and choice.published:
        known |= {row.method for row in published.beside(choice.suite.name, choice.suite.protocols)}
    for method in choice.methods:
        if method not in known:
            raise unknown("method (in these results)", method, known)
