"""Figures without a threshold of their own, read off the target's labels: they describe the scores alone."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from benchmark.metrics.summary import APCER_PERCENT
from benchmark.results.rates import Rate
from benchmark.tables.metric import metric

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmark.results.figures import Bounds
    from benchmark.tables.measured import Measured

SEEN = "read off the target's own labels, no result of a fixed system"


def _eer_interval(m: Measured) -> Bounds | None:
    return None if m.curves is None else m.curves.eer_interval


def _auc_interval(m: Measured) -> Bounds | None:
    return None if m.curves is None else m.curves.auc_interval


@metric("eer", about=f"EER: {SEEN}", interval=_eer_interval, rank="least", threshold=False)
def eer(m: Measured) -> float | None:
    """Where FRR and FAR are equal."""
    return None if m.curves is None else m.curves.eer


@metric(
    "auc",
    about=f"AUC, in %: {SEEN}",
    interval=_auc_interval,
    printed=attrgetter("auc"),
    rank="greatest",
    threshold=False,
)
def auc(m: Measured) -> float | None:
    """Area under the ROC curve."""
    return None if m.curves is None else m.curves.auc


def _point(m: Measured, kind: str, bound: int) -> Rate | None:
    """BPCER at the greatest APCER (`max`: of every species, `pooled`: FAR) within a bound in %."""
    point = None if m.curves is None else m.curves.point(kind, bound)
    return None if point is None else Rate(point.errors, point.n)


def _bpcer_at(bound: int) -> Callable[[Measured], Rate | None]:
    return lambda m: _point(m, "max", bound)


def _tpr_at(bound: int) -> Callable[[Measured], float | None]:
    def value(m: Measured) -> float | None:
        rate = _point(m, "pooled", bound)
        return None if rate is None or rate.value is None else 1 - rate.value

    return value


for _bound in APCER_PERCENT:
    metric(
        f"bpcer-at-apcer-{_bound}",
        f"BPCER@APCER={_bound} %",
        about=f"BPCER@APCER={_bound} %: BPCER where no species' APCER is above {_bound} %, {SEEN}",
        rank="least",
        threshold=False,
    )(_bpcer_at(_bound))
    metric(
        f"tpr-at-fpr-{_bound}",
        f"TPR@FPR={_bound} %",
        about=f"TPR@FPR={_bound} %: bona fide presentations accepted where FAR is at most {_bound} %, {SEEN}",
        rank="greatest",
        threshold=False,
        printed=attrgetter("tpr") if _bound == 1 else None,
    )(_tpr_at(_bound))
