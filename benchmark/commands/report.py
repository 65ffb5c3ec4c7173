"""`report`: one self-contained HTML page in the shape of ISO/IEC 30107-3."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.commands import options

if TYPE_CHECKING:
    from benchmark.results.runs import Run
    from benchmark.tables.collect import Measured

HELP = "write an HTML report of finished runs: species, intervals, operating points, every presentation"
EXAMPLES = """\
  python -m benchmark report --method grpo --protocol cefa2siw            one run, with every presentation
  python -m benchmark report --protocol cefa2siw --output cefa2siw.html   all methods side by side
  python -m benchmark report results/runs/lab/cefa2siw/grpo/s0-1a2b3c4d
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("run", nargs="*", metavar="RUN", help="run directory or run id; default: all that match")
    parser.add_argument("--method", action="append", default=[], help="only this method (may be repeated)")
    parser.add_argument("--protocol", action="append", default=[], help="only this protocol (may be repeated)")
    parser.add_argument("--policy", help="threshold policy for every run (default: each method's own)")
    options.answer_rule(parser)
    parser.add_argument("--world", metavar="NAME", help="runs of this world (default: the only one found)")
    parser.add_argument("--output", type=Path, default=Path("report.html"), metavar="FILE", help="default: report.html")
    parser.add_argument(
        "--pictures",
        action="store_true",
        help="with faces from the face store: only if your licence allows showing them",
    )


def main(args: argparse.Namespace) -> int:
    """Gather, render, write."""
    from benchmark.report.page import DETAILED, page
    from protocols.errors import InputError

    measured = _measured(args)
    faces = None
    if args.pictures:
        from benchmark.commands.figure import pictures

        if len(measured) > DETAILED:
            raise InputError(f"--pictures: {len(measured)} runs; a page with presentations holds {DETAILED} at most")
        faces = pictures(args, measured[0].run.world)
    text = page(measured, faces)
    write_text(args.output, text)
    print(f"{len(measured)} run{'s' if len(measured) != 1 else ''} -> {args.output}")
    return 0


def _measured(args: argparse.Namespace) -> list[Measured]:
    from benchmark.metrics.thresholds import of_run, parse
    from benchmark.tables.collect import Choice, measure, worlds
    from protocols.crossdomain import get
    from protocols.errors import InputError

    policy = None if args.policy is None else parse(args.policy)
    if args.run:
        if args.method or args.protocol or args.world:
            raise InputError("give runs, or --method, --protocol and --world, not both")
        runs = [open_run(args.results, word) for word in args.run]
        if len({run.world for run in runs}) > 1:
            raise InputError("runs of several worlds never share a page: report them one by one")
        return [measure(run, of_run(run.policy, policy, args.answer_rule), "error") for run in runs]
    choice = Choice(
        policy=policy,
        answer_rule=args.answer_rule,
        protocols=tuple(get(name).name for name in args.protocol),
        methods=tuple(word.strip().lower().replace("_", "-") for word in args.method),
    )
    world = worlds(args.results, args.world, False)[0]
    found = [
        m
        for protocol in world.protocols(choice)
        for e in world.of_protocol(protocol, choice)
        for m in e.measure(choice)
    ]
    if not found:
        raise InputError(f"{args.results}: no finished run to report (asked for: {_asked(args)}); make one with `run`")
    return found


def _asked(args: argparse.Namespace) -> str:
    return ", ".join([*args.method, *args.protocol]) or "any"


def open_run(results: Path, word: str) -> Run:
    """A run by its directory or by its id (`world/protocol/method/s0-...`, which may be cut short if it stays clear).

    Raises `InputError` where there is none or more than one.
    """
    from benchmark.results.runs import Run, find
    from protocols.errors import InputError

    path = Path(word)
    if (path / "run.json").exists():
        return Run.open(path)
    matching = [run for run in find(results) if run.id == word.strip("/") or run.id.startswith(word.strip("/"))]
    exact = [run for run in matching if run.id == word.strip("/")]
    if len(exact or matching) == 1:
        return (exact or matching)[0]
    if matching:
        raise InputError(f"{word}: {len(matching)} runs begin like this, such as {matching[0].id}; write more of it")
    raise InputError(f"{word}: neither a run directory nor the id of a run in {results}")


def write_text(file: Path, text: str) -> None:
    """Write a file whole or not at all; `InputError` where it cannot be."""
    from protocols.errors import InputError

    part = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8", newline="")
        part.replace(file)
    except OSError as error:
        raise InputError(f"{file}: cannot be written ({error.strerror}); choose another --output") from error
    finally:
        part.unlink(missing_ok=True)
