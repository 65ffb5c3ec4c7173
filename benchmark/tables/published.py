"""Printed figures (`results/published`): the paper's, with the counts behind them (arXiv 2506.21895), and FLIP's (ICCV
2023) of the field's other suites.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from benchmark.results.rates import Rate
from protocols.conventions import CONVENTIONS
from protocols.errors import InputError

TABLES = ("1", "2", "3")
_HERE = Path(__file__).resolve().parent.parent
FOLDERS = (_HERE / "published", _HERE.parent / "results" / "published")
"""Inside an installed package, else in the source tree."""


@dataclass(frozen=True)
class Published:
    """One row and protocol of a printed table: figures in % exactly as printed, and the counts that give them.

    Of other suites' tables HTER alone, or with `auc` and `tpr` (at FPR = 1 %), is printed; the other texts are empty.
    `bona_fide` and `attack` are None where no count with the full denominator gives the printed rate. With `swapped`
    the printed FRR is the error on attacks and the printed FAR the error on bona fide presentations.
    """

    method: str
    title: str
    protocol: str
    frr: str
    far: str
    hter: str
    bona_fide: Rate | None
    attack: Rate | None
    swapped: bool
    policy: str
    source: str
    notes: tuple[str, ...]
    auc: str = ""
    tpr: str = ""


@dataclass(frozen=True)
class Words:
    """A figure that the paper's text draws from a printed table: how much better or worse one HTER is than another.

    `against`: a method, or `second best`. `said`: what the text calls it, an `improvement` or an `increase`; `percent`
    as printed.
    """

    table: str
    protocol: str
    method: str
    against: str
    percent: str
    said: str
    source: str


@cache
def load(table: str) -> tuple[Published, ...]:
    """The rows of Table `1`, `2` or `3`, in the paper's order. Raises `InputError` for a damaged installation."""
    return tuple(_parse(row) for row in _read(f"table{table}.csv"))


def words(table: str) -> tuple[Words, ...]:
    """What the text says of a table, in its order. Raises `InputError` for a damaged installation."""
    return tuple(Words(**row) for row in _read("words.csv") if row["table"] == table)


def _read(name: str) -> list[dict[str, str]]:
    file = next((path for folder in FOLDERS if (path := folder / name).exists()), None)
    if file is None:
        raise InputError(f"{name} is missing from {FOLDERS[-1]}: restore the file from the repository")
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


@cache
def beside(suite: str, protocols: tuple[str, ...]) -> tuple[Published, ...]:
    """What is printed of a suite's protocols, whatever convention these are counted by here, and, under the suite's own
    name, of their mean. Raises `InputError` for a damaged installation."""
    wanted = {_base(suite): suite, **{_base(name): name for name in protocols}}
    return tuple(
        Published(
            row["method"], row["title"], wanted[row["protocol"]], "", "", row["hter"], None, None, False,
            row["policy"], row["source"], (row["note"],), row["auc"], row["tpr"],
        )
        for row in _read("suites.csv")
        if row["protocol"] in wanted
    )  # fmt: skip


def suites() -> tuple[str, ...]:
    """The suites of which anything is printed as a whole."""
    return tuple(dict.fromkeys(row["protocol"] for row in _read("suites.csv") if row["protocol"] in _SUITES))


_SUITES = ("mcio", "wcs", "mcio-pairs")


def _base(name: str) -> str:
    """A protocol or suite without the convention that it is counted by."""
    base, _, convention = name.rpartition(".")
    return base if convention in CONVENTIONS else name


def methods(table: str) -> dict[str, str]:
    """Method name -> printed title, in the paper's order."""
    return {row.method: row.title for row in load(table)}


def every_method() -> dict[str, str]:
    """`methods` of all tables, in the paper's order."""
    return {name: title for table in TABLES for name, title in methods(table).items()}


def protocols(table: str) -> tuple[str, ...]:
    """The protocols of a table, in the paper's order."""
    return tuple(dict.fromkeys(row.protocol for row in load(table)))


def _parse(row: dict[str, str]) -> Published:
    def rate(side: str) -> Rate | None:
        errors, n = row[f"{side}_errors"], row[f"{side}_n"]
        return Rate(int(errors), int(n)) if errors and n else None

    plain = {name: row[name] for name in ("method", "title", "protocol", "frr", "far", "hter", "policy", "source")}
    return Published(
        **plain,
        bona_fide=rate("bona_fide"),
        attack=rate("attack"),
        swapped=row["columns"] == "swapped",
        notes=tuple(note for note in row["note"].split("; ") if note),
    )
