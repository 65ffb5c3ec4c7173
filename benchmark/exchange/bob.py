"""Bob's score files: four columns (`claimed_id real_id path score`) and the CSV of bob.pad.base 6 and later.

In the four columns a bona fide presentation has `real_id` equal to `claimed_id`, an attack has its species there.
The CSV has `claimed_id,test_label,is_bonafide,attack_type,score` and any further columns of metadata. Higher scores are
more bona fide in both, as here. A presentation without an answer has the score `nan`: bob counts it as a failure to
acquire. Nothing in four columns may hold white space, so names are written with percent signs (`rigid%20mask`).

The CSV holds names as they are, because a program reads it back; a spreadsheet would take one that starts with `=`
for a formula, so such a name gets an apostrophe in front, and loses it again when it is read. Control characters are
written with percent signs, so that no terminal obeys a score file.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TextIO
from urllib.parse import quote, unquote

from benchmark.untrusted import one_line
from protocols.errors import InputError

if TYPE_CHECKING:
    from benchmark.results.scores import Scores

MANDATORY = ("claimed_id", "test_label", "is_bonafide", "attack_type", "score")
METADATA = ("release", "native_code", "decision", "reason", "frames")
MAX_ROWS = 5_000_000
_FORMULA = ("=", "+", "-", "@", "'")
_SAFE = "/:.,;=+@_-"


def as_four_columns(scores: Scores) -> str:
    """One line per presentation, in the file's order."""
    lines = []
    for row in scores.rows():
        claimed = _word(row["group"])
        real = claimed if row["label"] == "bona fide" else "attack/" + _word(row["species"])
        lines.append(f"{claimed} {real} {_word(row['id'])} {_text(row['score'])}\n")
    return "".join(lines)


def as_csv(scores: Scores) -> str:
    """The CSV with its five columns and `release, native_code, decision, reason, frames` as metadata."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*MANDATORY, *METADATA])
    for row in scores.rows():
        bona_fide = row["label"] == "bona fide"
        cells = [row["group"], row["id"], bona_fide, "" if bona_fide else row["species"], _text(row["score"])]
        row["reason"] = None if row["reason"] is None else one_line(row["reason"], 500)
        cells += [row[name] for name in METADATA]
        writer.writerow([_cell(cell) if isinstance(cell, str) and i != 4 else cell for i, cell in enumerate(cells)])
    return out.getvalue()


def is_csv(header: Any) -> bool:
    """Whether a CSV's header is bob's."""
    return header is not None and set(MANDATORY) <= set(header)


def import_row(row: dict[str, Any], where: str) -> dict[str, Any]:
    """A line of bob's CSV as a row that `benchmark import` reads. Raises `InputError` for one that is neither kind."""
    word = (row["is_bonafide"] or "").strip().lower()
    if word not in ("true", "false"):
        raise InputError(f"{where}: is_bonafide is {row['is_bonafide']!r}, neither True nor False")
    found = {name: _bare(row[name]) for name in METADATA if row.get(name)}
    return found | {
        "id": _bare(row["test_label"]),
        "group": _bare(row["claimed_id"]),
        "label": "bona fide" if word == "true" else "attack",
        "species": "bona fide" if word == "true" else _species(_bare(row["attack_type"]), where),
        "score": _score(row["score"]),
    }


def four_columns(lines: TextIO, origin: str) -> Iterator[dict[str, Any]]:
    """Lines of four columns as rows that `benchmark import` reads; empty ones and those that start with # are left
    out. Raises `InputError` for any other number of columns."""
    for number, line in enumerate(lines, 1):
        if number > MAX_ROWS:
            raise InputError(f"{origin}: more than {MAX_ROWS:,} rows")
        words = line.split()
        if not words or line.startswith("#"):
            continue
        if len(words) != 4:
            raise InputError(f"{origin}, line {number}: {len(words)} columns; `claimed_id real_id path score` has 4")
        claimed, real, path, score = words
        bona_fide = claimed == real
        species = (
            "bona fide" if bona_fide else _species(unquote(real.removeprefix("attack/")), f"{origin}, line {number}")
        )
        yield {
            "id": unquote(path),
            "group": unquote(claimed),
            "label": "bona fide" if bona_fide else "attack",
            "species": species,
            "score": _score(score),
        }


def _species(name: str, where: str) -> str:
    if not name or name == "bona fide":
        raise InputError(f"{where}: an attack needs its type; this line has {name!r}")
    return name


def _text(score: float | None) -> str:
    return "nan" if score is None or math.isnan(score) else repr(score)


def _score(text: str) -> str:
    """`nan` is bob's word for no score; everything else is checked by the import itself."""
    return "" if text.strip().lower() == "nan" else text


def _word(text: str) -> str:
    return quote(text, safe=_SAFE) or "%20"


def _cell(text: str) -> str:
    clean = "".join(c if c.isprintable() else quote(c) for c in text)
    return f"'{clean}" if clean.startswith(_FORMULA) else clean


def _bare(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text
