"""JSON Schemas of `run.json` and `figures.json`, written from the records by `python -m benchmark.results.schemas`."""

from __future__ import annotations

import json
from importlib import resources

from benchmark.results.shape import schema
from protocols.json_values import Json

NAMES = ("run", "figures")


def current(name: str) -> dict[str, Json]:
    """The schema of today's record: `run` or `figures`."""
    if name == "run":
        from benchmark.results.records import RunRecord

        return _sealed(schema(RunRecord, "run.json of a finished run"))
    from benchmark.results.figures import Figures

    return _sealed(schema(Figures, "figures.json: every figure of a run, kept beside its scores"))


def _sealed(content: dict[str, Json]) -> dict[str, Json]:
    """A file holds its record and, first of all, the digest of it."""
    digest: Json = {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "SHA-256 of all that follows it"}
    reference = content.pop("$ref")
    return content | {"allOf": [{"$ref": reference}], "properties": {"digest": digest}, "required": ["digest"]}


def shipped(name: str) -> dict[str, Json]:
    """The schema that lies in the package."""
    found: dict[str, Json] = json.loads((resources.files(__package__) / f"{name}.json").read_text(encoding="utf-8"))
    return found
