"""Every figure of a run, computed once and kept beside the scores, so that tables need no numpy.

`figures(run)` reads `figures.json` of the run's directory if it was made by this version from the very score files that
the run's record names: size and times as recorded, or else the same SHA-256. Otherwise it computes and stores it anew;
a folder that cannot be written to only costs the time again. Score files that are not those of the record raise
`DamagedError`, and so does a file that the record names and that is gone.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from benchmark.results import figures as stored
from benchmark.results.figures import (
    Bounds,
    Curves,
    Figures,
    FileState,
    OperatingPoint,
    PolicyFigures,
    RateIntervals,
    SetCounts,
)
from benchmark.results.rates import NON_RESPONSES, Count, NonResponse, Outcomes, tally
from benchmark.results.records import DEV_SCORES, TARGET_SCORES
from benchmark.results.runs import Run
from protocols.errors import DamagedError
from protocols.files import sha256_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from benchmark.metrics.intervals import ClusterBootstrap, Interval
    from benchmark.metrics.roc import Point, Ranked
    from benchmark.metrics.thresholds import Policy
    from benchmark.results.scores import Scores

APCER_PERCENT = (1, 5, 10, 20)


def figures(run: Run) -> Figures:
    """A run's figures, from its cache where that is valid. Raises `DamagedError` for a missing or changed file."""
    if run.fault is not None:
        raise DamagedError(run.fault)
    folder = os.fspath(run.path)
    cached = stored.read(os.path.join(folder, stored.FILE))  # noqa: PTH118 (a tenth of Path's time, thousands of times)
    if cached is not None:
        if _unchanged(folder, run, cached.files):
            return cached
        if all(_same_content(run, name, state) for name, state in cached.files.items()):
            cached = replace(cached, files=_states(run))
            cached.write(run.path)
            return cached
    made = summarise(run)
    made.write(run.path)
    return made


def policy_figures(run: Run, policy: Policy, known: Figures | None = None) -> PolicyFigures:
    """The figures of one policy: the cached ones where the summary has them, else computed from the score files."""
    known = known or figures(run)
    found = known.policies.get(policy.name)
    return found or _policy(policy, run.scores, run.dev_scores, _bootstrap(run.scores))


def summarise(run: Run) -> Figures:
    """Compute every figure of a run from its score files. Raises `DamagedError`. Callers want `figures`."""
    import numpy as np

    from benchmark.metrics.answers import near_misses, texts
    from benchmark.metrics.polarity import backwards
    from benchmark.metrics.thresholds import DEFAULTS, parse

    files = _states(run)
    target, dev = run.scores, run.dev_scores
    draws = _bootstrap(target)
    bona_fide, answer = target.bona_fide, target.responded
    answers = target.score[answer]
    shared = np.isin(target.score[answer & bona_fide], target.score[answer & ~bona_fide])
    conventions = NON_RESPONSES if not answer.all() else NON_RESPONSES[:1]
    return Figures(
        version=stored.VERSION,
        files=files,
        counts=SetCounts(
            bona_fide=int(bona_fide.sum()),
            attack=int((~bona_fide).sum()),
            groups=draws.clusters,
            bona_fide_groups=len(set(target.group[bona_fide].tolist())),
            distinct=len(np.unique(answers)),
            tied=int(shared.sum()),
            silent_bona_fide=int((bona_fide & ~answer).sum()),
            silent_attack=int((~bona_fide & ~answer).sum()),
            texts=texts(target),
            near_misses=len(near_misses(target)),
        ),
        policies={name: _policy(parse(name), target, dev, draws) for name in DEFAULTS},
        curves={name: _curves(target, name, draws) for name in conventions},
        backwards=backwards(target),
    )


def _bootstrap(scores: Scores) -> ClusterBootstrap:
    from benchmark.metrics.intervals import ClusterBootstrap

    return ClusterBootstrap(scores.group)


def _policy(policy: Policy, target: Scores, dev: Scores | None, draws: ClusterBootstrap) -> PolicyFigures:
    import numpy as np

    from benchmark.metrics.thresholds import UndefinedError, decide

    try:
        decided = decide(policy, target, dev)
    except UndefinedError as error:
        return PolicyFigures(undefined=str(error))
    responded = decided.responded
    wrong = (decided.accepted != target.bona_fide) | ~responded
    outcomes = counted(target, decided.accepted, responded)
    intervals: dict[str, RateIntervals] = {}
    for convention in NON_RESPONSES if not responded.all() else NON_RESPONSES[:1]:
        among = responded if convention == "exclude" else np.ones_like(responded)
        replicates = draws.hter(wrong, target.bona_fide, among)
        intervals[convention] = _rate_intervals(replace(outcomes, non_response=convention), replicates)
    return PolicyFigures(
        threshold=decided.threshold,
        target=outcomes.counts,
        dev=None if dev is None else _on_dev(policy, dev, decided.threshold),
        intervals=intervals,
    )


def _rate_intervals(outcomes: Outcomes, replicates: NDArray[np.float64]) -> RateIntervals:
    """Intervals of FRR, FAR and HTER from their replicates.

    Resampling says nothing of a rate that no replicate can change: one of 0 or 1 (its interval would be a point,
    beside an upper bound by the rule of 3), or one of too few clusters. Such a rate has Clopper and Pearson's, and an
    HTER of two such rates the mean of their bounds, which is wider than need be.
    """
    from benchmark.metrics.intervals import clopper_pearson, percentile

    rates = outcomes.frr, outcomes.far
    found = [percentile(row) for row in replicates]
    fixed = [rate.errors in (0, rate.n) or one is None for rate, one in zip(rates, found[:2], strict=True)]
    sides = [clopper_pearson(rate) if f else one for rate, f, one in zip(rates, fixed, found[:2], strict=True)]
    frr, far = (_bounds(side) for side in sides)
    hter = _bounds(found[2])
    if frr is not None and far is not None and (all(fixed) or hter is None):
        hter = Bounds(round((frr.low + far.low) / 2, 6), round((frr.high + far.high) / 2, 6))
    return RateIntervals(frr, far, hter)


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


def _curves(target: Scores, convention: NonResponse, draws: ClusterBootstrap) -> Curves:
    from fractions import Fraction

    import numpy as np

    from benchmark.metrics.intervals import ClusterBootstrap, percentile
    from benchmark.metrics.roc import auc, bpcer_at_apcer, eer
    from benchmark.metrics.thresholds import answered, by_species

    errors = convention == "error"
    bona_fide, answer = target.bona_fide, target.responded
    sides: Ranked = answered(target, silent_is_error=errors)
    point = eer(sides)
    score = np.where(answer, target.score, np.where(bona_fide, -np.inf, np.inf))
    if not errors:
        draws = ClusterBootstrap(target.group[answer])
        score, bona_fide = score[answer], bona_fide[answer]
    replicates = draws.eer_auc(score, bona_fide) if point is not None else None
    worst = list(by_species(target, silent_is_error=errors).values())
    return Curves(
        eer=None if point is None else point.hter,
        eer_threshold=None if point is None else point.threshold,
        auc=auc(sides),
        eer_interval=None if replicates is None else _bounds(percentile(replicates[0])),
        auc_interval=None if replicates is None else _bounds(percentile(replicates[1])),
        bpcer_at_apcer={
            kind: {str(p): _point(bpcer_at_apcer(ranked, Fraction(p, 100))) for p in APCER_PERCENT}
            for kind, ranked in (("max", worst), ("pooled", [sides]))
        },
    )


def _point(point: Point | None) -> OperatingPoint | None:
    if point is None or point.far.value is None:
        return None
    return OperatingPoint(point.frr.errors, point.frr.n, point.far.value, point.threshold)


def _bounds(interval: Interval | None) -> Bounds | None:
    """Six decimals: 1000 replicates know three, and tables read hundreds of these files."""
    return None if interval is None else Bounds(round(interval.low, 6), round(interval.high, 6))


def _recorded(run: Run) -> dict[str, str | None]:
    """Score file -> the digest in the run's record, None for a file that the run does not have."""
    return {TARGET_SCORES: run.digests.scores, DEV_SCORES: run.digests.dev_scores}


def _states(run: Run) -> dict[str, FileState | None]:
    """The score files as they lie there, checked against the run's record."""
    states: dict[str, FileState | None] = {}
    for name, recorded in _recorded(run).items():
        states[name] = None
        if recorded is None and name == DEV_SCORES:
            continue
        file = run.path / name
        try:
            stat, digest = file.stat(), sha256_of(file)
        except OSError as error:
            raise DamagedError(f"{file}: cannot be read ({error.strerror}); restore it or make the run again") from None
        if recorded is not None and digest != recorded:
            raise DamagedError(
                f"{file}: not the score file that the run's record names; restore it or make the run again"
            )
        states[name] = FileState(stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, digest)
    return states


def _unchanged(folder: str, run: Run, states: Mapping[str, FileState | None]) -> bool:
    """Whether the score files are, by size and times, those that the figures were made from and the record names."""
    for name, recorded in _recorded(run).items():
        state = states.get(name)
        if state is None:
            if recorded is not None or name == TARGET_SCORES:
                return False
            continue
        if state.sha256 != recorded:
            return False
        try:
            now = os.stat(os.path.join(folder, name))  # noqa: PTH116, PTH118
        except OSError:
            return False
        if (now.st_size, now.st_mtime_ns, now.st_ctime_ns) != (state.size, state.mtime_ns, state.ctime_ns):
            return False
    return True


def _same_content(run: Run, name: str, state: FileState | None) -> bool:
    """Whether a score file still holds what the figures were made from, whatever its times say."""
    recorded = _recorded(run).get(name)
    if state is None or recorded is None:
        return state is None and recorded is None
    return state.sha256 == recorded and (run.path / name).is_file() and sha256_of(run.path / name) == recorded
