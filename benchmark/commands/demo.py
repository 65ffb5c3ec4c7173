"""`demo`: the embedded demo world, from its pictures to Table 1."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmark.sweep.plan import Sweep
    from protocols.world import World

HELP = "write the demo world, run every family of methods on all four protocols, print Tables 1 and 2 and the gap"
EXAMPLES = """\
  python -m benchmark demo                         one method of each family, in minutes
  python -m benchmark demo --full                  every row of Tables 1 to 3 and every figure: `sweep paper --quick`
  python -m benchmark demo --methods ms-lbp,foundpad-fe
  python -m benchmark demo --sheet sheet.png       one example of every species and release
"""
METHODS = "ms-lbp,colour-texture,foundpad-fe,qwen-zero-shot,grpo"
"""One of each family, so that the first table that anybody sees has the paper's own row in it."""
NEXT = """\
The report of these runs: {report}
Next:  python -m benchmark table policies --protocol cefa2siw     every method under every threshold policy
       python -m benchmark figure 6                               error per attack species
       python -m benchmark demo --full                            every row and figure, with seed 0"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--methods", metavar="M[,M...]", help=f"default: {METHODS}")
    which.add_argument("--full", action="store_true", help="everything that the paper prints, once")
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

    from benchmark.output import write_text
    from benchmark.report.page import page
    from benchmark.report.selection import Rule, chosen
    from benchmark.running.faces import announce, prepare_all
    from benchmark.sweep import state
    from benchmark.sweep.make import Means, make
    from benchmark.tables.build import printed
    from benchmark.tables.collect import Choice, worlds
    from protocols.recipe import Recipe

    sweep = _sweep(args, world)
    recipe = Recipe.preset(world.preset)
    announce(world, prepare_all(world, [(name, recipe) for name in world.usual], cores()))
    entries = state.entries(sweep, world, args.results)
    failed = make(world, args.results, entries, Means(workers=cores(), jobs=args.jobs or None))
    print(printed(("1", "2", "gap"), worlds(args.results, "demo", False), Choice()), end="")
    found = chosen(args.results, "demo", [], [], Rule(None, None), args.config, None)
    report = args.results / "report.html"
    write_text(report, page(found.measured, None, found.remarks))
    print(f"\n{NEXT.format(report=report)}")
    return 1 if failed else 0


def _sweep(args: argparse.Namespace, world: World) -> Sweep:
    """What is to be run. Of the default methods those are left out, and named, whose packages are not installed."""
    import methods
    from benchmark.sweep.plan import Sweep, load, product
    from methods import extras

    paper = [p.name for p in world.catalogue.expand(["paper"], world.usual)]
    if args.full:
        return load("quick", world.preset, lambda words: [p.name for p in world.catalogue.expand(words, world.usual)])
    names = (args.methods or METHODS).split(",")
    if args.methods is None:
        for name in [name for name in names if extras.absent(methods.get(name).extra)]:
            print(f"{name}: left out: {extras.command(methods.get(name).extra)}")
            names.remove(name)
    return Sweep("demo", "the demo", product(names, paper))
