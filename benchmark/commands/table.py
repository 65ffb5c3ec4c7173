"""`table`: the paper's tables and what stands behind them, from finished runs alone."""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmark.options import add_answer_rule, add_kind, add_listed, add_settings, damaged, settings_of
from benchmark.tables.render import FORMATS

HELP = "print Tables 1, 2 and 3, or one of them, or a breakdown, from finished runs"
EXAMPLES = """\
  python -m benchmark table                                   Tables 1, 2 and 3 as far as there are runs
  python -m benchmark table 1 --published                     Table 1 beside the paper's figures
  python -m benchmark table 1 --format latex --output t1.tex  for a paper (booktabs)
  python -m benchmark table species --method grpo             per attack, with exact intervals
  python -m benchmark table policies --protocol cefa2siw      every method under every threshold policy
  python -m benchmark table 2 --answer-rule tolerant          answers that are not spelt as asked are read, too
  python -m benchmark table 1 --suite mcio                    methods with runs on another suite's protocols
  python -m benchmark table 1 --suite mcio.flip-lists --published    counted by another convention, FLIP's rows beside
  python -m benchmark table 1 --columns FRR,FAR,HTER,AUC      other figures of each protocol
  python -m benchmark table significance --against foundpad   paired tests over subjects, Holm-corrected
  python -m benchmark table groups --by ethnicity             who is wronged: errors by group, largest difference
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
    parser.add_argument(
        "--published",
        action="store_true",
        help="printed figures beside the measured ones: the paper's, or FLIP's of another suite",
    )
    parser.add_argument("--protocol", action="append", default=[], help="only this protocol (may be repeated)")
    parser.add_argument("--suite", metavar="NAME", help="the protocols of this suite (default: the paper's)")
    parser.add_argument("--method", action="append", default=[], help="only this method (may be repeated)")
    parser.add_argument(
        "--against", metavar="METHOD", help="reference of `significance` (default: grpo, else the best)"
    )
    add_listed(parser, "--columns", "NAME[,NAME...]", _columns, "what tables 1, 2 and 3 print of each protocol: ")
    parser.add_argument(
        "--by",
        metavar="NAME",
        help="groups of `groups`: ethnicity, sex, age, skin-tone, sensor, session, light, glasses",
    )
    add_settings(parser, "rows of runs with these settings changed as well")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--world", metavar="NAME", help="runs of this world (default: the only one found)")
    which.add_argument("--all-worlds", action="store_true", help="one table per world")


def main(args: argparse.Namespace) -> int:
    """Build, render, print or write.

    Records and tables hold no circles: looking for some among thousands of runs would take a third of the time.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        return _main(args)
    finally:
        if collecting:
            gc.enable()


def _main(args: argparse.Namespace) -> int:
    from benchmark.output import write_text
    from benchmark.tables.asked import Words, tables_for
    from benchmark.tables.render import render

    words = Words(
        kind=args.kind,
        policy=args.policy,
        non_response=args.non_response,
        answer_rule=args.answer_rule,
        published=args.published,
        protocols=args.protocol,
        suite=args.suite,
        methods=args.method,
        against=args.against,
        columns=None if args.columns is None else args.columns.split(","),
        by=args.by,
        settings=settings_of(args),
        world=args.world,
        all_worlds=args.all_worlds,
    )
    answer = tables_for(words, args.results, args.config)
    text = render(answer.tables, args.format)
    if args.output is None:
        sys.stdout.write(text)
    else:
        write_text(args.output, text)
    if answer.how:
        on_screen = args.format == "text" and args.output is None
        print(f"\n{answer.how}" if on_screen else answer.how, file=sys.stdout if on_screen else sys.stderr)
    return damaged(answer.faults)


def _tables() -> Iterator[tuple[str, str]]:
    from benchmark.tables.registry import TABLES

    return ((name, kind.about) for name, kind in TABLES.items())


def _columns() -> Iterator[tuple[str, str]]:
    from benchmark.tables.metric import COLUMNS

    return ((name, one.title) for name, one in COLUMNS.items())
