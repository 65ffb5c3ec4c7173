"""Reading list files that somebody else wrote: bounded, nothing that leaves the root, no spreadsheet formulas.

A list only ever *names* presentations that a walk has found: no path from a list is opened. The checks are there so
that a damaged or hostile list is refused in one line instead of matching nothing in silence.
"""

from __future__ import annotations

import csv
import filecmp
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from protocols.discovery.walk import Tree, beside, shown
from protocols.errors import InputError
from protocols.presentation import ATTACK, BONA_FIDE, Label

MAX_LINES = 5_000_000
MAX_LINE = 4096
FORMULA = frozenset("=+-@")
_PLAIN = re.compile(r"\w[\w.@-]*(?:/\w[\w.@-]*)*", re.ASCII)  # every line of the real lists: no further look is needed
LIST_FOLDERS = frozenset({"protocol", "protocols", "dg_protocol", "pro_3_text", "lists"})


class Listed(NamedTuple):
    """One line of a list: its number, the (first) path in it, its label where the list gives one."""

    line: int
    path: str
    label: Label | None


def find(tree: Tree, name: re.Pattern[str]) -> dict[str, Path]:
    """List files whose whole name matches, by lower-case name: below the root, else next to it.

    Raises `InputError` where two files of one name differ.
    """
    found: dict[str, Path] = {}
    inside = [path for path in tree.files((".txt", ".csv")) if name.fullmatch(path.rpartition("/")[2])]
    tree.lists.update(inside)
    below = [tree.root / path for path in inside]
    near = [path for path in beside(tree, LIST_FOLDERS) if name.fullmatch(path.name)]
    for path in below + near:
        other = found.setdefault(path.name.lower(), path)
        if other is not path and not filecmp.cmp(other, path, shallow=False):
            raise InputError(f"{shown(path)} and {shown(other)} differ: keep the list that belongs to this release")
    return dict(sorted(found.items()))


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """(number, text) of the lines that are not blank; line ends, a byte order mark and outer blanks are dropped.

    Raises `InputError` for a file that cannot be read, is not UTF-8 text, or passes `MAX_LINES` or `MAX_LINE` bytes.
    """
    try:
        with path.open("rb") as file:
            number = 0
            while raw := file.readline(MAX_LINE + 2):
                number += 1
                if number > MAX_LINES:
                    raise InputError(f"{shown(path)}: more than {MAX_LINES} lines: this is not one of the lists")
                if len(raw.rstrip(b"\r\n")) > MAX_LINE:
                    raise InputError(f"{shown(path)}, line {number}: longer than {MAX_LINE} bytes: not a list file")
                if number == 1:
                    raw = raw.removeprefix(b"\xef\xbb\xbf")
                if text := decode(raw, path, number):
                    yield number, text
    except OSError as error:
        raise InputError(f"{shown(path)}: cannot be read ({error.strerror})") from error


def decode(raw: bytes, path: Path, number: int) -> str:
    """One line's text without outer blanks. Raises `InputError` for NUL bytes and for what is not UTF-8."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{shown(path)}, line {number}: not UTF-8 text: unpack the list again") from error
    if "\0" in text:
        raise InputError(f"{shown(path)}, line {number}: holds a NUL byte: unpack the list again")
    return text.strip()


def clean_path(text: str) -> str:
    """A relative POSIX path without `.` parts. Raises ValueError with the reason for anything that may lead elsewhere.

    Refused: absolute paths and drives, `..`, control characters, an empty path, and a cell that a spreadsheet would run
    as a formula. Backslashes count as separators.
    """
    if _PLAIN.fullmatch(text):
        return text
    if not text.isprintable():
        raise ValueError("holds a control character")
    parts = text.replace("\\", "/").split("/")
    if not parts[0] and len(parts) > 1:
        raise ValueError("is an absolute path")
    if ".." in parts:
        raise ValueError("leaves the release with '..'")
    if "" in parts or "." in parts:
        parts = [part for part in parts if part not in ("", ".")]
    if not parts:
        raise ValueError("is empty")
    if parts[0].startswith("~") or parts[0][1:2] == ":":
        raise ValueError("is an absolute path")
    if parts[0][0] in FORMULA:
        raise ValueError("starts like a spreadsheet formula")
    return "/".join(parts)


def parse_line(text: str, paths: int, bona_fide: str | None) -> tuple[str, Label | None]:
    """(first path, label) of a line of `paths` blank-separated paths and, unless `bona_fide` is None, a label.

    `bona_fide` is the digit, `0` or `1`, that this list writes for bona fide. Raises ValueError with the reason.
    """
    fields = text.split()
    wanted = paths + (bona_fide is not None)
    if len(fields) != wanted:
        raise ValueError(f"has {len(fields)} fields instead of {wanted}")
    cleaned = [clean_path(field) for field in fields[:paths]]
    if bona_fide is None:
        return cleaned[0], None
    if fields[-1] not in ("0", "1"):
        raise ValueError(f"has the label {fields[-1][:20]!r} instead of 0 or 1")
    return cleaned[0], BONA_FIDE if fields[-1] == bona_fide else ATTACK


def entries(path: Path, *, paths: int = 1, bona_fide: str | None = None) -> Iterator[Listed]:
    """The lines of a list as `parse_line` reads them. Raises `InputError` that names the file and the line."""
    for number, text in read_lines(path):
        try:
            yield Listed(number, *parse_line(text, paths, bona_fide))
        except ValueError as reason:
            raise InputError(f"{shown(path)}, line {number}: {shown(reason)}") from None


def csv_row(text: str) -> list[str]:
    """The cells of one comma-separated line. Raises ValueError for broken quotes and for cells that hold a formula."""
    try:
        row = next(csv.reader([text], strict=True, skipinitialspace=True), [])
    except csv.Error as error:
        raise ValueError(f"is not comma-separated text ({error})") from None
    cells = [cell.strip() for cell in row]
    for cell in cells:
        if cell and cell[0] in FORMULA:
            raise ValueError("has a cell that starts like a spreadsheet formula")
        if not cell.isprintable():
            raise ValueError("holds a control character")
    return cells
