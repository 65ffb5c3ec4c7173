"""`compare`: what differs between two runs, and whether the difference in HTER is real."""

from __future__ import annotations

import argparse
import sys

from benchmark.options import add_answer_rule

HELP = "two runs: which settings differ, and whether the difference in HTER is more than chance"
EXAMPLES = """\
  python -m benchmark compare lab/cefa2siw/grpo/s0 lab/cefa2siw/foundpad/s0
  python -m benchmark compare lab/cefa2siw/grpo/s0 lab/cefa2siw/sft/s0 --policy source-eer
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("first", metavar="RUN", help="run directory or run id; the beginning of an id will do")
    parser.add_argument("second", metavar="RUN")
    parser.add_argument("--policy", help="threshold policy of both (default: each method's own)")
    add_answer_rule(parser)


def main(args: argparse.Namespace) -> int:
    """Compare and print."""
    from benchmark.metrics.thresholds import of_run, parse
    from benchmark.results.lookup import open_run
    from benchmark.tables.compare import as_text
    from benchmark.tables.measured import measure
    from protocols.errors import InputError

    runs = [open_run(args.results, word) for word in (args.first, args.second)]
    if runs[0].world != runs[1].world:
        raise InputError(f"{runs[0].id} and {runs[1].id} are of different worlds: their figures do not compare")
    asked = None if args.policy is None else parse(args.policy)
    first, second = (measure(run, of_run(run.policy, asked, args.answer_rule), "error") for run in runs)
    sys.stdout.write(as_text(first, second))
    return 0
