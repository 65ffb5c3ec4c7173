"""`runs`: what has been made: list, show, delete."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmark.results.runs import Run

HELP = "finished runs: list them, show the record of one, delete some"
EXAMPLES = """\
  python -m benchmark runs list
  python -m benchmark runs show demo/cefa2siw/grpo
  python -m benchmark runs delete demo/cefa2siw/grpo/s0-1a2b3c4d
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("what", choices=("list", "show", "delete"))
    parser.add_argument("run", nargs="*", metavar="RUN", help="run ids; the beginning will do where it is clear")
    parser.add_argument("--world", metavar="NAME", help="list the runs of this world only")


def main(args: argparse.Namespace) -> int:
    """List, print or remove."""
    from benchmark.results.lookup import open_run
    from benchmark.results.removal import delete_runs
    from benchmark.results.runs import find
    from protocols.errors import InputError

    if (args.what == "list") == bool(args.run):
        raise InputError(f"runs {args.what}: {'takes no run' if args.run else 'name at least one run'}")
    if args.what == "list":
        return _list(list(find(args.results, world=args.world)))
    if args.what == "delete":
        for name in delete_runs(args.results, args.run):
            print(f"deleted {name}")
        return 0
    for word in args.run:
        json.dump(open_run(args.results, word).as_json(), sys.stdout, indent=1)
        print()
    return 0


def _list(runs: list[Run]) -> int:
    from tabulate import tabulate

    rows = [
        (run.id, run.created[:16].replace("T", " "), run.fault or ("partial data" if run.partial else ""))
        for run in runs
    ]
    print(tabulate(rows, headers=("run", "made (UTC)", ""), disable_numparse=True) if rows else "no finished run")
    return 1 if any(run.fault for run in runs) else 0
