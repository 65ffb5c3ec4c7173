"""Texts under the tolerant answer rule: what it reads that the strict one, by which runs decide, does not.

A decision that a run has stays as it is. Only a non-response that has a text is read anew: where it holds the responses
to several frames, those that can be read vote, and a tie stays a non-response.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmark.results.scores import Scores


def tolerant(text: str) -> str | None:
    """What a presentation's text decides under the tolerant rule, `bona fide` or `attack`; None if it says nothing."""
    from methods.mllm.answer import split_frames
    from methods.mllm.tolerant import read_frames

    word = read_frames(split_frames(text))
    return None if word is None else "bona fide" if word == "real" else "attack"


def near_misses(scores: Scores) -> dict[int, str]:
    """{row: `bona fide` or `attack`} of the presentations that only the tolerant rule reads, in the file's order."""
    import numpy as np

    silent = np.flatnonzero(~scores.responded)
    texts = scores.table["text"].take(silent).to_pylist()
    read = {row: tolerant(text) for row, text in zip(silent.tolist(), texts, strict=True) if text is not None}
    return {row: decision for row, decision in read.items() if decision is not None}


def texts(scores: Scores) -> int:
    """How many presentations have a text."""
    return len(scores) - int(scores.table["text"].null_count)
