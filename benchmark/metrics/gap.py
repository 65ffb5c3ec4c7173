"""How much is lost from the domain that a method learnt to the one that it is tested on.

In-domain figures come from the part of the sources that nobody trained on: their unused test part, under the very
threshold that decides on the target. Sources without such a part are judged on their dev part, which has set that
threshold, and a note says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from benchmark.metrics.summary import counted
from benchmark.results.rates import NonResponse, Outcomes
from benchmark.results.runs import Run

if TYPE_CHECKING:
    from benchmark.metrics.thresholds import Policy
    from benchmark.results.scores import Scores


@dataclass(frozen=True)
class InDomain:
    """A run on its own sources: which part, what became of it, and the area under its ROC curve (non-responses are
    errors unless they are left out)."""

    part: Literal["test", "dev"]
    outcomes: Outcomes
    auc: float | None


def in_domain(run: Run, policy: Policy, non_response: NonResponse = "error") -> InDomain | None:
    """A run on its own sources under a policy; None where it kept no scores of them, or there is no threshold.

    Raises `DamagedError` for score files that are not those of the record.
    """
    from benchmark.metrics.roc import auc
    from benchmark.metrics.thresholds import UndefinedError, answered, decide

    part, scores = _part(run)
    if scores is None:
        return None
    try:
        decided = decide(policy, scores, run.dev_scores)
    except UndefinedError:
        return None
    found = counted(scores, decided.accepted, decided.responded)
    outcomes = Outcomes(found.counts, non_response)
    return InDomain(part, outcomes, auc(answered(scores, silent_is_error=non_response == "error")))


def _part(run: Run) -> tuple[Literal["test", "dev"], Scores | None]:
    if run.test_scores is not None:
        return "test", run.test_scores
    return "dev", run.dev_scores
