"""The breakdown of one set by PAI species: counts, rates, their intervals, what is too few. Tables, figures, the report
and the card show this one, so that no two of them differ.
"""

from __future__ import annotations

from dataclasses import dataclass

from benchmark.results.figures import Bounds
from benchmark.results.rates import BONA_FIDE, Outcomes, Rate
from protocols.species import GROUPS, in_order


@dataclass(frozen=True)
class SpeciesRate:
    """One species, or bona fide.

    Attributes:
        name: canonical, or a release's own; `group`: of the taxonomy, None for a release's own.
        rate: APCER, of bona fide the BPCER; `silent`: the non-response rate.
        interval: 95 %, of `rate`; None for n = 0.
        few: what its count is too small for (`intervals.flags`).
    """

    name: str
    group: str | None
    rate: Rate
    silent: Rate
    interval: Bounds | None
    few: tuple[str, ...]

    @property
    def bona_fide(self) -> bool:
        """Whether the rate is the BPCER."""
        return self.name == BONA_FIDE

    @property
    def title(self) -> str:
        """What stands at the head of its row."""
        return title(self.name)

    @property
    def remarks(self) -> tuple[str, ...]:
        """`few` in words, with the bounds that follow."""
        from benchmark.metrics.intervals import rule_of_3

        words = {
            "rule of 3": "rule of 3: no error seen; one-sided 95 % upper bound of independent presentations about "
            f"{100 * rule_of_3(max(1, self.rate.n)):.2f} %",
            "rule of 30": "rule of 30: fewer than 30 errors, known to no better than 30 % of itself",
        }
        return tuple(words[flag] for flag in self.few)


def title(species: str) -> str:
    """What stands at the head of a row of a species."""
    return f"{species} (BPCER)" if species == BONA_FIDE else species


def breakdown(outcomes: Outcomes, bpcer: Bounds | None) -> list[SpeciesRate]:
    """Every species of a set in the order of the taxonomy, bona fide first.

    `bpcer` is the interval that stands beside the BPCER elsewhere (`PolicyFigures.interval("frr")`): the same rate on
    the same page has the same one. A species has Clopper and Pearson's: few subjects show it, too few to be resampled.
    """
    from benchmark.metrics.intervals import clopper_pearson, flags

    rows = []
    for name in in_order(outcomes.counts):
        rate = outcomes.rate(name)
        silent = outcomes.bpnrr if name == BONA_FIDE else outcomes.apnrr[name]
        exact = None if name == BONA_FIDE and bpcer is not None else clopper_pearson(rate)
        interval = bpcer if exact is None else Bounds(exact.low, exact.high)
        rows.append(SpeciesRate(name, GROUPS.get(name), rate, silent, interval if rate.n else None, flags(rate)))
    return rows
