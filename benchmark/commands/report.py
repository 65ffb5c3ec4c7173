"""`report`: one self-contained HTML page in the shape of ISO/IEC 30107-3."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmark.options import add_answer_rule, damaged

HELP = "write an HTML report of finished runs: species, intervals, operating points, every presentation"
EXAMPLES = """\
  python -m benchmark report --method grpo --protocol cefa2siw            one run, with every presentation
  python -m benchmark report --protocol cefa2siw --output cefa2siw.html   all methods side by side
  python -m benchmark report results/runs/lab/cefa2siw/grpo/s0-1a2b3c4d
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("run", nargs="*", metavar="RUN", help="run directory or run id; default: all that match")
    parser.add_argument("--method", action="append", default=[], help="only this method (may be repeated)")
    parser.add_argument("--protocol", action="append", default=[], help="only this protocol (may be repeated)")
    parser.add_argument("--suite", metavar="NAME", help="only the protocols of this suite")
    parser.add_argument("--policy", help="threshold policy for every run (default: each method's own)")
    add_answer_rule(parser)
    parser.add_argument("--world", metavar="NAME", help="runs of this world (default: the only one found)")
    parser.add_argument("--output", type=Path, default=Path("report.html"), metavar="FILE", help="default: report.html")
    parser.add_argument(
        "--pictures",
        action="store_true",
        help="with faces from the face store: only if your licence allows showing them",
    )


def main(args: argparse.Namespace) -> int:
    """Gather, render, write."""
    from benchmark.metrics.thresholds import parse
    from benchmark.output import write_text
    from benchmark.report.page import DETAILED, page
    from benchmark.report.selection import Rule, chosen, named
    from protocols.errors import InputError

    if args.run and (args.method or args.protocol or args.suite or args.world):
        raise InputError("give runs, or --method, --protocol, --suite and --world, not both")
    rule = Rule(None if args.policy is None else parse(args.policy), args.answer_rule)
    if args.run:
        found = named(args.results, args.run, rule)
    else:
        found = chosen(args.results, args.world, args.method, args.protocol, rule, args.config, args.suite)
    measured, faces = found.measured, None
    if args.pictures:
        from benchmark.results.pictures import Pictures

        if len(measured) > DETAILED:
            raise InputError(f"--pictures: {len(measured)} runs; a page with presentations holds {DETAILED} at most")
        faces = Pictures.of_world(args.config, measured[0].run.world)
    write_text(args.output, page(measured, faces, found.remarks))
    print(f"{len(measured)} run{'s' if len(measured) != 1 else ''} -> {args.output}")
    return damaged(m.why for m in measured if m.fault and m.why)
