"""Ways to say a class: spelt as the tokenizer spells them, from where they leave the generated tokens."""

from __future__ import annotations

import pytest

from methods.mllm.answer import locate
from methods.mllm.spelling import alternatives, decode
from tests.methods.mllm.vocabularies import FAMILIES, tokenizer


def ways(family: str, text: str) -> tuple[list[int], list]:
    """The tokens of a text, and the alternatives to its answer."""
    vocabulary = tokenizer(family)
    ids = vocabulary(text, add_special_tokens=False)["input_ids"]
    place = locate(text)
    assert place is not None
    return ids, alternatives(vocabulary, ids, text, place)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("before", ["", "Sch\u00f6n \u6d3b.</thinking>", "<thinking>a\n\nb .</thinking> \n"])
@pytest.mark.parametrize("word", ["Fake", "real", "REaL"])
def test_all_are_the_same_text_with_another_word(family, before, word):
    ids, found = ways(family, f"{before}<answer>{word} </answer> that is all")
    texts = set()
    for one in found:
        text = decode(tokenizer(family), [*ids[: one.start], *one.ids])
        assert text.startswith(f"{before}<answer>")
        said = text[len(before) + 8 :][:4]
        assert said.lower() == one.word
        texts.add(said)
    assert (found[0].word, found[0].start + len(found[0].ids)) == (word.lower(), min(one_end(family, ids, before)))
    assert texts >= {"real", "Real", "REAL", "fake", "Fake", "FAKE", word}
    assert len({(one.start, one.ids) for one in found}) == len(found)
    for one in found[1:]:
        assert one.start >= found[0].start
        assert one.ids[0] != ids[one.start] or len(one.ids) == 1


def one_end(family: str, ids: list[int], before: str) -> list[int]:
    """The counts of tokens that hold the whole class word."""
    vocabulary = tokenizer(family)
    return [n for n in range(len(ids) + 1) if len(decode(vocabulary, ids[:n])) >= len(before) + 12]


def test_tokens_that_are_not_of_the_text_have_no_alternatives():
    vocabulary = tokenizer("bytes")
    text = "<answer>real</answer>"
    place = locate(text)
    assert place is not None
    assert alternatives(vocabulary, vocabulary("something else, and longer")["input_ids"], text, place) == []


def test_decoding_moves_no_blanks():
    vocabulary = tokenizer("sentencepiece")
    text = "a . b , don 't <answer> real </answer>"
    assert decode(vocabulary, vocabulary(text)["input_ids"]) == text
