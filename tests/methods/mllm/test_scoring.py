"""The log-odds are those of the model's own logits at the answer token, whatever precedes it, however it is spelt."""

from __future__ import annotations

import math

import pytest
import torch

from methods.mllm.scoring import AnswerScorer, AnswerTokens

VOCABULARY = 576


def read(tokenizer, text: str, word: str) -> tuple[float, torch.Tensor]:
    """What the scorer reads while `text` and then `word` are generated token by token, and the logits before `word`."""
    before, after = tokenizer(text)["input_ids"], tokenizer(word)["input_ids"]
    ids = torch.tensor([[7, 7, 7, *before, *after]])
    scorer = AnswerScorer(tokenizer, 3)
    generator = torch.Generator().manual_seed(0)
    for length in range(3, ids.shape[1] + 1):
        logits = torch.randn((1, VOCABULARY), generator=generator)
        if length == 3 + len(before):
            deciding = logits.clone()
        assert scorer(ids[:, :length], logits) is logits
    return scorer.log_odds(0), deciding[0]


@pytest.mark.parametrize(
    "text",
    [
        "<thinking>the face</thinking><answer>",
        "<answer>",
        "<answer>\n",
        "<answer> ",
        "<thinking>is it\n\nreal?</thinking>\n<answer>",
    ],
)
def test_log_odds_at_the_answer_token(processor, text):
    tokenizer = processor.tokenizer
    odds, logits = read(tokenizer, text, "fake")
    ids = {
        w: [i for i in range(len(tokenizer)) if tokenizer.decode([i]).strip().lower() == w] for w in ("real", "fake")
    }
    assert ids["real"]
    assert ids["fake"]
    probability = torch.softmax(logits.double(), 0)
    expected = math.log(float(probability[ids["real"]].sum()) / float(probability[ids["fake"]].sum()))
    assert odds == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("text", ["", "<thinking>real or fake?</thinking>", "<answe", "answer> real", "<thinking>"])
def test_no_answer_no_score(processor, text):
    odds, _ = read(processor.tokenizer, text, "fake")
    assert math.isnan(odds)


def test_the_prompts_own_tags_do_not_count(processor):
    ids = torch.tensor([processor.tokenizer("decide in <answer>")["input_ids"]])
    scorer = AnswerScorer(processor.tokenizer, ids.shape[1])
    scorer(ids, torch.zeros((1, VOCABULARY)))
    assert math.isnan(scorer.log_odds(0))


def test_rows_are_apart_and_the_table_is_built_once(processor):
    tokenizer = processor.tokenizer
    tag = tokenizer("<answer>")["input_ids"]
    ids = torch.tensor([[7, *tag], [7, *tag[:-1], 7]])
    scorer = AnswerScorer(tokenizer, 1)
    scorer(ids, torch.zeros((2, VOCABULARY)))
    assert scorer.log_odds(0) == 0.0
    assert math.isnan(scorer.log_odds(1))
    assert AnswerTokens.of(tokenizer) is AnswerTokens.of(tokenizer)


def test_bfloat16_logits_are_summed_in_float64(processor):
    tokens = AnswerTokens.of(processor.tokenizer)
    tag = processor.tokenizer("<answer>")["input_ids"]
    logits = torch.zeros((1, VOCABULARY), dtype=torch.bfloat16)
    logits[0, tokens.plain[0]] = 3.0
    scorer = AnswerScorer(processor.tokenizer, 0)
    scorer(torch.tensor([tag]), logits)
    sizes = [len(ids) for ids in tokens.plain]
    assert scorer.log_odds(0) == pytest.approx(3.0 + math.log(sizes[0] / sizes[1]), abs=1e-12)


class Spelling:
    """A tokenizer of pieces: none is a whole class word, and one holds a bracket and a word."""

    def __init__(self, pieces: list[str]) -> None:
        self.pieces = pieces

    def __len__(self) -> int:
        return len(self.pieces)

    def batch_decode(self, rows: list[list[int]]) -> list[str]:
        return [self.decode(row) for row in rows]

    def decode(self, ids) -> str:
        return "".join(self.pieces[int(i)] for i in ids)


def test_words_in_pieces():
    tokenizer = Spelling(["<answer>", "re", "al", "fa", "ke", "x"])
    scorer = AnswerScorer(tokenizer, 0)
    scorer(torch.tensor([[0]]), torch.tensor([[0.0, 2.0, 0.0, 0.5, 0.0, 9.0]]))
    assert scorer.log_odds(0) == pytest.approx(1.5)


def test_a_token_that_holds_bracket_and_word():
    tokenizer = Spelling(["<answer", ">real", ">fake", ">", "real", "fake"])
    scorer = AnswerScorer(tokenizer, 0)
    scorer(torch.tensor([[0]]), torch.tensor([[0.0, 1.0, 3.0, 0.0, 0.0, 0.0]]))
    assert scorer.log_odds(0) == pytest.approx(-2.0)
    scorer(torch.tensor([[0, 3]]), torch.tensor([[0.0, 0.0, 0.0, 0.0, 4.0, 1.0]]))
    assert scorer.log_odds(0) == pytest.approx(3.0)
