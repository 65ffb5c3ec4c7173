"""`doctor`: open everything that a run needs and say what is there, what is missing and how long it will take."""

from __future__ import annotations

import argparse

from benchmark.options import add_settings, settings_of

HELP = "check releases, weights, disk and machine before a run; exit code 0 only if one can start"
EXAMPLES = """\
  python -m benchmark doctor
  python -m benchmark doctor --protocol cefa2siw --config lab.toml
  python -m benchmark doctor --set hq_wmca=curated --set cefa_parts=2d --json
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--protocol",
        metavar="P[,P...]",
        help="protocols or suites; default: the paper's, and all that the configured releases allow",
    )
    add_settings(parser, "a choice, or a setting of the recipe")
    parser.add_argument("--preset", choices=("paper", "demo"), help="default: what fits the world")
    parser.add_argument("--sample", type=int, default=3, metavar="N", help="files of every kind to decode (default: 3)")
    parser.add_argument("--world", metavar="NAME", help="`demo`, or the name in the configuration")
    parser.add_argument("--workers", type=int, help="processes that will prepare (default: one per core)")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of lines")
    parser.add_argument("--quiet", action="store_true", help="neither progress bars nor lines")


def main(args: argparse.Namespace) -> int:
    """Print the findings; 1 if one of them is a problem."""
    import json

    from benchmark.doctor.diagnosis import Doctor
    from benchmark.running.machine import cores
    from benchmark.running.settings import resolve
    from protocols import world as worlds
    from protocols.errors import InputError

    if args.sample < 1:
        raise InputError(f"--sample {args.sample}: at least one file of every kind has to be looked at")
    world = worlds.load(args.config, name=args.world)
    texts, preset = settings_of(args), args.preset or world.preset
    settings = resolve(texts, preset)
    if args.protocol is None:
        protocols = world.catalogue.possible(world.usual)
    else:
        protocols = world.catalogue.expand(args.protocol.split(","), world.releases)
    doctor = Doctor(
        world=world,
        protocols=[(p, resolve(texts, preset, choices=p.defaults).choices) for p in protocols],
        named=args.protocol is not None,
        choices=settings.choices,
        recipe=settings.recipe,
        results=args.results,
        workers=args.workers or cores(),
        sample=args.sample,
        progress=not args.quiet,
    )
    findings = []
    for finding in doctor.examine():
        findings.append(finding)
        if not args.json:
            print(f"{finding.level:8} {finding.about}: {' '.join(finding.text.split())}", flush=True)
    ready = all(f.level != "problem" for f in findings)
    if args.json:
        rows = [{"level": f.level, "about": f.about, "text": f.text, **f.facts} for f in findings]
        print(json.dumps({"world": world.name, "ready": ready, "findings": rows}, indent=1))
    return 0 if ready else 1
