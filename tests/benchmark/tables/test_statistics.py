import numpy as np
import pytest

from benchmark.metrics.significance import holm
from benchmark.results.scores import Scores
from benchmark.tables.collect import Choice, worlds
from benchmark.tables.statistics import cost_tables, seeds_tables, significance_tables
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
    tables = significance_tables(world(results), Choice())
    assert [[row.key for row in table.rows] for table in tables] == [["ms-lbp", "cnn"]] * 2
    p = [row.cells[3].value for table in tables for row in table.rows]
    assert [row.cells[4].value for table in tables for row in table.rows] == holm(p)
    worst = tables[0].rows[0]
    assert worst.cells[1].value > 0.2
    assert worst.cells[3].value < 0.01
    assert all("Minimum detectable difference" in " ".join(table.notes) for table in tables)


def test_another_reference(results):
    (table, _) = significance_tables(world(results), Choice(against="cnn"))
    assert [row.key for row in table.rows] == ["ms-lbp", "grpo"]
    assert table.rows[1].cells[1].value < 0
    with pytest.raises(InputError, match="did you mean grpo"):
        significance_tables(world(results), Choice(against="grpoo"))


def test_unpaired_presentations_are_reported_and_not_compared(results):
    rows = made_up_scores(seed=2).rows()
    write_run(results, Scores.of(rows[:-3]), method="foundpad")
    (table, _) = significance_tables(world(results), Choice())
    (row,) = [row for row in table.rows if row.key == "foundpad"]
    assert row.cells[1].text == "–"
    assert any("0 presentation(s) only in this run, 3 only in the reference" in note for note in row.notes)


def test_seeds_have_mean_deviation_and_number(results):
    for seed in (1, 2):
        write_run(results, made_up_scores(separation=2, seed=seed), method="cnn", seed=seed)
    (table,) = seeds_tables(world(results), Choice())
    (row,) = [row for row in table.rows if row.key == "cnn"]
    single = [seeds_table_hter(results, seed) for seed in (0, 1, 2)]
    assert row.cells[0].value == pytest.approx(np.mean(single))
    assert row.cells[1].value == pytest.approx(np.std(single, ddof=1))
    assert [cell.value for cell in row.cells[2::3]] == [3, 1]
    assert row.cells[4].text == "–"  # one seed has no deviation


def seeds_table_hter(results, seed):
    entry = world(results).entries["cnn", "cefa2hqwmca"]
    return next(m.outcomes.hter for m in entry.measure(Choice()) if m.run.seed == seed)


def test_cost_per_stage(results):
    table, _ = cost_tables(world(results), Choice())
    assert {column.group for column in table.columns} == {"fit", "predict"}
    assert [cell.value for cell in table.rows[0].cells[:4]] == [3.0, 0.0, 2.0, 100.0]
