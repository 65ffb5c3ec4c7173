"""What a score decides: the one place that knows which side of a threshold is bona fide."""

from __future__ import annotations

import math
from typing import Literal

Decision = Literal["bona fide", "attack", "non-response"]
NON_RESPONSE: Decision = "non-response"


def decision_of(score: float, threshold: float = 0.0) -> Decision:
    """`bona fide` at or above the threshold, `attack` below; a presentation without a score (NaN) is a non-response.

    Without a threshold a score's sign decides: methods give log-odds or margins of bona fide.
    """
    if math.isnan(score):
        return NON_RESPONSE
    return "bona fide" if score >= threshold else "attack"
