"""Equations 3 to 6 as a whole: a table worked out by hand, what holds for any response, and what trl is given."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from methods.grpo import GrpoSettings
from methods.mllm.reward import NAMES, REWARDS, Response, chosen, of_batch, register, response_text
from protocols.errors import InputError

HEAD, TAIL = "<thinking>", "</thinking><answer>real</answer>"


def response(length: int, answer: str = "real") -> str:
    text = HEAD + "x" * (length - len(HEAD + TAIL)) + TAIL.replace("real", answer)
    assert len(text) == length
    return text


def worth(text, label, *more):
    return tuple(REWARDS[name].judge(Response(text, label, *more)) for name in NAMES)


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
    assert worth(text, label) == expected


@given(texts, labels, st.integers(1, 3000), st.none() | st.integers(0, 5000))
def test_range(text, label, limit, length):
    assert -1.0 <= sum(worth(text, label, length, limit)) <= 3.0


@given(texts, labels, st.integers(1, 2000), st.integers(0, 3000), st.integers(0, 3000))
def test_monotone_in_length_on_each_side(text, label, limit, a, b):
    (_, right, short), (_, _, long) = (worth(text, label, length, limit) for length in sorted((a, b)))
    assert long >= short if right else long <= short


@given(texts, labels)
def test_the_sign_of_the_reasoning_reward_is_the_class_reward(text, label):
    _, right, reasoning = worth(text, label)
    assert (reasoning > 0) == (right == 1 and text != "")


def test_a_limit_below_one_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        Response("x", "real", limit=0)


def test_functions_for_trl():
    batch = [[{"role": "assistant", "content": t}] for t in (response(600), response(600, "fake"), "nothing")]
    functions = of_batch()
    assert [f.__name__ for f in functions] == ["format_reward", "class_reward", "reasoning_reward"]
    rows = [f(completions=batch, label=["real"] * 3, prompts=[], trainer_state=None) for f in functions]
    assert list(zip(*rows, strict=True)) == [worth(one[0]["content"], "real") for one in batch]


def test_lengths_in_tokens():
    (reasoning,) = of_batch(["reasoning"], limit=10, unit="tokens")
    ids = [[1, 2, 3], [4] * 20]
    assert reasoning(completions=[response(600), "no"], label=["real", "real"], completion_ids=ids) == [0.3, -1.0]
    with pytest.raises(ValueError, match="completion_ids"):
        reasoning(completions=["x"], label=["real"])


def test_messages_in_blocks_are_joined():
    blocks = [{"role": "assistant", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}]
    assert response_text(blocks) == "ab"
    assert response_text([]) == ""


def test_rewards_are_chosen_by_name():
    assert GrpoSettings().rewards == NAMES
    assert GrpoSettings().override({"rewards": "Class, format"}).rewards == ("class", "format")
    assert chosen(["Reasoning"]) == ("reasoning",)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("format,clas", "unknown reward 'clas': did you mean class"),
        ("class,class", "setting rewards: class is named twice"),
        ("", "setting rewards: name at least one"),
    ],
)
def test_wrong_names_are_refused_before_anything_is_loaded(words, says):
    with pytest.raises(InputError, match=says):
        GrpoSettings().override({"rewards": words})


def test_two_rewards_of_one_name_and_odd_names_are_refused():
    with pytest.raises(ValueError, match=r"two rewards are called 'class': methods\.mllm\.rewards\.classification"):
        register("class", about="another")(lambda response: 0.0)
    with pytest.raises(ValueError, match="lower-case words"):
        register("My Reward", about="odd")(lambda response: 0.0)


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), "1"])
def test_a_reward_that_is_no_number_stops_the_training(monkeypatch, value):
    monkeypatch.setitem(REWARDS._known, "class", type(REWARDS["class"])("class", "odd", lambda response: value))
    with pytest.raises(InputError, match="reward class: .* is no finite number"):
        of_batch(["class"])[0](completions=["x"], label=["real"])
