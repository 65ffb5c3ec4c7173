"""Scores made elsewhere become a run: the harness owns the metrics, not the method.

A CSV (with a header), a Parquet file or a score file of bob needs an id and a score per presentation. Labels, species
and groups come from the file, or by id from the protocol's target where the world holds it. Optional columns:
`decision`, `reason`, `text`, `frames`, `native_code`. An empty score is a non-response.

Nothing is decided without a rule: a threshold comes from the source's dev scores, from `--policy`, or from the file's
own decisions, and where there is none of them the run has figures without a threshold only.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.exchange import columns
from benchmark.exchange.complete import Completed, complete
from benchmark.exchange.frames import Frames, joined
from benchmark.exchange.mapping import Reading, mapped
from benchmark.metrics.thresholds import Answer, SourcePolicy, decisions, parse
from benchmark.results.covariates import Covariates
from benchmark.results.coverage import Coverage
from benchmark.results.records import (
    COVARIATES,
    DEV_SCORES,
    IMPORTED,
    SCHEMA_VERSION,
    TARGET_SCORES,
    Counts,
    Digests,
    RunRecord,
    Task,
)
from benchmark.results.runs import Run
from benchmark.results.scores import Scores
from benchmark.results.shape import encode
from benchmark.running import provenance
from benchmark.running.workspace import Workspace
from protocols.errors import InputError
from protocols.files import write_whole
from protocols.presentation import Presentation
from protocols.protocol import Protocol

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Identity:
    """How an imported run is named. `policy` None: what the files allow (`policy_of`)."""

    world: str
    demo: bool
    protocol: Protocol
    method: str
    title: str
    seed: int = 0
    policy: str | None = None


@dataclass(frozen=True)
class Imported:
    """A file that was read: the score file that it makes, what it covers, in words how it was read, and what else the
    target's release knows of its presentations."""

    completed: Completed
    origin: str
    form: str
    unused: tuple[str, ...]
    covariates: Covariates | None = None

    @property
    def scores(self) -> Scores:
        """The score file, not decided yet."""
        return self.completed.scores

    @property
    def coverage(self) -> Coverage:
        """What it covers."""
        return self.completed.coverage


def read(
    path: Path,
    releases: Sequence[str],
    known: Mapping[str, Presentation] | None,
    *,
    reading: Reading | None = None,
    frames: Frames = "one",
    world: str = "",
    partial: bool = False,
    own_labels: bool = False,
) -> Imported:
    """Read, map and complete one file; with `own_labels` the release is asked only where the file has no labels.

    Raises `InputError` for anything that would make a figure wrong.
    """
    reading = reading or Reading()
    file = columns.read(path, reading.wanted)
    if file.form.startswith("bob"):
        reading = Reading(higher=reading.higher)  # bob's files have names of their own
    form, (table, unused) = file.form, mapped(file, reading)
    del file  # a million rows are not kept twice
    table = _joined(table, frames, str(path), several=len(releases) > 1)
    listed = known
    if own_labels and "label" in table.column_names:
        known = None
    done = complete(table, str(path), releases, known, world=world, partial=partial)
    return Imported(done, path.name, form, unused, _covariates(done.scores, listed, several=len(releases) > 1))


def _covariates(scores: Scores, listed: Mapping[str, Presentation] | None, *, several: bool) -> Covariates | None:
    """What the release says of the rows beside label and species; None where it is not there, or says nothing."""
    if listed is None or not any(p.covariates for p in listed.values()):
        return None  # as a rule: a million rows are not looked up for nothing
    rows = []
    for name, release in zip(scores.id, scores.release, strict=True):
        p = listed.get(f"{release}/{name}" if several else name)
        rows.append((name, release, dict(p.covariates) if p else {}))
    return Covariates.of(rows)


def _joined(table: pa.Table, frames: Frames, origin: str, *, several: bool) -> pa.Table:
    """One row a presentation; of several releases, equal names are not one presentation."""
    if not several or "release" not in table.column_names:
        return joined(table, frames, origin)
    import pyarrow.compute as pc

    place = table.column_names.index("id")
    key = pc.binary_join_element_wise(pc.fill_null(table["release"], "?"), table["id"], "/")
    table = joined(table.set_column(place, "id", key), frames, origin)
    bare = pc.replace_substring_regex(table["id"], "^[^/]*/", "")
    return table.set_column(table.column_names.index("id"), "id", bare)


def policy_of(asked: str | None, target: Scores, dev: Scores | None) -> str:
    """The run's threshold policy. Raises `InputError` where one is asked for that these files cannot feed.

    Not asked for: the source's EER with dev scores, else the file's own decisions, else the source's EER again, which
    then has no threshold, so that cells stay blank and say why.
    """
    if asked is None:
        return "source-eer" if dev is not None or not target.has_answers else "answer"
    policy = parse(asked)
    if isinstance(policy, Answer) and not target.has_answers:
        raise InputError(
            f"--policy {asked}: the file has no decisions of its own; say --policy fixed:X, or give --dev FILE"
        )
    if isinstance(policy, SourcePolicy) and dev is None:
        raise InputError(f"--policy {asked}: it needs scores of the source's dev part; give them with --dev FILE")
    return policy.name


def publish(
    identity: Identity, target: Imported, dev: Imported | None, results: Path, *, replace: bool = False
) -> tuple[Run, bool]:
    """Write an imported run; False beside it where the very same import stands there already.

    Raises `InputError` where another import has that name, unless `replace`.
    """
    policy = policy_of(identity.policy, target.scores, dev.scores if dev else None)
    files = _decided(policy, target.scores, dev.scores if dev else None)
    digests = [hashlib.sha256(data).hexdigest() for data in files.values()]
    known = [digests, policy, identity.title, encode(target.coverage)]
    config = hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()
    name = f"{identity.world}/{identity.protocol.name}/{identity.method}/s{identity.seed}-import"
    final = results / "runs" / name
    with Workspace.claim(final) as work:
        if (final / "run.json").exists() and not replace:
            there = Run.open(final)
            if there.digests.config == config:
                return there, False
            raise InputError(
                f"{final}: another import stands there ({there.facts.get('imported')}, {there.created}): choose "
                "another --method or --seed, or replace it with --replace"
            )
        work.begin({"import": config})
        for file, data in files.items():
            write_whole(work.folder / file, data)
        if target.covariates is not None:
            target.covariates.write(work.folder / COVARIATES)
        work.publish(_record(identity, name, policy, target, dev, config))
    return Run.open(final), True


def _decided(policy: str, target: Scores, dev: Scores | None) -> dict[str, bytes]:
    """File name -> bytes, decided by the run's own policy."""
    rule = parse(policy)
    parts = {TARGET_SCORES: target} | ({} if dev is None else {DEV_SCORES: dev})
    return {file: part.with_columns(decision=decisions(rule, part, dev)).as_bytes() for file, part in parts.items()}


def _record(
    identity: Identity, name: str, policy: str, target: Imported, dev: Imported | None, config: str
) -> RunRecord:
    """All that is known of scores made elsewhere; the workspace adds the digests of the files."""
    return RunRecord(
        schema=SCHEMA_VERSION,
        id=name,
        world=identity.world,
        demo=identity.demo,
        protocol=identity.protocol.name,
        method=identity.method,
        title=identity.title,
        policy=policy,
        preset=IMPORTED,
        seed=identity.seed,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        counts=Counts.of(target.scores, *target.coverage.expected),
        digests=Digests(config=config),
        task=Task(**identity.protocol.recorded()),
        code=provenance.code(),
        facts={"imported": target.origin, "form": target.form, "imported_dev": dev.origin if dev else None},
        coverage=target.coverage,
    )
