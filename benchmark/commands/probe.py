"""`probe`: is the reasoning of a run used? Its answers, asked for again after other words."""

from __future__ import annotations

import argparse

from benchmark.options import add_machine, load_world, machine_of

HELP = "ask a language model's answers again with the reasoning cut, emptied or swapped; `table reasoning` shows them"
EXAMPLES = """\
  python -m benchmark probe demo/cefa2siw/grpo
  python -m benchmark probe lab/cefa2siw/grpo/s0 lab/cefa2siw/qwen-zero-shot --config lab.toml --device cuda
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("run", nargs="+", metavar="RUN", help="run ids; the beginning will do where it is clear")
    parser.add_argument("--force", action="store_true", help="probe again what was probed before")
    add_machine(parser)


def main(args: argparse.Namespace) -> int:
    """Probe, keep, print."""
    from benchmark.results import probes
    from benchmark.results.lookup import open_run

    runs = [open_run(args.results, word) for word in args.run]
    for run in runs:
        known = None if args.force else probes.read(run)
        if known is None:
            world = load_world(args, "demo" if run.world == "demo" else args.world)
            from benchmark.running.probe import probe

            known = probe(run, world, machine_of(args))
            known.write(run)
        said = ", ".join(f"{change} {n} of {of}" for change, (n, of) in known.kept.items())
        print(f"{run.id}: answers kept with the reasoning {said}")
    return 0
