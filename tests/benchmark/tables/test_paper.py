import numpy as np
import pytest

from benchmark.metrics.summary import figures
from benchmark.metrics.thresholds import parse
from benchmark.tables.collect import Asked, Choice, worlds
from benchmark.tables.registry import TABLES
from benchmark.tables.suite import suite_named
from protocols.catalogue import shipped
from tests.benchmark.run_factory import made_up_scores, write_run


def table(results, number="1", **choice):
    (world,) = worlds(results, None, False)
    (made,) = TABLES[number].build(world, Choice(**choice))
    return made


def row(table, key, published=False):
    (found,) = [r for r in table.rows if r.key == key and r.published == published]
    return found


def first(table, key, published=False):
    """FRR, FAR and HTER of a row on the first protocol."""
    return [table.cell(row(table, key, published), title) for title in ("FRR", "FAR", "HTER")]


def hter(table, key, published=False):
    return table.cell(row(table, key, published), "HTER")


def scores(separation, **more):
    return made_up_scores(separation=separation, **more)


def test_a_cell_is_the_run_s_rate_and_knows_its_run(tmp_path):
    run = write_run(tmp_path, scores(1), dev=scores(2, seed=1))
    cells = first(table(tmp_path), "ms-lbp")
    expected = figures(run).policies["source-eer"].on_target()
    assert [c.value for c in cells] == [expected.frr.value, expected.far.value, expected.hter]
    assert cells[2].text == f"{100 * expected.hter:.2f}"
    assert dict(cells[0].facts)["errors"] == expected.frr.errors
    assert cells[2].runs[0]["id"] == run.id
    assert cells[2].runs[0]["commit"] == "0123456789abcdef"
    assert cells[2].runs[0]["bona_fide"] + cells[2].runs[0]["attack"] == len(run.scores)


def test_without_runs_every_cell_is_a_dash(tmp_path):
    found = table(tmp_path)
    assert {cell.text for r in found.rows for cell in r.cells} == {"–"}
    assert "No finished runs" in found.caption


def test_rows_follow_the_paper_and_others_come_after(tmp_path):
    for method in ("zebra", "flip-v", "sft", "grpo", "ms-lbp", "grpo-lora"):
        write_run(tmp_path, method=method)
    keys = [r.key for r in table(tmp_path).rows]
    assert keys[:8] == [
        "ms-lbp",
        "colour-texture",
        "cnn",
        "flip-mcl",
        "foundpad-vit-fs",
        "foundpad-fe",
        "foundpad",
        "grpo",
    ]
    assert keys[8:] == ["flip-v", "grpo-lora", "zebra"]  # sft stands in Table 2


def test_a_missing_row_is_never_filled_by_a_relative(tmp_path):
    write_run(tmp_path, method="grpo-lora")
    assert hter(table(tmp_path), "grpo").text == "–"
    assert {c.text for c in row(table(tmp_path, "2"), "grpo").cells} == {"–"}


def test_tables_2_and_3(tmp_path):
    write_run(tmp_path, method="qwen-zero-shot")
    write_run(tmp_path, method="grpo-no-cls")
    assert hter(table(tmp_path, "2"), "qwen-zero-shot").value is not None
    third = table(tmp_path, "3")
    assert len(third.columns) == 3
    assert hter(third, "grpo-no-cls").value is not None


def test_best_is_bold_and_second_underlined_per_protocol(tmp_path):
    for method, separation in (("ms-lbp", 0.5), ("cnn", 3), ("grpo", 5)):
        write_run(tmp_path, scores(separation), method=method)
    found = table(tmp_path)
    assert [hter(found, m).mark for m in ("ms-lbp", "cnn", "grpo")] == ["", "second", "best"]
    assert not any(cell.mark for r in found.rows for title in ("FRR", "FAR") for cell in found.cells(r, title))


def test_an_oracle_does_not_compete_with_honest_rows(tmp_path):
    write_run(tmp_path, scores(1), method="cnn")
    write_run(tmp_path, scores(5), method="foundpad", policy="oracle-target-eer")
    found = table(tmp_path)
    assert hter(found, "cnn").mark == "best"
    assert hter(found, "foundpad").mark == ""
    assert any("a bound, not a result" in note for note in row(found, "foundpad").notes)
    every = table(tmp_path, policy=parse("oracle-target-eer"))
    assert hter(every, "foundpad").mark == "best"


def test_one_policy_for_all_is_said_once(tmp_path):
    write_run(tmp_path, method="cnn")
    write_run(tmp_path, method="grpo")
    found = table(tmp_path, policy=parse("fixed:0"))
    assert any("policy of every row: fixed:0" in note for note in found.notes)
    assert all(not r.notes for r in found.rows)


def test_a_policy_without_a_threshold_is_a_dash_with_the_reason(tmp_path):
    write_run(tmp_path, method="cnn")
    cells = first(table(tmp_path, policy=parse("source-eer")), "cnn")
    assert [c.text for c in cells] == ["–"] * 3
    assert any("no scores of the source's dev part" in note for note in cells[2].notes)


def test_a_partial_target_is_a_dash_with_the_counts(tmp_path):
    write_run(tmp_path, method="cnn")
    write_run(tmp_path, method="grpo", counts={"expected_attack": 90})
    cells = first(table(tmp_path), "grpo")
    assert [c.text for c in cells] == ["–"] * 3
    assert any("60 of 90 attack presentations" in note for note in cells[2].notes)


def test_several_seeds_give_the_mean_and_a_footnote(tmp_path):
    hters = []
    for seed in range(3):
        run = write_run(tmp_path, scores(1, seed=seed), method="cnn", seed=seed)
        hters.append(figures(run).policies["answer"].on_target().hter)
    cell = hter(table(tmp_path), "cnn")
    assert cell.value == pytest.approx(sum(hters) / 3)
    assert any("mean of 3 seeds (0, 1, 2)" in note for note in cell.notes)
    facts = dict(cell.facts)
    assert facts["seeds"] == 3
    assert facts["std"] == pytest.approx(np.std(hters, ddof=1))
    assert len(cell.runs) == 3


def test_a_seed_without_its_whole_target_takes_the_mean_with_it(tmp_path):
    write_run(tmp_path, method="cnn", seed=0)
    write_run(tmp_path, method="cnn", seed=1, counts={"expected_attack": 61})
    assert hter(table(tmp_path), "cnn").value is None


def test_changed_settings_stay_out_and_older_runs_are_set_aside(tmp_path):
    write_run(tmp_path, scores(9), method="cnn", overrides={"epochs": 1})
    assert hter(table(tmp_path), "cnn").value is None
    write_run(tmp_path, scores(1), method="cnn")
    newer = write_run(
        tmp_path, scores(2), method="cnn", seed=1, created="2026-02-01T00:00:00+00:00", digests={"config": "other"}
    )
    cell = hter(table(tmp_path), "cnn")
    assert [run["id"] for run in cell.runs] == [newer.id]
    assert any("set aside" in note for note in cell.notes)


def test_notes_on_dirty_code_and_left_out_non_responses(tmp_path):
    write_run(tmp_path, scores(1, silent=2), method="cnn", code={"version": "0", "commit": "c", "dirty": True})
    kept = hter(table(tmp_path), "cnn")
    assert any("uncommitted" in note for note in kept.notes)
    left = hter(table(tmp_path, non_response="exclude"), "cnn")
    assert any("4 of 100 presentations without an answer left out" in note for note in left.notes)
    assert left.value < kept.value


def test_the_caption_tells_a_demo_from_real_data(tmp_path):
    write_run(tmp_path / "demo")
    write_run(tmp_path / "real", world="lab")
    assert "says nothing about PAD accuracy" in table(tmp_path / "demo").caption
    assert table(tmp_path / "real").caption.endswith("World: lab.")


def test_published_rows_stand_below_the_measured_ones(tmp_path):
    write_run(tmp_path, method="cnn")
    found = table(tmp_path, published=True)
    places = [(r.key, r.published) for r in found.rows]
    assert places[4:6] == [("cnn", False), ("cnn", True)]
    flip = row(found, "flip-mcl", published=True)
    assert [c.text for c in first(found, "flip-mcl", published=True)] == ["19.52", "19.13", "19.32"]
    assert any("each other's column" in note for note in flip.notes)
    assert any("oracle-target-eer" in note for note in flip.notes)
    assert hter(found, "flip-mcl", published=True).mark == "second"
    assert [c.mark for c in found.cells(row(found, "grpo", published=True), "HTER")] == ["best"] * 4
    assert any("three threshold policies" in note for note in found.notes)


def test_imported_seeds_are_averaged_although_no_settings_are_known(tmp_path):
    for seed in range(2):
        write_run(tmp_path, method="mine", seed=seed, preset="imported", digests={"config": str(seed)})
    cell = hter(table(tmp_path), "mine")
    assert len(cell.runs) == 2
    assert any("imported" in note for note in cell.notes)


def test_another_suite_has_the_columns_of_its_reports_and_a_mean(tmp_path):
    protocols = ("cefa2siw", "surf2siw")
    for protocol, separation in zip(protocols, (1, 3), strict=True):
        write_run(tmp_path, scores(separation), method="cnn", protocol=protocol)
    write_run(tmp_path, scores(2), method="grpo", protocol="cefa2siw")
    made = table(tmp_path, suite=Asked("both", "Both", "", protocols, {}, {}))
    heads = ["HTER", "AUC", "TPR@FPR=1 %"]
    assert [(c.title, c.group) for c in made.columns[-3:]] == [(head, "mean") for head in heads]
    assert [column.title for column in made.columns] == 3 * heads
    values = [cell.value for cell in made.cells(row(made, "cnn"), "HTER")]
    assert values[2] == pytest.approx((values[0] + values[1]) / 2)
    assert [cell.text == "–" for cell in made.cells(row(made, "grpo"), "HTER")] == [False, True, True]


@pytest.mark.parametrize("suite", ["mcio", "mcio.flip-lists"])
def test_flips_rows_stand_beside_those_of_a_suite_whatever_its_convention(suite, tmp_path):
    known = shipped().suite(suite)
    for protocol in known.protocols:
        write_run(tmp_path, scores(2), method="flip-v", protocol=protocol)
    write_run(tmp_path, scores(1), method="cnn", protocol=known.protocols[0])
    (world,) = worlds(tmp_path, None, False)
    asked = suite_named(None, world, suite)
    made = table(tmp_path, suite=asked, published=True)
    keys = [(r.key, r.published) for r in made.rows]
    assert keys[:3] == [("cnn", False), ("flip-v", False), ("flip-v", True)]
    assert {key for key, printed in keys if printed} >= {"flip-v", "flip-it", "flip-mcl", "vit", "ssdg-r"}
    printed = row(made, "flip-v", published=True)
    assert [cell.text for cell in made.cells(printed, "HTER")] == ["3.79", "1.27", "4.71", "4.15", "3.48"]
    assert [cell.text for cell in made.cells(printed, "TPR@FPR=1 %")][:2] == ["87.99", "95.85"]
    assert [cell.text for cell in made.cells(row(made, "divt-m", published=True), "AUC")] == ["–"] * 5
    convention = suite.partition(".")[2] or "honest-dev"
    assert any(f"Columns follow the convention {convention}" in note for note in made.notes)
    assert any("by thresholds and checkpoints of the target" in note for note in made.notes)
    one = table(tmp_path, suite=asked, published=True, methods=("flip-v",))
    assert {r.key for r in one.rows} == {"flip-v"}


def test_the_printed_rows_of_pairs_and_wcs_are_found(tmp_path):
    for suite, mean in (("wcs", "8.61"), ("mcio-pairs", "4.84")):
        known = shipped().suite(suite)
        write_run(tmp_path / suite, scores(2), method="flip-mcl", protocol=known.protocols[0])
        (world,) = worlds(tmp_path / suite, None, False)
        made = table(tmp_path / suite, suite=suite_named(None, world, suite), published=True)
        assert made.cells(row(made, "flip-mcl", published=True), "HTER")[-1].text == mean
    assert any(note.count("as FLIP's lists") >= 1 for note in made_notes(tmp_path))


def made_notes(results):
    (world,) = worlds(results / "wcs", None, False)
    return table(results / "wcs", suite=suite_named(None, world, "wcs")).notes
