"""A target narrowed to a list of presentations: `--set target_subset=FILE`.

The file holds one id a line, or a table with a column `id` (CSV, and whatever else `protocols.layouts.rows` reads). An
id is that of `Presentation.id`; where a protocol has several targets it is `release/id`, as in their score files. A
list says just what is decided on: an id that is not there, that another choice leaves out, or that stands there twice
is an error, never a smaller target.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from protocols.errors import InputError
from protocols.presentation import Presentation
from protocols.settings import Spelt

_SEPARATORS = ",;\t|"
_DIGITS = 16


@dataclass(frozen=True)
class Subset(Spelt):
    """Ids in the order of their file, without repetition. Two subsets are equal if they hold the same ids.

    Attributes:
        digest: the first 16 digits of the SHA-256 of the sorted ids, each with a line feed: whatever the file is called
            and in which order or form it names them.
        name: the file's name without its suffix.
    """

    wanted: ClassVar[str] = "a file with one id a line, or with a column `id`"

    digest: str
    name: str = field(compare=False)
    ids: tuple[str, ...] = field(default=(), compare=False, repr=False)

    @classmethod
    def of_word(cls, word: str) -> Subset:
        """Read the file. Raises `InputError`, naming it, for one that cannot be read, holds nothing or an id twice."""
        from protocols.discovery.walk import shown  # where lists are read: tables need none of it

        path = Path(word).expanduser()
        lines: dict[str, int] = {}
        for line, one in _ids(path):
            if one in lines:
                raise InputError(
                    f"{shown(path)}, line {line}: the id {shown(one)} stands in line {lines[one]} already: name each "
                    "presentation once"
                )
            lines[one] = line
        if not lines:
            raise InputError(f"{shown(path)}: no id in it: {cls.wanted} is wanted")
        digest = hashlib.sha256("".join(f"{one}\n" for one in sorted(lines)).encode()).hexdigest()
        return cls(digest[:_DIGITS], shown(path.stem), tuple(lines))

    @classmethod
    def of_record(cls, text: str) -> Subset:
        """What a run's record says of a subset, `NAME@DIGEST`; its ids are not known. Raises ValueError."""
        name, joined, digest = text.rpartition("@")
        if not joined or len(digest) != _DIGITS:
            raise ValueError(text)
        return cls(digest, name)

    def __str__(self) -> str:
        return f"{self.name}@{self.digest}"

    @property
    def reason(self) -> str:
        """Why a presentation outside of it is left out, for ledgers."""
        return f"by the subset {self.name}"

    @property
    def words(self) -> str:
        """Which subset it is, for captions."""
        return f"subset {self.name}, {self.digest}"

    def by_release(self, targets: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """The ids of each target. Raises `InputError` for one that names none of several targets."""
        if len(targets) == 1:
            return {targets[0]: self.ids}
        found: dict[str, list[str]] = {name: [] for name in targets}
        for one in self.ids:
            release, slash, rest = one.partition("/")
            if not slash or release not in found:
                raise InputError(
                    f"{self._place}: the id {_shown(one)} names none of the targets {', '.join(targets)}: write "
                    f"{targets[0]}/ID"
                )
            found[release].append(rest)
        return {name: tuple(ids) for name, ids in found.items()}

    @property
    def _place(self) -> str:
        return f"setting target_subset, {self.name}"

    def narrow(
        self, part: Sequence[Presentation], ids: Sequence[str], lacking: Mapping[str, str], place: str
    ) -> tuple[list[Presentation], dict[str, str]]:
        """(what it leaves of a target, reason by id of what it leaves out).

        `ids`: its own, of this release. `lacking`: id -> why the target lacks it, of the release's other presentations.
        `place`: what messages call the release. Raises `InputError` for the first id that the target lacks.
        """
        there = {p.id for p in part}
        absent = next((one for one in ids if one not in there), None)
        if absent is not None:
            example = f"; one there is called {_shown(min(there))}" if there else ""
            why = f"not in {place}{example}" if absent not in lacking else f"left out of the target: {lacking[absent]}"
            raise InputError(f"{self._place}: the presentation {_shown(absent)} is {why}")
        chosen = set(ids)
        kept = [p for p in part if p.id in chosen]
        if not kept:
            raise InputError(f"{self._place}: it names no presentation of {place}: every target needs some")
        return kept, dict.fromkeys(sorted(there - chosen), self.reason)


def _shown(one: str) -> str:
    from protocols.discovery.walk import shown

    return repr(shown(one))


def _ids(path: Path) -> Iterator[tuple[int, str]]:
    """(line, id) of a file."""
    from protocols.discovery.lists import read_lines
    from protocols.discovery.walk import shown
    from protocols.layouts import rows

    if path.suffix.lower() not in rows.PARQUET + rows.JSON:
        first = next((text for _, text in read_lines(path)), "")
        cells = {rows.normal(cell.strip('"')) for separator in _SEPARATORS for cell in first.split(separator)}
        if "id" not in cells and not first.lower().startswith("sep="):
            if path.suffix.lower() in (".csv", ".tsv") and any(separator in first for separator in _SEPARATORS):
                raise InputError(f"{shown(path)}: none of its columns is called `id`")
            yield from read_lines(path)
            return
    columns, table = rows.read(path)
    if "id" not in columns:
        raise InputError(f"{shown(path)}: none of its columns is called `id`")
    for row in table:
        if "id" not in row.cells:
            raise InputError(f"{shown(path)}, line {row.line}: no id in this row")
        yield row.line, row.cells["id"]
