"""Scores made elsewhere become a run: the harness owns the metrics, not the method.

A CSV (with a header) or Parquet file needs the columns `id` and `score` (higher = more bona fide). `label` (`bona fide`
or `attack`) and `species` are taken from the file, or joined by `id` from the protocol's target release where the world
holds it. Optional: `group`, `native_code`, `decision`, `reason`, `text`, `frames`. An empty score is a non-response.
Score files of bob (four columns, or the CSV of bob.pad.base) are recognised by looking and read as they are.
"""

from __future__ import annotations

import csv
import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from benchmark.exchange import bob
from benchmark.results.records import IMPORTED, SCHEMA_VERSION, Code, Counts, Digests, RunRecord
from benchmark.results.runs import Run
from benchmark.results.scores import Scores
from benchmark.run import provenance
from benchmark.run.workspace import Workspace
from protocols.crossdomain import CrossDomain
from protocols.errors import InputError
from protocols.presentation import Presentation

MAX_ROWS = 5_000_000
MAX_FIELD = 2_000_000


@dataclass(frozen=True)
class Identity:
    """How an imported run is named."""

    world: str
    demo: bool
    protocol: CrossDomain
    method: str
    title: str
    seed: int = 0
    policy: str = "source-eer"


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a CSV or Parquet file. Raises `InputError` for anything that is neither."""
    if path.suffix.lower() in (".parquet", ".pq"):
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            with path.open("rb") as file:
                return pq.ParquetFile(file).read().to_pylist()
        except (OSError, pa.ArrowException) as error:
            raise InputError(f"{path}: not a readable Parquet file ({error})") from error
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            csv.field_size_limit(MAX_FIELD)
            if _has_four_columns(file):
                return list(bob.four_columns(file, str(path)))
            return list(_csv_rows(path, file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: not a readable CSV file ({error})") from error


def _csv_rows(path: Path, file: Any) -> Iterator[dict[str, Any]]:
    reader = csv.DictReader(file)
    from_bob = bob.is_csv(reader.fieldnames)
    for number, row in enumerate(reader, 2):
        if number > MAX_ROWS:
            raise InputError(f"{path}: more than {MAX_ROWS:,} rows")
        if None in row or None in row.values():
            raise InputError(f"{path}, line {number}: not as many fields as the header has")
        yield bob.import_row(row, f"{path}, line {number}") if from_bob else dict(row)


def _has_four_columns(file: TextIO) -> bool:
    """Whether the first line that is neither empty nor a comment is bob's: four words and no header. Rewinds."""
    first = next((line for line in file if line.strip() and not line.startswith("#")), "")
    file.seek(0)
    words = first.split()
    return len(words) == 4 and "," not in words[0] and _is_number(words[3])


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def scores_of(
    rows: Sequence[Mapping[str, Any]], origin: str, release: str, known: Mapping[str, Presentation] | None
) -> Scores:
    """Complete and check imported rows.

    `known` maps the ids of the target release to its presentations; where given, ids must be known, labels must agree,
    and presentations that the file leaves out become non-responses: an import can be bad, but not partial.
    """
    for column in ("id", "score"):
        if rows and column not in rows[0]:
            raise InputError(f"{origin}: column {column!r} is missing; an import needs at least `id` and `score`")
    full = [_full(row, f"{origin}, row {n}", release, known) for n, row in enumerate(rows, 1)]
    if known is not None:
        given = {row["id"] for row in full}
        full += [_full({"id": i, "score": "", "reason": "not in the file"}, origin, release, known)
                 for i in known if i not in given]  # fmt: skip
    scores = Scores.of(full, origin)
    for label in ("bona fide", "attack"):
        if not (scores.label == label).any():
            raise InputError(f"{origin}: no {label} presentation in it; a run needs both classes")
    return scores


def _full(row: Mapping[str, Any], where: str, release: str, known: Mapping[str, Presentation] | None) -> dict[str, Any]:
    name = str(row.get("id") or "").strip()
    if not name:
        raise InputError(f"{where}: the presentation has no id")
    p = known.get(name) if known is not None else None
    if known is not None and p is None:
        raise InputError(f"{where}: {name!r} is no presentation of {release}")
    label = row.get("label") or (p.label if p else None)
    species = row.get("species") or (p.species if p else None) or ("bona fide" if label == "bona fide" else None)
    if label is None or species is None:
        raise InputError(
            f"{where}: no label and species for {name!r}, in the file or in a release that this world holds"
        )
    if p is not None and label != p.label:
        raise InputError(f"{where}: {name!r} is {p.label} in the release, {label} in the file")
    score = _number(row.get("score"), where)
    decision = row.get("decision") or ("non-response" if score is None else "bona fide" if score >= 0 else "attack")
    return {
        "id": name,
        "release": release,
        "label": label,
        "species": species,
        "native_code": row.get("native_code") or (p.native_code if p else species),
        "group": row.get("group") or (p.group if p else name),
        "score": score,
        "decision": decision,
        "reason": row.get("reason") or ("no score in the file" if decision == "non-response" else None),
        "text": row.get("text") or None,
        "frames": int(row.get("frames") or 0),
    }


def _number(value: Any, where: str) -> float | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise InputError(f"{where}: score {value!r} is not a number") from None
    if math.isnan(number):
        raise InputError(f"{where}: the score is NaN; leave it empty for a presentation without an answer")
    return number


def publish(identity: Identity, target: Scores, dev: Scores | None, results: Path, origin: str) -> Run:
    """Write an imported run. Without dev scores the run has no `source-eer` threshold and its cell says so."""
    digest = hashlib.sha256(repr([target.rows(), dev.rows() if dev else None]).encode()).hexdigest()
    name = f"{identity.world}/{identity.protocol.name}/{identity.method}/s{identity.seed}-import"
    with Workspace.claim(results / "runs" / name) as work:
        work.begin({"import": digest})
        target.write(work.folder / "scores.parquet")
        if dev is not None:
            dev.write(work.folder / "dev-scores.parquet")
        work.publish(_record(identity, name, target, origin, digest))
    return Run.open(results / "runs" / name)


def _record(identity: Identity, name: str, scores: Scores, origin: str, digest: str) -> RunRecord:
    """All that is known of scores made elsewhere; the workspace adds the digests of the files."""
    return RunRecord(
        schema=SCHEMA_VERSION,
        id=name,
        world=identity.world,
        demo=identity.demo,
        protocol=identity.protocol.name,
        method=identity.method,
        title=identity.title,
        policy=identity.policy,
        preset=IMPORTED,
        seed=identity.seed,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        counts=Counts.of(scores),
        digests=Digests(config=digest),
        code=Code(**provenance.code()),
        facts={"imported": origin},
    )
