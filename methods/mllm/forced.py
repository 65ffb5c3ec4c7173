"""The score of an answer after words that the model did not choose: one forward pass over the text as it is given."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from methods.mllm.answer import CLASSES, Word, locate
from methods.mllm.border import Model, Processor
from methods.mllm.spelling import Alternative, alternatives

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_THINKING = re.compile(r"(<thinking>)(.*)(</thinking>)", re.IGNORECASE | re.DOTALL)


def reasoning(text: str) -> str:
    """What a response says between its thinking tags; without such tags, all before its answer."""
    place = locate(text)
    before = text if place is None else text[: place.opened]
    found = _THINKING.search(before)
    return (found[2] if found else before).strip()


def with_reasoning(text: str, other: str) -> str:
    """The response with other words where its reasoning stands, tags and answer as they are.

    Raises ValueError for a text without an answer.
    """
    place = locate(text)
    if place is None:
        raise ValueError("a response without an answer has no reasoning before it")
    before = text[: place.opened]
    found = _THINKING.search(before)
    changed = before[: found.start(2)] + other + before[found.end(2) :] if found else other
    return changed + text[place.opened :]


def log_odds(model: Model, processor: Processor, picture: NDArray[np.uint8], text: str) -> float:
    """log P(real) - log P(fake) of the answer in `text`, natural, given the picture and all that stands before it.

    P(class) is the sum over the spellings of `methods.mllm.spelling`; NaN where the vocabulary cannot spell the text,
    or where it reads no answer.
    """
    from methods.mllm import continuation
    from methods.mllm.generate import encode
    from methods.mllm.scoring import Open

    place = locate(text)
    if place is None:
        return math.nan
    ids: list[int] = processor.tokenizer(text, add_special_tokens=False)["input_ids"]
    every = _from_one_place(alternatives(processor.tokenizer, ids, text, place), ids)
    if {one.word for one in every} != set(CLASSES):
        return math.nan
    spellings = [Open(one, 0, 0.0) for one in every]
    inputs = encode(processor, [picture] * len(continuation.paths(ids, spellings))).to(model.device)
    found = continuation.log_probabilities(model, inputs, ids, spellings)
    real, fake = (_total([p for one, p in zip(every, found, strict=True) if one.word == word]) for word in CLASSES)
    return real - fake


def _from_one_place(every: Sequence[Alternative], ids: Sequence[int]) -> list[Alternative]:
    """All spellings counted from the earliest place where one leaves the others, so that their P compare."""
    first = min((one.start for one in every), default=0)
    return [Alternative(one.word, first, (*ids[first : one.start], *one.ids)) for one in every]


def _total(log_p: Sequence[float]) -> float:
    most = max(log_p)
    return most + math.log(math.fsum(math.exp(value - most) for value in log_p))


def answer_of(odds: float) -> Word | None:
    """The class that log-odds say; None for NaN."""
    return None if math.isnan(odds) else "real" if odds >= 0 else "fake"
