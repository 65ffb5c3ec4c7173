"""Somebody else's column names, labels and numbers in this project's words. Nothing is guessed.

What a file does not say (which of two numbers is bona fide, what a high score speaks for) has to be said by whoever
imports it; the refusal names the option.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmark.exchange.columns import File
from benchmark.results.score_columns import DECISIONS
from protocols.errors import InputError
from protocols.labels import WORDS, label_of
from protocols.presentation import ATTACK, BONA_FIDE, Label

if TYPE_CHECKING:
    import pyarrow as pa

WORD_COLUMNS = ("release", "species", "group", "native_code", "reason", "text", "sample_n")
OPTIONAL = ("label", "decision", "frames", *WORD_COLUMNS)


@dataclass(frozen=True)
class Reading:
    """How a file is to be read.

    Attributes:
        id, score, label: the columns that hold them.
        positive: the word in the label column that means bona fide, every other word is then an attack; None: words
            of `protocols.labels` alone.
        higher: what a high score speaks for.
    """

    id: str = "id"
    score: str = "score"
    label: str = "label"
    positive: str | None = None
    higher: Label = BONA_FIDE

    @property
    def wanted(self) -> tuple[str, ...]:
        """The columns to look for in a header."""
        return (self.id, self.score, self.label)


def mapped(file: File, reading: Reading) -> tuple[pa.Table, tuple[str, ...]]:
    """Columns under our own names and of our own types, and the names of those that were not used.

    `id` (string, not empty), `score` (float64, null for none), and as far as the file has them `label` and `decision`
    (canonical words), `frames` (int32) and words; an empty field is null. Raises `InputError`, naming row and option.
    """
    import pyarrow as pa

    origin = str(file.path)
    table, unused = _renamed(file, reading)
    columns = {"id": _ids(table["id"], origin), "score": _numbers(table["score"], reading, origin)}
    if "label" in table.column_names:
        columns["label"] = _labels(_words(table["label"], reading.label, origin), reading, origin)
    elif reading.positive is not None:
        raise InputError(f"{origin}: --positive needs labels: name their column with --label-column")
    if "decision" in table.column_names:
        columns["decision"] = _decisions(_words(table["decision"], "decision", origin), origin)
    if "frames" in table.column_names:
        columns["frames"] = _whole(_words(table["frames"], "frames", origin), origin)
    for name in WORD_COLUMNS:
        if name in table.column_names:
            columns[name] = _words(table[name], name, origin)
    return pa.table(columns), unused


def _renamed(file: File, reading: Reading) -> tuple[pa.Table, tuple[str, ...]]:
    names = file.table.column_names
    picked = {"id": reading.id, "score": reading.score, "label": reading.label}
    if reading.label == "label" and "label" not in names:
        del picked["label"]
    for ours, theirs in picked.items():
        if theirs not in names:
            raise InputError(
                f"{file.path}: column {theirs!r} is missing; the file ({file.form}) has "
                f"{', '.join(map(repr, names[:12]))}: name the right one with --{ours}-column"
            )
    picked |= {name: name for name in OPTIONAL if name not in picked and name in set(names) - set(picked.values())}
    unused = tuple(name for name in names if name not in picked.values())
    return file.table.select(list(picked.values())).rename_columns(list(picked)), unused


def _words(column: pa.ChunkedArray, name: str, origin: str) -> pa.ChunkedArray:
    """Trimmed strings, null for an empty field."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        text = column.cast(pa.string())
    except pa.ArrowException as error:
        raise InputError(f"{origin}: column {name!r} holds {column.type}, no words") from error
    if name != "text":
        text = pc.ascii_trim_whitespace(text)
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)


def _ids(column: pa.ChunkedArray, origin: str) -> pa.ChunkedArray:
    import pyarrow.compute as pc

    ids = _words(column, "id", origin)
    row = pc.index(pc.is_null(ids), True).as_py() + 1
    if row:
        raise InputError(f"{origin}, row {row}: the presentation has no id")
    return ids


def _labels(words: pa.ChunkedArray, reading: Reading, origin: str) -> pa.ChunkedArray:
    positive = reading.positive
    if positive is None:
        hint = f"none of {', '.join(WORDS)}: say with --positive which label means bona fide"
        return _translated(words, label_of, f"{origin}, row {{}}: label {{!r}} is {hint}")
    if label_of(positive) == ATTACK:
        raise InputError(
            f"--positive {positive}: the label that means bona fide is asked for; if it is high scores that speak for "
            "an attack, say --higher attack"
        )
    found = [word for word in words.unique().to_pylist() if word is not None]
    if not any(_same(word, positive) for word in found):
        known = ", ".join(map(repr, found[:6]))
        raise InputError(f"{origin}: --positive {positive}: no label of the file is that; it has {known}")
    return _translated(words, lambda word: BONA_FIDE if _same(word, positive) else ATTACK, "")


def _decisions(words: pa.ChunkedArray, origin: str) -> pa.ChunkedArray:
    return _translated(
        words,
        lambda word: word if word in DECISIONS else label_of(word),
        f"{origin}, row {{}}: decision {{!r}} is none of {', '.join(DECISIONS)}",
    )


def _translated(words: pa.ChunkedArray, meaning: object, refusal: str) -> pa.ChunkedArray:
    """Every word in its canonical form; the first without one is refused with its row."""
    import pyarrow as pa
    import pyarrow.compute as pc

    assert callable(meaning)
    encoded = words.combine_chunks().dictionary_encode()
    different = encoded.dictionary.to_pylist()
    meant = [meaning(word) for word in different]
    for word, canonical in zip(different, meant, strict=True):
        if canonical is None:
            raise InputError(refusal.format(pc.index(words, word).as_py() + 1, word))
    return pa.chunked_array([pa.array(meant, pa.string()).take(encoded.indices)])


def _same(word: str, positive: str) -> bool:
    """The same word, or the same number: 1 and 1.0 are alike."""
    try:
        return float(word) == float(positive)
    except ValueError:
        return word.lower() == positive.strip().lower()


def _numbers(column: pa.ChunkedArray, reading: Reading, origin: str) -> pa.ChunkedArray:
    """Scores as float64, null where the file has none, negated where high ones speak for an attack."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not (pa.types.is_floating(column.type) or pa.types.is_integer(column.type)):
        column = _words(column, reading.score, origin)
    try:
        numbers = column.cast(pa.float64())
    except pa.ArrowException:
        numbers = pa.chunked_array([pa.array(_one_by_one(column.to_pylist(), origin), pa.float64())])
    row = pc.index(pc.is_nan(numbers), True).as_py() + 1
    if row:
        raise InputError(f"{origin}, row {row}: the score is NaN; leave it empty for a presentation without an answer")
    if numbers.null_count == len(numbers):
        raise InputError(f"{origin}: no score in column {reading.score!r}")
    return numbers if reading.higher == BONA_FIDE else pc.negate(numbers)


def _one_by_one(values: list[object], origin: str) -> list[float | None]:
    numbers: list[float | None] = []
    for row, value in enumerate(values, 1):
        try:
            numbers.append(None if value is None else float(str(value)))
        except ValueError:
            comma = ": write a point, not a comma" if "," in str(value) else ""
            raise InputError(f"{origin}, row {row}: score {value!r} is not a number{comma}") from None
    return numbers


def _whole(words: pa.ChunkedArray, origin: str) -> pa.ChunkedArray:
    import pyarrow as pa

    try:
        return words.cast(pa.int32())
    except pa.ArrowException as error:
        raise InputError(f"{origin}: column 'frames' holds no whole numbers ({error})") from error
