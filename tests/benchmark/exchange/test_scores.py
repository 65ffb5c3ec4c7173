"""A file of scores becomes a run: under a rule or without figures, never in the place of another."""

from __future__ import annotations

import pytest

import benchmark.exchange.scores as exchange
from benchmark.metrics.summary import figures
from benchmark.results.runs import Run
from protocols.catalogue import shipped
from protocols.errors import InputError

HEAD = "id,label,species,score\n"
GOOD = HEAD + "a,bona fide,bona fide,0.9\nb,attack,print,0.2\nc,attack,replay,\n"
DECIDED = "id,label,species,score,decision\na,live,bona fide,0.9,live\nb,spoof,print,0.8,live\n"


def read(folder, text, name="scores.csv"):
    (folder / name).write_text(text)
    return exchange.read(folder / name, ("siw-mv2",), None)


def identity(**more):
    return exchange.Identity("lab", False, shipped().protocol("cefa2siw"), "our-net", "Our net", **more)


def hter(run: Run):
    return figures(run).policies[run.policy].target


def test_an_empty_score_is_a_non_response_and_nothing_is_decided_without_a_rule(tmp_path):
    run, new = exchange.publish(identity(), read(tmp_path, GOOD), None, tmp_path / "results")
    again = Run.open(run.path)
    assert new
    assert again.scores.id == ("a", "b", "c")
    assert again.scores.decision.tolist() == ["undecided", "undecided", "non-response"]
    assert again.counts.non_response == 1
    assert again.dev_scores is None
    assert again.policy == "source-eer"
    assert hter(again) is None
    assert figures(again).policies["answer"].undefined == "the scores were imported without decisions"


def test_a_threshold_that_is_given_decides(tmp_path):
    run, _ = exchange.publish(identity(policy="fixed:0.5"), read(tmp_path, GOOD), None, tmp_path / "results")
    assert run.scores.decision.tolist() == ["bona fide", "attack", "non-response"]
    assert exchange.policy_of("fixed:0.5", run.scores, None) == run.policy == "fixed:0.5"


def test_decisions_of_the_file_are_a_rule(tmp_path):
    run, _ = exchange.publish(identity(), read(tmp_path, DECIDED), None, tmp_path / "results")
    assert run.policy == "answer"
    assert hter(run) == {"bona fide": (1, 0, 0), "print": (1, 1, 0)}


def test_dev_scores_are_a_rule(tmp_path):
    dev = read(tmp_path, GOOD, "dev.csv")
    run, _ = exchange.publish(identity(), read(tmp_path, DECIDED), dev, tmp_path / "results")
    assert run.policy == "source-eer"
    assert run.scores.decision.tolist() == ["bona fide", "bona fide"]
    assert run.dev_scores is not None
    assert run.dev_scores.decision.tolist() == ["bona fide", "attack", "non-response"]


@pytest.mark.parametrize(
    ("policy", "message"),
    [("answer", "no decisions"), ("source-eer", "--dev FILE"), ("source-apcer:5%", "--dev FILE"), ("0.5", "unknown")],
)
def test_a_policy_that_these_files_cannot_feed_is_refused(tmp_path, policy, message):
    with pytest.raises(InputError, match=message):
        exchange.publish(identity(policy=policy), read(tmp_path, GOOD), None, tmp_path / "results")


def test_the_same_import_twice_is_one_and_another_needs_a_word(tmp_path):
    results = tmp_path / "results"
    first, _ = exchange.publish(identity(), read(tmp_path, GOOD), None, results)
    before = (first.path / "run.json").read_bytes()
    again, new = exchange.publish(identity(), read(tmp_path, GOOD, "copy.csv"), None, results)
    assert (again.path, new) == (first.path, False)
    other = read(tmp_path, GOOD.replace("0.9", "0.1"))
    with pytest.raises(InputError, match=r"another import stands there \(scores\.csv.*--replace"):
        exchange.publish(identity(), other, None, results)
    with pytest.raises(InputError, match="--replace"):
        exchange.publish(identity(policy="fixed:0.5"), read(tmp_path, GOOD), None, results)
    assert (first.path / "run.json").read_bytes() == before
    replaced, new = exchange.publish(identity(), other, None, results, replace=True)
    assert new
    assert replaced.scores.score.tolist()[:2] == [0.1, 0.2]
