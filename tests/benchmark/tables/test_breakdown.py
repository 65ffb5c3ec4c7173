import pytest

from benchmark.metrics.summary import figures
from benchmark.metrics.thresholds import DEFAULTS, parse
from benchmark.tables.breakdown import policies_tables, species_tables
from benchmark.tables.collect import Choice, worlds
from tests.benchmark.run_factory import made_up_scores, spoken, write_run


@pytest.fixture
def world(tmp_path):
    write_run(tmp_path, made_up_scores(silent=2), dev=made_up_scores(seed=5), method="grpo")
    write_run(tmp_path, made_up_scores(seed=3), method="sft")
    return worlds(tmp_path, None, False)[0]


def cell(table, title, column=0):
    (found,) = [row.cells[column] for row in table.rows if row.title == title]
    return found


def test_species_hold_counts_maximum_and_non_responses(world):
    (table,) = species_tables(world, Choice())
    counts = figures(world.entries["grpo", "cefa2hqwmca"].runs[0]).policies["source-eer"].target
    n, wrong, silent = counts["print"]
    assert cell(table, "print").value == (wrong + silent) / n
    assert f"({wrong + silent}/{n})" in cell(table, "print").text
    species = ("print", "replay", "rigid mask")
    assert cell(table, "maximum APCER").value == max(cell(table, name).value for name in species)
    assert cell(table, "non-response, bona fide (BPNRR)").value == 2 / 40
    assert cell(table, "non-response, attacks pooled").value == 2 / 60
    assert [column.title for column in table.columns] == ["GRPO", "SFT"]
    assert any("source-eer" in note for note in table.notes)


def test_one_method_in_detail_with_intervals_and_flags(world):
    (table,) = species_tables(world, Choice(methods=("grpo",)))
    assert [column.title for column in table.columns][:3] == ["n", "errors", "APCER"]
    assert cell(table, "print", 0).value == 20
    assert " to " in cell(table, "print", 3).text
    assert any("rule of 30" in note for note in cell(table, "print", 2).notes)
    assert any("Maximum APCER" in note for note in table.notes)


def test_no_error_is_flagged_by_the_rule_of_3(tmp_path):
    write_run(tmp_path, made_up_scores(separation=30))
    (table,) = species_tables(worlds(tmp_path, None, False)[0], Choice(methods=("ms-lbp",)))
    assert any(
        "one-sided 95 % upper bound of independent presentations about 15.00 %" in n
        for n in cell(table, "print", 2).notes
    )


def test_species_that_tie_for_the_worst_are_named(tmp_path):
    write_run(tmp_path, made_up_scores(separation=-30))
    write_run(tmp_path, made_up_scores(separation=30), method="cnn")
    world = worlds(tmp_path, None, False)[0]
    (table,) = species_tables(world, Choice())
    all_wrong, none = (
        cell(table, "maximum APCER", [c.title for c in table.columns].index(t)) for t in ("MS-LBP", "CNN")
    )
    assert (all_wrong.text, none.text) == ("100.00 (20/20) 3 species tie", "0.00 (0/20)")
    assert "3 species tie: print, replay, rigid mask; the counts are of the first" in all_wrong.notes
    (detail,) = species_tables(world, Choice(methods=("ms-lbp",)))
    assert "Maximum APCER: 100.00 % (3 species tie: print, replay, rigid mask)." in detail.notes


def test_a_partial_target_has_no_breakdown(tmp_path):
    write_run(tmp_path, method="cnn")
    write_run(tmp_path, method="grpo", counts={"expected_attack": 90})
    (table,) = species_tables(worlds(tmp_path, None, False)[0], Choice())
    assert cell(table, "print", 0).value is not None
    assert cell(table, "print", 1).value is None
    assert any("60 of 90" in note for note in cell(table, "print", 1).notes)


def test_policies_side_by_side_promised_and_obtained(world):
    transfer, points = policies_tables(world, Choice())
    titles = [row.title for row in transfer.rows]
    names = [name for name in DEFAULTS if name != "answer:tolerant"]  # there are no texts
    assert titles[: len(names)] == [f"GRPO, {name}" for name in names]
    promised, obtained = (cell(transfer, "GRPO, source-apcer:5%", i) for i in (3, 6))
    assert promised.value <= 0.05
    assert obtained.value > promised.value
    assert cell(transfer, "SFT, source-eer", 7).text == "–"
    assert any("a bound" in note for note in cell(transfer, "GRPO, oracle-target-eer", 7).notes)
    curves = figures(world.entries["grpo", "cefa2hqwmca"].runs[0]).curves["error"]
    assert cell(points, "GRPO", 0).value == curves.eer
    assert cell(points, "GRPO", 2).text == "–"  # 1 of 20 replays has no answer: no threshold has an APCER of 1 %
    assert cell(points, "GRPO", 5).value is not None


def test_only_the_protocols_asked_for(world):
    assert species_tables(world, Choice(protocols=("surf2siw",))) == []


@pytest.mark.parametrize("rule", [None, "strict", "tolerant"])
def test_both_answer_rules_stand_side_by_side(tmp_path, rule):
    write_run(tmp_path, spoken(made_up_scores(silent=3)), method="grpo", dev=spoken(made_up_scores(seed=5, silent=2)))
    transfer, _ = policies_tables(worlds(tmp_path, None, False)[0], Choice(answer_rule=rule))
    strict, lenient = (cell(transfer, f"GRPO, {name}", 7) for name in ("answer", "answer:tolerant"))
    assert strict.value - lenient.value == pytest.approx((2 / 40 + 2 / 60) / 2)
    promised = [cell(transfer, f"GRPO, {name}", 1).value for name in ("answer", "answer:tolerant")]
    assert promised[0] - promised[1] == pytest.approx(1 / 40)
    assert "4 of 100 texts are near misses of the strict answer rule (see `--answer-rule tolerant`)" in strict.notes
    assert "4 of 100 texts are read by the tolerant answer rule only" in lenient.notes
    assert any("strict rule cannot read" in note for note in transfer.notes)


def test_a_single_policy_takes_the_rule_asked_for(tmp_path):
    write_run(tmp_path, spoken(made_up_scores(silent=3)), method="grpo")
    choice = Choice(policy=parse("answer"), answer_rule="tolerant", non_response="exclude")
    transfer, _ = policies_tables(worlds(tmp_path, None, False)[0], choice)
    assert [row.title for row in transfer.rows] == ["GRPO, answer:tolerant"]
    assert "2 of 100 presentations without an answer left out" in cell(transfer, "GRPO, answer:tolerant", 7).notes


def test_the_caption_says_by_which_rule_texts_were_read(tmp_path):
    write_run(tmp_path, spoken(made_up_scores(silent=3)), method="grpo")
    write_run(tmp_path, made_up_scores(seed=3), method="sft")
    world = worlds(tmp_path, None, False)[0]
    (table,) = species_tables(world, Choice(answer_rule="tolerant"))
    assert table.caption.endswith("Answer rule: tolerant.")
    assert cell(table, "non-response, attacks pooled", 0).value == 1 / 60
    assert species_tables(world, Choice())[0].caption.endswith("Answer rule: strict.")
    assert "Answer rule" not in species_tables(world, Choice(methods=("sft",)))[0].caption
