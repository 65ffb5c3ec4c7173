from __future__ import annotations

import numpy as np
import pytest

from methods.eer import equal_error_rate


def test_by_hand() -> None:
    labels = np.array([1, 1, 1, 1, 0, 0, 0, 0])
    assert equal_error_rate(np.array([5.0, 6, 7, 8, 1, 2, 3, 4]), labels) == 0
    assert equal_error_rate(np.array([1.0, 2, 3, 4, 5, 6, 7, 8]), labels) == 1
    assert equal_error_rate(np.array([4.0, 6, 7, 8, 1, 2, 3, 5]), labels) == 0.25
    assert equal_error_rate(np.zeros(8), labels) == 0.5


def test_agrees_with_a_search_over_all_thresholds() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 300)
    scores = rng.normal(size=300) + labels
    rates = [((scores[labels == 1] < t).mean(), (scores[labels == 0] >= t).mean()) for t in np.sort(scores)]
    frr, far = min(rates, key=lambda rate: abs(rate[0] - rate[1]))
    assert equal_error_rate(scores, labels) == pytest.approx((frr + far) / 2)


@pytest.mark.parametrize("scores", [[1.0, np.nan], [1.0, np.inf]])
def test_no_rate_without_numbers(scores: list[float]) -> None:
    with pytest.raises(ValueError, match="finite"):
        equal_error_rate(np.array(scores), np.array([0, 1]))
    with pytest.raises(ValueError, match="both labels"):
        equal_error_rate(np.array([1.0, 2.0]), np.array([1, 1]))
