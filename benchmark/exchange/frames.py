"""Several rows of one presentation: refused, averaged, or taken for what bob's own tools take them, rows of their own.

A presentation is the unit of decision; a file with a row per frame says more rows than there are decisions, and every
rate and interval of it would be another. So whoever imports one says which it is.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal

from protocols.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

Frames = Literal["one", "mean", "each"]
FRAMES: tuple[Frames, ...] = ("one", "mean", "each")
_SAME = ("label", "species", "group", "native_code")


def joined(table: pa.Table, frames: Frames, origin: str) -> pa.Table:
    """One row per presentation, in the order of first appearance.

    `one`: rows are presentations already, a second row is an `InputError`. `mean`: the score is the mean of the rows
    that have one; labels, species and groups must agree. `each`: every row is a presentation, repeated names get a
    number and stay one cluster.
    """
    import pyarrow.compute as pc

    repeated = pc.count_distinct(table["id"]).as_py() < table.num_rows
    if frames == "mean":
        return _mean(table, origin)
    if not repeated:
        return table
    if frames == "one":
        name, rows = Counter(table["id"].to_pylist()).most_common(1)[0]
        raise InputError(
            f"{origin}: the presentation {name!r} appears more than once ({rows} rows), and one decision each is what "
            "is counted: --frames mean averages the rows of a presentation, --frames each takes every row for a "
            "presentation of its own"
        )
    return _numbered(table)


def _mean(table: pa.Table, origin: str) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    words = [name for name in table.column_names if name not in ("id", "score", "decision", "frames", "sample_n")]
    wanted = [("score", "mean"), ("score", "count")]
    wanted += [(name, how) for name in words for how in (("min", "max") if name in _SAME else ("first",))]
    found = table.group_by("id", use_threads=False).aggregate(wanted)
    for name in set(words) & set(_SAME):
        row = pc.index(pc.not_equal(found[f"{name}_min"], found[f"{name}_max"]), True).as_py()
        if row >= 0:
            pair = f"{found[f'{name}_min'][row].as_py()!r} and {found[f'{name}_max'][row].as_py()!r}"
            raise InputError(f"{origin}: the rows of {found['id'][row].as_py()!r} have more than one {name}: {pair}")
    columns = {"id": found["id"], "score": found["score_mean"], "frames": found["score_count"].cast(pa.int32())}
    return pa.table(columns | {name: found[f"{name}_{'min' if name in _SAME else 'first'}"] for name in words})


def _numbered(table: pa.Table) -> pa.Table:
    import pyarrow as pa

    seen: Counter[str] = Counter()
    names = []
    for name in table["id"].to_pylist():
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    if "group" not in table.column_names:
        table = table.append_column("group", table["id"])
    return table.set_column(table.column_names.index("id"), "id", pa.array(names, pa.string()))
