"""What a run says of its protocol: the list that its target was narrowed to, and its defaults."""

from __future__ import annotations

import pytest

from benchmark.results.coverage import Coverage
from benchmark.results.rates import BONA_FIDE
from benchmark.results.records import Task
from benchmark.results.task import defaults_of, subset_of
from benchmark.tables.build import tables_of
from benchmark.tables.collect import Choice, worlds
from benchmark.tables.render import render
from protocols.errors import InputError
from protocols.ledger import Ledger, Line
from protocols.subset import Subset
from tests.benchmark.run_factory import write_run

MINE = "mine@0123456789abcdef"
LEDGERS = (
    Ledger("train", (Line("cefa", "attack", "print", None, 9, {"by the subset mine": 9}),)),
    Ledger(
        "target",
        (
            Line(
                "hq-wmca", BONA_FIDE, BONA_FIDE, None, 50, {"by the subset mine": 10}, used=38, partly=1, lost={"x": 1}
            ),
            Line("hq-wmca", "attack", "print", None, 90, {"by the subset mine": 30, "by the protocol": 5}, used=55),
        ),
    ),
)


def narrowed(results, method="cnn", **changes):
    choices = {"target_subset": MINE}
    return write_run(results, method=method, choices=choices, ledgers=LEDGERS, **changes)


def test_a_narrowed_target_is_counted_from_the_ledger(tmp_path):
    assert subset_of(narrowed(tmp_path)) == "95 of 135 presentations, subset mine, 0123456789abcdef"
    assert subset_of(write_run(tmp_path, method="grpo", ledgers=LEDGERS)) is None
    assert subset_of(write_run(tmp_path, method="sft", choices={"target_subset": None}, ledgers=LEDGERS)) is None


def test_scores_made_elsewhere_have_the_list_of_their_protocol(tmp_path):
    task = Task("CeFA to mine", ("cefa",), ("hq-wmca",), {"target_subset": MINE, "few_shot": 0})
    coverage = Coverage({BONA_FIDE: 40, "print": 55}, {BONA_FIDE: 40, "print": 55})
    run = write_run(tmp_path, method="mine", task=task, coverage=coverage, preset="imported")
    assert subset_of(run) == "95 presentations, subset mine, 0123456789abcdef"
    assert defaults_of(run).target_subset == Subset.of_record(MINE)
    assert defaults_of(run).few_shot == 0


@pytest.mark.parametrize("kind", ["1", "species", "policies", "significance", "seeds", "cost"])
def test_every_caption_says_what_the_target_was_narrowed_to(tmp_path, kind):
    narrowed(tmp_path, "cnn")
    narrowed(tmp_path, "grpo")
    tables = tables_of([kind], worlds(tmp_path, None, False), Choice())
    said = "Narrowed target: CeFA to HQ-WMCA: 95 of 135 presentations, subset mine, 0123456789abcdef."
    assert [table.caption.count(said) for table in tables] == [1] * len(tables) != []
    write_run(tmp_path, method="ms-lbp")
    (table, *_) = tables_of([kind], worlds(tmp_path, None, False), Choice())
    assert "Narrowed target (rows that say so): CeFA to HQ-WMCA: 95 of 135" in table.caption


def test_rows_are_asked_for_with_the_list_itself_whatever_it_is_called(tmp_path):
    file = tmp_path / "renamed.txt"
    file.write_text("a\nb\n")
    recorded = f"mine@{Subset.of_word(str(file)).digest}"
    write_run(tmp_path / "results", method="cnn")
    write_run(tmp_path / "results", method="cnn", overrides={"target_subset": recorded})
    write_run(tmp_path / "results", method="gone-plug-in", overrides={"target_subset": recorded})
    write_run(tmp_path / "results", method="cnn", overrides={"target_subset": MINE})
    found = worlds(tmp_path / "results", None, False, {"target_subset": str(file)})
    assert [method for method, _ in found[0].entries] == [
        "cnn",
        f"cnn [target_subset={recorded}]",
        f"gone-plug-in [target_subset={recorded}]",
    ]
    (table,) = tables_of(["1"], found, Choice(methods=("cnn",)))
    assert [row.key for row in table.rows] == ["cnn", f"cnn [target_subset={recorded}]"]
    assert recorded in render([table], "text")
    with pytest.raises(InputError, match="gone.txt: cannot be read"):
        worlds(tmp_path / "results", None, False, {"target_subset": str(tmp_path / "gone.txt")})
