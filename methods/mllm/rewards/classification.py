"""R_cls: whether the class is right."""

from __future__ import annotations

from methods.mllm.answer import parse
from methods.mllm.reward import Response, register


@register("class", about="equation 4: the answered class is right")
def class_reward(response: Response) -> float:
    """Equation 4: 1 where the answered class is the presentation's, else 0."""
    return 1.0 if parse(response.text) == response.label else 0.0
