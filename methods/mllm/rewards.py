"""The paper's verifiable rewards (equations 3 to 6) as pure functions, and the same as reward functions for trl.

The paper leaves open what `len` counts in equation 5; here it is the whole response, in characters unless tokens are
asked for. An unparsable answer is a wrong one: it is not equal to the ground truth, the second case of equations 4, 5.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from methods.mllm.answer import Word, parse, well_formed

Unit = Literal["chars", "tokens"]
LIMIT = 1200
"""L, the expected maximum length (paper, "Implementation details"); the unit is not stated there."""
NAMES = ("format", "class", "reasoning")
"""R_format, R_cls, R_res, in the order of equation 6."""


def format_reward(text: str) -> float:
    """Equation 3: 1 where the response keeps the format, else 0."""
    return 1.0 if well_formed(text) else 0.0


def class_reward(text: str, label: Word) -> float:
    """Equation 4: 1 where the answered class is `label`, else 0."""
    return 1.0 if parse(text) == label else 0.0


def reasoning_reward(text: str, label: Word, limit: int = LIMIT, length: int | None = None) -> float:
    """Equation 5, in [-1, 1]: the length over `limit`, at most 1; a gain with the right class, a loss otherwise.

    `length` is the response's length in the unit of `limit`; None counts the characters of `text`.
    Raises ValueError for a limit below 1.
    """
    if limit < 1:
        raise ValueError(f"the length limit must be at least 1, not {limit}")
    share = min(1.0, (len(text) if length is None else length) / limit)
    return share if parse(text) == label else -share


def total_reward(text: str, label: Word, limit: int = LIMIT, length: int | None = None) -> float:
    """Equation 6, in [-1, 3]: the plain sum of the three."""
    return format_reward(text) + class_reward(text, label) + reasoning_reward(text, label, limit, length)


def repetition_rate(text: str, n: int = 4) -> float:
    """The share of a text's word n-grams that occurred before in it, in [0, 1); 0 for texts of fewer than n words.

    The length reward can be farmed by saying one sentence again and again: this shows it. It is the `seq-rep-n` of
    Welleck et al., Neural Text Generation with Unlikelihood Training (ICLR 2020).
    """
    words = text.split()
    grams = [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]
    return 1.0 - len(set(grams)) / len(grams) if grams else 0.0


def response_text(completion: str | Sequence[dict[str, Any]]) -> str:
    """A completion as trl hands it over, plain or as messages, as text."""
    if isinstance(completion, str):
        return completion
    content = completion[-1]["content"] if completion else ""
    return content if isinstance(content, str) else "".join(block.get("text", "") for block in content)


def reward_functions(
    names: Sequence[str] = NAMES, limit: int = LIMIT, unit: Unit = "chars"
) -> list[Callable[..., list[float]]]:
    """Reward functions for `GRPOTrainer`, in the order of `names` (of `NAMES`; leave one out for an ablation).

    Each is called as `(completions, label, completion_ids=..., **rest)`, lists of one length, `label` of class words,
    and is named `format_reward`, `class_reward` or `reasoning_reward`, which is how trl names its logs. With the unit
    `tokens` the length is that of `completion_ids`.
    """

    def reasoning(*columns: Any, **rest: Any) -> list[float]:  # no partial: trl would name it after what is inside
        return _reasoning(*columns, limit=limit, unit=unit, **rest)

    known: dict[str, Callable[..., list[float]]] = {"format": _format, "class": _class, "reasoning": reasoning}
    chosen = [known[name] for name in names]
    for name, function in zip(names, chosen, strict=True):
        function.__name__ = f"{name}_reward"
    return chosen


def _format(completions: Sequence[Any], **_: Any) -> list[float]:
    return [format_reward(response_text(c)) for c in completions]


def _class(completions: Sequence[Any], label: Sequence[Word], **_: Any) -> list[float]:
    return [class_reward(response_text(c), y) for c, y in zip(completions, label, strict=True)]


def _reasoning(
    completions: Sequence[Any],
    label: Sequence[Word],
    completion_ids: Sequence[Sequence[int]] | None = None,
    *,
    limit: int,
    unit: Unit,
    **_: Any,
) -> list[float]:
    lengths: list[int | None] = [None] * len(completions)
    if unit == "tokens":
        if completion_ids is None:
            raise ValueError("lengths in tokens need completion_ids")
        lengths = [len(ids) for ids in completion_ids]
    return [
        reasoning_reward(response_text(c), y, limit, n) for c, y, n in zip(completions, label, lengths, strict=True)
    ]
