from dataclasses import dataclass

import numpy as np
import pytest

from benchmark.metrics.thresholds import (
    DEFAULTS,
    OraclePolicy,
    SourceApcer,
    SourceBpcer,
    SourcePolicy,
    UndefinedError,
    by_species,
    decide,
    decisions,
    of_run,
    parse,
)
from benchmark.results.scores import Scores
from protocols.errors import InputError
from tests.benchmark.run_factory import made_up_scores

TARGET, DEV = made_up_scores(seed=1, silent=2), made_up_scores(seed=2, separation=3)


def labelled(scores: Scores, bona_fide) -> Scores:
    """The same scores with other labels."""
    sides = {True: {"label": "bona fide", "species": "bona fide"}, False: {"label": "attack", "species": "print"}}
    return Scores.of([row | sides[side] for row, side in zip(scores.rows(), bona_fide.tolist(), strict=True)])


def turned(scores: Scores) -> Scores:
    """The same scores with labels of the other side."""
    return labelled(scores, ~scores.bona_fide)


@pytest.mark.parametrize("name", DEFAULTS)
def test_names_survive_parsing(name):
    assert parse(name).name == name
    assert parse(name).oracle == name.startswith("oracle-")


def test_a_fixed_threshold_accepts_at_and_above_it():
    score = float(TARGET.score[3])
    decided = decide(parse(f"fixed:{score!r}"), TARGET, None)
    assert decided.accepted[3]
    assert decided.accepted.tolist() == [s >= score for s in TARGET.score.tolist()]


@pytest.mark.parametrize("name", [name for name in DEFAULTS if not name.startswith("oracle-")])
def test_no_policy_but_an_oracle_depends_on_the_target_s_labels(name):
    policy = parse(name)
    assert np.array_equal(decide(policy, TARGET, DEV).accepted, decide(policy, turned(TARGET), DEV).accepted)


def test_the_oracle_does_depend_on_them():
    policy = parse("oracle-target-eer")
    fewer = labelled(TARGET, TARGET.score > 1)
    one, other = decide(policy, TARGET, None), decide(policy, fewer, None)
    assert not np.array_equal(one.accepted, other.accepted)


def test_a_source_policy_is_never_handed_the_target():
    seen = []

    @dataclass(frozen=True)
    class Curious(SourcePolicy):
        word = "curious"

        def threshold(self, dev):
            seen.append(dev)
            return 0.0

    decide(Curious(), TARGET, DEV)
    assert len(seen) == 1
    assert seen[0] is DEV


def test_target_labels_cannot_be_asked_for_under_another_name():
    with pytest.raises(TypeError, match="oracle-"):

        class Cheat(OraclePolicy):
            word = "target-eer"

    with pytest.raises(TypeError, match="no oracle"):

        class Boast(SourcePolicy):
            word = "oracle-dev"


def test_source_policies_keep_their_promise_on_dev():
    for percent in (1.0, 5.0, 12.5):
        accepted = decide(SourceBpcer(percent), DEV, DEV).accepted
        assert np.mean(~accepted[DEV.bona_fide]) <= percent / 100
        accepted = decide(SourceApcer(percent), DEV, DEV).accepted
        assert max(np.mean(accepted[DEV.species == name]) for name in by_species(DEV)) <= percent / 100


def test_without_dev_scores_a_source_policy_is_undefined():
    with pytest.raises(UndefinedError, match="no scores of the source's dev part"):
        decide(parse("source-eer"), TARGET, None)


@pytest.mark.parametrize("name", ["source-eer", "source-bpcer:5%", "source-apcer:5%"])
def test_dev_of_one_class_or_without_answers_is_undefined(name):
    keep = DEV.rows()[: int(DEV.bona_fide.sum())] if name != "source-bpcer:5%" else DEV.rows()[-5:]
    with pytest.raises(UndefinedError):
        decide(parse(name), TARGET, Scores.of(keep))


def test_scores_without_decisions_have_no_answer_to_count():
    bare = Scores.of([row | {"decision": "undecided", "answer": None} for row in DEV.rows()])
    with pytest.raises(UndefinedError, match="without decisions"):
        decide(parse("answer"), bare, None)
    assert np.array_equal(decide(parse("fixed:0"), bare, None).accepted, DEV.score >= 0)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("source-err", "source-eer"),
        ("target-eer", "oracle-target-eer"),
        ("fixed:abc", "no number"),
        ("fixed:nan", "no number"),
        ("source-bpcer:five", "percentage"),
        ("source-apcer:101%", "percentage"),
        ("answer:1", "unknown threshold policy"),
    ],
)
def test_a_bad_name_gets_one_line(text, says):
    with pytest.raises(InputError, match=says):
        parse(text)


def test_decisions_of_a_score_file_name_silence_and_what_has_no_threshold():
    words = np.array(decisions(parse("source-eer"), TARGET, DEV).to_pylist())
    accepted = decide(parse("source-eer"), TARGET, DEV).accepted
    assert (words[~TARGET.responded] == "non-response").all()
    assert ((words == "bona fide") == accepted)[TARGET.responded].all()
    assert set(decisions(parse("source-eer"), TARGET, None).to_pylist()) == {"undecided", "non-response"}


def test_species_without_an_answer_count_only_where_silence_is_an_error():
    mute = [
        row | {"score": None, "decision": "non-response", "answer": "non-response"}
        if row["species"] == "print"
        else row
        for row in DEV.rows()
    ]
    assert "print" not in by_species(Scores.of(mute))
    assert by_species(Scores.of(mute), silent_is_error=True)["print"].silent_attack == 20


def test_the_policy_of_a_run_and_the_rule_for_its_texts():
    assert of_run("answer").name == "answer"
    assert of_run("answer", rule="tolerant").name == "answer:tolerant"
    assert of_run("answer:tolerant", rule="strict").name == "answer"
    assert of_run("answer:tolerant").name == "answer:tolerant"
    assert of_run("source-eer", rule="tolerant").name == "source-eer"
    assert of_run("source-eer", parse("answer"), "tolerant").name == "answer:tolerant"
