"""The answer parser is total and strict; the format rule is methods.md's table of what regexes let pass."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from methods.mllm.answer import LEAST, MOST, join_frames, locate, parse, signed, split_frames, well_formed, word

GOOD = "<thinking>pores are visible</thinking><answer>real</answer>"
PIECES = ["<thinking>", "</thinking>", "<answer>", "</answer>", "real", "fake", "Real", " ", "\n", "a", "<", ">", "é"]
soup = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
body = st.text(max_size=30).filter(lambda t: "<" not in t)


@pytest.mark.parametrize(
    ("text", "answer", "formed"),
    [
        (GOOD, "real", True),
        ("<thinking>a\nb\n\nc</thinking>\n<answer>fake</answer>", "fake", True),
        ("\n" + GOOD, "real", True),
        (GOOD + "\n", "real", True),
        ("Sure: " + GOOD, "real", False),
        (GOOD + " I hope this helps", "real", False),
        ("<answer>real</answer>", "real", False),
        ("<thinking>x</thinking><answer>\n FAKE </answer>", "fake", True),
        ("<thinking>x<answer>real</answer>", "real", False),
        (GOOD + "<answer>fake</answer>", None, False),
        (GOOD + "<answer>real</answer>", None, False),
        ("<thinking>x</thinking><answer><answer>real</answer></answer>", None, False),
        ("<thinking>x</thinking><answer>real</answer></answer>", None, False),
        ("<thinking><answer>real</answer></thinking>", None, False),
        ("<thinking>is it <answer>real</answer>?</thinking><answer>fake</answer>", None, False),
        ("<thinking>x</thinking><thinking>y</thinking><answer>real</answer>", "real", False),
        ("<thinking>x</thinking><answer>real or fake</answer>", None, True),
        ("<thinking>x</thinking><answer>unreal</answer>", None, True),
        ("<thinking>x</thinking><answer>bona fide</answer>", None, True),
        ("<thinking>x</thinking><answer></answer>", None, True),
        ("<thinking></thinking><answer>real</answer>", "real", True),
        ("<thinking>x</thinking><answer>real", None, False),
        ("<thinking>x</thinking><ANSWER>real</ANSWER>", "real", False),
        ("<answer>real</answer> no: <Answer>fake</Answer>", None, False),
        ("</answer>real<answer>", None, False),
        ("<thinking>x</thinking><answer>fa\u212ae</answer>", None, True),
        ("real", None, False),
        ("", None, False),
    ],
)
def test_table(text, answer, formed):
    assert (parse(text), well_formed(text)) == (answer, formed)


@given(st.one_of(st.text(), soup))
def test_total(text):
    assert parse(text) in ("real", "fake", None)
    assert well_formed(text) in (True, False)


@given(soup)
def test_two_answers_are_never_an_answer(text):
    assert parse(f"{text}<answer>real</answer>{text}<answer>fake</answer>") is None


@given(soup)
def test_what_is_parsed_stands_between_the_only_tags(text):
    answer = parse(text)
    if answer is not None:
        assert text.split("<answer>")[1].split("</answer>")[0].strip().lower() == answer
        assert text.count("answer>") == 2


@given(body, body, st.sampled_from(["", " ", "\n\n"]))
def test_the_format_holds_whatever_the_parts_say(thinking, answer, gap):
    text = f"<thinking>{thinking}</thinking>{gap}<answer>{answer}</answer>"
    assert well_formed(f" {text}\n")
    assert not well_formed(text + "x")


@given(body, st.sampled_from(["real", "fake"]))
def test_parsing_a_well_formed_response(thinking, answer):
    assert parse(f"<thinking>{thinking}</thinking><answer>{answer}</answer>") == answer


def test_words():
    assert [word(1), word(0), word(True)] == ["real", "fake", "real"]


def test_the_place_of_an_answer():
    text = "<thinking>x</thinking> <Answer>\n FAKE</answer>."
    place = locate(text)
    assert place is not None
    assert (text[place.start : place.end], text[place.opened : place.closed]) == ("FAKE", "<Answer>\n FAKE</answer>")
    assert locate("<answer>real or fake</answer>") is None


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_a_score_has_the_sign_of_its_answer(odds):
    real, fake = signed("real", odds), signed("fake", odds)
    assert LEAST <= real <= MOST
    assert -MOST <= fake <= -LEAST
    if LEAST <= odds <= MOST:
        assert (real, fake) == (odds, -LEAST)


@given(st.lists(st.one_of(soup, st.just("a\n\n[next frame]\n\nb")), min_size=1, max_size=4))
def test_responses_to_frames_are_found_again(texts):
    found = split_frames(join_frames(texts))
    assert len(found) == len(texts) or len(texts) == 1
    assert [parse(text) for text in found] == [parse(text) for text in texts] or len(texts) == 1
    if not any("[next frame]" in text for text in texts):
        assert found == texts
