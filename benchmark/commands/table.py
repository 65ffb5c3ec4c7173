"""`table`: the paper's tables and what stands behind them, from finished runs alone."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.options import add_answer_rule, add_kind, add_listed, add_settings, damaged, settings_of
from benchmark.tables.registry import PAPER, TABLES
from benchmark.tables.render import FORMATS
from protocols.errors import InputError, unknown

if TYPE_CHECKING:
    from benchmark.tables.collect import Asked, Choice, World

HELP = "print Tables 1, 2 and 3, or one of them, or a breakdown, from finished runs"
EXAMPLES = """\
  python -m benchmark table                                   Tables 1, 2 and 3 as far as there are runs
  python -m benchmark table 1 --published                     Table 1 beside the paper's figures
  python -m benchmark table 1 --format latex --output t1.tex  for a paper (booktabs)
  python -m benchmark table species --method grpo             per attack, with exact intervals
  python -m benchmark table policies --protocol cefa2siw      every method under every threshold policy
  python -m benchmark table 2 --answer-rule tolerant          answers that are not spelt as asked are read, too
  python -m benchmark table 1 --suite mcio                    methods with runs on another suite's protocols
  python -m benchmark table 1 --columns FRR,FAR,HTER,AUC      other figures of each protocol
  python -m benchmark table significance --against foundpad   paired tests over subjects, Holm-corrected
  python -m benchmark table 1 --set selection=oracle-target --policy oracle-target-eer   as FLIP reports itself
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_kind(parser, "TABLE", _tables, "default: 1, 2 and 3. ")
    parser.add_argument("--format", choices=FORMATS, default="text", help="default: text")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write there instead of the screen")
    parser.add_argument("--policy", help="threshold policy for every row (default: each method's own)")
    add_answer_rule(parser)
    parser.add_argument(
        "--non-response",
        choices=("error", "exclude"),
        default="error",
        help="presentations without an answer: errors of their class (default), or left out",
    )
    parser.add_argument("--published", action="store_true", help="the paper's figures beside the measured ones")
    parser.add_argument("--protocol", action="append", default=[], help="only this protocol (may be repeated)")
    parser.add_argument("--suite", metavar="NAME", help="the protocols of this suite (default: the paper's)")
    parser.add_argument("--method", action="append", default=[], help="only this method (may be repeated)")
    parser.add_argument(
        "--against", metavar="METHOD", help="reference of `significance` (default: grpo, else the best)"
    )
    add_listed(parser, "--columns", "NAME[,NAME...]", _columns, "what tables 1, 2 and 3 print of each protocol: ")
    add_settings(parser, "rows of runs with these settings changed as well")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--world", metavar="NAME", help="runs of this world (default: the only one found)")
    which.add_argument("--all-worlds", action="store_true", help="one table per world")


def main(args: argparse.Namespace) -> int:
    """Build, render, print or write."""
    from benchmark.output import write_text
    from benchmark.tables.build import how_to_fill, tables_of, with_columns
    from benchmark.tables.collect import worlds
    from benchmark.tables.render import render

    kinds: tuple[str, ...] = PAPER if args.kind is None else (TABLES.named(args.kind).name,)
    _check_options(args, kinds)
    every = args.all_worlds or (args.kind is None and args.world is None)
    found = worlds(args.results, args.world, every, settings_of(args))
    choice = _choice(args, found)
    if args.kind is None and (choice.suite or choice.protocols):
        kinds = with_columns(kinds, choice)
    _check_methods(found, choice)
    tables = tables_of(kinds, found, choice)
    if not tables:
        raise InputError(f"{args.results}: no finished run to fill this table; make one with `run`")
    text = render(tables, args.format)
    if args.output is None:
        sys.stdout.write(text)
    else:
        write_text(args.output, text)
    if how := how_to_fill(kinds, found, choice):
        on_screen = args.format == "text" and args.output is None
        print(f"\n{how}" if on_screen else how, file=sys.stdout if on_screen else sys.stderr)
    said = [note for table in tables for note in table.said()]
    faults = [why for world in found for why in world.faults(choice)]
    return damaged(why for why in faults if any(why in note for note in said))


def _check_options(args: argparse.Namespace, kinds: Sequence[str]) -> None:
    """Raise `InputError` for an option that none of the tables has, naming those that have it."""
    other_suite = args.suite not in (None, "paper", "all")
    given = {"published": args.published, "columns": args.columns is not None, "against": args.against is not None}
    for option in (name for name, is_given in (given | {"suite": other_suite}).items() if is_given):
        if not any(getattr(TABLES[kind], option) for kind in kinds):
            owners = ", ".join(name for name, kind in TABLES.items() if getattr(kind, option))
            named = f"table {kinds[0]} has" if len(kinds) == 1 else f"tables {', '.join(kinds)} have"
            raise InputError(f"--{option}: {named} no such option; it belongs to: {owners}")
    if args.published and other_suite:
        raise InputError(
            "--suite: the published rows are of the paper's own protocols; leave --suite or --published out"
        )


def _tables() -> Iterator[tuple[str, str]]:
    return ((name, kind.about) for name, kind in TABLES.items())


def _columns() -> Iterator[tuple[str, str]]:
    from benchmark.tables.metric import COLUMNS

    return ((name, one.title) for name, one in COLUMNS.items())


def _choice(args: argparse.Namespace, found: Sequence[World]) -> Choice:
    from benchmark.metrics.thresholds import parse
    from benchmark.tables.collect import Choice
    from benchmark.tables.metric import of_words
    from benchmark.tables.suite import protocols_named

    suite = _suite(args, found)
    return Choice(
        policy=None if args.policy is None else parse(args.policy),
        non_response=args.non_response,
        published=args.published,
        protocols=protocols_named(args.config, found, args.protocol) or (suite.protocols if suite else ()),
        methods=tuple(_method(name) for name in args.method),
        against=None if args.against is None else _method(args.against),
        answer_rule=args.answer_rule,
        suite=suite,
        columns=of_words(args.columns.split(",")) if args.columns is not None else (),
    )


def _suite(args: argparse.Namespace, found: Sequence[World]) -> Asked | None:
    """What --suite says; None for the paper's own tables."""
    from benchmark.tables.suite import suite_named

    if args.suite is None or args.suite in ("paper", "all"):
        return None
    if len(found) > 1:
        raise InputError("--suite with several worlds: choose one with --world")
    return suite_named(args.config, found[0], args.suite)


def _method(word: str) -> str:
    """A method name as runs hold it. Imported scores have names of their own, so the registry is not asked."""
    from protocols.registry import normal

    return normal(word)


def _check_methods(found: Sequence[World], choice: Choice) -> None:
    """A misspelt --method would give an empty table."""
    from benchmark.tables import published

    known = {method for world in found for method, _ in world.entries}
    known |= published.every_method().keys()
    for method in choice.methods:
        if method not in known:
            raise unknown("method (in these results)", method, known)
