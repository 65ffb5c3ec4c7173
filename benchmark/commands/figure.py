"""`figure`: the paper's figures and what one wants to see besides, from finished runs alone."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.options import add_answer_rule, add_kind

if TYPE_CHECKING:
    from benchmark.tables.collect import Asked, World

HELP = (
    "draw Figure 4, 5, 6 or 7, DET and expected performance curves, score histograms or training curves, as SVG and PNG"
)
EXAMPLES = """\
  python -m benchmark figure 4                                    HTER against the share of training data
  python -m benchmark figure 6 --method foundpad --output paper   error per species, four protocols
  python -m benchmark figure 7 --protocol cefa2siw                what the model said, per species
  python -m benchmark figure det --method cnn --protocol surf2siw          a curve per species
  python -m benchmark figure det --method cnn --method grpo --protocol surf2siw   a curve per method, worst species
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_kind(parser, "FIGURE", _listed)
    parser.add_argument("--method", action="append", help="default: grpo; det and epc draw several (repeat the option)")
    parser.add_argument("--protocol", help="default: cefa2hqwmca; figure 6 draws all of a suite")
    parser.add_argument("--suite", metavar="NAME", help="protocols of figure 6 (default: the paper's four)")
    parser.add_argument("--seed", type=int, help="only this seed (default: the first; figures 4 and 5 draw all)")
    parser.add_argument("--policy", help="threshold policy (default: the method's own)")
    add_answer_rule(parser)
    parser.add_argument("--world", metavar="NAME", help="runs of this world (default: the only one found)")
    parser.add_argument("--output", type=Path, default=Path("figures"), metavar="DIR", help="default: ./figures")
    parser.add_argument(
        "--pictures",
        action="store_true",
        help="figure 7 with faces from the face store: only if your licence allows showing them",
    )


def main(args: argparse.Namespace) -> int:
    """Draw, write, say what is missing."""
    from benchmark.figures.canvas import save, style
    from benchmark.figures.registry import FIGURES
    from benchmark.figures.request import Request
    from benchmark.metrics.thresholds import parse
    from benchmark.results.pictures import Pictures
    from benchmark.tables.collect import worlds
    from benchmark.tables.suite import protocol_named
    from protocols.errors import InputError
    from protocols.registry import normal

    kind = FIGURES.named(args.kind)
    if args.pictures and not kind.faces:
        with_faces = ", ".join(name for name, other in FIGURES.items() if other.faces)
        raise InputError(f"--pictures: figure {kind.name} shows no faces; it belongs to figure {with_faces}")
    names = [normal(name) for name in args.method or ["grpo"]]
    if len(set(names)) > 1 and not kind.several:
        with_several = ", ".join(name for name, other in FIGURES.items() if other.several)
        raise InputError(f"--method: figure {kind.name} draws one method; figures that draw several: {with_several}")
    world = worlds(args.results, args.world, False)[0]
    request = Request(
        kind=kind.name,
        results=args.results,
        world=world,
        method=names[0],
        others=tuple(names[1:]),
        protocol=protocol_named(args.config, world, args.protocol or "cefa2hqwmca"),
        seed=args.seed,
        policy=None if args.policy is None else parse(args.policy),
        answer_rule=args.answer_rule,
        pictures=Pictures.of_world(args.config, str(world.name)) if args.pictures else None,
        suite=_panels(args, world),
    )
    with style():
        drawing = kind.draw(request)
        files = save(drawing, args.output, request.caption)
    for gap in drawing.gaps:
        print(f"missing: {gap}")
    print("\n".join(map(str, files)))
    return 0


def _listed() -> Iterator[tuple[str, str]]:
    from benchmark.figures.registry import FIGURES

    return ((name, kind.about) for name, kind in FIGURES.items())


def _panels(args: argparse.Namespace, world: World) -> Asked | None:
    """The protocols of figure 6: those of --suite, or the one asked for; None: the paper's."""
    from benchmark.tables.suite import alone, suite_named
    from protocols.errors import InputError

    if args.suite and args.kind != "6":
        raise InputError(f"--suite belongs to figure 6; figure {args.kind} is of one --protocol")
    if args.suite:
        return suite_named(args.config, world, args.suite)
    return alone(args.config, world, args.protocol) if args.protocol else None
