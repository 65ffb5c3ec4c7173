"""`predict`: one picture, or several, through the model of a finished run."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmark.options import add_machine, load_world, machine_of

HELP = "decide on pictures of your own with the model of a finished run"
EXAMPLES = """\
  python -m benchmark predict me.jpg --run results/runs/demo/cefa2siw/ms-lbp/s0-1a2b3c4d
  python -m benchmark predict *.png --run results/runs/lab/surf2siw/foundpad/s0-5e6f7a8b --json
each picture is a presentation of one frame; a picture without a face is a non-response
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("pictures", nargs="+", type=Path, metavar="IMAGE")
    parser.add_argument("--run", required=True, type=Path, metavar="DIR", help="a run's directory")
    parser.add_argument("--policy", help="threshold policy (default: the run's own)")
    parser.add_argument("--json", action="store_true", help="one JSON object per picture")
    add_machine(parser)


def main(args: argparse.Namespace) -> int:
    """Crop, score, decide, print."""
    import json

    from benchmark.results.runs import Run

    run = Run.open(args.run)
    world = load_world(args, "demo" if run.world == "demo" else args.world)

    from benchmark.run.predict import decide

    answers = list(decide(run, world, args.pictures, machine_of(args), args.policy))
    for answer in answers:
        if args.json:
            print(json.dumps(answer))
            continue
        score = "" if answer["score"] is None else f"  score {answer['score']:+.4f}"
        why = f"  ({answer['reason']})" if answer["reason"] else ""
        print(f"{answer['picture']}: {answer['decision']}{score}{why}")
        if answer["text"]:
            print(f"  {answer['text']!r}")
    print(f"threshold policy {answers[0]['policy']}, threshold {answers[0]['threshold']}") if not args.json else None
    return 0
