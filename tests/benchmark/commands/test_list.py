"""What `list` says of methods is whole sentences."""

from __future__ import annotations

import methods
from benchmark.__main__ import main


def test_descriptions_end_where_a_sentence_ends(capsys):
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.split("\n\n")[0].splitlines()[1:]
    assert len(lines) == len(list(methods.available()))
    assert all(line.endswith(".") for line in lines), lines
