"""Rewards by name: one file each in `methods/mllm/rewards`, or in a package that names it as an entry point.

The group of the entry points is `pad_benchmark.rewards`. A file holds a function of one response, decorated by
`register`; `--set rewards=format,class,reasoning,NAME` trains with it. The sum of the values of all rewards chosen is
what a response is worth (the paper's equation 6).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from methods.mllm.answer import Word
from protocols.errors import InputError
from protocols.registry import Registry

Unit = Literal["chars", "tokens"]
LIMIT = 1200
"""L, the expected maximum length (paper, "Implementation details"); the unit is not stated there."""
NAMES = ("format", "class", "reasoning")
"""R_format, R_cls, R_res: the paper's rewards in the order of equation 6."""


@dataclass(frozen=True)
class Response:
    """What a reward is given.

    Attributes:
        text: the response as generated.
        label: the word of its presentation's class.
        length: of the whole response, in the unit of `limit`; None: the characters of `text`.
        limit: the expected maximum length, at least 1.
    """

    text: str
    label: Word
    length: int | None = None
    limit: int = LIMIT

    def __post_init__(self) -> None:
        if self.limit < 1:
            raise ValueError(f"the length limit must be at least 1, not {self.limit}")

    @property
    def share(self) -> float:
        """The length over the limit, at most 1."""
        return min(1.0, (len(self.text) if self.length is None else self.length) / self.limit)


Judge = Callable[[Response], float]
OfBatch = Callable[..., list[float | None]]
"""As trl calls it: `(completions, label=..., completion_ids=..., **rest)`, lists of one length; never None, which
to trl is no value."""


@dataclass(frozen=True)
class Reward:
    """A reward that can be asked for. `about`: what it rewards, in a line; `judge`: its value for one response."""

    name: str
    about: str
    judge: Judge


Completion: TypeAlias = str | Sequence[Mapping[str, Any]]
"""As trl hands it over: a text, or messages, whose contents are texts or blocks, as the prompt's were."""
REWARDS: Registry[Reward] = Registry("reward", "methods.mllm.rewards")
"""Every reward, by name."""


def register(name: str, *, about: str) -> Callable[[Judge], Judge]:
    """Function decorator: makes a reward known as `name` (lower case, hyphens).

    Raises ValueError for an odd name, and if another function already has that name.
    """

    def add(judge: Judge) -> Judge:
        REWARDS.add(name, Reward(name, about, judge), f"{judge.__module__}.{judge.__qualname__}")
        return judge

    return add


def chosen(names: Sequence[str]) -> tuple[str, ...]:
    """Names as registered. Raises `InputError` for an unknown one, with a suggestion, a doubled one, and for none."""
    found = tuple(REWARDS.named(name).name for name in names)
    if not found:
        raise InputError("setting rewards: name at least one")
    doubled = next((name for name in found if found.count(name) > 1), None)
    if doubled:
        raise InputError(f"setting rewards: {doubled} is named twice")
    return found


def of_batch(names: Sequence[str] = NAMES, limit: int = LIMIT, unit: Unit = "chars") -> list[OfBatch]:
    """Reward functions for `GRPOTrainer`, in the order of `names`; each is called `NAME_reward`, which is how trl names
    its logs. With the unit `tokens` the length is that of `completion_ids`."""
    return [_of_batch(REWARDS.named(name), limit, unit) for name in names]


def _of_batch(reward: Reward, limit: int, unit: Unit) -> OfBatch:
    def function(
        completions: Sequence[Completion],
        label: Sequence[Word],
        completion_ids: Sequence[Sequence[int]] | None = None,
        **_: object,
    ) -> list[float | None]:
        lengths: list[int | None] = [None] * len(completions)
        if unit == "tokens":
            if completion_ids is None:
                raise ValueError("lengths in tokens need completion_ids")
            lengths = [len(ids) for ids in completion_ids]
        rows = zip(completions, label, lengths, strict=True)
        return [_value(reward, Response(response_text(c), word, n, limit)) for c, word, n in rows]

    function.__name__ = f"{reward.name.replace('-', '_')}_reward"  # no partial: trl would name it after what is inside
    return function


def _value(reward: Reward, response: Response) -> float:
    value = reward.judge(response)
    if isinstance(value, (int, float)) and math.isfinite(value):
        return float(value)
    raise InputError(f"reward {reward.name}: {value!r} is no finite number")


def response_text(completion: Completion) -> str:
    """A completion as trl hands it over, plain or as messages, as text."""
    if isinstance(completion, str):
        return completion
    content = completion[-1]["content"] if completion else ""
    return content if isinstance(content, str) else "".join(block.get("text", "") for block in content)
