"""Run directories: where a run lies, what its `run.json` holds, and how finished runs are found again.

    <results>/runs/<world>/<protocol>/<method>/s<seed>-<config>/
        run.json  scores.parquet  dev-scores.parquet  log.jsonl  model/

A run exists once `run.json` stands in its final directory; work goes on under a name that starts with a dot, so nothing
that reads results ever sees half a run. `run.json`, schema 1 (all keys present; None where unknown):

    schema, id, world, demo, protocol, method, title, policy, preset, seed, created (UTC, ISO 8601)
    overrides   {setting: value} that differ from the preset; empty for a table's default rows
    settings, choices, recipe    {name: value}, complete
    digests     {source, target, recipe, weights, scores, dev_scores, config}
    code        {version, commit, dirty};  packages {name: version};  hardware {...}
    stages      {name: {wall_s, cpu_s, gpu_s, peak_mb}}
    counts      {target, bona_fide, attack, non_response, expected_bona_fide, expected_attack}
    facts       what the method tells about itself (prompt digest, pixel limits, base model, steps)
    warnings    [text], what the releases differ in from their published counts
    overlaps    [text], what train, dev and target share
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from protocols.errors import InputError

if TYPE_CHECKING:
    from benchmark.results.scores import Scores

SCHEMA_VERSION = 1
DEMO = "procedural faces and tiny models, says nothing about PAD accuracy"
"""What stands beside every figure of the demo world, whatever a row of it is called."""


@dataclass(frozen=True)
class Run:
    """A finished run on disk."""

    path: Path
    meta: dict[str, Any]

    @classmethod
    def open(cls, path: Path) -> Run:
        """Read a run directory. Raises `InputError` where there is none, or one of a newer schema."""
        file = path / "run.json"
        try:
            meta = json.loads(file.read_bytes())
        except (OSError, ValueError) as error:
            raise InputError(f"{file}: not a finished run ({error})") from error
        if meta.get("schema", 0) > SCHEMA_VERSION:
            raise InputError(f"{file}: written by a newer version (schema {meta['schema']}); update this package")
        meta.setdefault("overlaps", [])  # the first runs of this schema have them among their warnings
        return cls(path, meta)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.meta[name]
        except KeyError:
            raise AttributeError(name) from None

    @cached_property
    def scores(self) -> Scores:
        """The target's score file."""
        from benchmark.results.scores import Scores

        return Scores.read(self.path / "scores.parquet")

    @cached_property
    def dev_scores(self) -> Scores | None:
        """The score file of the source's dev part; None where the run has none (imported scores, no dev part)."""
        from benchmark.results.scores import Scores

        file = self.path / "dev-scores.parquet"
        return Scores.read(file) if file.exists() else None

    def log(self) -> list[dict[str, Any]]:
        """The training curve, one row per logged step; empty where the method logged nothing."""
        file = self.path / "log.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def find(results: Path, *, world: str | None = None) -> Iterator[Run]:
    """Every finished run below a results folder, in path order."""
    root = results / "runs"
    for file in sorted(root.glob(f"{world or '*'}/*/*/s*/run.json")):
        yield Run.open(file.parent)
