"""Relative differences: of measured cells, and of the paper's own figures beside its words."""

from __future__ import annotations

import pytest

from benchmark.tables import published
from benchmark.tables.collect import Choice, worlds
from benchmark.tables.improvement import in_words, relative
from benchmark.tables.registry import TABLES
from tests.benchmark.run_factory import made_up_scores, write_run


def table(results, number, **choice):
    (world,) = worlds(results, None, False)
    (made,) = TABLES[number].build(world, Choice(**choice))
    return made


def note(table, start):
    return next((note for note in table.notes if note.startswith(start)), None)


def of(table, key):
    (row,) = [row for row in table.rows if row.key == key and not row.published]
    return table.cell(row, "HTER").value


def test_the_gain_is_computed_from_the_best_and_the_second_best_cell(tmp_path):
    for method, separation in (("ms-lbp", 0.5), ("cnn", 1.0), ("grpo", 3.0)):
        write_run(tmp_path, made_up_scores(separation=separation), method=method)
    write_run(tmp_path, made_up_scores(separation=9), method="foundpad", policy="oracle-target-eer")
    made = table(tmp_path, "1")
    share = 100 * (of(made, "cnn") - of(made, "grpo")) / of(made, "cnn")
    text = note(made, "Best against second best HTER")
    assert f"CeFA to HQ-WMCA {share:.2f} % (Ours below CNN)" in text
    assert "FoundPAD" not in text  # an oracle does not compete


@pytest.mark.parametrize("columns", [("auc",), ("frr", "far")])
def test_without_hter_or_without_a_second_method_nothing_is_said(tmp_path, columns):
    write_run(tmp_path, method="cnn")
    assert note(table(tmp_path, "1"), "Best against") is None
    write_run(tmp_path, made_up_scores(separation=3), method="grpo")
    assert note(table(tmp_path, "1", columns=columns), "Best against") is None
    assert note(table(tmp_path, "1"), "Best against") is not None


def test_equal_bests_and_a_best_of_zero(tmp_path):
    for method in ("cnn", "grpo"):
        write_run(tmp_path, made_up_scores(separation=30), method=method)
    assert "no difference (CNN and Ours)" in note(table(tmp_path, "1"), "Best against")
    write_run(tmp_path, made_up_scores(separation=1), method="ms-lbp")
    assert "no difference (CNN and Ours)" in note(table(tmp_path, "1"), "Best against")


def test_table_3_says_how_far_a_method_without_a_reward_lies_above_the_whole(tmp_path):
    for method, separation in (("grpo", 1.0), ("grpo-no-cls", 0.5), ("grpo-no-res", 3.0)):
        write_run(tmp_path, made_up_scores(separation=separation), method=method)
    made = table(tmp_path, "3")
    whole = of(made, "grpo")
    text = note(made, "HTER above that of the whole method")
    for key, title in (("grpo-no-cls", "w/o R_cls"), ("grpo-no-res", "w/o R_res")):
        assert f"{title} {100 * (of(made, key) - whole) / whole:+.2f} %" in text
    assert "w/o R_format" not in text  # no run of it
    assert "-" in text.split("w/o R_res ")[1]  # better without it: said with its sign


def test_of_a_whole_method_without_an_error_no_share_can_be_told(tmp_path):
    write_run(tmp_path, made_up_scores(separation=30), method="grpo")
    write_run(tmp_path, made_up_scores(separation=0.5), method="grpo-no-cls")
    assert note(table(tmp_path, "3"), "HTER above") is None


def test_the_paper_s_words_of_table_1_are_its_cells(tmp_path):
    (text,) = in_words("1", published.protocols("1"))
    for said in ("18.48 %", "60.75 %", "18.17 %", "28.28 %"):
        assert said in text
    assert text.endswith("of the printed figures gives the same.")
    assert text in table_without_runs(tmp_path, "1").notes
    assert in_words("1", ["oulu2siw"]) == []


def test_the_increases_of_table_3_are_decreases_seen_from_the_other_side(tmp_path):
    (text,) = in_words("3", published.protocols("3"))
    assert "increases by 16.89 % (w/o R_format) and 24.39 % (w/o R_res)" in text
    assert "decreases seen from the other side" in text
    assert text.endswith("(without - whole) / whole, are 20.32 % and 32.25 %.")
    assert text in table_without_runs(tmp_path, "3").notes


def table_without_runs(results, number):
    return table(results, number, published=True)


def test_a_word_that_no_printed_figure_gives_would_be_found_out(monkeypatch):
    wrong = [published.Words(**{**vars(one), "percent": "99.99"}) for one in published.words("1")]
    monkeypatch.setattr(published, "words", lambda number: wrong)
    (text,) = in_words("1", published.protocols("1"))
    assert text.endswith("of the printed figures gives 18.48 %, 60.75 %, 18.17 %, 28.28 %.")


def test_relative_shares():
    assert relative(20, 15) == "25.00"
    assert relative(20, 25, sign=-1) == "+25.00"
