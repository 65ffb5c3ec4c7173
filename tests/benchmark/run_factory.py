"""Run directories with made-up scores, for tests of everything that reads results."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.results.covariates import Covariates
from benchmark.results.records import SCHEMA_VERSION, Code, Counts, Digests, RunRecord, Stage
from benchmark.results.runs import Run
from benchmark.results.scores import Scores
from protocols.sealed import sealed_json

TARGETS = {"hqwmca": "hq-wmca", "siw": "siw-mv2"}
SPECIES = ("print", "replay", "rigid mask")


def made_up_scores(
    *,
    release: str = "hq-wmca",
    bona_fide: int = 40,
    attack: int = 60,
    separation: float = 2.0,
    silent: int = 0,
    species: Iterable[str] = SPECIES,
    per_group: int = 2,
    seed: int = 0,
) -> Scores:
    """Normal scores around +-separation / 2, attacks spread over `species`; `silent` of each side have none."""
    random = np.random.default_rng(seed)
    kinds = tuple(species)
    rows = []
    for label, n, centre in (("bona fide", bona_fide, separation / 2), ("attack", attack, -separation / 2)):
        for i, score in enumerate(random.normal(centre, 1.0, n).tolist()):
            mute = i >= n - silent
            rows.append(
                {
                    "id": f"{label}-{i:05d}",
                    "release": release,
                    "label": label,
                    "species": kinds[i % len(kinds)] if label == "attack" else "bona fide",
                    "native_code": label,
                    "group": f"{label}-subject-{i // per_group:04d}",
                    "score": None if mute else score,
                    "decision": "non-response" if mute else "bona fide" if score >= 0 else "attack",
                    "reason": "no face found" if mute else None,
                    "text": None,
                    "frames": 4,
                }
            )
    return Scores.of(rows)


def spoken(scores: Scores) -> Scores:
    """The same scores as a language model's: a text for each; the silent have the sides' near misses, the last of a
    side excepted, whose text says nothing."""
    rows, seen = scores.rows(), Counter[str]()
    silent = Counter(row["label"] for row in rows if row["decision"] == "non-response")
    for row in rows:
        said = "real" if row["decision"] == "bona fide" else "fake"
        text = f"<thinking>x</thinking><answer>{said}</answer>"
        if row["decision"] == "non-response":
            seen[row["label"]] += 1
            right = "real" if row["label"] == "bona fide" else "fake"
            text = f"<thinking>y</thinking><answer>The face is **{right}**.</answer>"
            row["reason"] = "unparsable answer"
            if seen[row["label"]] == silent[row["label"]]:
                text = "<thinking>y</thinking><answer>not sure</answer>"
        row["text"] = text
    return Scores.of(rows)


def write_run(
    results: Path,
    scores: Scores | None = None,
    *,
    method: str = "ms-lbp",
    protocol: str = "cefa2hqwmca",
    seed: int = 0,
    world: str = "demo",
    dev: Scores | None = None,
    log: Iterable[Mapping[str, Any]] = (),
    known: Iterable[Mapping[str, str]] = (),
    **changes: Any,
) -> Run:
    """Write a whole run directory, as the runner does, and open it. `changes` replace fields of the record; those of
    its parts may be given as mappings (`counts={"expected_attack": 90}`). `dev=None` writes no dev scores, no
    `log` no training curve; `known`: the covariates of each row, if there are any."""
    target = protocol.split("2", 1)[1]
    scores = made_up_scores(release=TARGETS.get(target, target)) if scores is None else scores
    config = hashlib.sha256(json.dumps([method, changes.get("overrides", {})], sort_keys=True).encode()).hexdigest()
    name = f"{world}/{protocol}/{method}/s{seed}-{config[:8]}"
    path = results / "runs" / name
    path.mkdir(parents=True)
    scores.write(path / "scores.parquet")
    if dev is not None:
        dev.write(path / "dev-scores.parquet")
    if covariates := Covariates.of(zip(scores.id, scores.release, known or [{}] * len(scores), strict=True)):
        covariates.write(path / "covariates.parquet")
    if curve := "".join(json.dumps(row) + "\n" for row in log):
        (path / "log.jsonl").write_text(curve)
    record = RunRecord(
        schema=SCHEMA_VERSION,
        id=name,
        world=world,
        demo=world == "demo",
        protocol=protocol,
        method=method,
        title=method.upper(),
        policy="answer" if dev is None else "source-eer",
        preset="demo" if world == "demo" else "paper",
        seed=seed,
        created="2026-01-01T00:00:00+00:00",
        counts=Counts.of(scores),
        digests=Digests(source="a" * 64, target="b" * 64, recipe="c" * 64, config=config),
        code=Code("0", "0123456789abcdef", False),
        hardware={"cpu": "test"},
        stages={"fit": Stage(2.0, 3.0, 0.0, 100.0), "predict": Stage(1.0, 1.5, 0.0, 120.0)},
    )
    replace(record, **{key: _typed(record, key, value) for key, value in changes.items()}).with_files(path).write(path)
    return Run.open(path)


def _typed(record: RunRecord, name: str, value: Any) -> Any:
    part = getattr(record, name)
    return replace(part, **value) if is_dataclass(part) and isinstance(value, Mapping) else value


def rewrite(run: Run, change: Callable[[dict[str, Any]], Mapping[str, Any]]) -> Run:
    """Change what a run's `run.json` says, under a seal of its own, and open it again."""
    (run.path / "run.json").write_bytes(sealed_json(dict(change(run.as_json()))))
    return Run.open(run.path)
