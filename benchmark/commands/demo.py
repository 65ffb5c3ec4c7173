"""`demo`: the embedded demo world, from its pictures to Table 1."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protocols.world import World

HELP = "write the demo world, run methods on all four protocols and print Table 1"
EXAMPLES = """\
  python -m benchmark demo
  python -m benchmark demo --methods ms-lbp,foundpad-fe
  python -m benchmark demo --sheet sheet.png       one example of every species and release
"""
CLASSIC = "ms-lbp,colour-texture,cnn"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--methods", default=CLASSIC, metavar="M[,M...]", help=f"default: {CLASSIC}")
    parser.add_argument("--jobs", type=int, default=0, metavar="N", help="runs at a time (default: one per core)")
    parser.add_argument("--sheet", type=Path, metavar="FILE.png", help="draw a contact sheet instead and stop")
    parser.add_argument("--write-only", action="store_true", help="write the four releases and stop")


def main(args: argparse.Namespace) -> int:
    """Write, run, print."""
    from protocols import demo
    from protocols import world as worlds

    if args.sheet:
        demo.sheet(args.sheet)
        print(args.sheet)
        return 0
    world = worlds.demo_world()
    roots = demo.build(world.cache, size=world.demo_size)
    print("the embedded demo world: procedural faces, its figures say nothing about accuracy in the field")
    for name, root in roots.items():
        print(f"  {name:12} {root}")
    if args.write_only:
        return 0
    return _run(args, world)


def _run(args: argparse.Namespace, world: World) -> int:
    from benchmark.running.machine import cores, limit_threads

    limit_threads(1)

    from benchmark.running.faces import announce, prepare_all
    from benchmark.sweep import state
    from benchmark.sweep.make import Means, make
    from benchmark.sweep.plan import Sweep, product
    from benchmark.tables.build import printed
    from benchmark.tables.collect import Choice, worlds
    from protocols.recipe import Recipe

    recipe = Recipe.preset(world.preset)
    announce(world, prepare_all(world, [(name, recipe) for name in world.usual], cores()))
    runs = product(args.methods.split(","), [p.name for p in world.catalogue.expand(["paper"], world.usual)])
    entries = state.entries(Sweep("demo", "the demo", runs), world, args.results)
    failed = make(world, args.results, entries, Means(workers=cores(), jobs=args.jobs or None))
    print(printed(("1",), worlds(args.results, "demo", False), Choice()), end="")
    return 1 if failed else 0
