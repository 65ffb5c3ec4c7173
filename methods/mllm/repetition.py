"""How much of a text says again what it said before."""

from __future__ import annotations


def repetition_rate(text: str, n: int = 4) -> float:
    """The share of a text's word n-grams that occurred before in it, in [0, 1); 0 for texts of fewer than n words.

    The length reward can be farmed by saying one sentence again and again: this shows it. It is the `seq-rep-n` of
    Welleck et al., Neural Text Generation with Unlikelihood Training (ICLR 2020).
    """
    words = text.split()
    grams = [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]
    return 1.0 - len(set(grams)) / len(grams) if grams else 0.0
