import pytest

from benchmark.tables.collect import Choice, worlds
from protocols.errors import InputError
from tests.benchmark.run_factory import write_run


def test_several_worlds_must_be_chosen_between(tmp_path):
    write_run(tmp_path)
    write_run(tmp_path, world="lab")
    with pytest.raises(InputError, match=r"demo, lab.*--world"):
        worlds(tmp_path, None, False)
    assert [w.name for w in worlds(tmp_path, None, True)] == ["demo", "lab"]
    (lab,) = worlds(tmp_path, "lab", False)
    assert (lab.name, lab.demo) == ("lab", False)


def test_an_unknown_world_gets_a_suggestion(tmp_path):
    write_run(tmp_path)
    with pytest.raises(InputError, match="did you mean demo"):
        worlds(tmp_path, "demmo", False)
    with pytest.raises(InputError, match="no finished run"):
        worlds(tmp_path / "empty", "demo", False)


def test_entries_stand_in_the_paper_s_order(tmp_path):
    for method in ("alpha", "grpo", "ms-lbp", "sft"):
        write_run(tmp_path, method=method)
    (world,) = worlds(tmp_path, None, False)
    assert [e.method for e in world.of_protocol("cefa2hqwmca", Choice())] == ["ms-lbp", "grpo", "sft", "alpha"]
    assert [e.method for e in world.of_protocol("cefa2hqwmca", Choice(methods=("sft",)))] == ["sft"]


def test_a_damaged_run_is_named(tmp_path):
    run = write_run(tmp_path)
    (run.path / "run.json").write_text("{")
    with pytest.raises(InputError, match=r"run\.json: not a finished run"):
        worlds(tmp_path, None, False)


def test_runs_with_other_settings_get_rows_of_their_own_only_when_asked_for(tmp_path):
    write_run(tmp_path, method="flip-mcl", title="Flip")
    write_run(tmp_path, method="flip-mcl", title="Flip", seed=1, overrides={"selection": "oracle-target"})
    (plain,) = worlds(tmp_path, None, False)
    assert [e.title for e in plain.of_protocol("cefa2hqwmca", Choice())] == ["Flip"]
    (both,) = worlds(tmp_path, None, False, {"selection": "oracle-target"})
    titles = [e.title for e in both.of_protocol("cefa2hqwmca", Choice())]
    assert titles == ["Flip", "Flip [selection=oracle-target]"]
