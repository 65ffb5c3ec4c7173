"""What responses say before they answer: pure functions of the texts in a score file.

Nothing here knows whether the words are true of the picture. It shows what the words alone tell: whether they differ
between species and bona fide presentations, whether they name a sign of an attack and answer `real` all the same,
whether longer reasoning is right more often, whether one text is said of everything.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from benchmark.results.scores import Scores
from methods.mllm.answer import Word, parse, split_frames
from methods.mllm.repetition import repetition_rate
from protocols.presentation import ATTACK, BONA_FIDE

CUES = (
    "artifact", "artifacts", "artificial", "bezel", "crease", "creases", "cutout", "cut-out", "display", "flat",
    "glare", "halftone", "latex", "mannequin", "mask", "moire", "moiré", "monitor", "paper", "photo of a photo",
    "pixel grid", "pixelated", "pixelation", "plastic", "print", "printed", "printout", "recaptured", "replay",
    "reflections", "screen", "seam", "seams", "silicone", "spoof", "spoofed", "unnatural", "wax",
)  # fmt: skip
"""Words that name a sign of an attack. Our choice: the attack instruments of ISO/IEC 30107-3 and what they leave."""
_NEGATIONS = frozenset(
    {"no", "not", "without", "never", "absence", "lack", "lacks", "neither", "nor", "isn't", "aren't"}
)
_REACH = 10
"""Words before a cue among which a negation counts: `no visible signs of a screen or a mask`."""
_ANSWER = re.compile(r"<answer>.*", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"</?\w+>")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_SENTENCE = re.compile(r"[.!?;:\n]+|\b(?:but|however|yet|although)\b", re.IGNORECASE)
MIN_SHARE = 0.1
"""A word is telling of a species from this share of its texts on."""


@dataclass(frozen=True)
class Share:
    """`n` of `of`."""

    n: int
    of: int

    @property
    def value(self) -> float | None:
        """The share; None of nothing."""
        return self.n / self.of if self.of else None


@dataclass(frozen=True)
class Reasoning:
    """What the reasoning of a run's responses looks like.

    Attributes:
        texts: presentations that have a text; `empty` of them with no word before the answer.
        distinct: different reasonings among those with words.
        cues_bona_fide, cues_attack: presentations of a class whose reasoning names a sign of an attack.
        contradictions: those answered `real` among the reasonings that name one.
        length_right, length_wrong: mean characters of right and of wrong answers' reasoning; None where there is none.
        longer_is_right: the probability that of a right and a wrong answer the right one's reasoning is longer (ties
            half): .5 says that length tells nothing; None without both.
        repeated: the mean share of word 4-grams that a reasoning has said before.
    """

    texts: int
    empty: Share
    distinct: Share
    cues_bona_fide: Share
    cues_attack: Share
    contradictions: Share
    length_right: float | None
    length_wrong: float | None
    longer_is_right: float | None
    repeated: float | None


@dataclass(frozen=True)
class SpeciesWords:
    """The words of one PAI species' reasonings against those of bona fide presentations.

    `telling`: (word, share of the species' reasonings with it, share of the bona fide ones), greatest difference first.
    """

    species: str
    texts: int
    fake: Share
    cues: Share
    telling: tuple[tuple[str, float, float], ...]


def reasoning_of(text: str) -> str:
    """What a response says before its answer, without tags; of several frames one after the other."""
    return "\n".join(_TAG.sub(" ", _ANSWER.sub("", part)).strip() for part in split_frames(text)).strip()


def words(text: str) -> list[str]:
    """Words in lower case, in order."""
    return [word.lower() for word in _WORD.findall(text)]


def names_a_cue(reasoning: str) -> bool:
    """Whether a sign of an attack is named and not denied within the few words before it."""
    for sentence in _SENTENCE.split(reasoning):
        said = words(sentence)
        for cue in _cue_words():
            for start in range(len(said) - len(cue) + 1):
                before = said[max(0, start - _REACH) : start]
                if tuple(said[start : start + len(cue)]) == cue and _NEGATIONS.isdisjoint(before):
                    return True
    return False


@cache
def _cue_words() -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(words(cue)) for cue in CUES)


@dataclass(frozen=True)
class _Said:
    """One presentation's text, read."""

    species: str
    label: str
    reasoning: str
    answer: Word | None
    cue: bool

    @property
    def right(self) -> bool:
        return self.answer == ("real" if self.label == BONA_FIDE else "fake")


def _read(scores: Scores) -> list[_Said]:
    rows = []
    for text, label, species in zip(scores.text, scores.label, scores.species, strict=True):
        if text is not None:
            said = reasoning_of(text)
            answer = _answer(text)
            rows.append(_Said(str(species), str(label), said, answer, names_a_cue(said)))
    return rows


def _answer(text: str) -> Word | None:
    """The answer of most frames; None without one, and for a tie."""
    votes = Counter(answer for part in split_frames(text) if (answer := parse(part)) is not None)
    ranked = votes.most_common(2)
    if not ranked or (len(ranked) == 2 and ranked[0][1] == ranked[1][1]):
        return None
    return ranked[0][0]


def measure(scores: Scores) -> Reasoning | None:
    """The figures of a score file; None where no presentation has a text."""
    rows = _read(scores)
    if not rows:
        return None
    worded = [row for row in rows if words(row.reasoning)]
    answered = [row for row in worded if row.answer is not None]
    cued = [row for row in answered if row.cue]
    lengths = {right: [len(row.reasoning) for row in answered if row.right is right] for right in (True, False)}
    return Reasoning(
        texts=len(rows),
        empty=Share(len(rows) - len(worded), len(rows)),
        distinct=Share(len({row.reasoning for row in worded}), len(worded)),
        cues_bona_fide=_cues(row for row in worded if row.label == BONA_FIDE),
        cues_attack=_cues(row for row in worded if row.label == ATTACK),
        contradictions=Share(sum(row.answer == "real" for row in cued), len(cued)),
        length_right=_mean(lengths[True]),
        length_wrong=_mean(lengths[False]),
        longer_is_right=_longer(lengths[True], lengths[False]),
        repeated=_mean([repetition_rate(row.reasoning) for row in worded]),
    )


def by_species(scores: Scores, most: int = 3) -> list[SpeciesWords]:
    """Every species of attacks that has texts, with at most `most` telling words each, in the order of names."""
    rows = [row for row in _read(scores) if words(row.reasoning)]
    bona_fide = _word_shares([row for row in rows if row.label == BONA_FIDE])
    found = []
    for species in sorted({row.species for row in rows if row.label == ATTACK}):
        own = [row for row in rows if row.species == species]
        shares = _word_shares(own)
        more = sorted(
            ((word, share, bona_fide.get(word, 0.0)) for word, share in shares.items() if share >= MIN_SHARE),
            key=lambda one: (one[2] - one[1], one[0]),
        )
        telling = tuple(one for one in more[:most] if one[1] > one[2]) if bona_fide else ()
        answered = [row for row in own if row.answer is not None]
        fake = Share(sum(row.answer == "fake" for row in answered), len(answered))
        found.append(SpeciesWords(species, len(own), fake, _cues(own), telling))
    return found


def _cues(rows: Iterable[_Said]) -> Share:
    every = list(rows)
    return Share(sum(row.cue for row in every), len(every))


def _word_shares(rows: Sequence[_Said]) -> dict[str, float]:
    counts = Counter(word for row in rows for word in set(words(row.reasoning)))
    return {word: n / len(rows) for word, n in counts.items()}


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None


def _longer(right: Sequence[int], wrong: Sequence[int]) -> float | None:
    if not right or not wrong:
        return None
    others = np.sort(np.asarray(wrong))
    below = np.searchsorted(others, right, "left") + np.searchsorted(others, right, "right")
    return float(below.mean() / (2 * len(wrong)))
