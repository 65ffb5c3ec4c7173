"""`models`: what has been trained: list, show, delete."""

from __future__ import annotations

import argparse
import json
import sys

HELP = "trained models: list them with the runs that use them, show the record of one, delete some"
EXAMPLES = """\
  python -m benchmark models list
  python -m benchmark models show demo/cefa/grpo
  python -m benchmark models delete demo/cefa/grpo/s0-1a2b3c4d5e6f
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("what", choices=("list", "show", "delete"))
    parser.add_argument("model", nargs="*", metavar="MODEL", help="model ids; the beginning will do where it is clear")
    parser.add_argument("--world", metavar="NAME", help="list the models of this world only")
    parser.add_argument("--force", action="store_true", help="delete models that runs refer to, too")


def main(args: argparse.Namespace) -> int:
    """List, print or remove."""
    from benchmark.results import models
    from benchmark.results.removal import delete_models
    from protocols.errors import InputError

    if (args.what == "list") == bool(args.model):
        raise InputError(f"models {args.what}: {'takes no model' if args.model else 'name at least one model'}")
    if args.what == "list":
        return _list(args)
    if args.what == "delete":
        for name in delete_models(args.results, args.model, args.force):
            print(f"deleted {name}")
        return 0
    for word in args.model:
        json.dump(models.read(models.place_of(args.results, word)).as_json(), sys.stdout, indent=1)
        print()
    return 0


def _list(args: argparse.Namespace) -> int:
    from collections import Counter

    from tabulate import tabulate

    from benchmark.results import models
    from benchmark.results.runs import find

    uses = Counter(run.model.id for run in find(args.results))
    rows = []
    for record in models.find(args.results, world=args.world):
        files = (args.results / "models" / record.id).rglob("*")
        size = sum(file.stat().st_size for file in files if file.is_file()) / 2**20
        fit = record.stages["fit"].wall_s if "fit" in record.stages else 0.0
        rows.append((record.id, uses[record.id], f"{fit:.1f}", f"{size:.1f}"))
    head = ("model", "runs", "training (s)", "MiB")
    print(tabulate(rows, headers=head, disable_numparse=True) if rows else "no trained model")
    return 0
