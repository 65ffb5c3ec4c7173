"""The columns of a score file: their names and types, what may stand in them, and how they are read without pandas.

Arrow's own ways to numpy and its comparisons with a word import pandas, which takes longer than reading hundreds of
score files. So numbers are read from the columns' buffers, and words are compared by their place among the different
ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypedDict, TypeVar

import numpy as np
from numpy.typing import NDArray

from protocols.decision import NON_RESPONSE
from protocols.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

N = TypeVar("N", np.float64, np.int32, np.int64)
COLUMNS = (
    "id", "release", "label", "species", "native_code", "group", "score", "decision", "answer", "reason", "text",
    "frames",
)  # fmt: skip
LABELS = ("bona fide", "attack")
UNDECIDED = "undecided"
ANSWERS = (*LABELS, NON_RESPONSE)
DECISIONS = (*ANSWERS, UNDECIDED)
_NULLABLE = ("score", "answer", "reason", "text")


class ScoreRow(TypedDict):
    """A row of a score file: one presentation."""

    id: str
    release: str
    label: str
    species: str
    native_code: str
    group: str
    score: float | None
    decision: str
    answer: str | None
    reason: str | None
    text: str | None
    frames: int


def schema() -> pa.Schema:
    """Names and types of a score file's columns."""
    import pyarrow as pa

    kinds = {"score": pa.float64(), "frames": pa.int32()}
    return pa.schema([(name, kinds.get(name, pa.string())) for name in COLUMNS])


def require(names: Iterable[str], origin: str) -> None:
    """Raise `InputError` for the first column that is missing."""
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise InputError(f"{origin}: column {missing[0]!r} is missing; needed: {', '.join(COLUMNS)}")


def valid(column: pa.ChunkedArray) -> NDArray[np.bool_]:
    """False for nulls."""
    array = column.combine_chunks()
    bits = array.buffers()[0]
    if bits is None or not array.null_count:
        return np.ones(len(array), bool)
    return np.unpackbits(np.frombuffer(bits, np.uint8), bitorder="little")[array.offset :][: len(array)].astype(bool)


def values(column: pa.ChunkedArray, kind: type[N]) -> NDArray[N]:
    """Numbers of a column; nulls of floats are NaN."""
    array = column.combine_chunks()
    numbers = np.frombuffer(array.buffers()[1], kind)[array.offset :][: len(array)]
    return np.where(valid(column), numbers, kind("nan")) if array.null_count else numbers


def encoded(column: pa.ChunkedArray) -> tuple[list[str | None], NDArray[np.int32]]:
    """The different words of a column (None among them where there are nulls) and the place of each row's word."""
    coded = column.combine_chunks().dictionary_encode(null_encoding="encode")
    place = coded.indices
    return coded.dictionary.to_pylist(), np.frombuffer(place.buffers()[1], np.int32)[place.offset :][: len(place)]


def equals(column: pa.ChunkedArray, word: str | None) -> NDArray[np.bool_]:
    """True where a column has a word; None for nulls."""
    words, place = encoded(column)
    out: NDArray[np.bool_] = place == (words.index(word) if word in words else -1)
    return out


def checked(table: pa.Table, origin: str) -> pa.Table:
    """The table with NaN scores as nulls. Raises `InputError` for the first row that breaks a rule."""
    table = _without_nan(table)
    for name in COLUMNS:
        if name not in _NULLABLE and table[name].null_count:
            message = "the presentation has no id" if name == "id" else f"it has no {name}"
            _refuse(~valid(table[name]), origin, message)
    ids = table["id"].combine_chunks()
    lengths = np.diff(np.frombuffer(ids.buffers()[1], np.int32)[ids.offset :][: len(ids) + 1])
    _refuse(lengths == 0, origin, "the presentation has no id")
    for name, known in (("label", LABELS), ("decision", DECISIONS), ("answer", (*ANSWERS, None))):
        words, place = encoded(table[name])
        strange = np.array([word not in known for word in words])[place]
        says = ", ".join(repr(word) for word in known if word)
        _refuse(strange, origin, name + " {!r} is none of " + says, table[name])
    bona_fide = equals(table["label"], "bona fide")
    contradicts = equals(table["species"], "bona fide") != bona_fide
    _refuse(contradicts, origin, "species {!r} contradicts label {!r}", table["species"], table["label"])
    silent = equals(table["decision"], NON_RESPONSE)
    _refuse(~valid(table["score"]) & ~silent, origin, "the score is NaN although the presentation has a decision")
    contradicts = silent != equals(table["answer"], NON_RESPONSE)
    _refuse(contradicts, origin, "decision {!r} contradicts answer {!r}", table["decision"], table["answer"])
    _unique(table, origin)
    return table


def _without_nan(table: pa.Table) -> pa.Table:
    """NaN scores as nulls."""
    import pyarrow as pa

    score = values(table["score"], np.float64)
    if int(np.isnan(score).sum()) == table["score"].null_count:
        return table
    return table.set_column(
        table.column_names.index("score"), "score", pa.array(score, pa.float64(), mask=np.isnan(score))
    )


def _refuse(where: NDArray[np.bool_], origin: str, message: str, *values: pa.ChunkedArray) -> None:
    """Raise `InputError` for the first true entry of `where`; `values` fill the message's places."""
    if where.any():
        row = int(where.argmax())
        raise InputError(f"{origin}, row {row + 1}: " + message.format(*(value[row].as_py() for value in values)))


def _unique(table: pa.Table, origin: str) -> None:
    """No presentation stands in a file twice; two releases may use the same name."""
    import pyarrow.compute as pc

    if pc.count_distinct(table["id"]).as_py() == table.num_rows:
        return
    counted = table.group_by(["release", "id"], use_threads=False).aggregate([([], "count_all")])
    if counted.num_rows < table.num_rows:
        place = int(values(counted["count_all"], np.int64).argmax())
        raise InputError(f"{origin}: the presentation {counted['id'][place].as_py()!r} appears more than once")
