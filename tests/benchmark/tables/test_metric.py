"""Columns by name: what stands in them, how they are asked for."""

from __future__ import annotations

import pytest

from benchmark.metrics.summary import APCER_PERCENT, figures
from benchmark.tables.collect import Choice, worlds
from benchmark.tables.metric import COLUMNS, named, of_words
from benchmark.tables.registry import TABLES
from protocols.errors import InputError
from tests.benchmark.run_factory import made_up_scores, write_run

METHODS = ("ms-lbp", "cnn", "grpo")


@pytest.fixture
def results(tmp_path):
    for method, separation in zip(METHODS, (0.5, 1.5, 3.0), strict=True):
        write_run(tmp_path, made_up_scores(separation=separation, silent=1), method=method)
    return tmp_path


def table(results, *columns, **choice):
    (world,) = worlds(results, None, False)
    (made,) = TABLES["1"].build(world, Choice(columns=of_words(columns), **choice))
    return made


def test_every_metric_is_a_column_of_table_1(results):
    made = table(results, *COLUMNS)
    assert [column.name for column in made.columns[: len(COLUMNS)]] == list(COLUMNS)
    (row,) = [row for row in made.rows if row.key == "grpo"]
    (world,) = worlds(results, None, False)
    measured = world.entries["grpo", "cefa2hqwmca"].first(Choice())
    outcomes, curves = measured.outcomes, figures(measured.run).curves["error"]
    expected = {
        "frr": outcomes.frr.value,
        "bpcer": outcomes.frr.value,
        "far": outcomes.far.value,
        "hter": outcomes.hter,
        "apcer": outcomes.apcer_max.rate.value,
        "acer": (outcomes.apcer_max.rate.value + outcomes.frr.value) / 2,
        "non-response": 2 / 100,
        "eer": curves.eer,
        "auc": curves.auc,
    }
    for bound in APCER_PERCENT:
        species, pooled = (curves.point(kind, bound) for kind in ("max", "pooled"))
        expected[f"bpcer-at-apcer-{bound}"] = None if species is None else species.errors / species.n
        expected[f"tpr-at-fpr-{bound}"] = None if pooled is None else 1 - pooled.errors / pooled.n
    found = {name: made.cell(row, COLUMNS[name].title).value for name in COLUMNS}
    assert found == pytest.approx(expected)
    assert all(one.about for name, one in COLUMNS.items() if name != "hter")


def test_the_order_asked_for_each_once_by_name_or_title(results):
    assert of_words(["auc", "HTER", "TPR@FPR=1%", "auc"]) == ("auc", "hter", "tpr-at-fpr-1")
    assert [c.title for c in table(results, "auc", "frr").columns[:2]] == ["AUC", "FRR"]
    assert named("bpcer at apcer 5").title == "BPCER@APCER=5 %"
    with pytest.raises(InputError, match="unknown column 'acerr': did you mean acer"):
        of_words(["acerr"])


def test_the_greatest_auc_is_best_and_an_oracle_s_competes(results):
    write_run(results, made_up_scores(separation=9), method="foundpad", policy="oracle-target-eer")
    made = table(results, "hter", "auc")
    marks = {row.key: [made.cell(row, title).mark for title in ("HTER", "AUC")] for row in made.rows}
    assert marks["foundpad"] == ["", "best"]  # the AUC is of the scores alone, whatever the threshold
    assert marks["grpo"] == ["best", "second"]
    assert marks["cnn"] == ["second", ""]


def test_notes_stand_at_the_last_column_where_there_is_no_hter(results):
    made = table(results, "auc", "frr", policy=None, non_response="exclude")
    (row,) = [row for row in made.rows if row.key == "cnn"]
    assert not made.cell(row, "AUC").notes
    assert any("left out" in note for note in made.cell(row, "FRR").notes)


def test_the_paper_prints_no_auc(results):
    made = table(results, "hter", "auc", published=True)
    printed = next(row for row in made.rows if row.published and row.key == "grpo")
    assert made.cell(printed, "AUC").text == "–"
    assert made.cell(printed, "HTER").text == "15.75"
