"""`figure`: the paper's figures and what one wants to see besides, from finished runs alone."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmark.figures import KINDS
from benchmark.options import add_answer_rule

HELP = (
    "draw Figure 4, 5, 6 or 7, DET and expected performance curves, score histograms or training curves, as SVG and PNG"
)
EXAMPLES = """\
  python -m benchmark figure 4                                    HTER against the share of training data
  python -m benchmark figure 6 --method foundpad --output paper   error per species, four protocols
  python -m benchmark figure 7 --protocol cefa2siw                what the model said, per species
  python -m benchmark figure det --method cnn --protocol surf2siw
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    kinds = "; ".join(f"{name}: {text}" for name, (_, text) in KINDS.items())
    parser.add_argument("kind", choices=tuple(KINDS), metavar="FIGURE", help=kinds)
    parser.add_argument("--method", default="grpo", help="default: grpo")
    parser.add_argument("--protocol", default="cefa2hqwmca", help="default: cefa2hqwmca; figure 6 draws all four")
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
    import importlib

    from benchmark.figures.canvas import save, style
    from benchmark.figures.request import Request
    from benchmark.metrics.thresholds import parse
    from benchmark.results.pictures import Pictures
    from benchmark.tables.collect import worlds
    from protocols.crossdomain import get
    from protocols.errors import InputError

    if args.pictures and args.kind != "7":
        raise InputError(f"--pictures: figure {args.kind} shows no faces; it belongs to figure 7")
    world = worlds(args.results, args.world, False)[0]
    request = Request(
        kind=args.kind,
        results=args.results,
        world=world,
        method=args.method.strip().lower().replace("_", "-"),
        protocol=get(args.protocol).name,
        seed=args.seed,
        policy=None if args.policy is None else parse(args.policy),
        answer_rule=args.answer_rule,
        pictures=Pictures.of_world(args.config, str(world.name)) if args.pictures else None,
    )
    module = importlib.import_module(f"benchmark.figures.{KINDS[args.kind][0]}")
    with style():
        drawing = module.draw(request)
        files = save(drawing, args.output, world.caption)
    for gap in drawing.gaps:
        print(f"missing: {gap}")
    print("\n".join(map(str, files)))
    return 0
