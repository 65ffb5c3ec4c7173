"""`prepare`: decode, find and store the faces of the releases, once for all methods."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from benchmark.commands.run import add_machine, limit_threads, parse_changes

if TYPE_CHECKING:
    from protocols.store.store import Store

SHOWN = 100

HELP = "decode and crop the faces of the releases once for all methods; resumable; changed files are noticed"
EXAMPLES = """\
  python -m benchmark prepare
  python -m benchmark prepare --release siw-mv2 --workers 8
  python -m benchmark prepare --retry
  python -m benchmark prepare --set frames=16 --set size=320
  python -m benchmark prepare --boxes boxes.csv
  python -m benchmark prepare --detector yunet --detector-file yunet.onnx
  python -m benchmark run ... --set detector=boxes --set detector_file=boxes.csv    runs take the same settings
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--release", metavar="R[,R...]", help="default: every release of the world")
    parser.add_argument("--set", action="append", default=[], metavar="K=V", help="a setting of the recipe")
    finder = parser.add_mutually_exclusive_group()
    finder.add_argument("--boxes", metavar="FILE", help="boxes found before: CSV presentation,frame,x,y,w,h")
    finder.add_argument("--detector", choices=("mtcnn", "yunet"), help="default: mtcnn")
    parser.add_argument("--detector-file", metavar="FILE", help="the model file (.onnx) of yunet")
    again = parser.add_mutually_exclusive_group()
    again.add_argument("--retry", action="store_true", help="try again what failed or was used in part")
    again.add_argument("--refresh", action="store_true", help="list the releases and prepare everything anew")
    parser.add_argument("--preset", choices=("paper", "demo"), help="default: what fits the world")
    add_machine(parser)


def main(args: argparse.Namespace) -> int:
    """Prepare and say what there is."""
    import dataclasses

    from protocols import world as worlds

    world = worlds.load(args.config, name=args.world)
    limit_threads(args, world.demo)

    from methods.method import parse_fields
    from protocols.discovery.scan import scan
    from protocols.releases import registry
    from protocols.store.prepare import prepare
    from protocols.store.recipe import Recipe

    recipe = Recipe.preset(args.preset or world.preset)
    changes = parse_changes([*args.set, *_finder(args)])
    recipe = dataclasses.replace(recipe, **parse_fields(Recipe, changes))
    names = args.release.split(",") if args.release else world.releases
    for name in names:
        release = scan(name, world.root(name), world.cache, refresh=args.refresh or args.retry)
        store = prepare(
            release,
            recipe,
            world.cache / "faces",
            workers=args.workers,
            progress=not args.quiet,
            again="all" if args.refresh else "failed" if args.retry else "changed",
        )
        print(f"{release.title} (layout {release.layout}): {len(release.presentations)} presentations")
        for line in [] if world.demo else registry.compare(release):  # the demo's releases are miniatures
            print(f"  {line}")
        for warning in release.warnings:
            print(f"  note: {warning}")
        for name_, reason in sorted(store.failures.items()):
            print(f"  no face from {name_}: {reason}")
        for line in _in_part(store):
            print(f"  {line}")
    return 0


def _in_part(store: Store) -> Iterator[str]:
    """One line for each presentation of which only a part could be used; those beyond `SHOWN` are counted.

    A frame in which the detector found no face is used all the same, with a neighbour's box: it is not named here.
    """
    found = [
        (name, [loss for loss in store.losses(name) if loss.kind != "no face"])
        for name in store.entries
        if name not in store.failures
    ]
    found = [(name, losses) for name, losses in found if losses]
    for name, losses in found[:SHOWN]:
        yield f"used in part: {name}: {'; '.join(loss.reason for loss in losses[:5])}"
    if len(found) > SHOWN:
        yield f"used in part: {len(found) - SHOWN} more presentations"


def _finder(args: argparse.Namespace) -> list[str]:
    """The options for where faces come from as settings of the recipe, in the words of `--set`."""
    if args.boxes:
        return ["detector=boxes", f"detector_file={args.boxes}"]
    detector = [f"detector={args.detector}"] if args.detector else []
    return [*detector, *([f"detector_file={args.detector_file}"] if args.detector_file else [])]
