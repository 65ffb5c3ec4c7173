"""`predict`: pictures, videos or folders of frames through the model of a finished run."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.options import add_machine, load_world, machine_of

if TYPE_CHECKING:
    from benchmark.running.predict import Answer

HELP = "decide on pictures, videos and folders of frames of your own with the model of a finished run"
EXAMPLES = """\
  python -m benchmark predict me.jpg --run demo/cefa2siw/ms-lbp
  python -m benchmark predict clip.mp4 frames/ --run lab/surf2siw/foundpad/s0 --json
  python -m benchmark predict clip.mov --run demo/cefa2siw/grpo --draw seen.png
each picture, video or folder is one presentation and gets one decision; one without a face is a non-response.
Exit code 1 if one of them cannot be read
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("pictures", nargs="+", type=Path, metavar="FILE", help="picture, video, or folder of pictures")
    parser.add_argument("--run", required=True, metavar="RUN", help="run directory or run id; its beginning will do")
    parser.add_argument("--policy", help="threshold policy (default: the run's own)")
    parser.add_argument("--json", action="store_true", help="one JSON object per presentation")
    parser.add_argument(
        "--draw", type=Path, metavar="FILE", help="a picture of the frames, the face boxes and the verdict"
    )
    add_machine(parser)


def main(args: argparse.Namespace) -> int:
    """Crop, score, decide, print; 1 if something could not be read."""
    import json

    from benchmark.results.lookup import open_run
    from benchmark.running.drawing import draw, require_drawable
    from protocols.errors import InputError

    run = open_run(args.results, args.run)
    if args.draw is not None:
        require_drawable(args.draw)
        if len(args.pictures) > 1:
            raise InputError(f"--draw {args.draw}: it shows one presentation; name one picture, video or folder")
    world = load_world(args, "demo" if run.world == "demo" else args.world)

    from benchmark.running.predict import decide

    unreadable = 0
    for verdict in decide(run, world, args.pictures, machine_of(args), args.policy):
        unreadable += not verdict.seen.readable
        if args.draw is not None:
            draw(verdict.seen, verdict.answer, args.draw)
        print(json.dumps(verdict.answer) if args.json else _in_words(verdict.answer, verdict.seen.losses))
    if not args.json:
        print(f"threshold policy {verdict.answer['policy']}, threshold {verdict.answer['threshold']}")
    return 1 if unreadable else 0


def _in_words(answer: Answer, losses: tuple[str, ...]) -> str:
    score = "" if answer["score"] is None else f"  score {answer['score']:+.4f}"
    why = f"  ({answer['reason']})" if answer["reason"] else ""
    frames = f"  {answer['frames']} frames" if answer["frames"] > 1 else ""
    lines = [f"{answer['picture']}: {answer['decision']}{score}{frames}{why}"]
    lines += [f"  {answer['text']!r}"] if answer["text"] else []
    return "\n".join([*lines, *(f"  passed over: {loss}" for loss in losses[:5])])
