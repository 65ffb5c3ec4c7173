"""Threshold policies: how a score becomes a decision, and which labels each policy may see.

| name             | threshold                                                                    | labels it sees |
|------------------|------------------------------------------------------------------------------|----------------|
| answer           | none: the method's own decision, a text read by the strict answer rule       | none           |
| answer:tolerant  | none: the same, texts that say nothing to the strict rule read tolerantly    | none           |
| fixed:X          | X                                                                            | none           |
| source-eer       | where FRR meets FAR on the source's dev part                                 | source dev     |
| source-bpcer:P%  | the highest with BPCER at most P % on dev                                    | source dev     |
| source-apcer:P%  | the lowest with every species' APCER at most P % on dev (ISO/IEC 30107-3)    | source dev     |
| oracle-target-eer| where FRR meets FAR on the target itself: what FLIP and FoundPAD report      | the target's   |

A policy sees only what `decide` hands it: a `SourcePolicy` the dev scores, an `OraclePolicy` the target's, the others
nothing. A class that asks for target labels under a name that does not start with `oracle-` cannot be defined.
A presentation is accepted as bona fide if its score is >= the threshold. Thresholds are chosen among the presentations
that have an answer; non-responses are then counted by `benchmark.results.rates`.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from protocols.errors import InputError, unknown

if TYPE_CHECKING:
    from fractions import Fraction

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from benchmark.metrics.roc import Ranked
    from benchmark.results.scores import Scores

ORACLE = "oracle-"
AnswerRule = Literal["strict", "tolerant"]
ANSWER_RULES: tuple[AnswerRule, ...] = ("strict", "tolerant")
"""How a text becomes a decision: as rewards and runs read it, or as `methods.mllm.tolerant` does, for figures only."""
DEFAULTS = (
    "answer",
    "answer:tolerant",
    "source-eer",
    *(f"source-bpcer:{p}%" for p in (1, 5, 10, 20)),
    *(f"source-apcer:{p}%" for p in (1, 5, 10, 20)),
    "fixed:0",
    "oracle-target-eer",
)
"""The policies whose counts every summary holds."""


class UndefinedError(Exception):
    """A policy has no threshold for these scores; the message says why, for a footnote."""


@dataclass(frozen=True)
class Policy:
    """One way to decide. `word` is its name on the command line, without its number; `meaning` a footnote's words."""

    word: ClassVar[str] = ""
    meaning: ClassVar[str] = ""

    @property
    def name(self) -> str:
        """The name in full, as `parse` reads it."""
        return self.word

    @property
    def oracle(self) -> bool:
        """True if it saw the target's labels."""
        return isinstance(self, OraclePolicy)


@dataclass(frozen=True)
class Answer(Policy):
    """The method's own decision: a generated answer, or the score's sign."""

    word = "answer"
    meaning = "the method's own decision"
    rule: ClassVar[AnswerRule] = "strict"

    def decide(self, scores: Scores) -> Decided:
        """The decisions of a score file. Raises `UndefinedError` where presentations have a score but none."""
        if not scores.has_answers:
            raise UndefinedError("the scores were imported without decisions")
        return Decided(scores.answer == "bona fide", None, scores.responded)


@dataclass(frozen=True)
class TolerantAnswer(Answer):
    """The same, but a presentation whose text the strict rule cannot read is read by the tolerant one."""

    word = "answer:tolerant"
    meaning = "the method's own decision, its text read by the tolerant answer rule"
    rule = "tolerant"

    def decide(self, scores: Scores) -> Decided:
        from benchmark.metrics.answers import near_misses

        strict = super().decide(scores)
        accepted, responded = strict.accepted.copy(), strict.responded.copy()
        for row, decision in near_misses(scores).items():
            accepted[row], responded[row] = decision == "bona fide", True
        return Decided(accepted, None, responded)


@dataclass(frozen=True)
class Fixed(Policy):
    """A threshold given beforehand."""

    word = "fixed"
    meaning = "a threshold given beforehand"
    value: float = 0.0

    @property
    def name(self) -> str:
        return f"{self.word}:{self.value:g}"


@dataclass(frozen=True)
class SourcePolicy(Policy, ABC):
    """A threshold from the source's dev part. It is never handed a target."""

    def __init_subclass__(cls) -> None:
        if cls.word.startswith(ORACLE):
            raise TypeError(f"{cls.word}: a policy that learns on the source is no oracle")

    @abstractmethod
    def threshold(self, dev: Scores) -> float:
        """The threshold. Raises `UndefinedError` where dev does not determine one."""


@dataclass(frozen=True)
class OraclePolicy(Policy, ABC):
    """A threshold from the target's own labels: a bound, not a result. Its name says so."""

    def __init_subclass__(cls) -> None:
        if not cls.word.startswith(ORACLE):
            raise TypeError(f"{cls.word}: only a policy called {ORACLE}... may see the target's labels")

    @abstractmethod
    def threshold(self, target: Scores) -> float:
        """The threshold. Raises `UndefinedError` where the target does not determine one."""


@dataclass(frozen=True)
class SourceEer(SourcePolicy):
    """The equal error rate's threshold on dev."""

    word = "source-eer"
    meaning = "threshold at the equal error rate of the source's dev part"

    def threshold(self, dev: Scores) -> float:
        return _eer_threshold(dev, "the source's dev part")


@dataclass(frozen=True)
class SourceBpcer(SourcePolicy):
    """BPCER on dev at most `percent`."""

    word = "source-bpcer"
    meaning = "threshold at the greatest BPCER within the bound on the source's dev part"
    percent: float = 1.0

    @property
    def name(self) -> str:
        return f"{self.word}:{self.percent:g}%"

    def threshold(self, dev: Scores) -> float:
        from benchmark.metrics.roc import bpcer_threshold

        found = bpcer_threshold(answered(dev), _share(self.percent))
        if found is None:
            raise UndefinedError("no bona fide score in the source's dev part")
        return found


@dataclass(frozen=True)
class SourceApcer(SourcePolicy):
    """Every species' APCER on dev at most `percent`."""

    word = "source-apcer"
    meaning = "threshold at which every species' APCER is within the bound on the source's dev part"
    percent: float = 1.0

    @property
    def name(self) -> str:
        return f"{self.word}:{self.percent:g}%"

    def threshold(self, dev: Scores) -> float:
        from benchmark.metrics.roc import bpcer_at_apcer

        point = bpcer_at_apcer(list(by_species(dev).values()), _share(self.percent))
        if point is None:
            raise UndefinedError(f"no threshold on the source's dev part keeps every APCER at {self.percent:g} %")
        return point.threshold


@dataclass(frozen=True)
class OracleTargetEer(OraclePolicy):
    """The equal error rate's threshold on the target itself."""

    word = "oracle-target-eer"
    meaning = "threshold fitted to the target's own labels: a bound, not a result"

    def threshold(self, target: Scores) -> float:
        return _eer_threshold(target, "the target")


_PLAIN: tuple[type[Policy], ...] = (Answer, TolerantAnswer, SourceEer, OracleTargetEer)
_WITH_PERCENT: tuple[type[SourceBpcer] | type[SourceApcer], ...] = (SourceBpcer, SourceApcer)


def parse(text: str) -> Policy:
    """A policy from its name. Raises `InputError` for an unknown name or a number that makes no sense."""
    for plain in _PLAIN:
        if text.strip() == plain.word:
            return plain()
    word, colon, number = text.strip().partition(":")
    if word == Fixed.word and colon:
        try:
            value = float(number)
        except ValueError:
            value = math.nan
        if math.isnan(value):
            raise InputError(f"threshold policy {text!r}: {number!r} is no number; write for instance fixed:0.5")
        return Fixed(value)
    for kind in _WITH_PERCENT:
        if word == kind.word and colon:
            try:
                percent = float(number.removesuffix("%"))
            except ValueError:
                percent = math.nan
            if not 0 <= percent <= 100:
                raise InputError(f"threshold policy {text!r}: write a percentage, for instance {word}:5%")
            return kind(percent)
    raise unknown("threshold policy", text, (*DEFAULTS, "fixed:0.5"))


def of_run(own: str, asked: Policy | None = None, rule: AnswerRule | None = None) -> Policy:
    """The policy of a run: the one asked for, else its `own`; where it is its answer, by the `rule` asked for."""
    policy = asked or parse(own)
    if rule is None or not isinstance(policy, Answer):
        return policy
    return TolerantAnswer() if rule == "tolerant" else Answer()


@dataclass(frozen=True)
class Decided:
    """A policy's decisions, bool, one per presentation: `accepted` (meaningless without an answer) and `responded`."""

    accepted: NDArray[np.bool_]
    threshold: float | None
    responded: NDArray[np.bool_]


def decide(policy: Policy, target: Scores, dev: Scores | None) -> Decided:
    """Apply a policy to a target. Raises `UndefinedError` where it has no threshold.

    The only place that hands labels to a policy: dev's to a `SourcePolicy`, the target's to an `OraclePolicy`.
    """
    if isinstance(policy, Answer):
        return policy.decide(target)
    if isinstance(policy, Fixed):
        threshold = policy.value
    elif isinstance(policy, SourcePolicy):
        if dev is None:
            raise UndefinedError("the run has no scores of the source's dev part")
        threshold = policy.threshold(dev)
    elif isinstance(policy, OraclePolicy):
        threshold = policy.threshold(target)
    else:
        raise TypeError(f"{policy!r} is neither a source nor an oracle policy")
    return Decided(target.score >= threshold, threshold, target.responded)


def decisions(policy: Policy, target: Scores, dev: Scores | None) -> pa.Array:
    """A policy's decisions in the words of a score file; `undecided` where it has no threshold."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from benchmark.results.score_columns import UNDECIDED
    from protocols.decision import NON_RESPONSE

    try:
        decided = decide(policy, target, dev)
    except UndefinedError:
        return pc.if_else(pa.array(target.responded), UNDECIDED, NON_RESPONSE)
    return pc.if_else(
        pa.array(decided.responded), pc.if_else(pa.array(decided.accepted), "bona fide", "attack"), NON_RESPONSE
    )


def answered(scores: Scores, silent_is_error: bool = False) -> Ranked:
    """Both sides' scores; non-responses are left out, unless they count as errors."""
    from benchmark.metrics.roc import Ranked

    answer, bona_fide = scores.responded, scores.bona_fide
    return Ranked.of(
        scores.score[answer & bona_fide],
        scores.score[answer & ~bona_fide],
        silent_bona_fide=int((bona_fide & ~answer).sum()) if silent_is_error else 0,
        silent_attack=int((~bona_fide & ~answer).sum()) if silent_is_error else 0,
    )


def by_species(scores: Scores, silent_is_error: bool = False) -> dict[str, Ranked]:
    """Bona fide against each attack species that has a presentation (an answer, unless the silent count as errors)."""
    from benchmark.metrics.roc import Ranked

    answer, bona_fide = scores.responded, scores.bona_fide
    silent_bona_fide = int((bona_fide & ~answer).sum()) if silent_is_error else 0
    sides = {}
    for name in sorted(set(scores.species[~bona_fide].tolist())):
        of = scores.species == name
        silent = int((of & ~answer).sum()) if silent_is_error else 0
        if silent or bool((of & answer).any()):
            sides[name] = Ranked.of(
                scores.score[bona_fide & answer], scores.score[of & answer], silent_bona_fide, silent
            )
    return sides


def _share(percent: float) -> Fraction:
    """A percentage as an exact fraction, read as it is written: 0.1 % is 1/1000."""
    from fractions import Fraction

    return Fraction(str(percent)) / 100


def _eer_threshold(scores: Scores, where: str) -> float:
    from benchmark.metrics.roc import eer

    sides = answered(scores)
    if not len(sides.bona_fide) or not len(sides.attack):
        raise UndefinedError(f"{where} has scores of one class only")
    point = eer(sides)
    assert point is not None
    return point.threshold
