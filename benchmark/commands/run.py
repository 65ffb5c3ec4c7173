"""`run`: train one method on a source, decide on a target, keep the score file."""

from __future__ import annotations

import argparse

from benchmark.options import add_machine, add_settings, load_world, machine_of, settings_of

HELP = "train and test methods on protocols; what is complete is skipped, what was interrupted goes on"
EXAMPLES = """\
  python -m benchmark run --method ms-lbp --protocol cefa2siw
  python -m benchmark run --method cnn --protocol all --seed 1
  python -m benchmark run --method grpo --protocol cefa2hqwmca --set generations=2
  python -m benchmark run --method foundpad --protocol surf2siw --config lab.toml --device cuda
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--method", required=True, metavar="M[,M...]", help="see `list`")
    parser.add_argument("--protocol", required=True, metavar="P[,P...]", help="see `list`; or `all`")
    parser.add_argument("--seed", type=int, default=0, help="default: 0")
    add_settings(parser, "one setting; may be repeated")
    parser.add_argument("--preset", choices=("paper", "demo"), help="default: what fits the world")
    parser.add_argument("--force", action="store_true", help="make a run that is complete once more")
    parser.add_argument(
        "--partial", action="store_true", help="go on although a part lacks more than 1 %% of a class or species"
    )
    add_machine(parser)


def main(args: argparse.Namespace) -> int:
    """Make every (method, protocol) asked for, in order."""
    world = load_world(args)

    from benchmark.results.runs import require_writable
    from benchmark.run.runner import run
    from benchmark.run.screen import intention, outcome
    from benchmark.run.spec import RunSpec
    from protocols.crossdomain import PROTOCOLS

    changes = settings_of(args)
    protocols = list(PROTOCOLS) if args.protocol == "all" else args.protocol.split(",")
    specs = [
        RunSpec.of(world, p, m, seed=args.seed, preset=args.preset, changes=changes)
        for m in args.method.split(",")
        for p in protocols
    ]
    machine = machine_of(args)
    require_writable(args.results)
    if world.demo:
        print("the embedded demo world: procedural faces, its figures say nothing about accuracy in the field")
    for spec in specs:
        print(intention(spec))
        print(outcome(run(spec, args.results, machine, force=args.force)))
    return 0
