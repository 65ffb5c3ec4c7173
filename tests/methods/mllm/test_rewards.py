"""Equations 3 to 6: the values of a table worked out by hand, and what holds for any response."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from methods.mllm import rewards

HEAD, TAIL = "<thinking>", "</thinking><answer>real</answer>"


def response(length: int, answer: str = "real") -> str:
    text = HEAD + "x" * (length - len(HEAD + TAIL)) + TAIL.replace("real", answer)
    assert len(text) == length
    return text


texts = st.one_of(st.text(), st.text(max_size=40).map(lambda t: f"<thinking>{t}</thinking><answer>real</answer>"))
labels = st.sampled_from(["real", "fake"])


@pytest.mark.parametrize(
    ("text", "label", "expected"),
    [
        (response(600), "real", (1.0, 1.0, 0.5)),
        (response(600), "fake", (1.0, 0.0, -0.5)),
        (response(1200), "real", (1.0, 1.0, 1.0)),
        (response(2400), "real", (1.0, 1.0, 1.0)),
        (response(2400, "fake"), "real", (1.0, 0.0, -1.0)),
        ("<answer>fake</answer>" + "y" * 279, "fake", (0.0, 1.0, 0.25)),
        ("z" * 1200, "real", (0.0, 0.0, -1.0)),
        (response(300) + "<answer>real</answer>" + "y" * 279, "real", (0.0, 0.0, -0.5)),
        ("", "real", (0.0, 0.0, 0.0)),
    ],
)
def test_table(text, label, expected):
    got = rewards.format_reward(text), rewards.class_reward(text, label), rewards.reasoning_reward(text, label)
    assert got == expected
    assert rewards.total_reward(text, label) == sum(expected)


@given(texts, labels, st.integers(1, 3000), st.none() | st.integers(0, 5000))
def test_range(text, label, limit, length):
    assert -1.0 <= rewards.total_reward(text, label, limit, length) <= 3.0


@given(texts, labels, st.integers(1, 2000), st.integers(0, 3000), st.integers(0, 3000))
def test_monotone_in_length_on_each_side(text, label, limit, a, b):
    short, long = sorted((a, b))
    gain = rewards.reasoning_reward(text, label, limit, long) - rewards.reasoning_reward(text, label, limit, short)
    assert gain >= 0 if rewards.class_reward(text, label) else gain <= 0


@given(texts, labels)
def test_the_sign_of_the_reasoning_reward_is_the_class_reward(text, label):
    assert (rewards.reasoning_reward(text, label) > 0) == (rewards.class_reward(text, label) == 1 and text != "")


def test_a_limit_below_one_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        rewards.reasoning_reward("x", "real", 0)


def test_functions_for_trl():
    texts = [response(600), response(600, "fake"), "nothing"]
    batch = [[{"role": "assistant", "content": t}] for t in texts]
    functions = rewards.reward_functions()
    assert [f.__name__ for f in functions] == ["format_reward", "class_reward", "reasoning_reward"]
    rows = [f(completions=batch, label=["real"] * 3, prompts=[], trainer_state=None) for f in functions]
    assert [sum(row) for row in zip(*rows, strict=True)] == [rewards.total_reward(t, "real") for t in texts]


def test_lengths_in_tokens():
    (reasoning,) = rewards.reward_functions(["reasoning"], limit=10, unit="tokens")
    ids = [[1, 2, 3], [4] * 20]
    assert reasoning(completions=[response(600), "no"], label=["real", "real"], completion_ids=ids) == [0.3, -1.0]
    with pytest.raises(ValueError, match="completion_ids"):
        reasoning(completions=["x"], label=["real"])


def test_messages_in_blocks_are_joined():
    blocks = [{"role": "assistant", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}]
    assert rewards.response_text(blocks) == "ab"
    assert rewards.response_text([]) == ""


def test_repetition_rate():
    sentence = "the skin looks smooth here"
    assert rewards.repetition_rate(sentence) == 0.0
    assert rewards.repetition_rate(" ".join([sentence] * 3)) == pytest.approx(1 - 5 / 12)
    assert rewards.repetition_rate("too short") == 0.0


@given(st.lists(st.sampled_from("ab"), max_size=30), st.integers(1, 5))
def test_repetition_rate_is_a_share(words, n):
    assert 0.0 <= rewards.repetition_rate(" ".join(words), n) < 1.0
