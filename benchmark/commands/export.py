"""`export`: a run's scores for other tools, or its model card."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmark.results.runs import Run

from benchmark.options import add_answer_rule

HELP = "write a run's scores for bob, as CSV or as a `datasets` folder, or its model card"
EXAMPLES = """\
  python -m benchmark export results/runs/lab/cefa2siw/grpo/s0-1a2b3c4d --format bob --output scores-eval.csv
  python -m benchmark export lab/cefa2siw/grpo --format bob-4 --dev --output scores-dev
  python -m benchmark export lab/cefa2siw/grpo --format dataset --output grpo-cefa2siw
  python -m benchmark export lab/cefa2siw/grpo --format card --output README.md
"""
FORMATS = ("bob", "bob-4", "dataset", "card")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("run", metavar="RUN", help="run directory or run id; the beginning of an id will do")
    parser.add_argument(
        "--format",
        choices=FORMATS,
        required=True,
        help="bob: CSV of bob.pad 6; bob-4: four columns; dataset: for `datasets.load_from_disk`; card: Markdown",
    )
    parser.add_argument("--dev", action="store_true", help="scores of the source's dev part (bob formats)")
    parser.add_argument("--policy", help="threshold policy of the card (default: the method's own)")
    add_answer_rule(parser)
    parser.add_argument("--output", type=Path, required=True, metavar="PATH", help="file, or folder of a dataset")


def main(args: argparse.Namespace) -> int:
    """Write one file or folder."""
    from benchmark.output import write_text
    from benchmark.results.lookup import open_run
    from protocols.errors import InputError

    run = open_run(args.results, args.run)
    if args.dev and not args.format.startswith("bob"):
        raise InputError(f"--dev belongs to the bob formats, not to {args.format}")
    if args.format == "dataset":
        from benchmark.exchange.hub import dataset, save

        save(dataset(run), args.output)
    else:
        write_text(args.output, _card(run, args) if args.format == "card" else _scores(run, args))
    print(args.output)
    return 0


def _scores(run: Run, args: argparse.Namespace) -> str:
    from benchmark.exchange import bob
    from protocols.errors import InputError

    scores = run.dev_scores if args.dev else run.scores
    if scores is None:
        raise InputError(f"{run.path}: no scores of the source's dev part; leave out --dev")
    return bob.as_csv(scores) if args.format == "bob" else bob.as_four_columns(scores)


def _card(run: Run, args: argparse.Namespace) -> str:
    from benchmark.exchange.card import card
    from benchmark.metrics.thresholds import of_run, parse
    from benchmark.tables.measured import measure

    asked = None if args.policy is None else parse(args.policy)
    return card(measure(run, of_run(run.policy, asked, args.answer_rule), "error"))
