import pytest

from benchmark.metrics.significance import holm
from benchmark.results.scores import Scores
from benchmark.tables.collect import Choice, worlds
from benchmark.tables.kinds.significance import significance
from protocols.errors import InputError
from tests.benchmark.run_factory import made_up_scores, write_run

PROTOCOLS = ("cefa2hqwmca", "surf2hqwmca")


@pytest.fixture
def results(tmp_path):
    for protocol in PROTOCOLS:
        for method, separation in (("ms-lbp", 0.3), ("cnn", 2.0), ("grpo", 4.0)):
            scores = made_up_scores(separation=separation, seed=len(method))
            write_run(tmp_path, scores, method=method, protocol=protocol)
    return tmp_path


def world(results):
    return worlds(results, None, False)[0]


def test_differences_to_the_paper_s_method_corrected_over_all_protocols(results):
    tables = significance(world(results), Choice())
    assert [[row.key for row in table.rows] for table in tables] == [["ms-lbp", "cnn"]] * 2
    p, corrected = (
        [table.cell(row, name).value for table in tables for row in table.rows] for name in ("p", "p (Holm)")
    )
    assert corrected == holm(p)
    worst = tables[0].rows[0]
    assert tables[0].cell(worst, "difference").value > 0.2
    assert tables[0].cell(worst, "p").value < 0.01
    assert all("Minimum detectable difference" in " ".join(table.notes) for table in tables)


def test_another_reference(results):
    (table, _) = significance(world(results), Choice(against="cnn"))
    assert [row.key for row in table.rows] == ["ms-lbp", "grpo"]
    assert table.cell(table.rows[1], "difference").value < 0
    with pytest.raises(InputError, match="did you mean grpo"):
        significance(world(results), Choice(against="grpoo"))


def test_unpaired_presentations_are_reported_and_not_compared(results):
    rows = made_up_scores(seed=2).rows()
    write_run(results, Scores.of(rows[:-3]), method="foundpad")
    (table, _) = significance(world(results), Choice())
    (row,) = [row for row in table.rows if row.key == "foundpad"]
    assert table.cell(row, "difference").text == "–"
    assert any("0 presentation(s) only in this run, 3 only in the reference" in note for note in row.notes)
