"""Every figure of a run as plain JSON, computed once and kept beside the scores, so that tables need no numpy.

`figures(run)` reads `figures.json` of the run's directory if it was made by this version from the very same score
files: size and modification time as recorded, or else the same SHA-256. Otherwise it computes and stores it anew; a
folder that cannot be written to only costs the time again. Keys of the dictionary:

    version, files   {file: {size, mtime_ns, sha256} or null}
    counts           bona_fide, attack, groups, bona_fide_groups, distinct (scores), tied (bona fide with an attack's),
                     non_response [bona fide, attack], texts, near_misses [bona fide, attack] (texts that only the
                     tolerant answer rule reads)
    policies         {name: {threshold, undefined, target, dev, intervals}}: `target` and `dev` are counts
                     {species: [n, wrong, silent]} of the same threshold, `undefined` the reason where there is none,
                     `intervals` {error|exclude: {frr|far|hter: [low, high] or null}} (bootstrap over groups)
    curves           {error|exclude: {eer, eer_threshold, auc, eer_interval, auc_interval,
                     bpcer_at_apcer {max|pooled: {percent: {errors, n, apcer, threshold} or null}}}}
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmark.metrics.rates import NON_RESPONSES, Count, NonResponse, Outcomes, Rate, tally
from benchmark.results.runs import Run

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from benchmark.metrics.intervals import ClusterBootstrap, Interval
    from benchmark.metrics.roc import Ranked
    from benchmark.metrics.thresholds import Policy
    from benchmark.results.scores import Scores

VERSION = 2
"""Of the figures: raise it whenever a definition changes, and every cache is computed anew."""
FILE = "figures.json"
SCORE_FILES = ("scores.parquet", "dev-scores.parquet")
APCER_PERCENT = (1, 5, 10, 20)


def figures(run: Run) -> dict[str, Any]:
    """A run's figures, from its cache where that is valid. Raises `InputError` for a missing or damaged score file."""
    folder = str(run.path)
    file = os.path.join(folder, FILE)  # noqa: PTH118
    try:
        with open(file, "rb") as handle:  # noqa: PTH123 (a tenth of Path's time, hundreds of times)
            cached = json.loads(handle.read())
        known = cached["files"] if cached["version"] == VERSION else None
    except (OSError, ValueError, KeyError, TypeError):
        known = None
    if known is not None and _unchanged(folder, known):
        return _spread(cached)
    if known is not None and all(_same_content(run.path / name, known.get(name)) for name in SCORE_FILES):
        cached["files"] = {name: _fingerprint(run.path / name) for name in SCORE_FILES}
    else:
        cached = json.loads(json.dumps(summarise(run), allow_nan=False))  # what the next reader will see
    _store(run.path / FILE, cached)
    return _spread(cached)


def policy_figures(run: Run, policy: Policy) -> dict[str, Any]:
    """The entry of one policy: the cached one where the summary has it, else computed from the score files."""
    cached = figures(run)["policies"].get(policy.name)
    if cached is not None:
        return cached
    entry = _policy(policy, run.scores, run.dev_scores, _bootstrap(run.scores))
    if entry["intervals"] is not None:
        entry["intervals"].setdefault("exclude", entry["intervals"]["error"])
    return entry


def outcomes(counts: dict[str, list[int]], non_response: NonResponse = "error") -> Outcomes:
    """The rates behind a `target` or `dev` entry."""
    return Outcomes({species: Count(*three) for species, three in counts.items()}, non_response)


def summarise(run: Run) -> dict[str, Any]:
    """Compute every figure of a run from its score files, as stored: without `exclude` where it would repeat `error`.

    Raises `InputError` for a missing or damaged score file. Callers want `figures`.
    """
    import numpy as np

    from benchmark.metrics.answers import near_misses, texts
    from benchmark.metrics.thresholds import DEFAULTS, parse

    files = {name: _fingerprint(run.path / name) for name in SCORE_FILES}
    target, dev = run.scores, run.dev_scores
    draws = _bootstrap(target)
    bona_fide, answer = target.bona_fide, target.responded
    silent = [int((side & ~answer).sum()) for side in (bona_fide, ~bona_fide)]
    answers = target.score[answer]
    shared = np.isin(target.score[answer & bona_fide], target.score[answer & ~bona_fide])
    conventions = NON_RESPONSES if any(silent) else NON_RESPONSES[:1]
    by_convention = {name: _curves(target, name, draws) for name in conventions}
    near = [bool(bona_fide[row]) for row in near_misses(target)]
    return {
        "version": VERSION,
        "files": files,
        "counts": {
            "bona_fide": int(bona_fide.sum()),
            "attack": int((~bona_fide).sum()),
            "groups": draws.clusters,
            "bona_fide_groups": len(set(target.group[bona_fide].tolist())),
            "distinct": len(np.unique(answers)),
            "tied": int(shared.sum()),
            "non_response": silent,
            "texts": texts(target),
            "near_misses": [near.count(True), near.count(False)],
        },
        "policies": {name: _policy(parse(name), target, dev, draws) for name in DEFAULTS},
        "curves": by_convention,
    }


def _bootstrap(scores: Scores) -> ClusterBootstrap:
    from benchmark.metrics.intervals import ClusterBootstrap

    return ClusterBootstrap(scores.group)


def _policy(policy: Policy, target: Scores, dev: Scores | None, draws: ClusterBootstrap) -> dict[str, Any]:
    from benchmark.metrics.intervals import percentile
    from benchmark.metrics.thresholds import UndefinedError, decide

    try:
        decided = decide(policy, target, dev)
    except UndefinedError as error:
        return dict.fromkeys(("threshold", "target", "dev", "intervals")) | {"undefined": str(error)}
    responded = decided.responded
    found = counted(target, decided.accepted, responded)
    wrong = (decided.accepted != target.bona_fide) | ~responded
    intervals = {}
    for convention in NON_RESPONSES if not responded.all() else NON_RESPONSES[:1]:
        among = responded if convention == "exclude" else responded | True
        replicates = draws.hter(wrong, target.bona_fide, among)
        intervals[convention] = {
            name: _pair(percentile(row)) for name, row in zip(("frr", "far", "hter"), replicates, strict=True)
        }
    return {
        "threshold": _number(decided.threshold),
        "undefined": None,
        "target": found.counts,
        "dev": None if dev is None else _on_dev(policy, dev, decided.threshold),
        "intervals": intervals,
    }


def _on_dev(policy: Policy, dev: Scores, threshold: float | None) -> Mapping[str, Count] | None:
    """The counts of the source's dev part: at the target's threshold, or by its own answers where it has any."""
    from benchmark.metrics.thresholds import Answer

    if threshold is not None:
        return counted(dev, dev.score >= threshold, dev.responded).counts
    if not isinstance(policy, Answer) or not dev.has_answers:
        return None
    decided = policy.decide(dev)
    return counted(dev, decided.accepted, decided.responded).counts


def counted(scores: Scores, accepted: NDArray[np.bool_], responded: NDArray[np.bool_]) -> Outcomes:
    """What became of the presentations of a score file: `accepted` and `responded`, one per presentation."""
    import numpy as np

    names, species = scores.codes("species")
    times = np.bincount(4 * species + 2 * accepted + responded, minlength=4 * len(names)).tolist()
    return tally({(names[i // 4], bool(i & 2), bool(i & 1)): n for i, n in enumerate(times) if n})


def _curves(target: Scores, convention: NonResponse, draws: ClusterBootstrap) -> dict[str, Any]:
    from fractions import Fraction

    import numpy as np

    from benchmark.metrics.intervals import ClusterBootstrap, percentile
    from benchmark.metrics.roc import auc, bpcer_at_apcer, eer
    from benchmark.metrics.thresholds import by_species

    errors = convention == "error"
    bona_fide, answer = target.bona_fide, target.responded
    sides = _pooled(target, errors)
    point = eer(sides)
    score = np.where(answer, target.score, np.where(bona_fide, -np.inf, np.inf))
    if not errors:
        draws = ClusterBootstrap(target.group[answer])
        score, bona_fide = score[answer], bona_fide[answer]
    replicates = draws.eer_auc(score, bona_fide) if point is not None else None
    worst = list(by_species(target, silent_is_error=errors).values())
    return {
        "eer": None if point is None else point.hter,
        "eer_threshold": None if point is None else _number(point.threshold),
        "auc": auc(sides),
        "eer_interval": None if replicates is None else _pair(percentile(replicates[0])),
        "auc_interval": None if replicates is None else _pair(percentile(replicates[1])),
        "bpcer_at_apcer": {
            kind: {str(p): _point(bpcer_at_apcer(ranked, Fraction(p, 100))) for p in APCER_PERCENT}
            for kind, ranked in (("max", worst), ("pooled", [sides]))
        },
    }


def _pooled(scores: Scores, silent_is_error: bool) -> Ranked:
    from dataclasses import replace

    from benchmark.metrics.thresholds import answered

    sides = answered(scores)
    if not silent_is_error:
        return sides
    silent = ~scores.responded
    return replace(
        sides,
        silent_bona_fide=int((silent & scores.bona_fide).sum()),
        silent_attack=int((silent & ~scores.bona_fide).sum()),
    )


def _point(point: Any) -> dict[str, Any] | None:
    if point is None:
        return None
    rate: Rate = point.frr
    return {
        "errors": rate.errors,
        "n": rate.n,
        "apcer": point.far.value,
        "threshold": _number(point.threshold),
    }


def _pair(interval: Interval | None) -> list[float] | None:
    """Six decimals: 1000 replicates know three, and tables read hundreds of these files."""
    return None if interval is None else [round(interval.low, 6), round(interval.high, 6)]


def _number(value: float | None) -> float | str | None:
    """JSON has no infinities: they become the words that `float` reads."""
    return value if value is None or math.isfinite(value) else str(value)


def _fingerprint(file: Path) -> dict[str, Any] | None:
    try:
        stat = file.stat()
    except FileNotFoundError:
        return None
    return {"size": stat.st_size, "mtime_ns": stat.st_mtime_ns, "sha256": _sha256(file)}


def _spread(cached: dict[str, Any]) -> dict[str, Any]:
    """Where everyone answered, `exclude` is the same as `error` and is not stored twice."""
    for kinds in (cached["curves"], *(entry["intervals"] for entry in cached["policies"].values())):
        if kinds is not None:
            kinds.setdefault("exclude", kinds["error"])
    return cached


def _unchanged(folder: str, known: dict[str, Any]) -> bool:
    for name in SCORE_FILES:
        recorded = known.get(name)
        try:
            stat = os.stat(os.path.join(folder, name))  # noqa: PTH116, PTH118
        except FileNotFoundError:
            if recorded is not None or name == SCORE_FILES[0]:
                return False
            continue
        if recorded is None or (stat.st_size, stat.st_mtime_ns) != (recorded["size"], recorded["mtime_ns"]):
            return False
    return True


def _same_content(file: Path, recorded: dict[str, Any] | None) -> bool:
    if recorded is None or not file.exists():
        return recorded is None and not file.exists()
    return file.stat().st_size == recorded["size"] and _sha256(file) == recorded["sha256"]


def _sha256(file: Path) -> str:
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _store(file: Path, content: dict[str, Any]) -> None:
    """Keep the figures if the folder can be written to; they can always be computed again."""
    part = file.with_name(f".{file.name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        try:
            part.write_text(json.dumps(content, allow_nan=False, separators=(",", ":")))
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)
