"""`ModelRecord`: what is known of a trained model. One reader, one writer, a version, a digest over the record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from benchmark.results.records import LOG, MODEL, Code, Stage
from benchmark.results.shape import ShapeError, decode, encode
from protocols.errors import DamagedError, InputError, unknown
from protocols.files import digests_below, sha256_of, write_whole
from protocols.json_values import Json
from protocols.ledger import Ledger
from protocols.sealed import sealed_json, unsealed_json

SCHEMA_VERSION = 1
FILE = "model.json"


@dataclass(frozen=True)
class ModelRecord:
    """A trained model. Times are UTC (ISO 8601).

    `identity`: everything that decides it (`benchmark.running.models`). `faces`: source -> digest of its faces.
    `files`: SHA-256 of each file of the model by path; `log`: of its training curve.
    """

    schema: int
    id: str
    world: str
    demo: bool
    method: str
    title: str
    preset: str
    seed: int
    created: str
    sources: tuple[str, ...] = ()
    identity: Mapping[str, Json] = field(default_factory=dict)
    settings: Mapping[str, Json] = field(default_factory=dict)
    choices: Mapping[str, Json] = field(default_factory=dict)
    recipe: Mapping[str, Json] = field(default_factory=dict)
    faces: Mapping[str, str] = field(default_factory=dict)
    weights: str | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    log: str | None = None
    code: Code = field(default_factory=Code)
    packages: Mapping[str, str | None] = field(default_factory=dict)
    hardware: Mapping[str, Json] = field(default_factory=dict)
    stages: Mapping[str, Stage] = field(default_factory=dict)
    facts: Mapping[str, Json] = field(default_factory=dict)
    ledgers: tuple[Ledger, ...] = ()

    def as_json(self) -> dict[str, Json]:
        """The record as `model.json` holds it."""
        return {one.name: encode(getattr(self, one.name)) for one in fields(ModelRecord)}

    def write(self, folder: Path) -> None:
        """Write `model.json` into a model's folder, whole and on the disk."""
        write_whole(folder / FILE, sealed_json(self.as_json()))

    def with_files(self, folder: Path) -> ModelRecord:
        """The record with the digests of the files that lie in the model's folder."""
        log = sha256_of(folder / LOG) if (folder / LOG).exists() else None
        return replace(self, files=digests_below(folder / MODEL) or {}, log=log)


def read(folder: Path) -> ModelRecord:
    """The record of a model. Raises `DamagedError` where there is none or it is not what was written, `InputError` for
    one of a newer version."""
    file = folder / FILE
    try:
        data = file.read_bytes()
    except OSError as error:
        raise DamagedError(f"{file}: not a trained model ({error.strerror})") from error
    content = unsealed_json(data, file)
    version = content.get("schema")
    if type(version) is int and version > SCHEMA_VERSION:
        raise InputError(f"{file}: written by a newer version (schema {version}); update this package")
    try:
        return decode(ModelRecord, content)
    except ShapeError as error:
        raise DamagedError(f"{file}: {error}; restore the file or train the model again") from None


def verify(folder: Path, record: ModelRecord) -> None:
    """Raise `DamagedError` unless every file of the model is the one that its record names."""
    found = digests_below(folder / MODEL) or {}
    for name in dict.fromkeys([*record.files, *found]):
        if found.get(name) != record.files.get(name):
            raise DamagedError(
                f"{folder / MODEL / name}: not what was trained (its digest differs from the record's); restore it or "
                "train the model again"
            )


def find(results: Path, *, world: str | None = None) -> Iterator[ModelRecord]:
    """Every trained model below a results folder, in order; one that cannot be read is left out."""
    for file in sorted((results / "models").glob(f"{world or '*'}/*/*/s*/{FILE}")):
        try:
            yield read(file.parent)
        except InputError:
            continue


def place_of(results: Path, word: str) -> Path:
    """The folder of a model by its id, which may be cut short if it stays clear. Raises `InputError`."""
    known = [record.id for record in find(results)]
    matching = [name for name in known if name == word] or [name for name in known if name.startswith(word)]
    if not matching:
        raise unknown("model", word, known)
    if len(matching) > 1:
        raise InputError(f"{word}: {len(matching)} models begin like this, such as {matching[0]}; write more of it")
    return results / "models" / matching[0]
