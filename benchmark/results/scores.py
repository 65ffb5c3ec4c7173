"""The score file: a run's only scientific output, one row per presentation, from which every figure is computed.

Columns of `scores.parquet` (target) and `dev-scores.parquet` (the source's dev part):

| column      | type    | meaning                                                                                 |
|-------------|---------|-----------------------------------------------------------------------------------------|
| id          | string  | the presentation, unique in its release                                                 |
| release     | string  | `casia-surf`, `cefa`, `hq-wmca`, `siw-mv2`                                              |
| label       | string  | `bona fide` or `attack`                                                                 |
| species     | string  | canonical PAI species, `bona fide` for bona fide presentations                          |
| native_code | string  | the release's own word                                                                  |
| group       | string  | cluster for intervals: subject, else client and presenter, else the presentation        |
| score       | float64 | higher = more bona fide; null where there is none                                       |
| decision    | string  | `bona fide`, `attack` or `non-response` under the run's own threshold policy;           |
|             |         | `undecided` where that policy has no threshold                                          |
| answer      | string  | the same words without a threshold: a generated answer or the score's sign; null where  |
|             |         | scores were imported without decisions. What the policy `answer` counts                 |
| reason      | string  | why it is a non-response, else null                                                     |
| text        | string  | the model's own words, untrusted, else null                                             |
| frames      | int32   | frames that the score was made from                                                     |

Files of schema 1 have no `answer`: their `decision` is one. A file stays in Arrow's columns in memory: a million rows
take some 100 MB, as Python's objects they would take ten times as much.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from benchmark.results.score_columns import (
    COLUMNS,
    ScoreRow,
    checked,
    encoded,
    equals,
    require,
    schema,
    values,
)
from protocols.decision import NON_RESPONSE
from protocols.errors import DamagedError, InputError
from protocols.files import write_whole

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

SCHEMA_VERSION = 2
ROW_GROUP = 1 << 17
_VERSION_KEY = b"pad-benchmark-schema"


@dataclass(frozen=True)
class Scores:
    """A score file in memory, validated; all arrays have one entry per presentation, in the file's order."""

    table: pa.Table

    def __len__(self) -> int:
        return int(self.table.num_rows)

    @cached_property
    def id(self) -> tuple[str, ...]:
        """The presentations' names."""
        return tuple(self.table["id"].to_pylist())

    @cached_property
    def release(self) -> tuple[str, ...]:
        """The release of each presentation."""
        return tuple(self.table["release"].to_pylist())

    @cached_property
    def native_code(self) -> tuple[str, ...]:
        """The release's own word for each presentation's kind."""
        return tuple(self.table["native_code"].to_pylist())

    @cached_property
    def reason(self) -> tuple[str | None, ...]:
        """Why there is no answer; None where there is one."""
        return tuple(self.table["reason"].to_pylist())

    @cached_property
    def text(self) -> tuple[str | None, ...]:
        """The model's own words."""
        return tuple(self.table["text"].to_pylist())

    @cached_property
    def label(self) -> NDArray[np.str_]:
        """`bona fide` or `attack`."""
        return self._words("label")

    @cached_property
    def species(self) -> NDArray[np.str_]:
        """PAI species."""
        return self._words("species")

    @cached_property
    def group(self) -> NDArray[np.str_]:
        """Clusters."""
        return self._words("group")

    @cached_property
    def decision(self) -> NDArray[np.str_]:
        """Decisions under the run's own policy."""
        return self._words("decision")

    @cached_property
    def answer(self) -> NDArray[np.str_]:
        """The method's own decisions; empty where it gave none."""
        return self._words("answer")

    @cached_property
    def score(self) -> NDArray[np.float64]:
        """Scores, NaN where there is none."""
        return values(self.table["score"], np.float64)

    @cached_property
    def frames(self) -> NDArray[np.int32]:
        """Frames behind each score."""
        return values(self.table["frames"], np.int32)

    @cached_property
    def bona_fide(self) -> NDArray[np.bool_]:
        """True for bona fide presentations."""
        return equals(self.table["label"], "bona fide")

    @cached_property
    def responded(self) -> NDArray[np.bool_]:
        """False for non-responses."""
        return ~equals(self.table["decision"], NON_RESPONSE)

    @cached_property
    def has_answers(self) -> bool:
        """False where a presentation that responded has no decision of the method's own."""
        return not bool((self.responded & equals(self.table["answer"], None)).any())

    def codes(self, column: str) -> tuple[list[str], NDArray[np.int32]]:
        """The words of a column in alphabetical order, and the place of each row's word among them."""
        words, place = encoded(self.table[column])
        texts = [word or "" for word in words]
        order = sorted(range(len(texts)), key=texts.__getitem__)
        rank = np.empty(len(texts), np.int32)
        rank[order] = np.arange(len(texts), dtype=np.int32)
        return [texts[i] for i in order], rank[place]

    def _words(self, column: str) -> NDArray[np.str_]:
        words, place = encoded(self.table[column])
        return np.array([word or "" for word in words])[place]

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, object]], origin: str = "scores") -> Scores:
        """Check rows and gather them. Raises `InputError`, naming `origin` and the row, for anything that would make
        a figure wrong: see `from_table`. A row without `answer` is taken at its decision."""
        import pyarrow as pa

        rows = [row if "answer" in row else {**row, "answer": row.get("decision")} for row in rows]
        if rows:
            require(rows[0], origin)
        try:
            table = pa.Table.from_pylist(rows, schema=schema())
        except (pa.ArrowException, TypeError) as error:
            raise InputError(f"{origin}: a value of another type ({error})") from error
        return cls.from_table(table, origin)

    @classmethod
    def from_table(cls, table: pa.Table, origin: str = "scores") -> Scores:
        """Check columns. Raises `InputError`, naming `origin` and the row, for anything that would make a figure wrong:
        missing columns, duplicate or empty ids, unknown labels or decisions, no score beside a decision."""
        import pyarrow as pa

        if not table.num_rows:
            raise InputError(f"{origin}: no presentations in it")
        if "answer" not in table.column_names and "decision" in table.column_names:
            table = table.append_column("answer", table["decision"])
        require(table.column_names, origin)
        try:
            table = table.select(COLUMNS).cast(schema())
        except (pa.ArrowException, ValueError) as error:
            raise InputError(f"{origin}: a column of another type ({error})") from error
        return cls(checked(table, origin))

    def with_columns(self, **changed: Sequence[object] | NDArray[np.generic] | pa.Array) -> Scores:
        """The same presentations with other values in some columns, checked anew."""
        import pyarrow as pa

        table = self.table
        for name, column in changed.items():
            place, kind = table.column_names.index(name), table.schema.field(name).type
            array = column if isinstance(column, pa.Array) else pa.array(column, kind)
            table = table.set_column(place, name, array)
        return Scores.from_table(table)

    def rows(self) -> list[ScoreRow]:
        """The file's rows as dictionaries, missing scores as None."""
        return list(self.table.to_pylist())

    def pandas(self) -> pd.DataFrame:
        """The columns as a pandas data frame, one row per presentation. `table` holds the same as Arrow.

        Raises `InputError` where pandas is not installed.
        """
        from methods.extras import require

        require("notebook", "a data frame")
        return self.table.to_pandas()

    def as_bytes(self) -> bytes:
        """The Parquet file, with a checksum of every page; the same scores give the same bytes."""
        import pyarrow.parquet as pq

        out = io.BytesIO()
        known = self.table.replace_schema_metadata({_VERSION_KEY: str(SCHEMA_VERSION).encode()})
        with pq.ParquetWriter(out, known.schema, compression="zstd", write_page_checksum=True) as writer:
            for start in range(0, len(self), ROW_GROUP):  # whatever chunks the table is made of
                writer.write_table(known.slice(start, ROW_GROUP).combine_chunks())
        return out.getvalue()

    def write(self, path: Path) -> None:
        """Write a Parquet file whole and to the disk."""
        write_whole(path, self.as_bytes())

    @classmethod
    def read(cls, path: Path, sha256: str | None = None) -> Scores:
        """Read and check a file of `write`; with `sha256`, only the file of that digest.

        Raises `DamagedError` for a missing or damaged file or another one, `InputError` for one of a newer version.
        """
        table = read_table(path, sha256)
        version = (table.schema.metadata or {}).get(_VERSION_KEY, b"0")
        if not version.isdigit():
            raise DamagedError(f"{path}: not a readable score file (its version is {version!r})")
        if int(version) > SCHEMA_VERSION:
            raise InputError(f"{path}: written by a newer version (schema {int(version)}); update this package")
        return cls.from_table(table, str(path))


def read_table(path: Path, sha256: str | None = None) -> pa.Table:
    """The table in a Parquet file, its texts and page checksums verified. Raises `DamagedError`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        data = path.read_bytes()
    except OSError as error:
        raise DamagedError(f"{path}: not a readable score file ({error.strerror})") from error
    if sha256 is not None and hashlib.sha256(data).hexdigest() != sha256:
        raise DamagedError(f"{path}: not the score file that the run's record names; restore it or make the run again")
    try:  # without pyarrow's data set layer, which would import pandas
        table = pq.ParquetFile(pa.BufferReader(data), page_checksum_verification=True).read()
        table.validate(full=True)
    except (OSError, ValueError, MemoryError, pa.ArrowException) as error:
        raise DamagedError(f"{path}: not a readable score file ({' '.join(str(error).split())[:200]})") from error
    return table
