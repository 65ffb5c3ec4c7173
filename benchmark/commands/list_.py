"""`list`: methods, protocols, settings."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from methods.method import Method

HELP = "methods, protocols, suites, releases and, with --settings, every constant of a method with its source"
EXAMPLES = """\
  python -m benchmark list
  python -m benchmark list --settings ms-lbp
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--settings", metavar="METHOD", help="show one method's settings, presets and their sources")


def main(args: argparse.Namespace) -> int:
    """Print the registry."""
    import methods
    from protocols.adapter import RELEASES
    from protocols.world import catalogue

    if args.settings:
        _settings(methods.get(args.settings))
        return 0
    print("methods")
    for method in methods.available():
        print(f"  {method.name:18} {method.title:32} {_first_sentence(method.__doc__ or '')}")
    known = catalogue(args.config)
    print("\nprotocols (any releases: A+B-to-C; a release's own splits: intra-A)")
    for protocol in known.protocols.values():
        print(f"  {protocol.name:18} {protocol.title:32} {protocol.note}".rstrip())
    print("\nsuites")
    for suite in known.suites.values():
        print(f"  {suite.name:18} {suite.title:32} {', '.join(suite.protocols)}")
    print("\nreleases")
    for name, kind in RELEASES.items():
        print(f"  {name:18} {kind.title:32} {kind.licence}")
    for name in sorted(set(known.titles) - set(RELEASES)):
        print(f"  {name:18} {known.titles[name]:32} your own")
    return 0


def _first_sentence(text: str) -> str:
    """The first sentence of a description, whole and on one line."""
    words = " ".join(text.split())
    end = re.search(r"\. (?=[A-Z])", words)
    return words if end is None else words[: end.start() + 1]


def _word(value: object) -> str:
    """A value as `--set` takes it."""
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _settings(method: type[Method]) -> None:
    import dataclasses

    from tabulate import tabulate

    from protocols.choices import complete

    paper, demo = (method.settings_class.preset(name).as_dict() for name in ("paper", "demo"))
    rows = []
    for f in dataclasses.fields(method.settings_class):
        other = _word(demo[f.name]) if demo[f.name] != paper[f.name] else ""
        rows.append((f.name, _word(paper[f.name]), other, f.metadata.get("source", "")))
    print(f"{method.name}: {method.title}; threshold policy {method.policy}\n")
    print(
        tabulate(
            rows, headers=("setting", "paper", "demo", "source"), disable_numparse=True, maxcolwidths=[28, 20, 20, 70]
        )
    )
    print("\nsettings of the data, for every method\n")
    print(tabulate([(f.name, f.default) for f in dataclasses.fields(complete())], disable_numparse=True))
