"""What a response says: its class, and whether it keeps the format. Parsed on text, never on token positions."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Word = Literal["real", "fake"]
CLASSES: tuple[Word, Word] = ("real", "fake")
"""The paper's ground-truth classes (section "Verifiable Rewards for Face Anti-Spoofing")."""

LEAST = 1e-6
"""The least degree of an answer, in nats. Where the log-odds are unknown (NaN), or spellings that were not said
outweigh the one that was, an answer counts with this much and its own sign: believed, but as hardly sure of itself."""
MOST = 1e3
"""The greatest degree, in nats: a class whose alternatives are all impossible would give infinity."""

NEXT_FRAME = "\n\n[next frame]\n\n"
"""What stands between the responses to two frames in a presentation's text."""

_OPEN = re.compile(r"<answer>", re.IGNORECASE | re.ASCII)
_CLOSE = re.compile(r"</answer>", re.IGNORECASE | re.ASCII)
_ANSWER = re.compile(r"<answer>\s*(real|fake)\s*</answer>", re.IGNORECASE | re.ASCII)
_END_OF_THINKING = re.compile(r"</thinking>", re.IGNORECASE | re.ASCII)
_BODY = r"(?:(?!</?(?:thinking|answer)>).)*"
_FORMAT = re.compile(rf"<thinking>{_BODY}</thinking>\s*<answer>{_BODY}</answer>", re.DOTALL)


def word(bona_fide: bool | int) -> Word:
    """The class word of a label: bona fide (1) is `real`, attack (0) is `fake`."""
    return "real" if bona_fide else "fake"


@dataclass(frozen=True)
class Place:
    """Where a response says its class: `text[start:end]` is the class word, `text[opened:closed]` tags and all."""

    word: Word
    opened: int
    start: int
    end: int
    closed: int


def locate(text: str) -> Place | None:
    """The place of the answer that `parse` reads, or None where it reads none."""
    if len(_OPEN.findall(text)) != 1 or len(_CLOSE.findall(text)) != 1:
        return None
    found = _ANSWER.search(text)
    if found is None or _END_OF_THINKING.search(text, found.end()):
        return None
    said: Word = "real" if found[1].lower() == "real" else "fake"
    return Place(said, found.start(), found.start(1), found.end(1), found.end())


def parse(text: str) -> Word | None:
    """The one class that a response answers, or None: unparsable.

    Total: any text has a result. Strict, because a lenient rule can be gamed (an answer of both classes, or of none, is
    right under a substring match): exactly one opening and one closing tag, between them nothing but one class word
    (letter case and white space aside), and no reasoning that ends after it: an answer quoted inside `<thinking>` is no
    answer. Text before or after the tags costs the format reward, not the class.
    """
    place = locate(text)
    return None if place is None else place.word


def signed(said: Word, log_odds: float) -> float:
    """Log-odds that never contradict the answer: positive for real, negative for fake, between `LEAST` and `MOST`.

    Greedy decoding says the most probable token, one at a time; all spellings of a class together, or a word of several
    tokens, may be less probable than those of the class that was not said. The text decides; its degree is then least.
    """
    sign = 1.0 if said == "real" else -1.0
    return sign * (LEAST if math.isnan(log_odds) else min(max(sign * log_odds, LEAST), MOST))


def join_frames(texts: Sequence[str]) -> str:
    """The responses to the frames of one presentation as one text, from which `split_frames` has them again."""
    mark = NEXT_FRAME.strip()
    return (
        NEXT_FRAME.join(text.replace(mark, f"({mark[1:-1]})") for text in texts) if len(texts) > 1 else "".join(texts)
    )


def split_frames(text: str) -> list[str]:
    """The responses that a presentation's text holds: one for each frame that was asked about."""
    return text.split(NEXT_FRAME)


def well_formed(text: str) -> bool:
    """Whether a response is `<thinking>...</thinking><answer>...</answer>` and nothing else (equation 3).

    The whole text must match once outer white space is stripped; both parts may span lines, and neither may hold
    one of the four tags again, so that two answers or nested tags fail. What the parts say does not matter here.
    """
    return _FORMAT.fullmatch(text.strip()) is not None
