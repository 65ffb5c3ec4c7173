"""Rows of changed settings: asked for as values, whatever the words."""

from __future__ import annotations

import pytest

from benchmark.tables.collect import worlds
from benchmark.tables.variant import Variant
from protocols.errors import InputError
from tests.benchmark.run_factory import write_run


@pytest.mark.parametrize(
    ("method", "overrides", "texts"),
    [
        ("ms-lbp", {"cost": 2.0}, {"cost": "2e0"}),
        ("ms-lbp", {"train_fraction": 0.5}, {"train-fraction": "0.50"}),
        ("ms-lbp", {"cost": 2.0, "target_frames": 1}, {"target_frames": "1", "cost": "2"}),
        ("ms-lbp", {"cost": 2.0}, {"cost": "2", "train_fraction": "1.0"}),  # the default besides
        ("gone-plug-in", {"cost": 2.0, "layers": ["a", "b"]}, {"cost": "2", "layers": "a,b"}),
    ],
)
def test_runs_are_found_by_value(tmp_path, method, overrides, texts):
    write_run(tmp_path, method=method, overrides=overrides)
    write_run(tmp_path, method=method, overrides=overrides | {"seed_of_something": 3})
    write_run(tmp_path, method=method, overrides=dict.fromkeys(overrides, 7))
    (world,) = worlds(tmp_path, None, False, {name.replace("-", "_"): text for name, text in texts.items()})
    (entry,) = world.entries.values()
    assert [run.overrides for run in entry.runs] == [overrides]
    assert entry.title == f"{method.upper()} " + " ".join(f"[{name}={value}]" for name, value in overrides.items())


def test_a_value_that_is_only_written_alike_is_another(tmp_path):
    run = write_run(tmp_path, method="ms-lbp", overrides={"cost": 2.5})
    assert not Variant({"cost": "2"}).holds(run)
    assert not Variant({}).holds(run)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({"cots": "2"}, "unknown setting 'cots': did you mean cost"),
        ({"cost": "two"}, "setting cost: 'two' is not"),
        ({"train_fraction": "2"}, "train_fraction"),
        ({"cost": "2", "generations": "2"}, "no method has all of these settings"),
    ],
)
def test_words_that_no_run_can_have_are_an_error_and_not_dashes(tmp_path, texts, message):
    write_run(tmp_path, method="ms-lbp", overrides={"cost": 3.0})
    with pytest.raises(InputError, match=message):
        worlds(tmp_path, None, False, texts)


def test_words_that_a_run_could_have_give_dashes(tmp_path):
    write_run(tmp_path, method="ms-lbp")
    (world,) = worlds(tmp_path, None, False, {"cost": "3"})
    assert list(world.entries) == [("ms-lbp", "cefa2hqwmca")]
