"""Years of birth become classes; a line that is no subject's is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from protocols.discovery import people
from protocols.errors import InputError

SUBJECT = re.compile(r"AF-\d{3}", re.I)


@pytest.mark.parametrize(
    ("line", "known"),
    [
        ("AF-000 1999 F", {"age": "born 1980-1999", "sex": "female"}),
        ("af-001\t1936\tm", {"age": "born 1920-1939", "sex": "male"}),
        ("AF-002 2000 M", {"age": "born 2000-2019", "sex": "male"}),
        ("AF-155  ", {}),
        ("AF-547  M", {"sex": "male"}),
        ("AF-290 11 M", {"sex": "male"}),
        ("AF-291 1979", {"age": "born 1960-1979"}),
    ],
)
def test_what_a_line_says(line: str, known: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_text(f"{line}\n")
    (found,) = people.read([file], SUBJECT).values()
    assert dict(found) == known


@pytest.mark.parametrize("line", ["F 1999 AF-000", "AF-000 F 1999", "AF-000 1999 X", "ZZ-000 1999 F", "AF-000 19999 F"])
def test_a_line_of_another_kind_is_refused(line: str, tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_text(f"AF-001 1999 F\n{line}\n")
    with pytest.raises(InputError, match=r"list.txt, line 2: not a subject, a year of birth and F or M"):
        people.read([file], SUBJECT)
