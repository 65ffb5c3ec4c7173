"""The tolerant rule reads what a reader would, agrees with the strict one, and reads no negation and no two classes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from methods.mllm.answer import CLASSES, parse
from methods.mllm.tolerant import ALIKE, CHINESE, NEUTRAL, read, read_frames

REASONING = "<thinking>Is it real or fake? Not clear.</thinking>"
PIECES = [
    "<thinking>", "</thinking>", "<answer>", "</answer>", "real", "fake", "Real", "FAKE", " ", "\n", "a", "The",
    "face", "is", "<", ">", "not", "\\boxed{", "}", "**", ".", "\u771f", "</answ", "mask", "!", "?", "1", "-",
]  # fmt: skip
soup = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
NEGATIONS = [
    "not", "no", "never", "none", "neither", "nor", "non", "un", "isn't", "isn’t", "isnt", "aint", "ain't",
    "cannot", "can't", "cant", "doesn't", "without", "hardly", "barely", "scarcely", "rarely", "far", "less",
    "least", "lack", "lacks", "lacking", "fails", "failed", "false", "untrue", "wrong", "incorrect", "anything",
    "but", "unless", "if", "whether", "or", "maybe", "unclear", "unsure", "unknown", "uncertain", "doubt",
    "doubtful", "almost", "nearly", "than", "rather", "instead", "except", "nothing", "nobody", "nowhere", "deny",
    "denies", "refuse", "nicht", "kein", "pas", "ne", "non", "sin", "jamais", "不", "非", "没有", "不是", "未",
]  # fmt: skip


def answered(body: str) -> str:
    """A response with an answer field."""
    return f"{REASONING}<answer>{body}</answer>"


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ("real", "real"), ("FAKE", "fake"), (" Fake\n", "fake"), ("fake.", "fake"), ("**fake**", "fake"),
        ("*Real*", "real"), ("_real_", "real"), ('"real"', "real"), ("\u201cFake\u201d", "fake"), ("\'real\'", "real"),
        ("`fake`", "fake"), ("# Real", "real"), ("[fake]", "fake"), ("(real)", "real"), ("- fake", "fake"),
        ("real!", "real"), ("real face", "real"), ("The face is real", "real"), ("The face is real.", "real"),
        ("The face in this image appears to be fake.", "fake"), ("A real person", "real"), ("Answer: fake", "fake"),
        ("It\u2019s fake", "fake"), ("I think it is real.", "real"), ("real, bona fide", "real"),
        ("fake (printed photo)", "fake"), ("fake: replay attack", "fake"), ("spoof - fake", "fake"),
        ("\\boxed{fake}", "fake"), ("The answer is \\boxed{\\text{real}}.", "real"), ("$\\boxed{fake}$", "fake"),
        ("\u771f", "real"), ("\u5047\u7684\u3002", "fake"), ("\u771f\u5b9e", "real"),
    ],
)  # fmt: skip
def test_what_it_accepts(body, word):
    assert read(answered(body)) == word
    assert read(f"<answer>{body}</answer>") == word
    assert read(f"{REASONING}<answer>{body}") == word


@pytest.mark.parametrize(
    "body",
    [
        "", "?", "bona fide", "attack", "real or fake", "real/fake", "real fake", "not real", "unreal", "non-real",
        "isn\u2019t fake", "neither", "a real attack", "real spoof", "real mask", "fake, genuine", "live or fake",
        "real?", "is it real?", "!real", "-real", "~real", "real: no", "real = false", "real 0.2", "real: 10 %",
        "real real", "far from real", "hardly fake", "almost real", "less real than printed", "realistic",
        "photo-real", "deepfake", "f\u0430ke", "fa\u212ae", "r\u00e9al", "not \u771f", "\u4e0d\u662f\u771f\u7684",
        "\u975e\u771f\u5b9e", "real<b>", "real | fake", "The photo is real", "real, unless", "fake\u2260",
        "\u202eekaf", "real\x00",
    ],
)  # fmt: skip
def test_what_it_refuses(body):
    assert read(answered(body)) is None
    assert read(f"<answer>{body}") is None


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("<answer>fake</answer><thinking>because of the edges</thinking>", "fake"),
        ("<thinking>x</thinking><answer>fake</ans", "fake"),
        ("<answer>real<", "real"),
        ("<thinking>x</thinking>\\boxed{real}", "real"),
        ("It follows that $\\boxed{\\text{fake}}$.", "fake"),
        ("<thinking>x<answer>real</answer>", "real"),
        ("<thinking>x<answer>real", None),
        ("<thinking>\\boxed{real}", None),
        ("<thinking><answer>real.</answer></thinking>", None),
        ("<answer>real.</answer></thinking>", None),
        ("<answer>x<thinking>y</thinking>real</answer>", None),
        ("<answer>real</answer><answer>real</answer>", None),
        ("<answer><answer>real</answer></answer>", None),
        ("<answer>real.</answer> \\boxed{fake}", None),
        ("\\boxed{real} \\boxed{real}", None),
        ("</answer>real<answer>", None),
        ("<answer>fake. </answer> </answer>", None),
        ("The face is real.", None),
        ("real", None),
        ("", None),
    ],
)
def test_where_the_answer_stands(text, word):
    assert read(text) == word


@given(st.one_of(st.text(), soup, soup.map(lambda t: f"<answer>{t}"), soup.map(answered)))
def test_total_and_as_the_strict_rule_wherever_that_reads(text):
    assert read(text) in ("real", "fake", None)
    if parse(text) is not None:
        assert read(text) == parse(text)


@given(
    st.lists(st.sampled_from(sorted(NEUTRAL) + [".", ",", "**", "\n"]), max_size=6), st.sampled_from(CLASSES), st.data()
)
def test_neither_a_negation_nor_both_classes_are_read(filler, said, data):
    words = list(filler)
    words.insert(data.draw(st.integers(0, len(words))), said)
    assert read(answered(" ".join(words))) == said
    other = "fake" if said == "real" else "real"
    against = sorted({other, other.upper(), *ALIKE[other], *CHINESE, said} - ALIKE[said])
    words.insert(data.draw(st.integers(0, len(words))), data.draw(st.sampled_from([*NEGATIONS, *against])))
    assert read(answered(" ".join(words))) is None


@given(st.text(alphabet="<>/answerthikgofl \n.*\u771f\\{}!", max_size=60))
def test_a_text_without_a_class_word_is_never_read(text):
    low = text.lower()
    if "real" not in low and "fake" not in low and not any(word in text for word in CHINESE):
        assert read(text) is None
        assert read(f"<answer>{text}</answer>") is None


def test_the_lists_hold_no_word_of_the_other_class():
    assert not (NEUTRAL | ALIKE["real"] | ALIKE["fake"]) & {*CLASSES, *NEGATIONS}
    assert not ALIKE["real"] & ALIKE["fake"]
    assert not NEUTRAL & (ALIKE["real"] | ALIKE["fake"])


def test_frames_vote():
    assert read_frames([answered("fake."), answered("fake"), answered("**real**"), "no idea"]) == "fake"
    assert read_frames([answered("fake."), answered("real.")]) is None
    assert read_frames(["no idea"]) is None
    assert read_frames([]) is None
