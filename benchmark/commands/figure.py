"""`figure`: the paper's figures and what one wants to see besides, from finished runs alone."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from benchmark.options import add_answer_rule, add_kind

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
    from benchmark.figures.asked import request_of
    from benchmark.figures.canvas import save, style
    from benchmark.figures.registry import FIGURES

    request = request_of(
        args.kind,
        args.results,
        methods=args.method or (),
        protocol=args.protocol,
        suite=args.suite,
        seed=args.seed,
        policy=args.policy,
        answer_rule=args.answer_rule,
        world=args.world,
        pictures=args.pictures,
        config=args.config,
    )
    with style():
        drawing = FIGURES[request.kind].draw(request)
        files = save(drawing, args.output, request.caption)
    for gap in drawing.gaps:
        print(f"missing: {gap}")
    print("\n".join(map(str, files)))
    return 0


def _listed() -> Iterator[tuple[str, str]]:
    from benchmark.figures.registry import FIGURES

    return ((name, kind.about) for name, kind in FIGURES.items())
