"""Lists of `<path> <0 or 1>` beside a release whose names say the class already: a list is right, or it is refused.

CASIA-FAS-Dataset ships such lists for all of the field's sets, 0 for live in most of them and 1 for live in some: taken
at their word, half of them would turn every figure round.
"""

from __future__ import annotations

import re

from protocols.discovery import lists
from protocols.discovery.layout import Table
from protocols.discovery.walk import shown, suffix_of
from protocols.errors import InputError
from protocols.presentation import Label

_NAME = re.compile(r"(?P<set>[A-Za-z_0-9-]+?)(?:@p[\d.]+)?_(?:image|video)_(?:train|dev|val|test)\.txt", re.I)
_CROP = re.compile(r"/crop(?:/[^/]*)?$", re.I)


def check(table: Table) -> None:
    """Compare such lists with the rows. Raises `InputError` for a line that contradicts its presentation's own name:
    it names the list and the line, and the other list where two contradict each other."""
    depth, known = _index(table)
    said: dict[str, tuple[Label, str]] = {}
    for file in lists.find(table.tree, _NAME).values():
        absent = set()
        for entry in lists.entries(file, bona_fide="0"):
            key = _key(entry.path, depth)
            row_id = known.get(key)
            if row_id is None:
                absent.add(entry.path)
                continue
            assert entry.label is not None
            place = f"{shown(file)}, line {entry.line}"
            other, first = said.setdefault(row_id, (entry.label, place))
            if other != entry.label:
                raise InputError(
                    f"{place}: {shown(entry.path)} is {entry.label} here (0 = bona fide in these lists) and {other} in "
                    f"{first}; by its name it is {table.rows[row_id].label}: keep the list that is right"
                )
        table.warn_absent(file, absent)
    for row_id, (label, place) in said.items():
        if label != table.rows[row_id].label:
            raise InputError(
                f"{place}: {row_id} is {label} here (0 = bona fide in these lists) and {table.rows[row_id].label} by "
                "its name: remove the list, or turn its labels round"
            )


def _index(table: Table) -> tuple[int, dict[tuple[str, ...], str]]:
    """How many of a path's last names tell the rows apart, and each row's id by them."""
    paths = {row.id: _plain(row.media.files[0] if row.media.kind != "images" else row.media.files[0].rpartition("/")[0])
             for row in table.rows.values()}  # fmt: skip
    for depth in range(1, 6):
        found = {tuple(path.split("/")[-depth:]): row_id for row_id, path in paths.items()}
        if len(found) == len(paths):
            return depth, found
    return 0, {}


def _key(path: str, depth: int) -> tuple[str, ...]:
    """The last names of a listed path: a video's, or the folder of its crops."""
    return tuple(_plain(path).split("/")[-depth:])


def _plain(path: str) -> str:
    """Without a video's suffix, and without the folder and the number of a crop."""
    path = _CROP.sub("", path)
    return path[: -len(suffix_of(path)) or None].lower()
