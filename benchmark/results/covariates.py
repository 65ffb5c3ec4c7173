"""What is known of the target's presentations beside label and species: a file next to the scores, for errors by group.

`covariates.parquet` has the rows of `scores.parquet` in its order: `id` and `release`, and a column for each name of
`protocols.presentation.COVARIATES` that is known of one of them. A run whose target has none has no such file. No
subject and no name is in it.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from benchmark.results.score_columns import encoded
from benchmark.results.scores import read_table
from protocols.errors import DamagedError
from protocols.files import write_whole
from protocols.presentation import COVARIATES

if TYPE_CHECKING:
    import pyarrow as pa

    from benchmark.results.scores import Scores

KEYS = ("id", "release")


@dataclass(frozen=True)
class Covariates:
    """The file in memory."""

    table: pa.Table

    @classmethod
    def of(cls, rows: Iterable[tuple[str, str, Mapping[str, str]]]) -> Covariates | None:
        """From (id, release, what is known) of each row of the score file; None where nothing is known of any."""
        import pyarrow as pa

        given = list(rows)
        known = [name for name in COVARIATES if any(name in one for _, _, one in given)]
        if not known:
            return None
        columns: dict[str, list[str | None]] = {"id": [r[0] for r in given], "release": [r[1] for r in given]}
        columns |= {name: [one.get(name) for _, _, one in given] for name in known}
        return cls(pa.table({name: pa.array(column, pa.string()) for name, column in columns.items()}))

    @property
    def names(self) -> tuple[str, ...]:
        """What is known of one presentation at least, in the order of `COVARIATES`."""
        return tuple(name for name in COVARIATES if name in self.table.column_names)

    def values(self, name: str) -> NDArray[np.str_]:
        """A covariate of each row; empty where it is not known."""
        words, place = encoded(self.table[name])
        return np.array([word or "" for word in words])[place]

    def write(self, path: Path) -> None:
        """Write the Parquet file whole and to the disk."""
        import pyarrow.parquet as pq

        out = io.BytesIO()
        with pq.ParquetWriter(out, self.table.schema, compression="zstd", write_page_checksum=True) as writer:
            writer.write_table(self.table)
        write_whole(path, out.getvalue())

    @classmethod
    def read(cls, path: Path, sha256: str | None, scores: Scores) -> Covariates:
        """Read the file of these scores. Raises `DamagedError` for a missing or damaged one, or that of others."""
        table = read_table(path, sha256)
        strange = [name for name in table.column_names if name not in (*KEYS, *COVARIATES)]
        if strange or any(name not in table.column_names for name in KEYS):
            raise DamagedError(f"{path}: not the covariates of presentations; restore it or make the run again")
        if tuple(table["id"].to_pylist()) != scores.id or tuple(table["release"].to_pylist()) != scores.release:
            raise DamagedError(f"{path}: not of the presentations of the score file; make the run again")
        return cls(table)
