"""One run under one threshold policy: its figures, why it has none, and what must be said of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from benchmark.metrics.significance import Spread, over_seeds
from benchmark.metrics.species import SpeciesRate, breakdown
from benchmark.metrics.summary import figures, policy_figures
from benchmark.metrics.thresholds import Answer, Policy
from benchmark.results.figures import Bounds, Curves, Figures, PolicyFigures
from benchmark.results.rates import NonResponse, Outcomes
from benchmark.results.records import IMPORTED
from benchmark.results.runs import Run
from benchmark.results.task import subset_of, title_of
from protocols.errors import DamagedError


@dataclass(frozen=True)
class Measured:
    """One run under one policy. `outcomes` is None where the cell must be a dash; `why` says the reason.

    `figures` is None where the run's files cannot be trusted: `fault` is True then, and the command ends with code 1.
    """

    run: Run
    policy: Policy
    figures: Figures | None
    entry: PolicyFigures
    outcomes: Outcomes | None
    on_dev: Outcomes | None
    why: str | None
    notes: tuple[str, ...]
    fault: bool = False

    @property
    def curves(self) -> Curves | None:
        """EER, AUC and BPCER at APCER under the same convention for non-responses; None where the cell is a dash."""
        if self.outcomes is None or self.figures is None:
            return None
        return self.figures.curves_of(self.outcomes.non_response)

    @property
    def texts(self) -> int:
        """Presentations of the target that have a text."""
        return 0 if self.figures is None else self.figures.counts.texts

    @property
    def near_misses(self) -> int:
        """Texts that only the tolerant answer rule reads."""
        return 0 if self.figures is None else self.figures.counts.near_misses

    @property
    def species(self) -> list[SpeciesRate]:
        """The breakdown by PAI species; empty where the cell is a dash."""
        return [] if self.outcomes is None else breakdown(self.outcomes, self.interval("frr"))

    def interval(self, rate: str) -> Bounds | None:
        """The 95 % interval of `frr`, `far` or `hter` under the same convention."""
        return None if self.outcomes is None else self.entry.interval(rate, self.outcomes.non_response)


def measure(run: Run, policy: Policy, non_response: NonResponse, known: Figures | None = None) -> Measured:
    """A run under a policy, from its summary (`known`, if it was read before). A run whose files cannot be trusted has
    no figures and says why."""
    try:
        known = known or figures(run)
        entry = policy_figures(run, policy, known)
    except DamagedError as error:
        return Measured(run, policy, None, PolicyFigures(undefined=str(error)), None, None, str(error), (), fault=True)
    why = partial(run, known)
    if why is None and entry.undefined is not None:
        why = f"no threshold: {entry.undefined}"
    result = on_dev = None
    if why is None:
        result, on_dev = entry.on_target(non_response), entry.on_dev(non_response)
    notes = tuple(_notes(run, policy, known, entry, non_response))
    return Measured(run, policy, known, entry, result, on_dev, why, notes)


def partial(run: Run, known: Figures) -> str | None:
    """Why a run does not stand for its whole target set, or None. The score file's own counts decide."""
    covered = run.coverage
    if covered is not None and covered.lacking:
        return None if covered.partial else f"partial target set: {covered.text}"
    for side, expected, have in (
        ("bona fide", run.counts.expected_bona_fide, known.counts.bona_fide),
        ("attack", run.counts.expected_attack, known.counts.attack),
    ):
        if expected is not None and expected != have:
            return f"partial target set: {have} of {expected} {side} presentations"
    return None


def _notes(run: Run, policy: Policy, known: Figures, entry: PolicyFigures, non_response: NonResponse) -> Iterable[str]:
    if run.code.dirty:
        yield "made from code with uncommitted changes"
    if not run.demo and run.preset not in ("paper", IMPORTED):
        yield f"preset {run.preset}, not the paper's settings"
    if (subset := subset_of(run)) is not None:
        yield f"target: {subset}"
    if run.unit == "frame":
        yield "frame-wise: every frame is a decision of its own, so that n counts frames"
    if run.preset == IMPORTED:
        yield "scores made elsewhere and imported"
    if not run.sealed:
        yield "recorded by an earlier version, without a digest of the record itself"
    covered = run.coverage
    if covered is not None and covered.named is None:
        yield "coverage not checked: the target release was not there when the scores were imported"
    elif covered is not None and covered.lacking:
        yield f"figures of a part of the target, as asked for: {covered.text}"
    if known.backwards is not None:
        yield f"scores rank the wrong way round (AUC {100 * known.backwards:.2f} %): high ones mean an attack"
    silent = sum(count.silent for count in (entry.target or {}).values())
    if silent and non_response == "exclude":
        n = known.counts.bona_fide + known.counts.attack
        yield f"{silent} of {n} presentations without an answer left out"
    if isinstance(policy, Answer) and known.counts.near_misses:
        of = f"{known.counts.near_misses} of {known.counts.texts} texts"
        yield (
            f"{of} are read by the tolerant answer rule only"
            if policy.rule == "tolerant"
            else f"{of} are near misses of the strict answer rule (see `--answer-rule tolerant`)"
        )


def remarks(measured: Sequence[Measured]) -> str:
    """What a caption says of its runs: the rule by which texts were read, and the lists to which targets were narrowed;
    empty where no decision came from a text and every target is whole."""
    rules = {m.policy.rule for m in measured if isinstance(m.policy, Answer) and m.texts}
    return (f" Answer rule: {' and '.join(sorted(rules))}." if rules else "") + subsets(m.run for m in measured)


def subsets(runs: Iterable[Run]) -> str:
    """What a caption says of the lists to which targets of runs were narrowed; empty where all targets are whole."""
    found = {run.id: (title_of(run), subset_of(run)) for run in runs if run.fault is None}
    texts = {f"{title}: {subset}" for title, subset in found.values() if subset is not None}
    some = " (rows that say so)" if any(subset is None for _, subset in found.values()) else ""
    return f" Narrowed target{some}: {'; '.join(sorted(texts))}." if texts else ""


def provenance(measured: Measured) -> dict[str, object]:
    """What a cell tells about a run: identity, code, data, size, policy."""
    run, known = measured.run, measured.figures
    counts = None if known is None else known.counts
    return {
        "id": run.id,
        "seed": run.seed,
        "commit": run.code.commit,
        "dirty": run.code.dirty,
        "source_digest": run.digests.source,
        "target_digest": run.digests.target,
        "scores_digest": run.digests.scores,
        "bona_fide": counts and counts.bona_fide,
        "attack": counts and counts.attack,
        "non_response": counts and counts.non_response,
        "groups": counts and counts.groups,
        "policy": measured.policy.name,
        "threshold": measured.entry.threshold,
    }


def spread(measured: Sequence[Measured], figure: Callable[[Outcomes], float | None]) -> Spread | None:
    """A figure over seeds; None if any of them is a dash."""
    return over_seeds([None if m.outcomes is None else figure(m.outcomes) for m in measured])
