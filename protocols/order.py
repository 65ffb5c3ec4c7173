"""The order in which people read names that hold numbers."""

from __future__ import annotations

import re

_DIGITS = re.compile(r"(\d+)")


def natural(name: str) -> tuple[tuple[int, int | str], ...]:
    """A key for sorting: frame 9 before frame 10, in any case."""
    return tuple((0, int(part)) if part.isdecimal() else (1, part) for part in _DIGITS.split(name.lower()) if part)
