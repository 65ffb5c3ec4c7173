"""Words of a model pass through every output and do nothing: no tag, command, formula, escape or bidi trick."""

from __future__ import annotations

import csv
import io
import json

import pyarrow as pa
import pytest

from benchmark.__main__ import main
from benchmark.exchange import bob
from benchmark.untrusted import LIMIT, one_line, shown
from tests.benchmark.run_factory import made_up_scores, write_run
from tests.benchmark.test_report import Page

HOSTILE = {
    "script": "<script>alert(1)</script><img src=x onerror=alert(1)></script><!--",
    "latex": r"\input{secret} \write18{ls} $x$ \end{document}",
    "ansi": "\x1b[2J\x1b]0;title\x07\x1b[31mred",
    "long": "m" * 1_000_000,
    "bidi": "\u202egnp.exe\u2066\u2069\u200f\u061c",
    "formula": "=HYPERLINK(1)",
    "json": '"},"</script>": {"\u2028',
    "markdown": "[a](javascript:alert(1)) | `x` **b** ![i](j)",
    "jinja": "{{ 7 * 7 }}{% raw %}",
}
CONTROLS = {"\x1b", "\x07", "\u202e", "\u2066", "\u2069", "\u200f", "\u061c", "\u2028"}
NAMES = {key: text[:200] for key, text in HOSTILE.items()}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Two runs whose words, reasons, ids, titles, settings and warnings are all hostile."""
    folder = tmp_path_factory.mktemp("results")
    every = list(HOSTILE.values())
    for method in ("grpo", "sft"):
        scores = made_up_scores(silent=3)
        n = len(scores)
        scores = scores.with_columns(
            text=tuple(every[i % len(every)] for i in range(n)),
            reason=tuple(None if scores.responded[i] else every[i % len(every)] for i in range(n)),
            id=tuple(f"{list(NAMES.values())[i % len(NAMES)]}{i}" for i in range(n)),
            native_code=tuple(list(NAMES.values())[i % len(NAMES)] for i in range(n)),
        )
        joined = " ".join(NAMES.values())
        write_run(
            folder,
            scores,
            method=method,
            dev=made_up_scores(seed=1),
            title=joined,
            settings={"prompt": joined, **({"generations": 6} if method == "grpo" else {})},
            warnings=list(NAMES.values()),
            facts={"base_model": joined},
            log=[{"step": 1, joined: 1.0}],
        )
    return folder


def output(results, capsys, *words):
    assert main([*words, "--results", str(results)]) == 0
    return capsys.readouterr().out


def test_shown_marks_what_does_not_print_and_cuts_what_is_long():
    assert shown("a\x1b[2J\u202eb\n\tc") == "a\ufffd[2J\ufffdb\n\tc"
    assert shown("plain") == "plain"
    cut = shown("x" * 1_000_000)
    assert cut.startswith("x" * LIMIT)
    assert cut.endswith("996,000 more characters in the score file]")
    assert one_line("a\n b\x07") == "a b\ufffd"


def test_the_report_shows_them_as_text(results, tmp_path):
    file = tmp_path / "r.html"
    assert main(["report", "--results", str(results), "--output", str(file)]) == 0
    text = file.read_text(encoding="utf-8")
    assert not CONTROLS & set(text)
    assert "m" * (LIMIT + 1) not in text
    read = Page(text)
    assert not read.open
    assert [tag for tag, _ in read.elements].count("script") == 2
    assert all(tag != "img" for tag, _ in read.elements)
    assert not any(name.startswith("on") for _, attrs in read.elements for name in attrs)
    assert "{{ 7 * 7 }}" in read.words
    at = read.data["columns"].index("text")
    said = {row[at] for row in read.data["runs"][0]["rows"]}
    assert HOSTILE["script"] in said  # the script sets it as text, never as HTML
    assert len(max(said, key=len)) < LIMIT + 80


def test_every_table_in_every_format(results, capsys):
    for kind in ("1", "species", "significance"):
        for form in ("text", "markdown", "latex", "csv", "html", "json"):
            text = output(results, capsys, "table", kind, "--format", form)
            assert not CONTROLS & set(text), (kind, form)
            if form == "latex":
                assert "\\input" not in text
                assert "\\write" not in text
            elif form == "html":
                assert not Page(text).open
                assert "<script" not in text
            elif form == "markdown":
                assert "<script" not in text
                assert "](javascript" not in text.replace("\\]", "").replace("\\(", "")
            elif form == "csv":
                assert not any(cell.startswith(("=", "@")) for row in csv.reader(io.StringIO(text)) for cell in row)
            elif form == "json":
                json.loads(text)


def test_the_terminal_gets_no_escape(results, capsys):
    text = output(results, capsys, "compare", "demo/cefa2hqwmca/grpo", "demo/cefa2hqwmca/sft")
    assert not CONTROLS & set(text)
    assert max(map(len, text.splitlines())) < 400


def test_the_card_and_bobs_files(results, capsys, tmp_path):
    for form in ("card", "bob", "bob-4"):
        output(results, capsys, "export", "demo/cefa2hqwmca/grpo", "--format", form, "--output", str(tmp_path / form))
        text = (tmp_path / form).read_text(encoding="utf-8")
        assert not CONTROLS & set(text), form
        if form == "card":
            head, front, body = text.split("---\n", 2)
            assert not head
            assert all(json.loads(line.split(": ", 1)[1]) for line in front.splitlines())
            assert "<script" not in body
            assert "\n---" not in body
    rows = list(csv.reader(io.StringIO((tmp_path / "bob").read_text(encoding="utf-8"))))
    assert not any(cell.startswith(("=", "@", "+")) for row in rows for cell in row)
    assert len({len(row) for row in rows}) == 1
    assert all(len(line.split()) == 4 for line in (tmp_path / "bob-4").read_text().splitlines())


def test_figures_draw_them_without_a_warning(results, tmp_path):
    for kind in ("6", "7", "det", "curves"):
        assert main(["figure", kind, "--results", str(results), "--output", str(tmp_path)]) == 0
        for file in tmp_path.glob("*.svg"):
            assert "<script" not in file.read_text()


def test_a_megabyte_stays_whole_in_the_score_file(results):
    from benchmark.results.runs import find

    run = next(iter(find(results)))
    assert HOSTILE["long"] in run.scores.text


def test_bobs_cells_are_no_formulas():
    for text in ("=1", "+1", "-1", "@x", "'=1", "'", "plain", "\x1b[2J"):
        cell = bob._cell(text)
        assert not cell.startswith(("=", "+", "-", "@"))
        assert cell.isprintable()
        if text.isprintable():
            row = {
                "claimed_id": [cell],
                "test_label": [cell],
                "is_bonafide": ["True"],
                "attack_type": [""],
                "score": ["1"],
            }
            assert bob.from_csv(pa.table(row), "x.csv")["id"].to_pylist() == [text]
