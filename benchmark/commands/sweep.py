"""`sweep`: the whole paper, or any list of runs, on this machine or a cluster."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from benchmark.options import add_machine, load_world

HELP = "make every run of a sweep; what is complete is skipped, what died goes on"
EXAMPLES = """\
  python -m benchmark sweep paper --quick --world demo  every method and protocol once, in minutes
  python -m benchmark sweep paper --dry-run             what the whole paper needs
  python -m benchmark sweep paper --engine slurm --partition gpu
  python -m benchmark sweep lab.toml --engine slurm --detach   a file with include = "paper" and [slurm] tables
  python -m benchmark sweep status paper                done, running, failed, waiting
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("sweep", nargs="+", metavar="[status] SWEEP", help="paper, quick, mcio, wcs, or a TOML file")
    parser.add_argument("--quick", action="store_true", help="the short form of the paper's sweep: the same as `quick`")
    parser.add_argument("--suite", metavar="NAME", help="where the sweep says `all` protocols: those of this suite")
    parser.add_argument("--dry-run", action="store_true", help="print the plan and its cost, and stop")
    parser.add_argument("--engine", choices=("local", "slurm"), default="local")
    parser.add_argument("--jobs", type=int, metavar="N", help="CPU cores to use on this machine (default: all)")
    parser.add_argument("--partition", help="Slurm partition of every job (default: as the sweep's file says)")
    parser.add_argument("--account", help="Slurm account of every job (default: as the sweep's file says)")
    parser.add_argument("--detach", action="store_true", help="hand the jobs in to Slurm and leave")
    parser.add_argument(
        "--partial", action="store_true", help="go on where a part lacks more than 1 %% of a class or species"
    )
    parser.add_argument("--minutes", type=int, help="Slurm time limit of every job (default: as the sweep states)")
    add_machine(parser)


def main(args: argparse.Namespace) -> int:
    """Plan, then run, price or report."""
    from protocols.errors import InputError

    status = len(args.sweep) == 2 and args.sweep[0] == "status"
    if len(args.sweep) > 1 and not status:
        raise InputError(f"sweep {' '.join(args.sweep)}: name one sweep, or `status` and one sweep")
    if args.detach and args.engine != "slurm":
        raise InputError("--detach: only a cluster goes on by itself: --engine slurm, or leave --detach out")
    if args.quick and args.sweep[-1] != "paper":
        raise InputError(f"--quick is the short form of `sweep paper`; {args.sweep[-1]} has none")
    world = load_world(args)

    from benchmark.sweep import overview, plan, state
    from benchmark.sweep.make import Means, make

    left_out: dict[str, tuple[str, ...]] = {}

    def expand(words: Sequence[str]) -> list[str]:
        if args.suite is not None:
            words = [args.suite] if list(words) == ["all"] else []
        found = world.catalogue.runnable(words, world.releases)
        left_out.update(found.left_out)
        return [protocol.name for protocol in found.protocols]

    sweep = plan.load("quick" if args.quick else args.sweep[-1], world.preset, expand)
    for name, absent in left_out.items():
        print(f"{name}: left out: this world does not hold {', '.join(absent)}")
    tally = state.tally(state.entries(sweep, world, args.results))
    if status:
        print("\n".join(overview.status(sweep.title, tally)))
        return 1 if tally["failed"] else 0
    if args.dry_run:
        print("\n".join(overview.price(sweep.title, tally, args.results)))
        return 0
    stale = state.outdated(tally["done"], world, args.workers)
    todo, total = [*overview.to_do(tally), *stale], sum(map(len, tally.values()))
    print(f"{sweep.title}: {total} runs, {len(tally['done']) - len(stale)} done")
    for entry, why in stale.items():
        print(f"  made again: {entry.planned.title}: {why}")
    if not todo:
        return 0
    means = Means(
        engine=args.engine,
        device=args.device,
        config=args.config,
        workers=args.workers,
        progress=not args.quiet,
        jobs=args.jobs,
        partition=args.partition,
        account=args.account,
        minutes=args.minutes,
        partial=args.partial,
        prepare=sweep.prepare,
        detach=args.detach,
    )
    failed = make(world, args.results, todo, means)
    if args.detach:
        return 0
    print(f"{total - len(failed)} of {total} runs done")
    for entry, reason in failed.items():
        print(f"failed: {entry.planned.title}: {reason}  (log: {entry.log})")
    return 1 if failed else 0
