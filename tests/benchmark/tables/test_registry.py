"""A table is one file, and so is a column, also when they come from elsewhere."""

from __future__ import annotations

import pytest

from benchmark.__main__ import main
from benchmark.tables.registry import TABLES, register
from tests.benchmark.run_factory import write_run
from tests.plugins import install, python

TABLE = """
from benchmark.tables.model import Cell, Column, Row, Table
from benchmark.tables.registry import register

@register("sizes", about="presentations of 100 % of the runs")
def sizes(world, choice):
    rows = [Row(title=e.title, cells=(Cell(str(len(e.runs[0].scores))),)) for e in world.entries.values()]
    return [Table("sizes", "Sizes.", "Method", (Column("n"),), tuple(rows), world=world.name)]
"""
COLUMN = """
from benchmark.tables.metric import metric

@metric("youden", "J %", about="J: 1 - FRR - FAR", rank="greatest")
def youden(m):
    return 1 - m.outcomes.frr.value - m.outcomes.far.value
"""


@pytest.fixture
def results(tmp_path):
    write_run(tmp_path / "results", method="cnn")
    return tmp_path / "results"


def test_a_table_of_a_plug_in_is_one_like_any_other(tmp_path, results):
    install(tmp_path / "plugin", "sizes_plugin", TABLE, "tables", name="sizes")
    done = python(tmp_path / "plugin", "-m", "benchmark", "table", "sizes", "--results", str(results))
    assert (done.returncode, done.stderr) == (0, "")
    assert ["CNN", "100"] in [line.split() for line in done.stdout.splitlines()]
    listed = " ".join(python(tmp_path / "plugin", "-m", "benchmark", "table", "--help").stdout.split())
    assert "sizes: presentations of 100 % of the runs" in listed


def test_a_column_of_a_plug_in_is_asked_for_by_its_name_or_its_title(tmp_path, results):
    install(tmp_path / "plugin", "youden_plugin", COLUMN, "columns", name="youden")
    for word in ("youden", "j%"):
        words = ["-m", "benchmark", "table", "1", "--columns", f"hter,{word}", "--results", str(results)]
        done = python(tmp_path / "plugin", *words)
        assert (done.returncode, done.stderr) == (0, "")
        assert "J: 1 - FRR - FAR." in done.stdout
        (heads,) = [line.split() for line in done.stdout.splitlines() if line.startswith("Method")]
        assert heads[1:4] == ["HTER", "J", "%"]


def test_a_broken_table_harms_no_other_and_asking_for_it_is_one_line(tmp_path, results):
    install(tmp_path / "plugin", "sizes_plugin", TABLE + "raise SystemExit(7)", "tables", name="sizes")
    done = python(tmp_path / "plugin", "-m", "benchmark", "table", "1", "--results", str(results))
    assert (done.returncode, done.stderr) == (0, "")
    done = python(tmp_path / "plugin", "-m", "benchmark", "table", "sizes", "--results", str(results))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "the table plug-in 'sizes' (sizes_plugin) cannot be loaded: SystemExit: 7" in done.stderr


def test_two_tables_of_one_name_and_odd_names_are_refused():
    with pytest.raises(ValueError, match=r"two tables are called 'cost'.*benchmark\.tables\.kinds\.cost\.cost"):
        register("cost", about="another")(lambda world, choice: [])
    with pytest.raises(ValueError, match="lower-case words"):
        register("My Table", about="odd")(lambda world, choice: [])
    assert TABLES["cost"].about == "seconds and memory"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["polices"], "unknown table 'polices': did you mean policies"),
        (["1", "--columns", "hterr"], "unknown column 'hterr': did you mean hter"),
        (["1", "--columns", ""], "unknown column ''"),
        (["species", "--columns", "hter"], "--columns: table species has no such option; it belongs to: 1, 2, 3"),
        (["cost", "--published"], "--published: table cost has no such option; it belongs to: 1, 2, 3"),
        (["1", "--against", "cnn"], "--against: table 1 has no such option; it belongs to: significance"),
        (["3", "--suite", "mcio"], "--suite: table 3 has no such option"),
        (["1", "--suite", "sew", "--published"], "--published: no figures of suite sew are printed anywhere"),
        (["--against", "cnn"], "--against: tables 1, 2, 3 have no such option; it belongs to: significance"),
    ],
)
def test_wrong_words_are_one_line(results, capsys, words, says):
    assert main(["table", *words, "--results", str(results)]) == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1
