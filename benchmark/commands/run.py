"""`run`: train one method on a source, decide on a target, keep the score file."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from benchmark.options import add_machine, add_settings, load_world, machine_of, settings_of

if TYPE_CHECKING:
    from protocols.world import World

HELP = "train and test methods on protocols; what is complete is skipped, what was interrupted goes on"
EXAMPLES = """\
  python -m benchmark run --method ms-lbp --protocol cefa2siw
  python -m benchmark run --method cnn --protocol all --seed 1
  python -m benchmark run --method flip-mcl --protocol mcio --set few_shot=5
  python -m benchmark run --method cnn --source cefa --source casia-surf --target siw-mv2
  python -m benchmark run --method grpo --protocol cefa2hqwmca --set generations=2
  python -m benchmark run --method foundpad --protocol surf2siw --config lab.toml --device cuda
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--method", required=True, metavar="M[,M...]", help="see `list`")
    parser.add_argument("--protocol", metavar="P[,P...]", help="protocols and suites, see `list`; `all`: the paper's")
    parser.add_argument("--source", action="append", default=[], metavar="R", help="or: a release to train on (repeat)")
    parser.add_argument("--target", action="append", default=[], metavar="R", help="and one to decide on (repeat)")
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
    from benchmark.running.runner import run
    from benchmark.running.screen import intention, outcome
    from benchmark.running.spec import RunSpec

    changes = settings_of(args)
    specs = [
        RunSpec.of(world, p, m, seed=args.seed, preset=args.preset, changes=changes)
        for m in args.method.split(",")
        for p in _protocols(args, world)
    ]
    machine = machine_of(args)
    require_writable(args.results)
    if world.demo:
        print("the embedded demo world: procedural faces, its figures say nothing about accuracy in the field")
    for spec in specs:
        print(intention(spec))
        print(outcome(run(spec, args.results, machine, force=args.force)))
    return 0


def _protocols(args: argparse.Namespace, world: World) -> list[str]:
    """The names of what is asked for. Of a suite those are left out, and said, whose releases are not held."""
    from protocols.errors import InputError

    if (args.source or args.target) and args.protocol:
        raise InputError("give --protocol, or --source and --target, not both")
    if args.source or args.target:
        if not (args.source and args.target):
            raise InputError(f"--{'target' if args.source else 'source'} is missing: a run needs both sides")
        return [world.catalogue.of_releases(args.source, args.target).name]
    if not args.protocol:
        raise InputError("what is to be run? give --protocol, or --source and --target")
    found = world.catalogue.runnable(args.protocol.split(","), world.releases)
    for name, absent in found.left_out.items():
        print(f"{name}: left out: this world does not hold {', '.join(absent)}")
    return [p.name for p in found.protocols]
