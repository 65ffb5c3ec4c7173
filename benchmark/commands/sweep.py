"""`sweep`: the whole paper, or any list of runs, on this machine or a cluster."""

from __future__ import annotations

import argparse
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.commands.run import add_machine, limit_threads

if TYPE_CHECKING:
    from benchmark.sweep.state import Entry, State
    from protocols.world import World

HELP = "make every run of a sweep; what is complete is skipped, what died goes on"
EXAMPLES = """\
  python -m benchmark sweep paper --quick --world demo  every method and protocol once, in minutes
  python -m benchmark sweep paper --dry-run             what the whole paper needs
  python -m benchmark sweep paper --engine slurm --partition gpu
  python -m benchmark sweep status paper                done, running, failed, waiting
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("sweep", nargs="+", metavar="[status] SWEEP", help="paper, quick, or a TOML file")
    parser.add_argument("--quick", action="store_true", help="the short form of the paper's sweep: the same as `quick`")
    parser.add_argument("--dry-run", action="store_true", help="print the plan and its cost, and stop")
    parser.add_argument("--engine", choices=("local", "slurm"), default="local")
    parser.add_argument("--jobs", type=int, metavar="N", help="CPU cores to use on this machine (default: all)")
    parser.add_argument("--partition", help="Slurm partition")
    parser.add_argument("--account", help="Slurm account")
    parser.add_argument("--minutes", type=int, help="Slurm time limit of every job (default: as the sweep states)")
    add_machine(parser)


def main(args: argparse.Namespace) -> int:
    """Plan, then run, price or report."""
    from protocols import world as worlds
    from protocols.errors import InputError

    status = len(args.sweep) == 2 and args.sweep[0] == "status"
    if len(args.sweep) > 1 and not status:
        raise InputError(f"sweep {' '.join(args.sweep)}: name one sweep, or `status` and one sweep")
    if args.quick and args.sweep[-1] != "paper":
        raise InputError(f"--quick is the short form of `sweep paper`; {args.sweep[-1]} has none")
    world = worlds.load(args.config, name=args.world)
    limit_threads(args, world.demo)

    from benchmark.sweep import plan, state

    sweep = plan.load("quick" if args.quick else args.sweep[-1], world.preset)
    entries = state.entries(sweep, world, args.results)
    tally = state.tally(entries)
    if status:
        return _status(sweep.title, tally)
    todo = [entry for name, found in tally.items() if name != "done" for entry in found]
    if args.dry_run:
        return _dry_run(sweep.title, tally, todo, args.results)
    print(f"{sweep.title}: {len(entries)} runs, {len(tally['done'])} done")
    if not todo:
        return 0
    failed = make(args, world, todo)
    print(f"{len(entries) - len(failed)} of {len(entries)} runs done")
    for entry, reason in failed.items():
        print(f"failed: {entry.planned.title}: {reason}  (log: {entry.log})")
    return 1 if failed else 0


def make(args: argparse.Namespace, world: World, todo: Sequence[Entry]) -> dict[Entry, str]:
    """Make runs with the engine that `args` names; what failed, and why. A SIGTERM stops as Ctrl-C does."""
    from dataclasses import replace
    from functools import partial

    from benchmark.sweep import local, slurm

    say = partial(print, flush=True)  # a log file is read while the sweep goes on

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if args.device == "cpu":
        todo = [
            replace(e, planned=replace(e.planned, resources=replace(e.planned.resources, gpus=0, launch="")))
            for e in todo
        ]
    options = ["--world", world.name, "--results", str(args.results.resolve())]
    options += ["--config", str(args.config.resolve())] if args.config else []
    options += ["--device", args.device] if args.device != "auto" else []
    if args.engine == "local":
        budget = local.this_machine(args.jobs)
        budget.check(todo)
        _prepare(world, todo, args)
        return local.run_all(todo, options, budget, say)
    cluster = slurm.Cluster(
        folder=args.results.resolve() / "sweeps" / "slurm",
        partition=args.partition,
        account=args.account,
        limit_minutes=args.minutes,
    )
    _prepare(world, todo, args)
    return slurm.run_all(todo, options, cluster, say)


def _prepare(world: World, todo: Sequence[Entry], args: argparse.Namespace) -> None:
    """The faces of every release that the runs need, once, before many processes want them at the same time."""
    from protocols.discovery.scan import scan
    from protocols.store.prepare import prepare

    wanted = {
        (name, spec.recipe)
        for spec in (e.spec for e in todo)
        for name in (spec.protocol.source, spec.protocol.target, spec.choices.extra_source)
        if name
    }
    for name, recipe in sorted(wanted, key=lambda pair: (pair[0], pair[1].digest)):
        release = scan(name, world.root(name), world.cache)
        prepare(release, recipe, world.cache / "faces", workers=args.workers, progress=not args.quiet)


def _status(title: str, tally: Mapping[State, Sequence[Entry]]) -> int:
    print(f"{title}: " + ", ".join(f"{len(found)} {name}" for name, found in tally.items()))
    for entry in tally["running"]:
        print(f"  running: {entry.planned.title}  {entry.said()}")
    for entry in tally["failed"]:
        print(f"  failed: {entry.planned.title}  {entry.reason()}  (log: {entry.log})")
    return 1 if tally["failed"] else 0


def _dry_run(title: str, tally: Mapping[State, Sequence[Entry]], todo: Sequence[Entry], results: Path) -> int:
    from tabulate import tabulate

    from benchmark.results import runs
    from benchmark.sweep.cost import estimates

    prices = estimates(todo, runs.find(results))
    rows = [
        (
            e.planned.title,
            e.state(),
            e.planned.resources.cpus * e.planned.resources.processes,
            e.planned.resources.gpus,
            f"{p.memory_gb:.1f}",
            f"{p.cpu_hours:.3f}",
            f"{p.gpu_hours:.2f}",
            f"{p.disk_mb:.1f}" if p.recorded else "",
            f"{p.recorded} runs" if p.recorded else "stated hours",
        )
        for e, p in zip(todo, prices, strict=True)
    ]
    head = ("run", "state", "cores", "GPUs", "GB", "CPU h", "GPU h", "MB on disk", "estimate from")
    print(f"{title}: {len(tally['done'])} done, {len(todo)} to do")
    print(tabulate(rows, headers=head, disable_numparse=True))
    cpu, gpu, disk = (sum(getattr(p, k) for p in prices) for k in ("cpu_hours", "gpu_hours", "disk_mb"))
    print(f"together: {cpu:.2f} CPU hours, {gpu:.1f} GPU hours, {disk / 1024:.2f} GB of results")
    return 0
