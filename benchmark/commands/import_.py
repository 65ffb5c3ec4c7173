"""`import`: a file of scores made elsewhere becomes a run."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "make a run of a CSV or Parquet file of scores that were made elsewhere"
EXAMPLES = """\
  python -m benchmark import scores.csv --method our-net --protocol cefa2siw
  python -m benchmark import scores.csv --dev dev.csv --method our-net --title "Our net" --protocol cefa2siw
columns: id, score (higher = more bona fide); label and species unless the world holds the release;
optional: group, native_code, decision, reason, text, frames
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("file", type=Path, help="scores of the protocol's target")
    parser.add_argument("--dev", type=Path, metavar="FILE", help="scores of the source's dev part, for source-eer")
    parser.add_argument("--method", required=True, metavar="NAME", help="lower-case words joined by hyphens")
    parser.add_argument("--title", help="the row's label in the tables (default: the name)")
    parser.add_argument("--protocol", required=True)
    parser.add_argument("--policy", help="the row's threshold policy (default: source-eer with --dev, else answer)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--world", metavar="NAME", help="`demo`, or the name in the configuration")


def main(args: argparse.Namespace) -> int:
    """Read, check, publish."""
    from benchmark.exchange import scores
    from protocols import crossdomain
    from protocols import world as worlds
    from protocols.errors import InputError
    from protocols.registry import normal

    world = worlds.load(args.config, name=args.world)
    protocol = crossdomain.get(args.protocol)
    name = normal(args.method)
    if not name.replace("-", "").isalnum() or name.startswith("-"):
        raise InputError(f"--method {args.method}: method names are lower-case words joined by hyphens")
    target = scores.scores_of(
        scores.read_rows(args.file), str(args.file), protocol.target, _known(world, protocol.target)
    )
    dev = scores.scores_of(scores.read_rows(args.dev), str(args.dev), protocol.source, None) if args.dev else None
    identity = scores.Identity(
        world=world.name,
        demo=world.demo,
        protocol=protocol,
        method=name,
        title=args.title or name,
        seed=args.seed,
        policy=args.policy or ("source-eer" if dev else "answer"),
    )
    run = scores.publish(identity, target, dev, args.results, args.file.name)
    print(f"{run.id}: {len(target)} presentations -> {run.path}")
    return 0


def _known(world, release: str):
    """The presentations of a release that this world holds, else None."""
    from protocols.releases import registry

    if release not in world.releases:
        return None
    return {p.id: p for p in registry.discover(release, world.root(release)).presentations}
