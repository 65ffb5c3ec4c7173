"""`prepare`: decode, find and store the faces of the releases, once for all methods."""

from __future__ import annotations

import argparse

from benchmark.commands.run import add_machine, limit_threads, parse_changes

HELP = "decode and crop the faces of the releases once for all methods; resumable"
EXAMPLES = """\
  python -m benchmark prepare
  python -m benchmark prepare --release siw-mv2 --workers 8
  python -m benchmark prepare --set frames=16 --set size=320
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--release", metavar="R[,R...]", help="default: every release of the world")
    parser.add_argument("--set", action="append", default=[], metavar="K=V", help="a setting of the recipe")
    parser.add_argument("--preset", choices=("paper", "demo"), help="default: what fits the world")
    add_machine(parser)


def main(args: argparse.Namespace) -> int:
    """Prepare and say what there is."""
    import dataclasses

    from protocols import world as worlds

    world = worlds.load(args.config, name=args.world)
    limit_threads(args, world.demo)

    from methods.method import parse_fields
    from protocols import releases
    from protocols.prepare import prepare
    from protocols.recipe import Recipe

    recipe = Recipe.preset(args.preset or world.preset)
    recipe = dataclasses.replace(recipe, **parse_fields(Recipe, parse_changes(args.set)))
    names = args.release.split(",") if args.release else [r for r in worlds.RELEASES if world.demo or r in world.roots]
    for name in names:
        release = releases.discover(name, world.root(name))
        store = prepare(release, recipe, world.cache / "faces", workers=args.workers, progress=not args.quiet)
        print(f"{release.title} (layout {release.layout}): {len(release.presentations)} presentations")
        for line in [] if world.demo else releases.compare(release):  # the demo's releases are miniatures
            print(f"  {line}")
        for warning in release.warnings:
            print(f"  note: {warning}")
        for name_, reason in sorted(store.failures.items()):
            print(f"  no face from {name_}: {reason}")
    return 0
