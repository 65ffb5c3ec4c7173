"""A file of scores as columns: CSV with any usual separator, Parquet, or bob's two forms. Nothing is interpreted here.

Columns of text files are strings; an empty field is an empty string. Rows never become Python objects: a million of
them are read in a second or two.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from benchmark.exchange import bob
from protocols.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

MAX_ROWS = 5_000_000
MAX_LINE = 4 << 20
"""Bytes: a model's words can be long, a line of this length is no line of a score file."""
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(frozen=True)
class File:
    """What a file holds: its columns, and in words how it was read."""

    path: Path
    table: pa.Table
    form: str


def read(path: Path, wanted: Sequence[str]) -> File:
    """Read a file. `wanted` are columns that it should have: they decide between separators.

    Raises `InputError` for what is neither a CSV, a Parquet nor a score file of bob, or has no rows.
    """
    import pyarrow as pa

    kind = "Parquet" if path.suffix.lower() in (".parquet", ".pq") else "CSV"
    try:
        found = _parquet(path) if kind == "Parquet" else _text(path, wanted)
    except (OSError, UnicodeDecodeError, pa.ArrowException, csv.Error) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{path}: not a readable {kind} file ({reason})") from error
    if not found.table.num_rows:
        raise InputError(f"{path}: no presentations in it: nothing follows the header")
    return found


def _parquet(path: Path) -> File:
    import pyarrow.parquet as pq

    with path.open("rb") as file:
        opened = pq.ParquetFile(file)
        if opened.metadata.num_rows > MAX_ROWS:
            raise InputError(f"{path}: more than {MAX_ROWS:,} rows")
        return File(path, opened.read(), "Parquet")


def _text(path: Path, wanted: Sequence[str]) -> File:
    with path.open("rb") as file:
        head, skip = _first_line(file.read(MAX_LINE))
        file.seek(0)
        if bob.is_four_columns(head):
            lines = bob.four_columns_as_lines(file.read(), str(path))
            fields = _table(lines, list(bob.FOUR_COLUMNS), " ", 0, str(path))
            return File(path, bob.from_four_columns(fields, str(path)), "bob's four columns")
        separator, names = _header(head, wanted, str(path))
        table = _table(file, names, separator, skip + 1, str(path))
    if bob.is_csv(names):
        return File(path, bob.from_csv(table, str(path)), "bob's CSV")
    return File(path, table, f"CSV, separated by {SEPARATORS[separator]}")


def _first_line(data: bytes) -> tuple[str, int]:
    """The first line that is neither empty nor a comment, without a byte order mark, and how many stand before it."""
    text = data.decode("utf-8-sig", errors="strict" if len(data) < MAX_LINE else "ignore")
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text)):
        if line.strip() and not line.startswith("#"):
            return line, number
    return "", 0


def _header(line: str, wanted: Sequence[str], origin: str) -> tuple[str, list[str]]:
    """The separator under which most of the wanted columns are found (of equals, most columns), and the names."""
    if not line:
        raise InputError(f"{origin}: no presentations in it: the file is empty")
    split = {sep: [name.strip() for name in next(csv.reader([line], delimiter=sep))] for sep in SEPARATORS}
    best = max(SEPARATORS, key=lambda sep: (len(set(wanted) & set(split[sep])), len(split[sep])))
    twice = sorted({name for name in split[best] if split[best].count(name) > 1})
    if twice:
        raise InputError(f"{origin}: two columns are called {twice[0]!r}")
    return best, split[best]


def _table(file: IO[bytes], names: list[str], separator: str, skip: int, origin: str) -> pa.Table:
    """The fields of a text file as strings. Raises `InputError` for a line with another number of fields."""
    import pyarrow as pa
    import pyarrow.csv as pacsv

    wrong: list[str] = []

    def refuse(row: pacsv.InvalidRow) -> str:
        wrong.append(f"line {row.number}: {row.actual_columns} fields, {row.expected_columns} expected")
        return "error"

    options = {
        "read_options": pacsv.ReadOptions(use_threads=False, block_size=MAX_LINE, column_names=names, skip_rows=skip),
        "parse_options": pacsv.ParseOptions(
            delimiter=separator,
            quote_char=False if separator == " " else '"',
            newlines_in_values=True,
            invalid_row_handler=refuse,
        ),
        "convert_options": pacsv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
    }
    batches, rows = [], 0
    try:
        reader = pacsv.open_csv(file, **options)
        for batch in reader:
            batches.append(batch)
            rows += batch.num_rows
            if rows > MAX_ROWS:
                raise InputError(f"{origin}: more than {MAX_ROWS:,} rows")
    except pa.ArrowInvalid as error:
        if wrong:
            raise InputError(f"{origin}, {wrong[0]}") from error
        raise
    return pa.Table.from_batches(batches, reader.schema)
