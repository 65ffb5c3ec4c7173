"""Mapped columns become a score file: completed from the release, and what they cover counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmark.results.coverage import Coverage
from benchmark.results.score_columns import UNDECIDED
from benchmark.results.scores import Scores
from protocols.decision import NON_RESPONSE
from protocols.errors import InputError
from protocols.presentation import BONA_FIDE, Presentation

if TYPE_CHECKING:
    import pyarrow as pa

UNNAMED = "attack of unnamed species"
_FROM_RELEASE = ("label", "species", "native_code", "group")


@dataclass(frozen=True)
class Completed:
    """A score file without a threshold (`decision` is the file's own, or `undecided`) and what it covers."""

    scores: Scores
    coverage: Coverage


def complete(
    table: pa.Table,
    origin: str,
    releases: Sequence[str],
    known: Mapping[str, Presentation] | None,
    *,
    world: str = "",
    partial: bool = False,
) -> Completed:
    """Complete and check columns of `mapping.mapped`, one row per presentation.

    Rows of several `releases` are told apart by the column `release`. `known` maps the ids of the target part to its
    presentations (`release/id` where there are several releases). Where given, ids must be known, labels and species
    must agree, and what the file leaves out is accounted for: a little (`ledger.LIMIT` of each species) becomes
    non-responses, which count as errors; with more missing, the rows are no whole target and the coverage says so.
    Raises `InputError`.
    """
    import pyarrow as pa

    full = _with_decisions(_with_release(table, origin, releases, known, world))
    used = _species(full)
    named = None if known is None else dict(sorted(Counter(p.species for p in known.values()).items()))
    coverage = Coverage(named, used, partial)
    if known is not None and not coverage.lacking:
        full = pa.concat_tables([full, _absent(known, full, releases)])
    scores = Scores.from_table(full, origin)
    if scores.bona_fide.all() or not scores.bona_fide.any():
        which = "attack" if scores.bona_fide.all() else "bona fide"
        raise InputError(f"{origin}: no {which} presentation in it; a run needs both classes")
    return Completed(scores, coverage)


def _species(table: pa.Table) -> dict[str, int]:
    counted = table["species"].value_counts().to_pylist()
    return dict(sorted((row["values"], row["counts"]) for row in counted))


def _with_release(
    table: pa.Table, origin: str, releases: Sequence[str], known: Mapping[str, Presentation] | None, world: str
) -> pa.Table:
    """All columns of a score file but the decisions, from the file and from the release."""
    import pyarrow as pa
    import pyarrow.compute as pc

    n = table.num_rows
    nothing = pa.chunked_array([pa.nulls(n, pa.string())])
    given = {name: table[name] for name in table.column_names}
    release = _release_column(table, origin, releases)
    keys = _keys(table["id"], release, releases)
    place = f"{' or '.join(releases)} in the world {world!r}"
    asked = {} if known is None else _looked_up(keys, place, known, origin)
    label = pc.coalesce(asked.get("label", nothing), given.get("label", nothing))
    row = pc.index(pc.is_null(label), True).as_py()
    if row >= 0:
        raise InputError(
            f"{origin}, row {row + 1}: no label for {table['id'][row].as_py()!r}, neither in the file nor in a release "
            "that this world holds; if the file has one, name its column with --label-column"
        )
    if asked:
        _agree(table, asked, ("label", "label"), origin)
        _agree(table, asked, ("species", "species", "native_code"), origin)
    unnamed = pc.if_else(pc.equal(label, BONA_FIDE), BONA_FIDE, UNNAMED)
    species = pc.coalesce(asked.get("species", nothing), given.get("species", nothing), unnamed)
    return pa.table(
        {
            "id": table["id"],
            "release": release,
            "label": label,
            "species": species,
            "native_code": pc.coalesce(given.get("native_code", nothing), asked.get("native_code", nothing), species),
            "group": pc.coalesce(given.get("group", nothing), asked.get("group", nothing), keys),
            "score": table["score"],
            "decision": given.get("decision", nothing),
            "reason": given.get("reason", nothing),
            "text": given.get("text", nothing),
            "frames": pc.fill_null(given["frames"], 0) if "frames" in given else pa.repeat(pa.scalar(0, pa.int32()), n),
        }
    )


def _release_column(table: pa.Table, origin: str, releases: Sequence[str]) -> pa.ChunkedArray:
    """The release of each row: the only one, or what the file's column says."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if len(releases) == 1:
        return pa.chunked_array([pa.repeat(releases[0], table.num_rows)])
    if "release" not in table.column_names:
        raise InputError(f"{origin}: column 'release' is missing: this part is made of {', '.join(releases)}")
    row = pc.index(pc.fill_null(pc.is_in(table["release"], value_set=pa.array(releases)), False), False).as_py()
    if row >= 0:
        found = table["release"][row].as_py()
        raise InputError(f"{origin}, row {row + 1}: the release {found!r} is none of {', '.join(releases)}")
    return table["release"]


def _keys(ids: pa.ChunkedArray, release: pa.ChunkedArray, releases: Sequence[str]) -> pa.ChunkedArray:
    import pyarrow.compute as pc

    return ids if len(releases) == 1 else pc.binary_join_element_wise(release, ids, "/")


def _looked_up(
    ids: pa.ChunkedArray, release: str, known: Mapping[str, Presentation], origin: str
) -> dict[str, pa.ChunkedArray]:
    """What the release says of each id. Raises `InputError` for the first that it does not know."""
    import pyarrow as pa
    import pyarrow.compute as pc

    place = pc.index_in(ids, value_set=pa.array(list(known), pa.string()))
    row = pc.index(pc.is_null(place), True).as_py()
    if row >= 0:
        raise InputError(
            f"{origin}, row {row + 1}: {ids[row].as_py()!r} is no presentation of {release}; one there is called "
            f"{next(iter(known))!r}"
        )
    return {
        name: pc.take(pa.array([getattr(p, name) for p in known.values()], pa.string()), place)
        for name in _FROM_RELEASE
    }


def _agree(table: pa.Table, asked: Mapping[str, pa.ChunkedArray], names: tuple[str, ...], origin: str) -> None:
    """Refuse a row whose column `names[0]` is none of what the release has under the other names."""
    import pyarrow.compute as pc

    mine, *theirs = names
    if mine not in table.column_names:
        return
    differs = pc.is_valid(table[mine])
    for name in theirs:
        differs = pc.and_(differs, pc.fill_null(pc.not_equal(table[mine], asked[name]), False))
    row = pc.index(differs, True).as_py()
    if row >= 0:
        name, here, there = (column[row].as_py() for column in (table["id"], table[mine], asked[theirs[0]]))
        raise InputError(f"{origin}, row {row + 1}: {name!r} is {there} in the release, {here} in the file")


def _with_decisions(table: pa.Table) -> pa.Table:
    """`answer` (null where the file has no decision), `decision` (`undecided` there), reasons for silence."""
    import pyarrow as pa
    import pyarrow.compute as pc

    none = pa.scalar(None, pa.string())
    said = pc.if_else(pc.fill_null(pc.equal(table["decision"], UNDECIDED), False), none, table["decision"])
    silent = pc.or_(
        pc.and_(pc.is_null(table["score"]), pc.is_null(said)), pc.fill_null(pc.equal(said, NON_RESPONSE), False)
    )
    answer = pc.if_else(silent, NON_RESPONSE, said)
    reason = pc.if_else(pc.and_(silent, pc.is_null(table["reason"])), "no score in the file", table["reason"])
    place = table.column_names.index
    table = table.set_column(place("decision"), "decision", pc.fill_null(answer, UNDECIDED))
    return table.set_column(place("reason"), "reason", reason).append_column("answer", answer)


def _absent(known: Mapping[str, Presentation], table: pa.Table, releases: Sequence[str]) -> pa.Table:
    """The presentations that the file leaves out, as non-responses."""
    import pyarrow as pa

    keys = _keys(table["id"], table["release"], releases)
    present = set(keys.to_pylist()) if table.num_rows < len(known) else known.keys()
    rows = [
        {
            "id": p.id,
            "release": releases[0] if len(releases) == 1 else name.partition("/")[0],
            **{key: getattr(p, key) for key in _FROM_RELEASE},
            "score": None,
            "decision": NON_RESPONSE,
            "answer": NON_RESPONSE,
            "reason": "not in the file",
            "text": None,
            "frames": 0,
        }
        for name, p in known.items()
        if name not in present
    ]
    return pa.Table.from_pylist(rows, schema=table.schema)
