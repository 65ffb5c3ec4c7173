"""Whatever tokens carry the word: the score has the answer's sign, and is what a plain forward pass says."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
import torch

from methods.mllm import continuation, generate
from methods.mllm.answer import CLASSES, LEAST, parse
from methods.mllm.scoring import NEGLIGIBLE, AnswerScorer, answer_tokens
from methods.mllm.spelling import decode
from tests.methods.mllm import scripted
from tests.methods.mllm.vocabularies import FAMILIES, tokenizer

PICTURE = np.zeros((8, 8, 3), np.uint8)
WORDS = ("real", "Real", "REAL", "rEAL", "fake", "Fake", "FAKE", "fAKE")


def ask(model: scripted.Scripted, vocabulary, script: Sequence[int]) -> generate.Response:
    """The response that a model is made to give."""
    model.script = tuple(script)
    (response,) = generate.respond(
        model, scripted.processor(vocabulary), [PICTURE], batch=1, max_new_tokens=len(script) + 1
    )
    assert not response.truncated
    return response


def by_forward_pass(model: scripted.Scripted, vocabulary, script: Sequence[int], said: str) -> float:
    """log P(real) - log P(fake), each the sum over its spellings, every one put through the whole model by itself."""
    text = decode(vocabulary, script)
    start = text.lower().index(said.lower(), text.lower().index("<answer>"))
    totals = []
    for word in CLASSES:
        like = "".join(c.upper() if s.isupper() else c for s, c in zip(said, word, strict=True))
        spelt = [text[:start] + w + text[start + 4 :] for w in (word, word.capitalize(), word.upper(), like)]
        ways = {tuple(vocabulary(s, add_special_tokens=False)["input_ids"]) for s in spelt}
        if word == said.lower():
            ways.add(tuple(script))
        heads = {_until(vocabulary, ids, start + 4) for ids in ways}
        totals.append(np.logaddexp.reduce([_log_p(model, ids) for ids in heads]))
    return float(totals[0] - totals[1])


def _until(vocabulary, ids: Sequence[int], end: int) -> tuple[int, ...]:
    """The first tokens, up to the one that completes the class word."""
    return next(tuple(ids[:n]) for n in range(len(ids) + 1) if len(decode(vocabulary, ids[:n])) >= end)


def _log_p(model: scripted.Scripted, ids: Sequence[int]) -> float:
    every = torch.tensor([[*scripted.PROMPT, *ids]])
    with torch.inference_mode():
        log_p = torch.log_softmax(model(input_ids=every).logits[0].double(), -1)
    first = len(scripted.PROMPT)
    return sum(float(log_p[first + i - 1, token]) for i, token in enumerate(ids))


@pytest.fixture(scope="module", params=FAMILIES)
def asked(request):
    """A vocabulary and a model that likes all tokens of answers."""
    vocabulary = tokenizer(request.param)
    return vocabulary, scripted.model(vocabulary, answer_tokens(vocabulary), 6.0)


@pytest.mark.parametrize(
    ("word", "gap"), [*((word, "") for word in WORDS), *((w, gap) for w in ("real", "Fake") for gap in (" ", "\n"))]
)
def test_every_spelling_of_every_class(asked, word, gap):
    vocabulary, model = asked
    text = f"Skin?</thinking>\n<answer>{gap}{word}{gap}</answer>"
    script = vocabulary(text, add_special_tokens=False)["input_ids"]
    response = ask(model, vocabulary, script)
    assert response.text == text
    assert parse(text) == word.lower()
    assert (response.log_odds > 0) == (word.lower() == "real")
    assert response.log_odds == pytest.approx(by_forward_pass(model, vocabulary, script, word), abs=10 * NEGLIGIBLE)
    assert generate.combine([response], "middle")[1] == ("bona fide" if word.lower() == "real" else "attack")


@pytest.mark.parametrize("word", ["Fake", "real", "REAL"])
def test_tokens_that_the_tokenizer_would_not_have_chosen(asked, word):
    vocabulary, model = asked
    tag = vocabulary("<answer>", add_special_tokens=False)["input_ids"]
    letters = {decode(vocabulary, [*tag, i])[8:]: i for i in answer_tokens(vocabulary).tolist()}
    script = [*tag, *(letters[c] for c in f"{word}</answer>")]
    response = ask(model, vocabulary, script)
    assert parse(response.text) == word.lower()
    assert (response.log_odds > 0) == (word.lower() == "real")
    assert response.log_odds == pytest.approx(by_forward_pass(model, vocabulary, script, word), abs=10 * NEGLIGIBLE)


def test_qwen_fuses_the_tag_with_one_class_only():
    """What the tiny vocabulary of the demo cannot show."""
    vocabulary = tokenizer("qwen")
    pieces = {w: [vocabulary.decode([i]) for i in vocabulary(f"<answer>{w}</answer>")["input_ids"]] for w in WORDS}
    assert pieces["Fake"] == ["<", "answer", ">F", "ake", "</", "answer", ">"]
    assert pieces["Real"] == ["<", "answer", ">", "Real", "</", "answer", ">"]


def test_spellings_that_outweigh_what_is_said_leave_it_its_sign():
    vocabulary = tokenizer("qwen")
    real = [vocabulary(f"<answer>{w}")["input_ids"][-1] for w in ("real", "Real", "REAL")]
    model = scripted.model(vocabulary, real, 60.0)
    script = vocabulary("<answer>fake</answer>")["input_ids"]
    assert by_forward_pass(model, vocabulary, script, "fake") > 0.5
    assert ask(model, vocabulary, script).log_odds == -LEAST


def test_a_spelling_of_one_token_needs_no_forward_pass(monkeypatch):
    vocabulary = tokenizer("qwen")
    lower = [vocabulary(f"<answer>{w}")["input_ids"][-1] for w in CLASSES]
    model = scripted.model(vocabulary, lower, 40.0)  # as one that was taught lower case
    monkeypatch.setattr(continuation, "log_probabilities", None)
    script = vocabulary("<thinking>x</thinking><answer>real</answer>")["input_ids"]
    response = ask(model, vocabulary, script)
    assert response.log_odds == pytest.approx(by_forward_pass(model, vocabulary, script, "real"), abs=10 * NEGLIGIBLE)


def test_the_mark_of_a_picture_in_a_response_is_not_put_in_again(monkeypatch):
    vocabulary = tokenizer("qwen")
    model = scripted.model(vocabulary)
    script = vocabulary("x <answer>Fake</answer>")["input_ids"]
    model.config.image_token_id = script[0]
    monkeypatch.setattr(continuation, "log_probabilities", None)
    assert ask(model, vocabulary, script).log_odds == -LEAST  # nothing of the other class was read


@pytest.mark.parametrize("text", ["", "<thinking>real or fake?</thinking>", "<answe", "answer> real", "<answer>real."])
def test_no_answer_no_score(text):
    vocabulary = tokenizer("whole answers")
    model = scripted.model(vocabulary)
    assert math.isnan(ask(model, vocabulary, vocabulary(text)["input_ids"]).log_odds)


def test_rows_of_a_batch_are_apart(processor):
    tiny = processor.tokenizer
    rows = [tiny(f"<answer>{word}</answer>")["input_ids"] for word in ("real", "fake")]
    scorer = AnswerScorer(tiny)
    for step in range(len(rows[0])):
        logits = torch.zeros((2, 576), dtype=torch.bfloat16)
        for row, ids in enumerate(rows):
            logits[row, ids[step]] = 3.0 + row
        assert scorer(torch.tensor([[0], [0]]), logits) is logits
    real, fake = (scorer.weigh(n, ids, tiny.decode(ids)) for n, ids in enumerate(rows))
    assert real is not None
    assert fake is not None
    further = [[-50.0] * len(w.open) for w in (real, fake)]
    assert real.log_odds(further[0]) == pytest.approx(3.0, abs=1e-6)
    assert fake.log_odds(further[1]) == pytest.approx(-4.0, abs=1e-6)


def test_the_tokens_of_answers_are_few_and_found_once():
    vocabulary = tokenizer("qwen")
    tokens = answer_tokens(vocabulary)
    assert len(tokens) < 1000
    assert {*vocabulary("<answer>Fake")["input_ids"], *vocabulary("<answer>\nREAL")["input_ids"]} <= {*tokens.tolist()}
    assert answer_tokens(vocabulary) is tokens
