"""Run directories with made-up scores, for tests of everything that reads results."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.results.runs import SCHEMA_VERSION, Run
from benchmark.results.scores import Scores

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
    **meta: Any,
) -> Run:
    """Write a whole run directory and open it. `meta` replaces or adds keys of `run.json`; `dev=None` writes none."""
    target = protocol.split("2", 1)[1]
    scores = made_up_scores(release=TARGETS.get(target, target)) if scores is None else scores
    overrides = meta.get("overrides", {})
    config = hashlib.sha256(json.dumps([method, overrides], sort_keys=True).encode()).hexdigest()
    path = results / "runs" / world / protocol / method / f"s{seed}-{config[:8]}"
    path.mkdir(parents=True)
    scores.write(path / "scores.parquet")
    if dev is not None:
        dev.write(path / "dev-scores.parquet")
    sides = {"bona_fide": int(scores.bona_fide.sum()), "attack": int((~scores.bona_fide).sum())}
    content = {
        "schema": SCHEMA_VERSION,
        "id": f"{world}/{protocol}/{method}/s{seed}-{config[:8]}",
        "world": world,
        "demo": world == "demo",
        "protocol": protocol,
        "method": method,
        "title": method.upper(),
        "policy": "answer" if dev is None else "source-eer",
        "preset": "demo" if world == "demo" else "paper",
        "seed": seed,
        "created": "2026-01-01T00:00:00+00:00",
        "overrides": overrides,
        "settings": {},
        "choices": {},
        "recipe": {},
        "digests": {
            "source": "a" * 64,
            "target": "b" * 64,
            "recipe": "c" * 64,
            "weights": None,
            "scores": _sha256(path / "scores.parquet"),
            "dev_scores": None if dev is None else _sha256(path / "dev-scores.parquet"),
            "config": config,
        },
        "code": {"version": "0", "commit": "0123456789abcdef", "dirty": False},
        "packages": {},
        "hardware": {"cpu": "test"},
        "stages": {
            "fit": {"wall_s": 2.0, "cpu_s": 3.0, "gpu_s": 0.0, "peak_mb": 100.0},
            "predict": {"wall_s": 1.0, "cpu_s": 1.5, "gpu_s": 0.0, "peak_mb": 120.0},
        },
        "counts": {
            "target": len(scores),
            **sides,
            "non_response": int((~scores.responded).sum()),
            **{f"expected_{side}": n for side, n in sides.items()},
        },
        "facts": {},
        "warnings": [],
        "overlaps": [],
    }
    content |= meta
    (path / "run.json").write_text(json.dumps(content))
    return Run.open(path)


def rewrite(run: Run, change: Callable[[dict[str, Any]], Mapping[str, Any]]) -> Run:
    """Change a run's `run.json` and open it again."""
    (run.path / "run.json").write_text(json.dumps(change(dict(run.meta))))
    return Run.open(run.path)


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
