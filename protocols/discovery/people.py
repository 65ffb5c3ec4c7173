"""Lists that say of subjects when they were born and of which sex they are, as CeFA has them: `AF-000 1999 F`.

Either may be missing. A year is kept as a class of twenty years and nothing else: how old somebody was on the day is
not known, and a year of birth beside other traits may tell who it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from protocols.adapter import Covariates
from protocols.discovery.lists import read_lines
from protocols.discovery.walk import shown
from protocols.errors import InputError

YEARS = range(1900, 2030)
SEXES = {"F": "female", "M": "male"}
_LINE = re.compile(r"(?P<who>\S+?)(?:\s+(?P<year>\d{1,4}))?(?:\s+(?P<sex>[FM]))?", re.I)


def read(files: Iterable[Path], subject: re.Pattern[str]) -> Mapping[str, Covariates]:
    """Subject, in upper case -> age class and sex, as far as the lists say them; a year that is none is left out.

    Raises `InputError`, naming file and line, for a line of another kind, and for a subject that matches no `subject`.
    """
    known: dict[str, Covariates] = {}
    for file in files:
        for number, text in read_lines(file):
            match = _LINE.fullmatch(text)
            if match is None or not subject.fullmatch(match["who"]):
                raise InputError(f"{shown(file)}, line {number}: not a subject, a year of birth and F or M")
            year = int(match["year"] or 0)
            said = (
                ("age", age_class(year) if year in YEARS else None),
                ("sex", SEXES.get((match["sex"] or "").upper())),
            )
            known[match["who"].upper()] = tuple((name, value) for name, value in said if value)
    return known


def age_class(year: int) -> str:
    """`born 1980-1999`."""
    first = year // 20 * 20
    return f"born {first}-{first + 19}"
