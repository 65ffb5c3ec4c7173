"""Batched greedy answers: the same whatever the order, the batch and the padding; and what frames add up to."""

from __future__ import annotations

import math

import numpy as np
import pytest

from methods.mllm import generate
from methods.mllm.answer import LEAST
from methods.mllm.generate import Response, combine
from protocols.errors import InputError


@pytest.fixture(scope="module")
def pictures():
    rng = np.random.default_rng(1)
    sizes = [(56, 56), (84, 56), (56, 56), (112, 84), (56, 84), (56, 56), (112, 112)]
    return [rng.integers(0, 255, (*size, 3), np.uint8) for size in sizes]


def test_answers_do_not_depend_on_batch_or_order(opened, pictures):
    model, processor = opened
    alone = generate.respond(model, processor, pictures, batch=1, max_new_tokens=8)
    together = generate.respond(model, processor, pictures, batch=7, max_new_tokens=8)
    reverse = generate.respond(model, processor, pictures[::-1], batch=3, max_new_tokens=8)[::-1]
    assert alone == together == reverse
    assert [r.tokens for r in alone] == [8] * 7
    assert all(r.truncated and math.isnan(r.log_odds) for r in alone)


def test_sizes_are_sorted_so_that_equal_ones_share_a_batch(opened, pictures, monkeypatch):
    model, processor = opened
    seen = []
    encode = generate.encode
    monkeypatch.setattr(generate, "encode", lambda p, few: seen.append([x.shape for x in few]) or encode(p, few))
    generate.respond(model, processor, pictures, batch=3, max_new_tokens=1)
    assert seen[0] == [(56, 56, 3)] * 3
    assert sum(map(len, seen)) == 7


def test_the_checkpoints_own_generation_settings_do_not_matter(opened, pictures, monkeypatch):
    model, processor = opened
    plain = generate.respond(model, processor, pictures[:2], batch=2, max_new_tokens=8)
    published = {"do_sample": True, "repetition_penalty": 1.5, "temperature": 1e-6, "top_p": 0.001, "top_k": 1}
    for name, value in published.items():
        monkeypatch.setattr(model.generation_config, name, value)
    assert generate.respond(model, processor, pictures[:2], batch=2, max_new_tokens=8) == plain


def test_right_padding_is_refused(opened, pictures, monkeypatch):
    model, processor = opened
    monkeypatch.setattr(processor.tokenizer, "padding_side", "right")
    with pytest.raises(InputError, match="padding_side='left'"):
        generate.respond(model, processor, pictures[:1], batch=1, max_new_tokens=1)


def said(word: str | None, odds: float, truncated: bool = False) -> Response:
    text = "no idea" if word is None else f"<thinking>x</thinking><answer>{word}</answer>"
    return Response(text, odds, 5, truncated)


@pytest.mark.parametrize(
    ("responses", "how", "expected"),
    [
        ([said("real", 2.0)], "middle", (2.0, "bona fide", None)),
        ([said("fake", -1.0)], "middle", (-1.0, "attack", None)),
        ([said("fake", -9.0), said("real", 1.0), said("real", 2.0)], "majority", (-2.0, "bona fide", None)),
        ([said("fake", -9.0), said("real", 1.0), said("real", 2.0)], "mean", (-2.0, "attack", None)),
        ([said("fake", -3.0), said("real", 1.0)], "majority", (-1.0, "attack", None)),
        ([said("real", 1.0), said(None, math.nan)], "majority", (1.0, "bona fide", None)),
        ([said("real", math.nan)], "middle", (LEAST, "bona fide", None)),
        ([said("fake", math.nan)], "middle", (-LEAST, "attack", None)),
        (
            [said("Fake", math.nan), said("real", 1.0), said("fake", -2.0)],
            "majority",
            (-(1 + LEAST) / 3, "attack", None),
        ),
        ([said("FAKE", 0.56)], "middle", (-LEAST, "attack", None)),
        ([said("real", math.inf), said("fake", -math.inf)], "mean", (0.0, "bona fide", None)),
    ],
)
def test_frames_of_a_presentation(responses, how, expected):
    assert combine(responses, how) == expected


@pytest.mark.parametrize(
    ("responses", "why"),
    [
        ([said(None, math.nan)], "unparsable answer"),
        ([said(None, 0.3), said(None, math.nan, True)], "unparsable answer"),
        ([said(None, math.nan, True)], "unparsable answer (cut off at the token limit)"),
        ([], "no frames"),
    ],
)
def test_a_non_response_has_a_reason(responses, why):
    score, decision, reason = combine(responses, "mean")
    assert math.isnan(score)
    assert (decision, reason) == ("non-response", why)
