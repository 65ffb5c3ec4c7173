import math

import pytest

from protocols.decision import decision_of


@pytest.mark.parametrize(
    ("score", "threshold", "decision"),
    [
        (0.0, 0.0, "bona fide"),
        (-0.0, 0.0, "bona fide"),
        (-1e-300, 0.0, "attack"),
        (math.inf, math.inf, "bona fide"),
        (-math.inf, 0.0, "attack"),
        (0.4, 0.5, "attack"),
        (0.5, 0.5, "bona fide"),
        (math.nan, 0.0, "non-response"),
        (math.nan, -math.inf, "non-response"),
    ],
)
def test_at_the_threshold_it_is_bona_fide(score, threshold, decision):
    assert decision_of(score, threshold) == decision


def test_without_a_threshold_the_sign_decides():
    assert [decision_of(score) for score in (1e-9, 0, -1e-9)] == ["bona fide", "bona fide", "attack"]
