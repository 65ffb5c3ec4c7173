"""10,000 cases for every parser of lists and names: what is read is safe and true to the text, the rest is refused.

One byte string is spelt in each parser's own words, so that near misses are common; every parser is also given the
words of another. The parsers must accept some of it too, or the test would prove nothing.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.discovery import lists
from protocols.errors import InputError
from protocols.releases import casia_surf, cefa, hq_wmca, siw_mv2

STEM = "1_01_0001_0092_05_01_001-0a1b2c3d"
NASTY = ("\0", "\n", "\r", "\t", " ", "..", "/", "\\", "=", "@", "~", "C:", '"', ",", "\u202e", "²", "é", "\ud7ff", ".")


def path_is_safe(text: str, path: str) -> None:
    assert path == posixpath.normpath(path)
    assert path[0] not in "/~=+-@"
    assert path[1:2] != ":"
    assert ".." not in path.split("/")
    assert path.isprintable()
    assert "\\" not in path


def line_says_so(text: str, parsed: tuple[str, str | None]) -> None:
    path, digit = text.split()
    assert parsed == (lists.clean_path(path), {"0": "bona fide", "1": "attack"}[digit])


def no_cell_runs(text: str, cells: list[str]) -> None:
    assert all(cell == "" or cell[0] not in "=+-@" for cell in cells)
    assert all(cell.isprintable() for cell in cells)


def text_is_clean(text: str, decoded: str) -> None:
    assert "\0" not in decoded
    assert decoded == text.strip()


def session_is_known(text: str, code: str) -> None:
    assert code in ("real", "01_e_s", "02_e_b", "03_en_s", "04_en_b", "05_enm_s", "06_enm_b")
    assert text.lower() in (code, f"{code}.rssdk")


def clip_says_so(text: str, clip: cefa.Clip) -> None:
    fields = text.split("_")
    assert int(fields[1]) == clip.identity
    assert (clip.race != "", clip.light == 0) == ((True, True) if len(fields) == 5 else (False, False))
    assert clip.code == (fields[4] if len(fields) == 5 else fields[0])


def stem_says_so(text: str, stem: hq_wmca.Stem) -> None:
    fields = text.split("-")[0].split("_")
    assert (stem.client, stem.presenter) == (fields[2], fields[3])
    assert hq_wmca.TYPES[fields[4]] == stem.type


def row_says_so(text: str, row: tuple[str, str, str]) -> None:
    assert row[0] in text
    assert "/" not in row[0]
    assert row[1] in ("bona fide", "attack")
    assert row[2] in ("train", "dev", "test")


def video_says_so(text: str, found: tuple[str, int]) -> None:
    assert found[0] in siw_mv2.SPECIES
    assert text.lower().startswith(f"{found[0]}_".lower())
    assert int(text[len(found[0]) + 1 :]) == found[1]


PARSERS: dict[str, tuple[Callable[[str], Any], Callable[[str, Any], None], tuple[str, ...]]] = {
    "path": (lists.clean_path, path_is_safe, ("Training", "/", "color", "0001.jpg")),
    "line": (lambda text: lists.parse_line(text, 1, "0"), line_says_so, ("a/0001.jpg", " ", " 0", " 1", " 2")),
    "cells": (lists.csv_row, no_cell_runs, ("a", ",", '"', "1", "attack/Print", "+", "-")),
    "bytes": (
        lambda text: lists.decode(text.encode("utf-8", "surrogatepass"), Path("list.txt"), 3),
        text_is_clean,
        ("a/b", " "),
    ),
    "session": (casia_surf.session_code, session_is_known, ("real", "04_en_b", ".rssdk", "_", "7", "REAL")),
    "clip": (cefa.parse_name, clip_says_so, ("1", "3", "_", "_1_", "300", "_300_1_1_1", "1_073_1_0_2_1_", "9")),
    "stem": (hq_wmca.parse_stem, stem_says_so, (STEM, "1_01_0001_0000_", "00_", "11_", "01_001-", "0a1b", "_")),
    "row": (
        lambda text: hq_wmca.parse_row(lists.csv_row(text)),
        row_says_so,
        (f"01.03.19/{STEM},", "1,", "0,", "eval", "train", "attack/Wig,", f"{STEM}.h5,"),
    ),
    "video": (siw_mv2.parse_stem, video_says_so, (*siw_mv2.SPECIES, "_", "_12", "3", "Mask_")),
}


def spell(raw: bytes, words: tuple[str, ...]) -> str:
    """Text of the given words; every eighth byte value stands for something nasty instead."""
    return "".join(NASTY[b // 8 % len(NASTY)] if b % 8 == 7 else words[b % len(words)] for b in raw)


def test_hostile_text() -> None:
    accepted: Counter[str] = Counter()

    @settings(max_examples=10_000, deadline=None, database=None)
    @given(st.binary(max_size=8), st.sampled_from(list(PARSERS)))
    def every_parser(raw: bytes, other: str) -> None:
        for name, (parse, check, words) in PARSERS.items():
            for text in (spell(raw, words), spell(raw, PARSERS[other][2])):
                try:
                    result = parse(text)
                except (ValueError, InputError) as refusal:
                    if not str(refusal) or "\n" in str(refusal):
                        raise AssertionError(f"{name}: a refusal is one line") from refusal
                else:
                    check(text, result)
                    accepted[name] += 1

    every_parser()
    assert min(accepted[name] for name in PARSERS) >= 20, accepted
