"""The score of an answer: log-odds of real against fake where the response says one of them.

Given the prompt and what the response says before its answer, with P(class) the sum over the spellings of the class
word that `methods.mllm.spelling.alternatives` lists (a spelling of several tokens has the product of theirs),

    score = log P(real) - log P(fake).

Nearly all of it is read during generation: of each step only the few numbers are kept that a spelling can need, instead
of batch x length x vocabulary. Where spellings are one token after the same text, as `real` and `fake` after `<answer>`
are in most vocabularies, no more is needed. What the further tokens of a spelling are worth after one that was not
generated (`>`, `Real` where `>F`, `ake` was said) cannot be read: such a spelling is `open`, and one forward pass
(`methods.mllm.continuation`) tells. It is left out where its first token alone is too improbable to matter.
The decision stays the parsed answer; `answer.signed` says what a score that contradicts it becomes.
"""

from __future__ import annotations

import math
import re
import weakref
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import LogitsProcessor

from methods.mllm.answer import CLASSES, Word, locate, signed
from methods.mllm.border import Tokenizer
from methods.mllm.spelling import Alternative, alternatives

NEGLIGIBLE = 1e-4
"""An open spelling is left out if it could not add more than this share to its class: as many nats of the score."""
_SPACE = re.compile(r"\s+")
_RAW = re.compile(r"[<>/aefklnrsw\s\u0120\u010a\u010d\u0109\u2581]*|<0x[0-9a-f]{2}>", re.IGNORECASE)
"""Tokens as vocabularies write them, of the tag's and words' letters and marks for white space: no other is a part."""
_tables: weakref.WeakKeyDictionary[Tokenizer, NDArray[np.int64]] = weakref.WeakKeyDictionary()


def answer_tokens(tokenizer: Tokenizer) -> NDArray[np.int64]:
    """The tokens that can be part of an answer in its tags, sorted: a few hundred of a vocabulary, found once.

    One that is missing here costs a forward pass, not the score.
    """
    if tokenizer not in _tables:
        every = tokenizer.convert_ids_to_tokens(range(len(tokenizer)))
        likely = [i for i, raw in enumerate(every) if raw is not None and _RAW.fullmatch(raw)]
        texts = [_SPACE.sub(" ", text.lower()) for text in tokenizer.batch_decode([[i] for i in likely])]
        wholes = [f"<answer>{gap}{word}{gap}</answer>" for word in CLASSES for gap in ("", " ")]
        part = [bool(text) and any(text in whole for whole in wholes) for text in texts]
        _tables[tokenizer] = np.array([i for i, yes in zip(likely, part, strict=True) if yes], np.int64)
    return _tables[tokenizer]


class AnswerScorer(LogitsProcessor):
    """Reads, and leaves unchanged, the logits of every step of one greedy `generate` call.

    It must see what the next token is chosen by: generate with `do_sample=False, repetition_penalty=1.0`.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._tokens = answer_tokens(tokenizer)
        self._index = torch.from_numpy(self._tokens)
        self._steps: list[torch.Tensor] = []
        self._read: NDArray[np.float64] | None = None

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        """One step: `scores` (batch, vocabulary). Keeps log-probabilities, float64, of the tokens and the best one."""
        self._index = self._index.to(scores.device)
        exact = scores.double()
        kept = torch.cat([exact[:, self._index], exact.max(-1, keepdim=True).values], 1)
        self._steps.append(kept - torch.logsumexp(exact, -1, keepdim=True))
        return scores

    def weigh(self, row: int, ids: Sequence[int], text: str) -> Weighing | None:
        """What was read of the response of a row, `ids` as generated and `text` decoded; None without an answer."""
        place = locate(text)
        if place is None:
            return None
        every = alternatives(self._tokenizer, ids, text, place)
        return Weighing.of(place.word, every, _Reading(self, row, ids))

    def read(self, row: int, step: int, token: int) -> float | None:
        """The log-probability of a token at a step of a row, or None if it was not kept."""
        if self._read is None:
            self._read = torch.stack(self._steps, 1).cpu().numpy()  # (batch, steps, tokens)
        at = int(np.searchsorted(self._tokens, token))
        found = at < len(self._tokens) and self._tokens[at] == token
        return float(self._read[row, step, at]) if found else None

    def best(self, row: int, step: int) -> float:
        """The log-probability of the token that was generated at a step of a row."""
        self.read(row, step, 0)
        assert self._read is not None
        return float(self._read[row, step, -1])


@dataclass(frozen=True)
class _Reading:
    """One row of a scorer, and its generated tokens."""

    scorer: AnswerScorer
    row: int
    ids: Sequence[int]

    def said(self, start: int, stop: int) -> float:
        """log P of the generated tokens from `start` to before `stop`."""
        return math.fsum(self._own(step) for step in range(start, stop))

    def head(self, start: int, token: int) -> float | None:
        """log P of a token after the first `start` generated ones; None if it was not kept."""
        return self._own(start) if self.ids[start] == token else self.scorer.read(self.row, start, token)

    def _own(self, step: int) -> float:
        read = self.scorer.read(self.row, step, self.ids[step])
        return self.scorer.best(self.row, step) if read is None else read


@dataclass(frozen=True)
class Open:
    """A spelling that generation does not tell the whole of: `log_p` is that of its first `read` tokens, 0 or 1."""

    alternative: Alternative
    read: int
    log_p: float


@dataclass(frozen=True)
class Weighing:
    """The spellings of one response's answer, weighed as far as generation tells.

    Attributes:
        said: the class that the response answers.
        known: (class, log P) of spellings; P is counted from where the first of them leaves the generated tokens.
        open: those that need a forward pass.
    """

    said: Word
    known: tuple[tuple[Word, float], ...]
    open: tuple[Open, ...]

    @classmethod
    def of(cls, said: Word, every: Sequence[Alternative], reading: _Reading) -> Weighing:
        """Weigh the spellings, of which the first is what was said. Open ones that cannot matter are left out."""
        if not every:
            return cls(said, (), ())
        own = every[0]
        known = [(said, reading.said(own.start, own.start + len(own.ids)))]
        unknown = []
        for other in every[1:]:
            before, head = reading.said(own.start, other.start), reading.head(other.start, other.ids[0])
            if head is None:
                unknown.append(Open(other, 0, before))
            elif len(other.ids) > 1:
                unknown.append(Open(other, 1, before + head))
            else:
                known.append((other.word, before + head))
        floors = {word: _floor(word, known, unknown) for word in CLASSES}
        return cls(said, tuple(known), tuple(one for one in unknown if one.log_p > floors[one.alternative.word]))

    def log_odds(self, further: Sequence[float] = ()) -> float:
        """The score, given the log P of the unread tokens of each open spelling, in their order."""
        every = list(self.known)
        every += [(one.alternative.word, one.log_p + more) for one, more in zip(self.open, further, strict=True)]
        real, fake = (_total([p for word, p in every if word == wanted]) for wanted in CLASSES)
        return signed(self.said, real - fake)


def _floor(word: Word, known: Sequence[tuple[Word, float]], unknown: Sequence[Open]) -> float:
    """The log P below which an open spelling of a class cannot matter: a share of what is known or the most likely."""
    sure = [p for w, p in known if w == word]
    reference = _total(sure) if sure else max((o.log_p for o in unknown if o.alternative.word == word), default=0.0)
    return reference + math.log(NEGLIGIBLE)


def _total(log_p: Sequence[float]) -> float:
    """The logarithm of the sum of probabilities; NaN of none."""
    return float(np.logaddexp.reduce(np.array(log_p, np.float64))) if log_p else math.nan
