"""`RunRecord`: what `run.json` holds, with its one reader, its one writer, its version and its migrations.

Adding a field: give it a default, and old files open as they are. Taking one away or changing its meaning: raise
`SCHEMA_VERSION` and add a step to `MIGRATIONS`, which turns parsed JSON of one version into the next one's. The JSON
Schema in `schemas/run.json` is written from these classes (`python -m benchmark.results.schemas`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.results.coverage import Coverage
from benchmark.results.shape import ShapeError, decode, encode
from protocols.errors import DamagedError, InputError
from protocols.files import digests_below, sha256_of, write_whole
from protocols.json_values import Json
from protocols.ledger import Ledger
from protocols.sealed import sealed_json, unsealed_json

if TYPE_CHECKING:
    from benchmark.results.scores import Scores

SCHEMA_VERSION = 2
FILE = "run.json"
TARGET_SCORES, DEV_SCORES, TEST_SCORES = "scores.parquet", "dev-scores.parquet", "test-scores.parquet"
COVARIATES, LOG, MODEL = "covariates.parquet", "log.jsonl", "model"
IMPORTED = "imported"
"""The preset of a run whose scores were made elsewhere."""


@dataclass(frozen=True)
class Digests:
    """SHA-256 of what a run was made from and of what it left; null where there is no such thing, or none is known.

    `source`, `target`, `extra`: prepared faces. `config`: method, settings, choices and recipe. `weights`: pretrained
    ones. `scores`, `dev_scores`, `test_scores` (the part of the sources that nobody trains on), `covariates`, `log`:
    the run's files.
    """

    source: str | None = None
    target: str | None = None
    extra: str | None = None
    recipe: str | None = None
    weights: str | None = None
    config: str | None = None
    scores: str | None = None
    dev_scores: str | None = None
    test_scores: str | None = None
    covariates: str | None = None
    log: str | None = None


@dataclass(frozen=True)
class Task:
    """The protocol: what captions call it, the releases trained on and decided on, the choices that are its own
    defaults, and the convention that it follows. Empty in runs made before records held it."""

    title: str = ""
    sources: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    defaults: Mapping[str, Json] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True)
class Model:
    """The trained model: SHA-256 of each of its files by path, null where none is recorded (schema 1); its id below
    `results/models`, null where it lies in the run's own folder (runs made before models had a place of their own)."""

    files: Mapping[str, str] | None = None
    id: str | None = None


@dataclass(frozen=True)
class Code:
    """The code that made a run: package version, commit, whether the checkout differed from it, digest of sources."""

    version: str | None = None
    commit: str | None = None
    dirty: bool | None = None
    sources: str | None = None


@dataclass(frozen=True)
class Stage:
    """What a step of a run cost: seconds, and the greatest memory in MiB."""

    wall_s: float = 0.0
    cpu_s: float = 0.0
    gpu_s: float = 0.0
    peak_mb: float = 0.0


@dataclass(frozen=True)
class Counts:
    """Presentations of the target in the score file, and how many the release has."""

    target: int | None = None
    bona_fide: int | None = None
    attack: int | None = None
    non_response: int | None = None
    expected_bona_fide: int | None = None
    expected_attack: int | None = None

    @classmethod
    def of(cls, scores: Scores, expected_bona_fide: int | None = None, expected_attack: int | None = None) -> Counts:
        """The counts of a score file; what is not said to be expected was expected as it is."""
        bona_fide = int(scores.bona_fide.sum())
        attack = len(scores) - bona_fide
        return cls(
            target=len(scores),
            bona_fide=bona_fide,
            attack=attack,
            non_response=int((~scores.responded).sum()),
            expected_bona_fide=bona_fide if expected_bona_fide is None else expected_bona_fide,
            expected_attack=attack if expected_attack is None else expected_attack,
        )


@dataclass(frozen=True)
class RunRecord:
    """All that is known of a finished run but its scores. Times are UTC (ISO 8601).

    `faces`: release -> digest of its prepared faces, of every release that was read; `listed`: of its list, which says
    what each presentation is (empty in earlier runs). `coverage`: what part of the
    target imported scores cover; None where the run found its presentations itself. `ledgers` say what became of the
    presentations of train, dev and target; `partial` that more was missing there than may be, and that whoever made
    the run allowed it. `unit`: what a row of the score file is, `presentation` or, where each is a decision of its
    own, `frame`.
    """

    schema: int
    id: str
    world: str
    demo: bool
    protocol: str
    method: str
    title: str
    policy: str
    preset: str
    seed: int
    created: str
    counts: Counts
    digests: Digests
    overrides: Mapping[str, Json] = field(default_factory=dict)
    settings: Mapping[str, Json] = field(default_factory=dict)
    choices: Mapping[str, Json] = field(default_factory=dict)
    recipe: Mapping[str, Json] = field(default_factory=dict)
    model: Model = field(default_factory=Model)
    task: Task = field(default_factory=Task)
    faces: Mapping[str, str] = field(default_factory=dict)
    listed: Mapping[str, str] = field(default_factory=dict)
    code: Code = field(default_factory=Code)
    packages: Mapping[str, str | None] = field(default_factory=dict)
    hardware: Mapping[str, Json] = field(default_factory=dict)
    stages: Mapping[str, Stage] = field(default_factory=dict)
    facts: Mapping[str, Json] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    overlaps: tuple[str, ...] = ()
    coverage: Coverage | None = None
    ledgers: tuple[Ledger, ...] = ()
    partial: bool = False
    unit: str = "presentation"

    def as_json(self) -> dict[str, Json]:
        """The record as `run.json` holds it."""
        return {one.name: encode(getattr(self, one.name)) for one in fields(RunRecord)}

    def write(self, folder: Path) -> None:
        """Write `run.json` into the folder of a run, whole and on the disk."""
        write_whole(folder / FILE, sealed_json(self.as_json()))

    def with_files(self, folder: Path) -> RunRecord:
        """The record with the digests of the files that lie in the run's folder."""

        def sha(name: str) -> str | None:
            return sha256_of(folder / name) if (folder / name).exists() else None

        digests = replace(
            self.digests,
            scores=sha(TARGET_SCORES),
            dev_scores=sha(DEV_SCORES),
            test_scores=sha(TEST_SCORES),
            covariates=sha(COVARIATES),
            log=sha(LOG),
        )
        model = self.model if self.model.id else Model(digests_below(folder / MODEL))
        return replace(self, digests=digests, model=model)


def read(file: Path | str) -> tuple[RunRecord, bool]:
    """The record in a `run.json` of this version or an earlier one, and whether it was sealed with a digest.

    Raises `DamagedError` for a file that is not what was written, `InputError` for one of a newer version.
    """
    try:
        with open(file, "rb") as handle:  # noqa: PTH123 (a tenth of Path's time, thousands of times)
            data = handle.read()
    except OSError as error:
        raise DamagedError(f"{file}: not a finished run ({error.strerror})") from error
    content = unsealed_json(data, file, unsealed_schema=1)
    version = content.get("schema")
    if type(version) is not int or version < 1:
        raise DamagedError(f"{file}: `schema` is no version number; restore the file or make the run again")
    if version > SCHEMA_VERSION:
        raise InputError(f"{file}: written by a newer version (schema {version}); update this package")
    for step in range(version, SCHEMA_VERSION):
        content = MIGRATIONS[step](content)
    try:
        record = decode(RunRecord, content)
    except ShapeError as error:
        raise DamagedError(f"{file}: {error}; restore the file or make the run again") from None
    if not record.id.startswith(f"{record.world}/{record.protocol}/{record.method}/s{record.seed}-"):
        raise DamagedError(f"{file}: its id {record.id!r} is not that of its world, protocol, method and seed")
    return record, version > 1


def _from_1(content: dict[str, Json]) -> dict[str, Json]:
    """Schema 1 had no digest of itself, of its log or of its model. Nothing was renamed."""
    return content | {"schema": 2}


MIGRATIONS: dict[int, Callable[[dict[str, Json]], dict[str, Json]]] = {1: _from_1}
"""Version -> how its parsed JSON becomes the next version's."""
