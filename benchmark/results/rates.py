"""Error rates, each from (errors, n): FRR = BPCER, pooled FAR, HTER, APCER per PAI species, non-response rates.

Definitions: ISO/IEC 30107-3 for APCER, BPCER, APNRR and BPNRR; HTER = (FRR + FAR) / 2 with FAR pooled over all attacks,
as the paper's "Evaluation Metrics". Standard library only, so that tables start fast.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

BONA_FIDE = "bona fide"
NonResponse = Literal["error", "exclude"]
"""What a presentation without an answer counts as: an error of its class (the default), or nothing."""
NON_RESPONSES: tuple[NonResponse, ...] = ("error", "exclude")


class Rate(NamedTuple):
    """`errors` of `n` presentations. Undefined (None), never 0, where there are none."""

    errors: int
    n: int

    @property
    def value(self) -> float | None:
        """The fraction in [0, 1], or None for n = 0."""
        return self.errors / self.n if self.n else None


class Count(NamedTuple):
    """One species under one policy: presentations, wrong decisions, presentations without an answer."""

    n: int
    wrong: int
    silent: int


@dataclass(frozen=True)
class Worst:
    """The greatest rate of several species, and every species that has it, those with more presentations first."""

    rate: Rate
    species: tuple[str, ...]

    @property
    def text(self) -> str:
        """Which species it is, ties with their number: `print`, `3 species tie: wig, print, replay`."""
        if not self.rate.errors:
            return "no species with an error"
        few = ", ".join(self.species)
        return few if len(self.species) == 1 else f"{len(self.species)} species tie: {few}"


@dataclass(frozen=True)
class Outcomes:
    """What became of every presentation of one set under one policy, per PAI species (and `bona fide`)."""

    counts: Mapping[str, Count]
    non_response: NonResponse = "error"

    def rate(self, species: str) -> Rate:
        """APCER of a species, or BPCER for `bona fide`."""
        n, wrong, silent = self.counts.get(species, Count(0, 0, 0))
        return Rate(wrong + silent, n) if self.non_response == "error" else Rate(wrong, n - silent)

    @property
    def attacks(self) -> tuple[str, ...]:
        """The attack species present, sorted."""
        return tuple(sorted(name for name in self.counts if name != BONA_FIDE))

    @property
    def frr(self) -> Rate:
        """False rejection rate: bona fide presentations taken for attacks. The same number as `bpcer`."""
        return self.rate(BONA_FIDE)

    @property
    def bpcer(self) -> Rate:
        """ISO/IEC 30107-3's name of `frr`."""
        return self.frr

    @property
    def far(self) -> Rate:
        """False acceptance rate, pooled over all attacks. Not an APCER: that is a species' own (`apcer`)."""
        return total(self.apcer.values())

    @property
    def hter(self) -> float | None:
        """(FRR + FAR) / 2, None if one side is undefined."""
        return half_total(self.frr, self.far)

    @property
    def text(self) -> str:
        """One line for a screen: `FRR 4.35 % (2/46)  FAR 9.38 % (9/96)  HTER 6.86 %`, without what is undefined."""
        words = [
            f"{name} {100 * rate.value:.2f} % ({rate.errors}/{rate.n})"
            for name, rate in (("FRR", self.frr), ("FAR", self.far))
            if rate.value is not None
        ]
        return "  ".join(words + ([] if self.hter is None else [f"HTER {100 * self.hter:.2f} %"]))

    @property
    def apcer(self) -> dict[str, Rate]:
        """Attack presentation classification error rate of each species."""
        return {name: self.rate(name) for name in self.attacks}

    @property
    def apcer_max(self) -> Worst | None:
        """The greatest APCER (ISO/IEC 30107-3's headline) and the species that have it; None where none has a rate."""
        return highest(self.apcer)

    @property
    def bpnrr(self) -> Rate:
        """Bona fide presentation non-response rate."""
        return self._silence(BONA_FIDE)

    @property
    def apnrr(self) -> dict[str, Rate]:
        """Attack presentation non-response rate of each species."""
        return {name: self._silence(name) for name in self.attacks}

    def _silence(self, species: str) -> Rate:
        n, _, silent = self.counts.get(species, Count(0, 0, 0))
        return Rate(silent, n)


def tally(times: Mapping[tuple[str, bool, bool], int]) -> Outcomes:
    """Outcomes from how often each (species, accepted, responded) occurs. What did not respond has no decision."""
    n: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    silent: Counter[str] = Counter()
    for (name, accepted, responded), count in times.items():
        n[name] += count
        if not responded:
            silent[name] += count
        elif accepted != (name == BONA_FIDE):
            wrong[name] += count
    return Outcomes({name: Count(n[name], wrong[name], silent[name]) for name in sorted(n)})


def total(rates: Iterable[Rate]) -> Rate:
    """Errors and presentations added up."""
    rates = list(rates)
    return Rate(sum(r.errors for r in rates), sum(r.n for r in rates))


def half_total(frr: Rate, far: Rate) -> float | None:
    """HTER, None if one side is undefined."""
    if frr.value is None or far.value is None:
        return None
    return (frr.value + far.value) / 2


def highest(rates: Mapping[str, Rate]) -> Worst | None:
    """The greatest rate and all species that have it; None where no species has a rate."""
    defined = {name: rate for name, rate in rates.items() if rate.value is not None}
    if not defined:
        return None
    greatest = max(rate.value for rate in defined.values() if rate.value is not None)
    tied = sorted((name for name in defined if defined[name].value == greatest), key=lambda n: (-defined[n].n, n))
    return Worst(defined[tied[0]], tuple(tied))
