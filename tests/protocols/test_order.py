"""Names with numbers sort as people read them."""

from __future__ import annotations

from protocols.order import natural


def test_numbers_count_and_case_does_not():
    assert sorted(["f10.png", "F9.png", "f1b", "1", "f"], key=natural) == ["1", "f", "f1b", "F9.png", "f10.png"]
