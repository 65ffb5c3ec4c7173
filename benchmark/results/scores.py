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
| score       | float64 | higher = more bona fide; NaN where there is none                                        |
| decision    | string  | `bona fide`, `attack` or `non-response`: the method's own decision                      |
| reason      | string  | why it is a non-response, else null                                                     |
| text        | string  | the model's own words, untrusted, else null                                             |
| frames      | int32   | frames that the score was made from                                                     |
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from protocols.errors import InputError

SCHEMA_VERSION = 1
COLUMNS = ("id", "release", "label", "species", "native_code", "group", "score", "decision", "reason", "text", "frames")
LABELS = ("bona fide", "attack")
DECISIONS = ("bona fide", "attack", "non-response")


@dataclass(frozen=True)
class Scores:
    """A score file in memory, validated; all arrays have one entry per presentation, in the file's order."""

    id: tuple[str, ...]
    release: tuple[str, ...]
    label: NDArray[np.str_]
    species: NDArray[np.str_]
    native_code: tuple[str, ...]
    group: NDArray[np.str_]
    score: NDArray[np.float64]
    decision: NDArray[np.str_]
    reason: tuple[str | None, ...]
    text: tuple[str | None, ...]
    frames: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.id)

    @property
    def bona_fide(self) -> NDArray[np.bool_]:
        """True for bona fide presentations."""
        return self.label == "bona fide"

    @property
    def responded(self) -> NDArray[np.bool_]:
        """False for non-responses."""
        return self.decision != "non-response"

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]], origin: str = "scores") -> Scores:
        """Check rows and gather them. Raises `InputError`, naming `origin` and the row, for anything that would make
        a figure wrong: missing columns, duplicate or empty ids, unknown labels or decisions, NaN beside a decision."""
        rows = list(rows)
        if not rows:
            raise InputError(f"{origin}: no presentations in it")
        missing = [c for c in COLUMNS if c not in rows[0]]
        if missing:
            raise InputError(f"{origin}: column {missing[0]!r} is missing; needed: {', '.join(COLUMNS)}")
        for number, row in enumerate(rows, 1):
            where = f"{origin}, row {number}"
            if not row["id"]:
                raise InputError(f"{where}: the presentation has no id")
            if row["label"] not in LABELS:
                raise InputError(f"{where}: label {row['label']!r} is neither 'bona fide' nor 'attack'")
            if row["decision"] not in DECISIONS:
                raise InputError(f"{where}: decision {row['decision']!r} is none of {', '.join(DECISIONS)}")
            if (row["species"] == "bona fide") != (row["label"] == "bona fide"):
                raise InputError(f"{where}: species {row['species']!r} contradicts label {row['label']!r}")
            if row["decision"] != "non-response" and (row["score"] is None or np.isnan(row["score"])):
                raise InputError(f"{where}: the score is NaN although the presentation has a decision")
        repeated = [name for name, n in Counter(row["id"] for row in rows).items() if n > 1]
        if repeated:
            raise InputError(f"{origin}: the presentation {repeated[0]!r} appears more than once")
        column = {name: [row[name] for row in rows] for name in COLUMNS}
        return cls(
            id=tuple(column["id"]),
            release=tuple(column["release"]),
            label=np.array(column["label"]),
            species=np.array(column["species"]),
            native_code=tuple(column["native_code"]),
            group=np.array(column["group"]),
            score=np.array([np.nan if s is None else s for s in column["score"]], np.float64),
            decision=np.array(column["decision"]),
            reason=tuple(column["reason"]),
            text=tuple(column["text"]),
            frames=np.array(column["frames"], np.int32),
        )

    def rows(self) -> list[dict[str, Any]]:
        """The file's rows as dictionaries, NaN scores as None."""
        return [
            {
                "id": self.id[i],
                "release": self.release[i],
                "label": str(self.label[i]),
                "species": str(self.species[i]),
                "native_code": self.native_code[i],
                "group": str(self.group[i]),
                "score": None if np.isnan(self.score[i]) else float(self.score[i]),
                "decision": str(self.decision[i]),
                "reason": self.reason[i],
                "text": self.text[i],
                "frames": int(self.frames[i]),
            }
            for i in range(len(self))
        ]

    def write(self, path: Path) -> None:
        """Write a Parquet file; the same scores give the same bytes."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        kinds = {"score": pa.float64(), "frames": pa.int32()}
        schema = pa.schema([(c, kinds.get(c, pa.string())) for c in COLUMNS]).with_metadata(
            {b"pad-benchmark-schema": str(SCHEMA_VERSION).encode()}
        )
        pq.write_table(pa.Table.from_pylist(self.rows(), schema=schema), path, compression="zstd")

    @classmethod
    def read(cls, path: Path) -> Scores:
        """Read and check a file of `write`. `InputError` for a missing, damaged or newer one."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            with path.open("rb") as file:  # without pyarrow's data set layer, which would import pandas
                table = pq.ParquetFile(file).read()
        except (OSError, pa.ArrowException) as error:
            raise InputError(f"{path}: not a readable score file ({error})") from error
        version = int((table.schema.metadata or {}).get(b"pad-benchmark-schema", b"0"))
        if version > SCHEMA_VERSION:
            raise InputError(f"{path}: written by a newer version (schema {version}); update this package")
        return cls.of(table.to_pylist(), str(path))
