import json
import os
import shutil
import stat

import numpy as np
import pytest

from benchmark.metrics import summary
from benchmark.metrics.roc import Ranked, auc, eer
from benchmark.metrics.thresholds import DEFAULTS, parse
from benchmark.results import figures
from benchmark.results.figures import Figures
from benchmark.results.rates import Rate
from benchmark.results.records import DEV_SCORES, TARGET_SCORES
from benchmark.results.runs import Run
from benchmark.results.scores import Scores
from benchmark.results.shape import decode
from protocols.errors import DamagedError
from tests.benchmark.run_factory import made_up_scores, write_run


@pytest.fixture
def run(tmp_path):
    return write_run(tmp_path, made_up_scores(silent=3), dev=made_up_scores(seed=9))


def test_figures_are_those_of_the_scores(run):
    found = summary.figures(run)
    scores = run.scores
    answer, bona_fide = scores.responded, scores.bona_fide
    sides = [scores.score[answer & side] for side in (bona_fide, ~bona_fide)]
    assert found.curves["exclude"].eer == eer(Ranked.of(*sides)).hter
    assert found.curves["error"].eer == eer(Ranked.of(*sides, 3, 3)).hter
    assert found.curves["error"].auc == auc(Ranked.of(*sides, 3, 3))
    low, high = found.curves["error"].eer_interval
    assert low < found.curves["error"].eer < high
    assert (found.counts.silent_bona_fide, found.counts.silent_attack) == (3, 3)
    assert found.counts.groups == len(set(scores.group.tolist()))
    outcomes = found.policies["answer"].on_target()
    assert outcomes.frr == Rate(int((scores.decision[bona_fide] != "bona fide").sum()), int(bona_fide.sum()))
    assert outcomes.far == Rate(int((scores.decision[~bona_fide] != "attack").sum()), int((~bona_fide).sum()))
    low, high = found.policies["answer"].interval("hter")
    assert low < outcomes.hter < high


def test_every_default_policy_is_there_and_plain_json(run):
    found = summary.figures(run)
    assert tuple(found.policies) == DEFAULTS
    assert decode(Figures, json.loads(json.dumps(found.as_json(), allow_nan=False))) == found


def test_without_dev_scores_source_policies_say_why(tmp_path):
    found = summary.figures(write_run(tmp_path))
    entry = found.policies["source-eer"]
    assert entry.target is None
    assert "no scores of the source's dev part" in entry.undefined
    assert found.policies["answer"].dev is None


def test_other_policies_are_computed_when_asked_for(run):
    entry = summary.policy_figures(run, parse("fixed:0.7"))
    scores = run.scores
    silent_or_below = (scores.score < 0.7) | ~scores.responded
    assert entry.on_target().frr.errors == silent_or_below[scores.bona_fide].sum()


def test_one_class_is_undefined_and_not_zero(tmp_path):
    only = Scores.of([row for row in made_up_scores().rows() if row["label"] == "attack"])
    found = summary.figures(write_run(tmp_path, only))
    assert found.curves["error"].eer is None
    assert found.curves["error"].auc is None
    assert found.curves["error"].point("max", 5) is None
    assert found.policies["answer"].on_target().hter is None


def test_infinite_scores_stay_within_json(tmp_path):
    rows = made_up_scores().rows()
    for row in rows[:30]:
        row["score"] = float("inf")
    found = summary.figures(write_run(tmp_path, Scores.of(rows)))
    assert found.curves["error"].eer is not None


def test_the_cache_is_trusted_while_the_scores_are_unchanged(run, monkeypatch):
    first = summary.figures(run)
    monkeypatch.setattr(summary, "summarise", lambda run: pytest.fail("computed again"))
    assert summary.figures(Run.open(run.path)) == first


def test_a_copied_run_keeps_its_cache_by_content(run, tmp_path, monkeypatch):
    first = summary.figures(run)
    shutil.copytree(run.path, tmp_path / "copy")
    os.utime(tmp_path / "copy" / "scores.parquet", ns=(1, 1))
    monkeypatch.setattr(summary, "summarise", lambda run: pytest.fail("computed again"))
    assert summary.figures(Run.open(tmp_path / "copy")).policies == first.policies


@pytest.mark.parametrize("cached", [True, False])
@pytest.mark.parametrize("file", [TARGET_SCORES, DEV_SCORES])
def test_other_scores_than_the_record_names_have_no_figures(run, file, cached):
    if cached:
        summary.figures(run)
    made_up_scores(seed=77, silent=3).write(run.path / file)
    with pytest.raises(DamagedError, match=f"{file}: not the score file that the run's record names"):
        summary.figures(Run.open(run.path))


def test_removed_dev_scores_are_noticed(run):
    summary.figures(run)
    (run.path / "dev-scores.parquet").unlink()
    with pytest.raises(DamagedError, match=r"dev-scores\.parquet: cannot be read"):
        summary.figures(Run.open(run.path))


def test_scores_with_other_times_and_the_same_content_keep_their_figures(run, monkeypatch):
    first = summary.figures(run)
    os.utime(run.path / TARGET_SCORES, ns=(1, 1))
    monkeypatch.setattr(summary, "summarise", lambda run: pytest.fail("computed again"))
    again = summary.figures(Run.open(run.path))
    assert again.policies == first.policies
    assert again.files[TARGET_SCORES].mtime_ns == 1


def test_figures_that_were_edited_are_computed_anew(run):
    first = summary.figures(run)
    file = run.path / figures.FILE
    text = file.read_text()
    at = text.index('"target":{') + len('"target":{')
    file.write_text(text[:at] + text[at:].replace(",0,", ",1,", 1))
    assert file.read_text() != text
    assert summary.figures(run) == first


def test_another_version_or_a_damaged_cache_is_computed_anew(run, monkeypatch):
    first = summary.figures(run)
    (run.path / figures.FILE).write_text('{"version": 1, "files"')
    assert summary.figures(run) == first
    monkeypatch.setattr(figures, "VERSION", figures.VERSION + 1)
    assert summary.figures(run).version == figures.VERSION


def test_a_read_only_folder_still_has_figures(run):
    run.path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        found = summary.figures(run)
        assert found.curves["error"].eer is not None
        if os.geteuid() != 0:  # root writes anywhere
            assert not (run.path / figures.FILE).exists()
    finally:
        run.path.chmod(stat.S_IRWXU)


def test_a_cache_that_cannot_be_stored_leaves_nothing_half_written(run, monkeypatch):
    def refuse(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", refuse)
    assert summary.figures(run).counts.bona_fide == 40
    assert sorted(p.name for p in run.path.iterdir()) == ["dev-scores.parquet", "run.json", "scores.parquet"]


def test_a_damaged_score_file_is_an_error(run):
    (run.path / "scores.parquet").write_bytes(b"PAR1")
    with pytest.raises(DamagedError, match=r"scores\.parquet: not the score file"):
        summary.figures(run)


def test_the_order_of_rows_changes_no_figure_but_the_draws(tmp_path):
    rows = made_up_scores().rows()
    one = summary.figures(write_run(tmp_path / "a", Scores.of(rows)))
    order = np.random.default_rng(0).permutation(len(rows))
    other = summary.figures(write_run(tmp_path / "b", Scores.of([rows[i] for i in order])))
    assert one.policies == other.policies
    assert one.curves == other.curves
