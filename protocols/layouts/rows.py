"""A table that somebody else wrote, as rows of text: CSV as spreadsheet programs save it, Parquet, JSON lines.

Nothing is interpreted but the words that programs write into empty cells. A byte order mark, UTF-16, semicolons or tabs
for commas, quotes, any line ends, a first line `sep=;` and rows of empty cells are all usual in spreadsheets' files.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from protocols.discovery.walk import shown
from protocols.errors import InputError

CSV, PARQUET, JSON = (".csv", ".tsv", ".txt"), (".parquet", ".pq"), (".jsonl", ".ndjson")
SUFFIXES = CSV + PARQUET + JSON
NOTHING = frozenset(("nan", "na", "n/a", "#n/a", "#nv", "<na>", "null", "nil", "nat"))
"""What data frames and spreadsheets write into an empty cell, in lower case. A cell that holds it is empty."""
MAX_BYTES = 2**30
MAX_ROWS = 5_000_000
_SEPARATORS = ",;\t|"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its line (CSV, JSON) or number (Parquet), from 1, and its cells, trimmed, by column; no empty ones."""

    line: int
    cells: Mapping[str, str]


def read(path: Path) -> tuple[tuple[str, ...], list[Row]]:
    """(columns, rows) of a file. Columns are in lower case, underscores for blanks and hyphens.

    Raises `InputError`, naming the file and, where there is one, the line.
    """
    suffix = path.suffix.lower()
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{shown(path)}: larger than {MAX_BYTES >> 20} MiB: no list of files")
        if (kind := _binary(path)) and suffix not in PARQUET:
            raise InputError(f"{shown(path)}: {kind}: save it as `CSV UTF-8`")
        if suffix in PARQUET:
            columns, rows = _parquet(path)
        elif suffix in JSON:
            columns, rows = _json_lines(path)
        else:
            columns, rows = _csv(path)
    except OSError as error:
        raise InputError(f"{shown(path)}: cannot be read ({error.strerror or error})") from None
    if not rows:
        raise InputError(f"{shown(path)}: no row in it: one line for each presentation is wanted")
    return columns, rows


def _binary(path: Path) -> str | None:
    """What a spreadsheet program keeps its own files as, None for anything else."""
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(b"PK\x03\x04"):
        return "a workbook of a spreadsheet program, or another archive"
    return "a workbook of an older spreadsheet program" if start == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" else None


def normal(column: str) -> str:
    """A column's name as it is looked for."""
    return "_".join(column.strip().lower().replace("-", " ").replace("_", " ").split())


def _csv(path: Path) -> tuple[tuple[str, ...], list[Row]]:
    lines = _text(path)
    skipped = 0
    separator = ""
    if lines and lines[0].lower().startswith("sep=") and len(lines[0]) == 5:
        separator, skipped = lines[0][4], 1
    while skipped < len(lines) and not lines[skipped].strip():
        skipped += 1
    if skipped == len(lines):
        raise InputError(f"{shown(path)}: empty: a first line with the names of the columns is wanted")
    separator = separator or max(_SEPARATORS, key=lines[skipped].count)
    reader = csv.reader(io.StringIO("\n".join(lines[skipped:])), delimiter=separator, strict=True)
    try:
        header = [normal(name) for name in next(reader)]
        while header and not header[-1]:
            header.pop()
        _check_header(path, header)
        return tuple(header), list(_csv_rows(path, reader, header, skipped))
    except csv.Error as error:
        raise InputError(
            f"{shown(path)}, line {reader.line_num + skipped}: not a line of a CSV file ({error})"
        ) from None


def _csv_rows(path: Path, reader: Iterator[list[str]], header: list[str], skipped: int) -> Iterator[Row]:
    for cells in reader:
        line = reader.line_num + skipped  # type: ignore[attr-defined]
        values = [cell.strip() for cell in cells]
        if not any(values):
            continue
        if any(values[len(header) :]) or len(values) < len(header):
            raise InputError(f"{shown(path)}, line {line}: {len(values)} cells, but the first line names {len(header)}")
        if line > MAX_ROWS:
            raise InputError(f"{shown(path)}: more than {MAX_ROWS:,} rows")
        yield Row(line, {name: value for name, value in zip(header, values, strict=False) if name and _holds(value)})


def _text(path: Path) -> list[str]:
    """The lines of a text file, whatever ends them."""
    data = path.read_bytes()
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{shown(path)}: not UTF-8 text: save it as `CSV UTF-8`") from None
    if "\0" in text:
        raise InputError(f"{shown(path)}: holds a NUL byte: no text file")
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _json_lines(path: Path) -> tuple[tuple[str, ...], list[Row]]:
    columns: dict[str, None] = {}
    rows = []
    for number, text in enumerate(_text(path), 1):
        if not text.strip():
            continue
        try:
            values = json.loads(text)
        except (ValueError, RecursionError):
            values = None
        if not isinstance(values, dict):
            raise InputError(f"{shown(path)}, line {number}: not a JSON object in one line")
        cells = {normal(str(name)): _cell(path, number, value) for name, value in values.items()}
        columns.update(dict.fromkeys(cells))
        rows.append(Row(number, {name: value for name, value in cells.items() if _holds(value)}))
        if len(rows) > MAX_ROWS:
            raise InputError(f"{shown(path)}: more than {MAX_ROWS:,} rows")
    return tuple(columns), rows


def _parquet(path: Path) -> tuple[tuple[str, ...], list[Row]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with path.open("rb") as file:
            opened = pq.ParquetFile(file)
            if opened.metadata.num_rows > MAX_ROWS:
                raise InputError(f"{shown(path)}: more than {MAX_ROWS:,} rows")
            table = opened.read()
    except pa.ArrowException as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{shown(path)}: not a readable Parquet file ({reason})") from None
    names = [normal(name) for name in table.column_names]
    _check_header(path, names)
    columns = [table.column(i).to_pylist() for i in range(len(names))]
    rows = []
    for number, values in enumerate(zip(*columns, strict=True), 1):
        cells = {name: _cell(path, number, value) for name, value in zip(names, values, strict=True)}
        rows.append(Row(number, {name: value for name, value in cells.items() if _holds(value)}))
    return tuple(names), rows


def _check_header(path: Path, names: list[str]) -> None:
    twice = next((name for name in names if name and names.count(name) > 1), None)
    if twice:
        raise InputError(f"{shown(path)}: two columns are called {twice!r}")


def _holds(value: str) -> bool:
    return bool(value) and value.lower() not in NOTHING


def _cell(path: Path, number: int, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InputError(f"{shown(path)}, line {number}: {shown(repr(value))} is neither text nor number")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
