"""`prepare`: decode, find and store the faces of the releases, once for all methods."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmark.options import add_machine, add_settings, load_world

HELP = "decode and crop the faces of the releases once for all methods; resumable; changed files are noticed"
EXAMPLES = """\
  python -m benchmark prepare
  python -m benchmark prepare --release siw-mv2 --workers 8
  python -m benchmark prepare --retry
  python -m benchmark prepare --set frames=16 --set size=320
  python -m benchmark prepare --boxes boxes.csv
  python -m benchmark prepare --detector yunet --detector-file yunet.onnx
  python -m benchmark prepare --template booth.csv         a list of your own data to fill in
  python -m benchmark prepare --check booth.csv            what such a list, or a folder tree, says
  python -m benchmark run ... --set detector=boxes --set detector_file=boxes.csv    runs take the same settings
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--release", metavar="R[,R...]", help="default: every release of the world")
    add_settings(parser, "a setting of the recipe")
    finder = parser.add_mutually_exclusive_group()
    finder.add_argument("--boxes", metavar="FILE", help="boxes found before: CSV presentation,frame,x,y,w,h")
    finder.add_argument("--detector", choices=("mtcnn", "yunet"), help="default: mtcnn")
    parser.add_argument("--detector-file", metavar="FILE", help="the model file (.onnx) of yunet")
    again = parser.add_mutually_exclusive_group()
    again.add_argument("--retry", action="store_true", help="try again what failed or was used in part")
    again.add_argument("--refresh", action="store_true", help="list the releases and prepare everything anew")
    own = parser.add_mutually_exclusive_group()
    own.add_argument(
        "--check", type=Path, metavar="FILE", help="read a list of files, or a folder, of your own; say what is in it"
    )
    own.add_argument("--template", type=Path, metavar="FILE.csv", help="write such a list of the media beside it")
    parser.add_argument("--preset", choices=("paper", "demo"), help="default: what fits the world")
    add_machine(parser)


def main(args: argparse.Namespace) -> int:
    """Prepare and say what there is, or look at a list."""
    if args.check or args.template:
        return _template(args.template) if args.template else _check(args.check, args.config)
    world = load_world(args)

    from benchmark.running.faces import announce, prepare_all
    from protocols.recipe import Recipe
    from protocols.settings import changed, from_words
    from protocols.store.prepare import Again

    preset = Recipe.preset(args.preset or world.preset)
    (recipe,), _ = changed((preset,), from_words([*args.set, *_finder(args)]), "setting of the recipe")
    names = args.release.split(",") if args.release else world.usual
    wanted = [(name, recipe) for name in names]
    again: Again = "all" if args.refresh else "failed" if args.retry else "changed"
    announce(world, prepare_all(world, wanted, args.workers, progress=not args.quiet, again=again))
    return 0


def _template(file: Path) -> int:
    from protocols.layouts import template

    found = template.write(file)
    said = f"{found} presentations beside it, none of them labelled" if found else "three lines that show what is meant"
    print(f"{file}: {said}; fill it in, then `prepare --check {file}`")
    return 0


def _check(path: Path, config: Path | None) -> int:
    from protocols import world as worlds
    from protocols.layouts import summary
    from protocols.registry import normal
    from protocols.releases import registry

    name, place = worlds.place_of(path, config) or (normal(path.stem), path)
    release = registry.discover(name, place)
    print(f"{path}: {len(release.presentations)} presentations ({release.layout})")
    for line in summary.lines(release):
        print(f"  {line}")
    for warning in release.warnings:
        print(f"  note: {warning}")
    return 0


def _finder(args: argparse.Namespace) -> list[str]:
    """The options for where faces come from as settings of the recipe, in the words of `--set`."""
    if args.boxes:
        return ["detector=boxes", f"detector_file={args.boxes}"]
    detector = [f"detector={args.detector}"] if args.detector else []
    return [*detector, *([f"detector_file={args.detector_file}"] if args.detector_file else [])]
