"""The score of an answer: log-odds of real against fake at the token that decides it, read during generation.

It costs no second pass and no memory to speak of: of each response one number is kept, where `output_logits=True` would
keep batch x length x vocabulary. The decision stays the parsed answer; the log-odds only give it a degree.
"""

from __future__ import annotations

import math
import weakref
from dataclasses import dataclass
from typing import Any

import torch
from transformers import LogitsProcessor

from methods.mllm.answer import CLASSES

_TAIL = 8
"""Tokens that are decoded to see whether they end in `<answer>`; the tag is at most that long, spelt in characters."""
_tables: weakref.WeakKeyDictionary[Any, AnswerTokens] = weakref.WeakKeyDictionary()


@dataclass(frozen=True)
class AnswerTokens:
    """Which tokens of a vocabulary can say the class, and which can end the text before it.

    `plain` and `fused`: for real and fake, the ids that say the word after `<answer>`, and after `<answer` where one
    token holds the closing bracket and the word. `ends`: bool, (vocabulary,), tokens after which one has to look.
    """

    plain: tuple[torch.Tensor, torch.Tensor]
    fused: tuple[torch.Tensor, torch.Tensor]
    ends: torch.Tensor

    @classmethod
    def of(cls, tokenizer: Any) -> AnswerTokens:
        """The table of a tokenizer, built once. Upper and lower case and white space around the word do not matter."""
        if tokenizer not in _tables:
            texts = [text.lower() for text in tokenizer.batch_decode([[i] for i in range(len(tokenizer))])]
            ends = [not text.strip() or text.rstrip().endswith((">", "answer")) for text in texts]
            _tables[tokenizer] = cls(
                plain=(_saying(texts, CLASSES[0]), _saying(texts, CLASSES[1])),
                fused=(_saying(texts, ">" + CLASSES[0]), _saying(texts, ">" + CLASSES[1])),
                ends=torch.tensor(ends),
            )
        return _tables[tokenizer]


def _saying(texts: list[str], word: str) -> torch.Tensor:
    """Ids of the tokens that are `word`; where a vocabulary splits it, those that can begin it."""
    whole = [i for i, text in enumerate(texts) if "".join(text.split()) == word]
    if not whole and not word.startswith(">"):
        whole = [i for i, text in enumerate(texts) if text.strip() and word.startswith(text.strip())]
    return torch.tensor(whole, dtype=torch.long)


class AnswerScorer(LogitsProcessor):
    """Reads, and leaves unchanged, the logits at the answer token of every row of one `generate` call.

    It must see raw logits: generate with `do_sample=False, repetition_penalty=1.0`. The last `<answer>` before which
    nothing but white space follows counts, so that a line end after the tag does not hide the word.
    """

    def __init__(self, tokenizer: Any, prompt_tokens: int) -> None:
        self._tokenizer = tokenizer
        self._prompt = prompt_tokens
        self._tokens = AnswerTokens.of(tokenizer)
        self._plain: dict[int, float] = {}
        self._fused: dict[int, float] = {}

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        """One decoding step: `input_ids` (batch, tokens so far), `scores` (batch, vocabulary)."""
        if input_ids.shape[1] > self._prompt:
            last = input_ids[:, -1].cpu()
            within = last < len(self._tokens.ends)
            for row in torch.nonzero(within & self._tokens.ends[last * within]).flatten().tolist():
                self._look(row, input_ids[row], scores[row])
        return scores

    def _look(self, row: int, ids: torch.Tensor, logits: torch.Tensor) -> None:
        tail = self._tokenizer.decode(ids[max(self._prompt, len(ids) - _TAIL) :]).lower().rstrip()
        if tail.endswith("<answer>"):
            self._plain[row] = _log_odds(logits, self._tokens.plain)
        elif tail.endswith("<answer") and all(len(ids) for ids in self._tokens.fused):
            self._fused[row] = _log_odds(logits, self._tokens.fused)

    def log_odds(self, row: int) -> float:
        """log P(real) - log P(fake) of a row; NaN where no answer was reached."""
        return self._plain.get(row, self._fused.get(row, math.nan))


def _log_odds(logits: torch.Tensor, tokens: tuple[torch.Tensor, torch.Tensor]) -> float:
    """In float64; the softmax's denominator cancels, so that only the named tokens are touched."""
    real, fake = (torch.logsumexp(logits[ids.to(logits.device)].double(), 0) for ids in tokens)
    return float(real - fake)
