r"""A second reading of responses for evaluation: what a reader would call an answer though it is not spelt as asked.

Rewards and the default of every figure stay with the strict `answer.parse`. The tolerant rule is applied to stored text
when figures are made, reads whatever `parse` reads as `parse` does, and beyond that a text of which all of this holds:

- it has one answer field: one `<answer>`, up to the only `</answer>` after it or, if there is none, to the end of the
  text (`<answer>fake`, `<answer>fake</ans`); or no tag of an answer at all and one `\boxed{...}`;
- the field is not inside the reasoning, `<thinking>` to `</thinking>`; it may stand before it. A reasoning that never
  ends may hold an answer that is closed, as `parse` has it, but neither an open one nor a box;
- the field says exactly one class word, `real` or `fake`, once, as a word of its own, in any letter case;
- every other word of it is on a short list: words that carry no meaning of their own here (`The face in this image is
  real.`, `a real person`, `Answer: fake`), and words that say the same class again (`real, bona fide`; `fake (printed
  photo)`, `a fake face: replay attack`). So a negation, a doubt, a comparison, a condition, a word of the other class
  (`real or fake`, `a real attack`, `not real`, `unreal`, `far from real`, `hardly fake`) is never read, whatever its
  words: they are not on the list;
- there are no digits and no signs but quotes, brackets, emphasis (`**fake**`, `_real_`, `# Fake`) and the full stop,
  comma, colon, semicolon, dash and exclamation mark of a sentence: no `?`, no `real: 0.2`, no `!real`, no `non-real`.

Chinese, which Qwen models may fall into: a field that is nothing but one of the words of `CHINESE` (`真`, `假的`) is
read, a sentence is not: without a dictionary only whole words can be told from their negations. No other language is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from methods.mllm.answer import CLASSES, Word, parse


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NEUTRAL = _words("""
    a an the this that these it its it's he she i we my our you to in of on at from by as with here there
    is was be been being appears appear seems seem looks look like would say think believe conclude classify
    classified considered judged determined shown depicted presented captured given provided seen visible
    answer final class classification label result verdict conclusion decision prediction category type therefore
    thus so hence overall clearly likely probably most very definitely certainly surely obviously
    face faces facial human person people individual man woman subject user image picture frame video
    input sample presentation one
""")
"""Words that may stand beside either class word."""
ALIKE: dict[Word, frozenset[str]] = {
    "real": _words("live living genuine authentic bona fide bonafide actual natural skin"),
    "fake": _words("""
        attack attacks spoof spoofs spoofed spoofing forged forgery counterfeit artificial synthetic generated
        print prints printed paper photo photograph poster replay replayed screen display displayed monitor recaptured
        mask masks masked silicone resin latex plastic mannequin makeup cosmetic cutout obfuscation impersonation
    """),
}
"""Words that say the same class again: each may stand beside its own class word."""
CHINESE: dict[str, Word] = {}
for _said, _word in (
    ("真 真的 真实 真实的 真人 真脸 真人脸 真實 真實的 真臉 活体", CLASSES[0]),
    ("假 假的 虚假 虚假的 伪造 伪造的 假脸 假人脸 偽造 偽造的 假臉", CLASSES[1]),
):
    CHINESE |= dict.fromkeys(_said.split(), _word)
"""Whole answers."""

_OPEN = re.compile(r"<answer>", re.IGNORECASE | re.ASCII)
_CLOSE = re.compile(r"</answer>", re.IGNORECASE | re.ASCII)
_CUT_CLOSE = re.compile(r"</?(?:a|an|ans|answ|answe|answer)?\Z", re.IGNORECASE | re.ASCII)
_THINKING = re.compile(r"<(/?)thinking>", re.IGNORECASE | re.ASCII)
_BOXED = re.compile(r"\\boxed\s*\{((?:[^{}]|\{[^{}]*\})*)\}")
_STYLED = re.compile(r"\\(?:boxed|text|textbf|textit|mathrm|mathbf|emph)\s*\{([^{}]*)\}")
_WORD = re.compile(r"[A-Za-z]+(?:['\u2019][A-Za-z]+)*")
_JOINED = re.compile(r"[-!\u2010-\u2015\u2212](?=\w)")
_SIGNS = re.compile(
    r"""[-\u2013\u2014\s.,:;!*_#"'`()\[\]{}$\u2018\u2019\u201c\u201d\u00ab\u00bb。，：；、！「」『』《》]*"""
)


def read(text: str) -> Word | None:
    """The one class that a response answers under the tolerant rule, or None. Total: any text has a result."""
    strict = parse(text)
    if strict is not None:
        return strict
    body = _field(text)
    return None if body is None else _class_of(body)


def read_frames(texts: Iterable[str]) -> Word | None:
    """The class that most of a presentation's responses answer under the tolerant rule; None for a tie and for none."""
    words = [read(text) for text in texts]
    real, fake = words.count("real"), words.count("fake")
    if real == fake:
        return None
    return "real" if real > fake else "fake"


def _field(text: str) -> str | None:
    """What stands in the one place of an answer, or None where there is none or more than one."""
    opens, closes, boxes = (list(pattern.finditer(text)) for pattern in (_OPEN, _CLOSE, _BOXED))
    if not opens and not closes and len(boxes) == 1:
        start, end = boxes[0].span()
        return boxes[0][1] if _outside(text, start, end, whole=False) else None
    if len(opens) != 1 or len(closes) > 1:
        return None
    start, end = opens[0].end(), closes[0].start() if closes else len(text)
    if any(not start <= box.start() < end for box in boxes) or not _outside(text, start, end, whole=bool(closes)):
        return None
    return text[start:end] if closes else _CUT_CLOSE.sub("", text[start:])


def _outside(text: str, start: int, end: int, whole: bool) -> bool:
    """Whether `text[start:end]` holds no tag of a reasoning and lies in none; if `whole`, one without end is none."""
    before = [tag[1] for tag in _THINKING.finditer(text, 0, start)]
    within, after = _THINKING.search(text, start, end), _THINKING.search(text, end)
    unfinished = bool(before) and not before[-1] and after is None
    return start <= end and within is None and not (after and after[1]) and (whole or not unfinished)


def _class_of(body: str) -> Word | None:
    """The class that a field says, and nothing else."""
    whole = "".join(body.split()).strip("*_\"'`“”「」。.！!")
    if whole in CHINESE:
        return CHINESE[whole]
    plain, inner = body, ""
    while plain != inner:
        plain, inner = _STYLED.sub(r" \1 ", plain), plain
    words = [word.lower().replace("\u2019", "'") for word in _WORD.findall(plain)]
    said: list[Word] = [word for word in words if word == "real" or word == "fake"]
    if len(said) != 1 or _JOINED.search(plain) or not _SIGNS.fullmatch(_WORD.sub(" ", plain)):
        return None
    return said[0] if all(w == said[0] or w in NEUTRAL or w in ALIKE[said[0]] for w in words) else None
