"""R_format: whether a response keeps the format."""

from __future__ import annotations

from methods.mllm.answer import well_formed
from methods.mllm.reward import Response, register


@register("format", about="equation 3: the response keeps the format")
def format_reward(response: Response) -> float:
    """Equation 3: 1 where the response keeps the format, else 0."""
    return 1.0 if well_formed(response.text) else 0.0
