"""`import`: a file of scores made elsewhere becomes a run."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "make a run of a CSV or Parquet file of scores that were made elsewhere"
EXAMPLES = """\
  python -m benchmark import scores.csv --dev dev.csv --method our-net --title "Our net" --protocol cefa2siw
  python -m benchmark import probabilities.csv --policy fixed:0.5 --method our-net --protocol cefa2siw
  python -m benchmark import lab.csv --id-column video --score-column p_live --label-column y --positive 1 \\
      --frames mean --method our-net --protocol cefa2siw
columns: id, score (higher = more bona fide); label and species unless the world holds the release;
optional: group, native_code, decision, reason, text, frames. Commas, semicolons, tabs and bars are told apart;
score files of bob are read as they are. Without a column `decision`, --dev or --policy nothing is decided:
FRR, FAR and HTER stay blank
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    from benchmark.exchange.frames import FRAMES

    parser.add_argument("file", type=Path, help="scores of the protocol's target")
    parser.add_argument("--dev", type=Path, metavar="FILE", help="scores of the source's dev part, for source-eer")
    parser.add_argument("--method", required=True, metavar="NAME", help="lower-case words joined by hyphens")
    parser.add_argument("--title", help="the row's label in the tables (default: the name)")
    parser.add_argument("--protocol", required=True)
    parser.add_argument(
        "--policy",
        help="threshold policy, such as fixed:0.5 (default: source-eer with --dev, else the file's own decisions)",
    )
    parser.add_argument("--id-column", default="id", metavar="NAME", help="default: id")
    parser.add_argument("--score-column", default="score", metavar="NAME", help="default: score")
    parser.add_argument("--label-column", default="label", metavar="NAME", help="default: label")
    parser.add_argument(
        "--positive", metavar="VALUE", help="the label that means bona fide, where labels are no plain words: 1"
    )
    parser.add_argument(
        "--higher",
        choices=("bona-fide", "attack"),
        default="bona-fide",
        help="what high scores speak for (default: bona-fide); `attack` turns them round",
    )
    parser.add_argument(
        "--frames",
        choices=FRAMES,
        default="one",
        help="several rows of one presentation: refused (one, default), averaged (mean), or presentations of their "
        "own (each)",
    )
    parser.add_argument(
        "--partial", action="store_true", help="give figures although part of the target is missing; captions say so"
    )
    parser.add_argument("--replace", action="store_true", help="put this file in the place of an earlier import")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--world", metavar="NAME", help="`demo`, or the name in the configuration")


def main(args: argparse.Namespace) -> int:
    """Read, check, publish; 1 where part of the target is missing."""
    from benchmark.exchange import said, scores
    from benchmark.exchange.known import is_demo, method_name, source_dev, target_part
    from benchmark.exchange.mapping import Reading
    from benchmark.results.runs import require_writable
    from protocols import world as worlds

    world = worlds.load(args.config, name=args.world)
    protocol = world.catalogue.protocol(args.protocol)
    name = method_name(args.method, args.title)
    require_writable(args.results)
    reading = Reading(
        args.id_column, args.score_column, args.label_column, args.positive, args.higher.replace("-", " ")
    )
    target = scores.read(
        args.file,
        protocol.targets,
        target_part(world, protocol),
        reading=reading,
        frames=args.frames,
        world=world.name,
        partial=args.partial,
    )
    print(said.how(str(args.file), target))
    dev = None
    if args.dev is not None:
        dev = scores.read(
            args.dev,
            protocol.sources,
            source_dev(world, protocol),
            reading=reading,
            frames=args.frames,
            world=world.name,
            own_labels=True,
        )
        print(said.how(str(args.dev), dev))
    identity = scores.Identity(
        world.name, is_demo(world, protocol), protocol, name, args.title or name, args.seed, args.policy
    )
    run, new = scores.publish(identity, target, dev, args.results, replace=args.replace)
    print(f"{run.id}: {'' if new else 'imported already'}".rstrip(": "))
    for line in said.found(run, target, dev.scores if dev else None):
        print(line)
    print(f"  -> {run.path}")
    return 1 if target.coverage.lacking and not args.partial else 0
