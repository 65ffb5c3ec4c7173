"""Formats: hostile words stay words, columns line up, notes and marks arrive."""

import csv
import io
import json
import re
import subprocess
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from benchmark.tables.model import Cell, Column, Row, Table, rank
from benchmark.tables.render import FORMATS, render
from benchmark.untrusted import printable
from tests import debian

HOSTILE = (
    '<script>alert(1)</script> \\input{/etc/passwd} $x_1$ & 50 % #1 ~^ "q" `b` | [l](u) *i* \x1b[31m \u202e\u2066 \x00'
)


def example(word="MS-LBP"):
    run = {
        "id": word,
        "commit": "abc",
        "dirty": True,
        "target_digest": "d" * 64,
        "bona_fide": 4,
        "attack": 6,
        "policy": "answer",
    }
    rows = (
        Row(word, (Cell("1.00", 0.01), Cell("2.50", 0.025, runs=(run,), notes=(f"{word} made it",))), key="ms-lbp"),
        Row("b", (Cell(), Cell("3.00", 0.03)), notes=("of the row", f"{word} made it")),
        Row("c, published", (Cell("9.00", 0.09), Cell("9.00", 0.09)), published=True),
    )
    columns = (Column("FRR", f"{word} to x"), Column("HTER", f"{word} to x"))
    return Table("table1", f"Table 1. {word}.", "Method", columns, tuple(rank(rows, 1)), ("of all",), "demo")


@pytest.mark.parametrize("form", FORMATS)
def test_no_control_or_bidirectional_character_gets_out(form):
    text = render([example(HOSTILE)], form)
    assert all(c.isprintable() or c == "\n" for c in text)
    assert "1.00" in text or "0.01" in text


@pytest.mark.parametrize("form", FORMATS)
def test_a_megabyte_of_text_passes(form):
    assert len(render([example("x" * 10**6)], form)) > 10**6


def test_text_lines_up():
    lines = render([example()], "text").splitlines()
    ruler = next(i for i, line in enumerate(lines) if set(line) == {"-"})
    assert lines[ruler - 1].split() == ["Method", "FRR", "HTER"]
    assert len({len(line) for line in lines[ruler + 1 : ruler + 4]}) == 1  # right-aligned: all end in one column
    assert "2.50* [a]" in lines[ruler + 1]
    assert "3.00+" in lines[ruler + 2]
    assert lines[ruler + 2].startswith("b [a,b]")
    assert "[b] of the row" in lines
    assert "of all" in lines


def test_several_tables_follow_each_other():
    assert render([example("one"), example("two")], "text").index("Table 1. two") > 0


class Structure(HTMLParser):
    """Checks that every element is closed, and gathers what a browser would see."""

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.attributes, self.words = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        self.attributes += attrs
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def test_html_is_well_formed_and_asks_for_nothing():
    text = render([example(HOSTILE), example()], "html")
    page = Structure()
    page.feed(text)
    assert not page.open
    assert "script" not in page.seen
    assert any("<script>alert(1)</script>" in word for word in page.words)  # as words
    assert not any(name in ("src", "href", "onclick", "style") for name, _ in page.attributes)
    tips = [value for name, value in page.attributes if name == "title"]
    assert any("commit abc (dirty), data dddddddddddd, n 4 + 6, answer" in tip for tip in tips)
    assert ("class", "best") in page.attributes
    assert ("class", "published") in page.attributes


def test_latex_is_balanced_and_every_line_has_all_columns():
    text = render([example(HOSTILE)], "latex")
    assert r"\input" not in text
    body = [line.split(" % ")[0] for line in text.splitlines()]
    bare = re.sub(r"\\[\\{}$&#%_]", "", "\n".join(body))
    assert bare.count("{") == bare.count("}")
    assert "$" not in bare
    assert "#" not in bare
    begins, ends = (re.findall(rf"\\{word}{{(\w+)}}", text) for word in ("begin", "end"))
    assert sorted(begins) == sorted(ends)
    start, stop = (next(i for i, line in enumerate(body) if rule in line) for rule in (r"\midrule", r"\bottomrule"))
    rows = [re.sub(r"\\&", "", line) for line in body[start + 1 : stop]]
    assert [row.count("&") for row in rows] == [2, 2, 2]
    assert all(row.rstrip().endswith(r"\\") for row in rows)
    assert r"\textbf{2.50}" in text
    assert r"\underline{3.00}" in text
    assert r"\multicolumn{2}{c}" in text
    assert "(dirty)" in text


def test_latex_known_commands_only():
    known = {
        "begin", "end", "centering", "caption", "label", "toprule", "midrule", "bottomrule", "cmidrule", "multicolumn",
        "textbf", "underline", "textit", "textsuperscript", "par", "smallskip", "linewidth", "footnotesize",
        "textbackslash", "textasciicircum", "textasciitilde", "textless", "textgreater", "textbar", "textasciigrave",
    }  # fmt: skip
    text = render([example(HOSTILE)], "latex")
    assert set(re.findall(r"\\([a-zA-Z]+)", text)) <= known


def test_latex_compiles_whatever_the_words_are(tmp_path):
    debian.require(["pdflatex"], ["texlive-latex-recommended"])
    every = "".join(map(chr, range(0x20, 0x260))) + "人脸 \U0001f600"
    tables = render([example(HOSTILE), example(every)], "latex")
    (tmp_path / "t.tex").write_text(
        rf"\documentclass{{article}}\usepackage{{booktabs}}\begin{{document}}{tables}\end{{document}}", encoding="utf-8"
    )
    words = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "t.tex"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, errors="replace")
    assert done.returncode == 0, done.stdout[-2000:]
    assert (tmp_path / "t.pdf").stat().st_size > 1000
    assert "Missing character" not in (tmp_path / "t.log").read_text(errors="replace")


def test_markdown_has_the_same_columns_in_every_line():
    text = render([example(HOSTILE)], "markdown")
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in table} == {4}
    assert "<script" not in text
    assert "**2.50**" in text
    assert "<u>3.00</u>" in text


def test_csv_holds_numbers_and_no_formulas():
    found = list(csv.DictReader(io.StringIO(render([example("=1+1")], "csv"))))
    assert found[0]["Method"] == "'=1+1"
    assert float(found[0]["'=1+1 to x HTER"]) == 0.025
    assert found[1]["'=1+1 to x FRR"] == ""
    assert [row["published"] for row in found] == ["no", "no", "yes", ""]
    assert {row["world"] for row in found} == {"demo"}
    assert [row["Method"] == "notes" for row in found] == ["of all" in row["notes"] for row in found]


def test_csv_fractions_have_no_traces_of_binary():
    table = Table("t", "T.", "Method", (Column("HTER"),), (Row("a", (Cell("40.25", 0.1 + 0.30249999999999997),)),))
    assert "a,0.4025,no" in render([table], "csv")


def test_latex_labels_are_unique_and_no_command_is_printed():
    note = "FAR is pooled (see `table species`)."
    tables = [replace(example(), protocol=name, notes=(note,)) for name in ("cefa2siw", "surf2siw", "surf2siw", "")]
    text = render(tables, "latex")
    labels = re.findall(r"\\label{(.*?)}", text)
    assert labels == ["tab:table1-cefa2siw", "tab:table1-surf2siw", "tab:table1-surf2siw-2", "tab:table1"]
    assert "FAR is pooled." in text
    assert "(see `table species`)" in render(tables, "text")


def test_json_cells_know_their_runs():
    (table,) = json.loads(render([example(HOSTILE)], "json"))["tables"]
    cell = table["rows"][0]["cells"][1]
    assert cell["value"] == 0.025
    assert cell["mark"] == "best"
    assert (cell["runs"][0]["commit"], cell["runs"][0]["dirty"]) == ("abc", True)
    assert table["rows"][1]["cells"][0]["value"] is None
    assert table["rows"][0]["method"] == "ms-lbp"


def test_equal_values_share_a_mark_and_skipped_rows_have_none():
    rows = [Row(str(v), (Cell(str(v), v),)) for v in (0.2, 0.1, 0.1, 0.05)]
    assert [r.cells[0].mark for r in rank(rows, 0, skip=[3])] == ["second", "best", "best", ""]
    assert rank([replace(rows[0], cells=(Cell(),))], 0)[0].cells[0].mark == ""


def test_letters_go_on_after_z():
    table = Table("t", "c", "s", (Column("x"),), tuple(Row(str(i), (Cell(),), (f"note {i}",)) for i in range(28)))
    assert list(table.letters().values())[24:] == ["y", "z", "aa", "ab"]


def test_printable_keeps_words_of_any_language():
    assert printable("Määttä 中文") == "Määttä 中文"
