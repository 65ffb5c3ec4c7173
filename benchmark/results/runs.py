"""Run directories: where a run lies and how finished runs are found again.

    <results>/runs/<world>/<protocol>/<method>/s<seed>-<config>/
        run.json  scores.parquet  dev-scores.parquet  covariates.parquet  log.jsonl

A run exists once `run.json` stands in its final directory; work goes on under a name that starts with a dot, so nothing
that reads results ever sees half a run. What `run.json` holds: `records.RunRecord`.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from benchmark.results import records
from benchmark.results.records import SCHEMA_VERSION, Counts, Digests, RunRecord
from protocols.errors import DamagedError, InputError
from protocols.files import digests_below

if TYPE_CHECKING:
    from benchmark.results.covariates import Covariates
    from benchmark.results.scores import Scores

DEMO = "procedural faces and tiny models, says nothing about PAD accuracy"
"""What stands beside every figure of the demo world, whatever a row of it is called."""


@dataclass(frozen=True)
class Run(RunRecord):
    """A finished run on disk: its record and where it lies.

    Attributes:
        sealed: False for a record of schema 1, which carries no digest of itself.
        fault: why the record cannot be read, else None. Such a run knows its place only (`find`), and has no figures.
    """

    path: Path = Path()
    sealed: bool = True
    fault: str | None = None

    @classmethod
    def open(cls, path: Path) -> Self:
        """Read a run directory. Raises `DamagedError` where there is none or its record was changed, `InputError` for
        one of a newer version."""
        record, sealed = records.read(path / records.FILE)
        return cls(**_stored(record), path=path, sealed=sealed)

    @cached_property
    def scores(self) -> Scores:
        """The target's score file. Raises `DamagedError` if it is not the one that the record names."""
        from benchmark.results.scores import Scores

        return Scores.read(self.path / records.TARGET_SCORES, self.digests.scores)

    @cached_property
    def dev_scores(self) -> Scores | None:
        """The score file of the source's dev part; None where the run has none (imported scores, no dev part)."""
        from benchmark.results.scores import Scores

        if self.digests.dev_scores is None:
            return None
        return Scores.read(self.path / records.DEV_SCORES, self.digests.dev_scores)

    @cached_property
    def test_scores(self) -> Scores | None:
        """The score file of the part of the sources that nobody trains on; None where there is no such part."""
        from benchmark.results.scores import Scores

        if self.digests.test_scores is None:
            return None
        return Scores.read(self.path / records.TEST_SCORES, self.digests.test_scores)

    @cached_property
    def covariates(self) -> Covariates | None:
        """What else is known of the target's presentations; None where nothing is, or by an earlier version."""
        from benchmark.results.covariates import Covariates

        if self.digests.covariates is None:
            return None
        return Covariates.read(self.path / records.COVARIATES, self.digests.covariates, self.scores)

    def log(self) -> list[dict[str, object]]:
        """The training curve, one row per logged step; empty where the method logged nothing. Raises `DamagedError`."""
        file = self.path / records.LOG
        if self.digests.log is None and not (file.exists() and not self.sealed):
            return []
        data = verified(file, self.digests.log)
        try:
            return [json.loads(line) for line in data.splitlines()]
        except ValueError as error:
            raise DamagedError(f"{file}: not a readable log ({error}); restore it or make the run again") from None

    def model_folder(self) -> Path:
        """The folder of the trained model. Raises `DamagedError` if a file in it is not the one that the record names,
        `InputError` where the run keeps no model."""
        folder = self.path / records.MODEL
        if self.model.id is not None:  # .../results/runs/<world>/<protocol>/<method>/<run>
            folder = self.path.resolve().parents[4] / "models" / self.model.id / records.MODEL
        if not folder.is_dir():
            gone = "" if self.model.id is None else f": {folder} is gone; run the same command with --force"
            raise InputError(f"{self.path}: the run keeps no model{gone}")
        if self.model.files is not None:
            found = digests_below(folder)
            for name in dict.fromkeys([*self.model.files, *found]):
                if found.get(name) != self.model.files.get(name):
                    raise DamagedError(
                        f"{folder / name}: not what was trained (its digest differs from the record's); restore it or "
                        "make the run again"
                    )
        return folder


def verified(file: Path, sha256: str | None) -> bytes:
    """A file's content. Raises `DamagedError` for a missing one or one of another digest; None: any will do."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise DamagedError(f"{file}: cannot be read ({error.strerror}); restore it or make the run again") from error
    if sha256 is not None and hashlib.sha256(data).hexdigest() != sha256:
        raise DamagedError(f"{file}: not the file that the run's record names; restore it or make the run again")
    return data


def _stored(record: RunRecord) -> dict[str, Any]:
    """A record's fields by name, each of its own type."""
    return {one.name: getattr(record, one.name) for one in fields(RunRecord)}


def find(results: Path, *, world: str | None = None) -> Iterator[Run]:
    """Every finished run below a results folder, in path order.

    One whose record cannot be read, or lies where another run belongs, has its `fault` and nothing else: it never
    keeps the others from being read. Raises `InputError` where `results` is no folder.
    """
    root = os.path.join(results, "runs")  # noqa: PTH118
    for place in _folders(root, world):
        run_id = "/".join(place)
        yield _found(os.path.join(root, *place), run_id, place)  # noqa: PTH118


def require_writable(results: Path) -> None:
    """Raise `InputError` unless runs can be written below a results folder, or where it is to be. Makes nothing."""
    import tempfile

    place = results.absolute() / "runs"
    while not os.path.lexists(place):
        place = place.parent
    try:
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        raise InputError(
            f"{results}: runs cannot be written there ({error.strerror}); choose another --results"
        ) from error


def _folders(root: str, world: str | None) -> Iterator[tuple[str, str, str, str]]:
    """(world, protocol, method, run) of every folder that may be a run, in order."""
    for first in [world] if world is not None else _names(root):
        for second in _names(f"{root}/{first}"):
            for third in _names(f"{root}/{first}/{second}"):
                for name in _names(f"{root}/{first}/{second}/{third}"):
                    if name.startswith("s"):
                        yield first, second, third, name


def _names(folder: str) -> list[str]:
    """The folders in a folder by name, hidden ones left out; none where there is no such folder."""
    try:
        with os.scandir(folder) as entries:
            return sorted(one.name for one in entries if not one.name.startswith(".") and one.is_dir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise InputError(
            f"{folder}: no folder that can be read ({error.strerror}); choose another --results"
        ) from error


def _found(folder: str, run_id: str, place: tuple[str, str, str, str]) -> Run:
    try:
        record, sealed = records.read(f"{folder}/{records.FILE}")
        if record.id != run_id:
            raise DamagedError(f"{folder}/{records.FILE}: the record of another run, {record.id}")
    except InputError as error:
        return _unreadable(folder, run_id, place, str(error))
    return Run(**_stored(record), path=Path(folder), sealed=sealed)


def _unreadable(folder: str, run_id: str, place: tuple[str, str, str, str], fault: str) -> Run:
    """A run of which only its place is known."""
    world, protocol, method, name = place
    seed = name[1:].partition("-")[0]
    return Run(
        schema=SCHEMA_VERSION,
        id=run_id,
        world=world,
        demo=world == "demo",
        protocol=protocol,
        method=method,
        title=method,
        policy="answer",
        preset="unknown",
        seed=int(seed) if seed.isdecimal() else 0,
        created="",
        counts=Counts(),
        digests=Digests(),
        path=Path(folder),
        fault=fault,
    )
