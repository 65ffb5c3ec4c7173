"""What the release knows is joined, what it contradicts is refused, what the file leaves out is accounted for."""

from __future__ import annotations

import pyarrow as pa
import pytest

from benchmark.exchange.complete import UNNAMED, complete
from protocols.errors import InputError
from protocols.presentation import Media, Presentation


def presentation(name, label="attack", species="print", code="Paper"):
    return Presentation(name, label, species, code, None, f"group {name}", None, Media("video", (name,)))


KNOWN = {
    p.id: p
    for p in (
        presentation("Live_1", "bona fide", "bona fide", "Live"),
        presentation("Live_2", "bona fide", "bona fide", "Live"),
        *(presentation(f"Paper_{i}") for i in range(100)),
    )
}


def of(known=None, partial=False, **columns):
    columns["score"] = pa.array(columns["score"], pa.float64())
    return complete(pa.table(columns), "x.csv", ("siw-mv2",), known, world="lab", partial=partial)


def whole(skip=()):
    ids = [name for name in KNOWN if name not in skip]
    return {"id": ids, "score": [1.0] * len(ids)}


def test_labels_species_and_groups_come_from_the_release():
    scores = of(KNOWN, **whole()).scores
    assert scores.species[0] == "bona fide"
    assert scores.native_code[-1] == "Paper"
    assert scores.group[-1] == "group Paper_99"
    assert set(scores.decision.tolist()) == {"undecided"}
    assert not scores.has_answers


def test_a_little_that_is_missing_is_no_answer_and_counts():
    done = of(KNOWN, **whole(skip=("Paper_7",)))
    assert done.coverage.lacking == {}
    assert len(done.scores) == len(KNOWN)
    assert done.scores.reason[-1] == "not in the file"
    assert not done.scores.responded[-1]


@pytest.mark.parametrize("partial", [False, True])
def test_a_part_of_a_species_is_no_target(partial):
    done = of(KNOWN, partial, **whole(skip=("Live_2",)))
    assert done.coverage.lacking == {"bona fide": (1, 2)}
    assert done.coverage.partial is partial
    assert len(done.scores) == len(KNOWN) - 1  # nobody invents the rest


def test_without_a_release_the_file_says_all():
    done = of(id=["a", "b"], score=[1.0, None], label=["bona fide", "attack"])
    assert done.scores.species.tolist() == ["bona fide", UNNAMED]
    assert done.scores.group.tolist() == ["a", "b"]
    assert done.coverage.named is None
    assert done.scores.reason == (None, "no score in the file")


def test_decisions_of_the_file_are_answers():
    done = of(
        id=["a", "b", "c", "d"], score=[1.0, -1.0, None, 2.0], label=["bona fide", "attack", "attack", "attack"],
        decision=["bona fide", "attack", None, "non-response"],
    )  # fmt: skip
    assert done.scores.answer.tolist() == ["bona fide", "attack", "non-response", "non-response"]
    assert done.scores.has_answers


def test_one_missing_decision_leaves_nothing_to_count():
    done = of(id=["a", "b"], score=[1.0, -1.0], label=["bona fide", "attack"], decision=["bona fide", None])
    assert not done.scores.has_answers


@pytest.mark.parametrize(
    ("known", "columns", "message"),
    [
        (KNOWN, {"id": ["Live_9"], "score": [1.0]}, "'Live_9' is no presentation of siw-mv2 in the world 'lab'"),
        (KNOWN, whole() | {"label": ["attack"] * len(KNOWN)}, "'Live_1' is bona fide in the release, attack in the"),
        (KNOWN, whole() | {"species": ["wig"] * len(KNOWN)}, "'Live_1' is bona fide in the release, wig in the file"),
        (None, {"id": ["a"], "score": [1.0]}, "no label for 'a'.*--label-column"),
        (None, {"id": ["a"], "score": [1.0], "label": ["attack"]}, "no bona fide presentation"),
        (None, {"id": ["a"], "score": [1.0], "label": ["bona fide"]}, "no attack presentation"),
        (None, {"id": ["a"], "score": [None], "label": ["attack"], "decision": ["attack"]}, "NaN although"),
        (None, {"id": ["a"], "score": [1.0], "label": ["bona fide"], "species": ["print"]}, "contradicts label"),
    ],
)
def test_a_contradiction_is_refused(known, columns, message):
    with pytest.raises(InputError, match=message):
        of(known, **columns)


def test_the_release_s_own_code_will_do_for_a_species():
    codes = ["Live" if name.startswith("Live") else "Paper" for name in KNOWN]
    assert of(KNOWN, **whole(), species=codes).scores.species[-1] == "print"
