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
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from benchmark.untrusted import one_line
from protocols.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

    from benchmark.results.scores import Scores

MANDATORY = ("claimed_id", "test_label", "is_bonafide", "attack_type", "score")
FOUR_COLUMNS = ("claimed_id", "real_id", "path", "score")
METADATA = ("release", "native_code", "decision", "reason", "frames")
SAMPLE = "sample_n"
"""Bob's number of a frame or part of a presentation."""
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
        cells: list[object] = [
            *(row["group"], row["id"], bona_fide, "" if bona_fide else row["species"], _text(row["score"])),
            *(row["release"], row["native_code"], row["decision"]),
            *(None if row["reason"] is None else one_line(row["reason"], 500), row["frames"]),
        ]
        writer.writerow([_cell(cell) if isinstance(cell, str) and i != 4 else cell for i, cell in enumerate(cells)])
    return out.getvalue()


def is_csv(names: Sequence[str]) -> bool:
    """Whether a CSV's header is bob's."""
    return set(MANDATORY) <= set(names)


def from_csv(table: pa.Table, origin: str) -> pa.Table:
    """Bob's CSV as the columns that `benchmark import` reads. Raises `InputError` for a line that is neither kind."""
    import pyarrow as pa
    import pyarrow.compute as pc

    def bare(name: str) -> pa.ChunkedArray:
        return pc.replace_substring_regex(table[name], pattern=r"^'([=+\-@'])", replacement=r"\1")

    kind = pc.utf8_lower(pc.utf8_trim_whitespace(table["is_bonafide"]))
    strange = pc.index(pc.invert(pc.is_in(kind, value_set=pa.array(["true", "false"]))), True).as_py()
    if strange >= 0:
        text = table["is_bonafide"][strange].as_py()
        raise InputError(f"{origin}, row {strange + 1}: is_bonafide is {text!r}, neither True nor False")
    more = {name: bare(name) for name in (*METADATA, SAMPLE) if name in table.column_names}
    return _as_import(bare("test_label"), bare("claimed_id"), pc.equal(kind, "true"), bare("attack_type"),
                      table["score"], more, origin)  # fmt: skip


def is_four_columns(line: str) -> bool:
    """Whether a file's first line is bob's: four words and no header."""
    words = line.split()
    return len(words) == 4 and "," not in words[0] and _is_number(words[3])


def four_columns_as_lines(data: bytes, origin: str) -> io.BytesIO:
    """The file with single blanks and no comments."""
    if data.count(b"\n") > MAX_ROWS:
        raise InputError(f"{origin}: more than {MAX_ROWS:,} rows")
    lines = re.sub(rb"(?m)^#.*$", b"", re.sub(rb"[ \t]+", b" ", data))
    return io.BytesIO(re.sub(rb"(?m)^ | ?\r?$", b"", lines))


def from_four_columns(table: pa.Table, origin: str) -> pa.Table:
    """Bob's four columns as the columns that `benchmark import` reads."""
    import pyarrow.compute as pc

    kind = pc.replace_substring_regex(table["real_id"], pattern="^attack/", replacement="")
    bona_fide = pc.equal(table["claimed_id"], table["real_id"])
    unquoted = [_unquoted(column) for column in (table["path"], table["claimed_id"], kind)]
    return _as_import(unquoted[0], unquoted[1], bona_fide, unquoted[2], table["score"], {}, origin)


def _as_import(
    name: pa.ChunkedArray,
    group: pa.ChunkedArray,
    bona_fide: pa.ChunkedArray,
    kind: pa.ChunkedArray,
    score: pa.ChunkedArray,
    more: dict[str, pa.ChunkedArray],
    origin: str,
) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    unnamed = pc.and_(pc.invert(bona_fide), pc.is_in(kind, value_set=pa.array(["", "bona fide"])))
    first = pc.index(unnamed, True).as_py()
    if first >= 0:
        raise InputError(f"{origin}, row {first + 1}: an attack needs its type; this line has {kind[first].as_py()!r}")
    silent = pc.equal(pc.utf8_lower(pc.utf8_trim_whitespace(score)), "nan")  # everything else is checked by the import
    return pa.table(
        {
            "id": _by_kind(name, pc.if_else(bona_fide, "bona fide", kind)),
            "group": group,
            "label": pc.if_else(bona_fide, "bona fide", "attack"),
            "species": pc.if_else(bona_fide, "bona fide", kind),
            "score": pc.if_else(silent, "", score),
            **more,
        }
    )


def _by_kind(name: pa.ChunkedArray, kind: pa.ChunkedArray) -> pa.ChunkedArray:
    """Names of presentations: bob tells attacks of several types on one video apart by their type, so it joins a name
    that stands for several."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kinds = pa.table({"name": name, "kind": kind}).group_by("name").aggregate([("kind", "count_distinct")])
    several = kinds.filter(pc.greater(kinds["kind_count_distinct"], 1))["name"]
    if not len(several):
        return name
    shared = pc.is_in(name, value_set=several.combine_chunks())
    return pc.if_else(shared, pc.binary_join_element_wise(name, kind, "/"), name)


def _unquoted(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Percent signs undone, where there are any."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pc.any(pc.match_substring(column, "%")).as_py():
        return column
    return pa.chunked_array([pa.array([unquote(text) for text in column.to_pylist()], pa.string())])


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _text(score: float | None) -> str:
    return "nan" if score is None or math.isnan(score) else repr(score)


def _word(text: str) -> str:
    return quote(text, safe=_SAFE) or "%20"


def _cell(text: str) -> str:
    clean = "".join(c if c.isprintable() else quote(c) for c in text)
    return f"'{clean}" if clean.startswith(_FORMULA) else clean
