import pytest

from benchmark.metrics.summary import figures
from benchmark.tables.collect import Choice, worlds
from benchmark.tables.kinds.species import species
from tests.benchmark.run_factory import made_up_scores, spoken, write_run


@pytest.fixture
def world(tmp_path):
    write_run(tmp_path, made_up_scores(silent=2), dev=made_up_scores(seed=5), method="grpo")
    write_run(tmp_path, made_up_scores(seed=3), method="sft")
    return worlds(tmp_path, None, False)[0]


def cell(table, title, column="GRPO"):
    (row,) = [row for row in table.rows if row.title == title]
    return table.cell(row, column)


def test_species_hold_counts_maximum_and_non_responses(world):
    (table,) = species(world, Choice())
    counts = figures(world.entries["grpo", "cefa2hqwmca"].runs[0]).policies["source-eer"].target
    n, wrong, silent = counts["print"]
    assert cell(table, "print").value == (wrong + silent) / n
    assert f"({wrong + silent}/{n})" in cell(table, "print").text
    assert cell(table, "maximum APCER").value == max(
        cell(table, name).value for name in ("print", "replay", "rigid mask")
    )
    assert cell(table, "non-response, bona fide (BPNRR)").value == 2 / 40
    assert cell(table, "non-response, attacks pooled").value == 2 / 60
    assert [column.title for column in table.columns] == ["GRPO", "SFT"]
    assert any("source-eer" in note for note in table.notes)


def test_one_method_in_detail_with_intervals_and_flags(world):
    (table,) = species(world, Choice(methods=("grpo",)))
    assert [column.title for column in table.columns][:3] == ["n", "errors", "APCER"]
    assert cell(table, "print", "n").value == 20
    assert " to " in cell(table, "print", "95 % interval").text
    assert any("rule of 30" in note for note in cell(table, "print", "APCER").notes)
    assert any("Maximum APCER" in note for note in table.notes)


def test_no_error_is_flagged_by_the_rule_of_3(tmp_path):
    write_run(tmp_path, made_up_scores(separation=30))
    (table,) = species(worlds(tmp_path, None, False)[0], Choice(methods=("ms-lbp",)))
    assert any(
        "one-sided 95 % upper bound of independent presentations about 15.00 %" in n
        for n in cell(table, "print", "APCER").notes
    )


def test_species_that_tie_for_the_worst_are_named(tmp_path):
    write_run(tmp_path, made_up_scores(separation=-30))
    write_run(tmp_path, made_up_scores(separation=30), method="cnn")
    world = worlds(tmp_path, None, False)[0]
    (table,) = species(world, Choice())
    all_wrong, none = (cell(table, "maximum APCER", title) for title in ("MS-LBP", "CNN"))
    assert (all_wrong.text, none.text) == ("100.00 (20/20) 3 species tie", "0.00 (0/20)")
    assert "3 species tie: print, replay, rigid mask; the counts are of the first" in all_wrong.notes
    (detail,) = species(world, Choice(methods=("ms-lbp",)))
    assert "Maximum APCER: 100.00 % (3 species tie: print, replay, rigid mask)." in detail.notes


def test_a_partial_target_has_no_breakdown(tmp_path):
    write_run(tmp_path, method="cnn")
    write_run(tmp_path, method="grpo", counts={"expected_attack": 90})
    (table,) = species(worlds(tmp_path, None, False)[0], Choice())
    assert cell(table, "print", "CNN").value is not None
    assert cell(table, "print", "GRPO").value is None
    assert any("60 of 90" in note for note in cell(table, "print", "GRPO").notes)


def test_only_the_protocols_asked_for(world):
    assert species(world, Choice(protocols=("surf2siw",))) == []


def test_the_caption_says_by_which_rule_texts_were_read(tmp_path):
    write_run(tmp_path, spoken(made_up_scores(silent=3)), method="grpo")
    write_run(tmp_path, made_up_scores(seed=3), method="sft")
    world = worlds(tmp_path, None, False)[0]
    (table,) = species(world, Choice(answer_rule="tolerant"))
    assert table.caption.endswith("Answer rule: tolerant.")
    assert cell(table, "non-response, attacks pooled").value == 1 / 60
    assert species(world, Choice())[0].caption.endswith("Answer rule: strict.")
    assert "Answer rule" not in species(world, Choice(methods=("sft",)))[0].caption
