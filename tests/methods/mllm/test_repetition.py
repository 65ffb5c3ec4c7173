from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from methods.mllm.repetition import repetition_rate


def test_repetition_rate():
    sentence = "the skin looks smooth here"
    assert repetition_rate(sentence) == 0.0
    assert repetition_rate(" ".join([sentence] * 3)) == pytest.approx(1 - 5 / 12)
    assert repetition_rate("too short") == 0.0


@given(st.lists(st.sampled_from("ab"), max_size=30), st.integers(1, 5))
def test_repetition_rate_is_a_share(words, n):
    assert 0.0 <= repetition_rate(" ".join(words), n) < 1.0
