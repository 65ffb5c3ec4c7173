"""Options that several commands share, and what they stand for."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from benchmark.metrics.thresholds import ANSWER_RULES

if TYPE_CHECKING:
    from benchmark.running.machine import Machine
    from protocols.world import World


class _Kind(argparse.Action):
    """A word of a registry; what it may be is looked up when somebody reads the help, because plug-ins take time."""

    def __init__(
        self,
        option_strings: Sequence[str],
        dest: str,
        about: Callable[[], Iterable[tuple[str, str]]],
        nargs: str | None = None,
        required: bool = False,
        metavar: str | None = None,
        help: str | None = None,
    ) -> None:
        self._about = about
        super().__init__(option_strings, dest, nargs=nargs, required=required, metavar=metavar, help=help)

    @property
    def help(self) -> str:
        listed = "; ".join(f"{name}: {text}" for name, text in self._about())
        return f"{self._before}{listed}".replace("%", "%%")

    @help.setter
    def help(self, text: str | None) -> None:
        self._before = text or ""

    def __call__(
        self, parser: argparse.ArgumentParser, args: argparse.Namespace, value: object, option: str | None = None
    ) -> None:
        setattr(args, self.dest, value)


def add_kind(
    parser: argparse.ArgumentParser, metavar: str, about: Callable[[], Iterable[tuple[str, str]]], before: str = ""
) -> None:
    """The positional word `kind`, one of what `about` lists; it may be left out where `before` says what comes then."""
    parser.add_argument("kind", action=_Kind, metavar=metavar, about=about, help=before, nargs="?" if before else None)


def add_listed(
    parser: argparse.ArgumentParser,
    option: str,
    metavar: str,
    about: Callable[[], Iterable[tuple[str, str]]],
    help: str,
) -> None:
    """An option whose words are of a registry; its help ends with what `about` lists."""
    parser.add_argument(option, action=_Kind, metavar=metavar, about=about, help=help)


def add_answer_rule(parser: argparse.ArgumentParser) -> None:
    """`--answer-rule`, of every command that counts decisions."""
    parser.add_argument(
        "--answer-rule",
        choices=ANSWER_RULES,
        help="how the policy `answer` reads the texts that were kept: strict, as runs and rewards do (default), or "
        "tolerant, which takes `**fake**` and `The face is real.` as well (the report lists them)",
    )


def add_settings(parser: argparse.ArgumentParser, what: str) -> None:
    """`--set name=value`, to be read with `settings_of`."""
    parser.add_argument("--set", action="append", default=[], metavar="K=V", help=what)


def settings_of(args: argparse.Namespace) -> dict[str, str]:
    """What was given with `--set`, by name. Raises `InputError` for a word that is no `name=value`."""
    from protocols.settings import from_words

    return from_words(args.set)


def add_machine(parser: argparse.ArgumentParser) -> None:
    """What a command that computes may use, to be read with `load_world` and `machine_of`."""
    parser.add_argument("--world", metavar="NAME", help="`demo`, or the name in the configuration")
    parser.add_argument("--device", default="auto", help="cpu, cuda, cuda:1; default: cuda if there is one")
    parser.add_argument("--threads", type=int, help="CPU threads (default: 1 in the demo world, else all)")
    parser.add_argument("--workers", type=int, help="processes that prepare faces (default: one per core)")
    parser.add_argument("--quiet", action="store_true", help="neither progress bars nor lines")


def load_world(args: argparse.Namespace, name: str | None = None) -> World:
    """The world to work in (default: what `--world` says), and the threads of every numerical library bounded to it.

    Call it before any of them is imported.
    """
    from benchmark.running.machine import cores, limit_threads
    from protocols import world as worlds

    world = worlds.load(args.config, name=name or args.world)
    args.threads = args.threads or (1 if world.demo else cores())
    args.workers = args.workers or cores()
    limit_threads(args.threads)
    return world


def machine_of(args: argparse.Namespace) -> Machine:
    """The machine that the options describe, after `load_world`."""
    from benchmark.running.machine import Machine, usable_device

    device = usable_device(args.device, args.threads)
    partial = getattr(args, "partial", False)  # of `run` and `sweep` alone
    return Machine(device, args.threads, args.workers, progress=not args.quiet, partial=partial)


def damaged(faults: Iterable[str]) -> int:
    """Say what is wrong with runs that stand as dashes, and return the command's exit code: 1 if there is any."""
    said = dict.fromkeys(faults)
    for why in said:
        print(f"damaged: {why}", file=sys.stderr)
    return 1 if said else 0
