"""How else a response could have said its class: the same text with another class word, in the tokens of a vocabulary.

Vocabularies differ in what carries the word. Qwen's writes `<answer>real` with the tokens `<answer`, `>`, `real`, but
`<answer>Fake` with `<answer`, `>F`, `ake`: the classes part before the tag is closed. So nothing is assumed about
tokens; texts are spelt by the tokenizer itself, and put where they leave the tokens that were generated.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass

from methods.mllm.answer import CLASSES, Place, Word
from methods.mllm.border import Tokenizer

_BEFORE = 12
"""Characters before `<answer>` that are spelt with it: enough for a token to start where a generated one does."""


@dataclass(frozen=True)
class Alternative:
    """One way to say `word`: the first `start` generated tokens as they are, then the tokens `ids`."""

    word: Word
    start: int
    ids: tuple[int, ...]


def alternatives(tokenizer: Tokenizer, ids: Sequence[int], text: str, place: Place) -> list[Alternative]:
    """The ways to say either class in the place of a response's answer; the first is what was said.

    `ids` are the generated tokens, `text` is what `decode` makes of them, `place` where the answer stands. The others
    are the same text with the class word in lower case, Capitalised, in UPPER CASE and in the letter case of the word
    that was said, each spelt as the tokenizer spells it, up to the token that completes the word. A spelling that does
    not decode to its own text, or leaves the generated tokens nowhere, is left out.
    """
    ends = _own_ends(tokenizer, ids, text, place)
    if ends is None:
        return []
    said = text[place.start : place.end]
    before, after = text[max(0, place.opened - _BEFORE) : place.start], text[place.end : place.closed]
    shift = place.start - len(before)
    stop = min(n for n, end in ends.items() if end >= place.end)
    own: tuple[int, ...] = tuple(ids[:stop])
    found = {own: Alternative(place.word, 0, own)}
    for word in CLASSES:
        for spelling in dict.fromkeys((word, word.capitalize(), word.upper(), _cased_like(said, word))):
            spelt = _spell(tokenizer, before, spelling, after)
            if spelt is None:
                continue
            tokens, starts = spelt
            shared = {n: starts[end - shift] for n, end in ends.items() if end <= place.start and end - shift in starts}
            if shared:
                start = max(shared)
                whole = (*ids[:start], *tokens[shared[start] :])
                found.setdefault(whole, Alternative(word, 0, whole))
    return _from_where_they_part(list(found.values()))


def decode(tokenizer: Tokenizer, ids: Sequence[int]) -> str:
    """Tokens as text: without special tokens, and without the clean-up that moves spaces about."""
    return str(tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False))


def _own_ends(tokenizer: Tokenizer, ids: Sequence[int], text: str, place: Place) -> dict[int, int] | None:
    """{n: where in the text the first n generated tokens end}, around the answer; None if the tokens do not fit."""
    first = bisect.bisect_left(range(len(ids) + 1), place.end, key=lambda n: len(decode(tokenizer, ids[:n])))
    ends = {}
    for n in range(first, -1, -1):
        part = decode(tokenizer, ids[:n])
        if text.startswith(part):
            ends[n] = len(part)
        if len(part) <= place.opened - _BEFORE:
            break
    return ends if any(end >= place.end for end in ends.values()) else None


def _spell(tokenizer: Tokenizer, before: str, word: str, after: str) -> tuple[list[int], dict[int, int]] | None:
    """The tokens of `before + word + after` until `word` is complete, and {character: the token that starts there}."""
    tokens: list[int] = tokenizer(before + word + after, add_special_tokens=False)["input_ids"]
    if decode(tokenizer, tokens) != before + word + after:
        return None
    starts: dict[int, int] = {}
    for n in range(len(tokens) + 1):
        end = len(decode(tokenizer, tokens[:n]))
        if end >= len(before) + len(word):
            return tokens[:n], starts
        starts[end] = n
    return None


def _cased_like(said: str, word: str) -> str:
    """`word` in the letter case of a word of the same length."""
    return "".join(c.upper() if pattern.isupper() else c for pattern, c in zip(said, word, strict=True))


def _from_where_they_part(whole: list[Alternative]) -> list[Alternative]:
    """Each alternative from the last token that it shares with the first, what was said; that one from the earliest."""
    own = whole[0].ids
    starts = []
    for other in whole[1:]:
        same = next((i for i, (a, b) in enumerate(zip(own, other.ids, strict=False)) if a != b), len(own))
        starts.append(min(same, len(other.ids) - 1))
    first = min(starts, default=len(own) - 1)
    others = [Alternative(o.word, n, o.ids[n:]) for o, n in zip(whole[1:], starts, strict=True)]
    return [Alternative(whole[0].word, first, own[first:]), *others]
