import pytest

from benchmark.metrics.summary import figures
from benchmark.metrics.thresholds import DEFAULTS, parse
from benchmark.tables.collect import Choice, worlds
from benchmark.tables.kinds.policies import policies
from tests.benchmark.run_factory import made_up_scores, spoken, write_run

PROMISED, OBTAINED = "promised (source dev)", "obtained (target)"


@pytest.fixture
def world(tmp_path):
    write_run(tmp_path, made_up_scores(silent=2), dev=made_up_scores(seed=5), method="grpo")
    write_run(tmp_path, made_up_scores(seed=3), method="sft")
    return worlds(tmp_path, None, False)[0]


def cell(table, title, column, group=None):
    (row,) = [row for row in table.rows if row.title == title]
    return table.cell(row, column, group)


def test_policies_side_by_side_promised_and_obtained(world):
    transfer, points = policies(world, Choice())
    titles = [row.title for row in transfer.rows]
    names = [name for name in DEFAULTS if name != "answer:tolerant"]  # there are no texts
    assert titles[: len(names)] == [f"GRPO, {name}" for name in names]
    promised, obtained = (cell(transfer, "GRPO, source-apcer:5%", "max APCER", side) for side in (PROMISED, OBTAINED))
    assert promised.value <= 0.05
    assert obtained.value > promised.value
    assert cell(transfer, "SFT, source-eer", "HTER").text == "–"
    assert any("a bound" in note for note in cell(transfer, "GRPO, oracle-target-eer", "HTER").notes)
    curves = figures(world.entries["grpo", "cefa2hqwmca"].runs[0]).curves["error"]
    assert cell(points, "GRPO", "EER").value == curves.eer
    # 1 of 20 replays has no answer: no threshold has an APCER of 1 %
    at_1, at_20 = (cell(points, "GRPO", bound, "BPCER at max APCER") for bound in ("1 %", "20 %"))
    assert at_1.text == "–"
    assert at_20.value is not None


@pytest.mark.parametrize("rule", [None, "strict", "tolerant"])
def test_both_answer_rules_stand_side_by_side(tmp_path, rule):
    write_run(tmp_path, spoken(made_up_scores(silent=3)), method="grpo", dev=spoken(made_up_scores(seed=5, silent=2)))
    transfer, _ = policies(worlds(tmp_path, None, False)[0], Choice(answer_rule=rule))
    strict, lenient = (cell(transfer, f"GRPO, {name}", "HTER") for name in ("answer", "answer:tolerant"))
    assert strict.value - lenient.value == pytest.approx((2 / 40 + 2 / 60) / 2)
    promised = [cell(transfer, f"GRPO, {name}", "BPCER", PROMISED).value for name in ("answer", "answer:tolerant")]
    assert promised[0] - promised[1] == pytest.approx(1 / 40)
    assert "4 of 100 texts are near misses of the strict answer rule (see `--answer-rule tolerant`)" in strict.notes
    assert "4 of 100 texts are read by the tolerant answer rule only" in lenient.notes
    assert any("strict rule cannot read" in note for note in transfer.notes)


def test_a_single_policy_takes_the_rule_asked_for(tmp_path):
    write_run(tmp_path, spoken(made_up_scores(silent=3)), method="grpo")
    choice = Choice(policy=parse("answer"), answer_rule="tolerant", non_response="exclude")
    transfer, _ = policies(worlds(tmp_path, None, False)[0], choice)
    assert [row.title for row in transfer.rows] == ["GRPO, answer:tolerant"]
    assert "2 of 100 presentations without an answer left out" in cell(transfer, "GRPO, answer:tolerant", "HTER").notes
