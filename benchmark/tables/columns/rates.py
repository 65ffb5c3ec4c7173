"""Rates at a threshold: of each class, of the worst species, and their means."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from benchmark.results.rates import Rate, total
from benchmark.tables.metric import metric

if TYPE_CHECKING:
    from benchmark.tables.measured import Measured


@metric("frr", about="FRR = BPCER", interval=lambda m: m.interval("frr"), printed=attrgetter("frr"))
def frr(m: Measured) -> Rate | None:
    """Bona fide presentations taken for attacks."""
    return None if m.outcomes is None else m.outcomes.frr


@metric(
    "far",
    about="FAR is pooled over all attack species, no APCER of ISO/IEC 30107-3 (see `table species`)",
    interval=lambda m: m.interval("far"),
    printed=attrgetter("far"),
)
def far(m: Measured) -> Rate | None:
    """Attacks taken for bona fide, whatever their species."""
    return None if m.outcomes is None else m.outcomes.far


@metric("hter", interval=lambda m: m.interval("hter"), printed=attrgetter("hter"), rank="least")
def hter(m: Measured) -> float | None:
    """(FRR + FAR) / 2."""
    return None if m.outcomes is None else m.outcomes.hter


@metric("bpcer", about="BPCER = FRR", interval=lambda m: m.interval("frr"))
def bpcer(m: Measured) -> Rate | None:
    """ISO/IEC 30107-3's name of FRR."""
    return frr(m)


@metric("apcer", about="APCER is the worst attack species' (ISO/IEC 30107-3)", rank="least")
def apcer(m: Measured) -> Rate | None:
    """The greatest APCER of a species."""
    worst = None if m.outcomes is None else m.outcomes.apcer_max
    return None if worst is None else worst.rate


@metric("acer", about="ACER = (APCER of the worst attack species + BPCER) / 2", rank="least")
def acer(m: Measured) -> float | None:
    """Mean of the worst species' APCER and BPCER (ISO/IEC 30107-3:2017): at least HTER."""
    worst, live = apcer(m), frr(m)
    if worst is None or live is None or worst.value is None or live.value is None:
        return None
    return (worst.value + live.value) / 2


@metric("non-response", "NR", about="NR: presentations of both classes without an answer")
def non_response(m: Measured) -> Rate | None:
    """Share of presentations without an answer."""
    return None if m.outcomes is None else total([m.outcomes.bpnrr, *m.outcomes.apnrr.values()])
