"""R_res: length, a gain with the right class and a loss otherwise."""

from __future__ import annotations

from methods.mllm.answer import parse
from methods.mllm.reward import Response, register


@register("reasoning", about="equation 5: the length, a gain with the right class and a loss otherwise")
def reasoning_reward(response: Response) -> float:
    """Equation 5, in [-1, 1]: the length over the limit, at most 1; a gain with the right class, a loss otherwise."""
    return response.share if parse(response.text) == response.label else -response.share
