from dataclasses import replace

import pytest

from benchmark.tables.collect import Choice, worlds
from benchmark.tables.measured import spread
from benchmark.tables.registry import TABLES
from benchmark.tables.render import render
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


def test_a_damaged_run_is_a_dash_and_the_others_stand(tmp_path):
    good, bad = write_run(tmp_path, method="cnn"), write_run(tmp_path, method="ms-lbp")
    (bad.path / "run.json").write_text("{")
    (world,) = worlds(tmp_path, None, False)
    (measured,) = world.entries["ms-lbp", "cefa2hqwmca"].measure(Choice())
    assert measured.outcomes is None
    assert measured.fault
    assert "run.json: no JSON" in measured.why
    (other,) = world.entries["cnn", "cefa2hqwmca"].measure(Choice())
    assert other.outcomes.hter is not None
    assert world.faults(Choice()) == [measured.why]
    assert world.faults(Choice(methods=("cnn",))) == []
    assert other.run.path == good.path


def test_no_seed_is_averaged_over_one_that_is_damaged(tmp_path):
    runs = [write_run(tmp_path, method="cnn", seed=seed) for seed in range(3)]
    (runs[1].path / "run.json").write_text("{}")
    (world,) = worlds(tmp_path, None, False)
    entry = world.entries["cnn", "cefa2hqwmca"]
    assert [run.seed for run in entry.runs] == [0, 1, 2]
    assert spread(entry.measure(Choice()), lambda o: o.hter) is None


def test_a_damaged_run_that_may_be_of_other_settings_is_told_of_beside_the_row(tmp_path):
    write_run(tmp_path, method="cnn")
    other = write_run(tmp_path, method="cnn", overrides={"epochs": 1})
    (other.path / "run.json").write_text("[]")
    (world,) = worlds(tmp_path, None, False)
    entry = world.entries["cnn", "cefa2hqwmca"]
    assert entry.first(Choice()).outcomes.hter is not None
    assert "a further run of this method has no figures" in entry.notes[0]
    assert len(world.faults(Choice())) == 1


def test_runs_with_other_settings_get_rows_of_their_own_only_when_asked_for(tmp_path):
    write_run(tmp_path, method="flip-mcl", title="Flip")
    write_run(tmp_path, method="flip-mcl", title="Flip", seed=1, overrides={"selection": "oracle-target"})
    (plain,) = worlds(tmp_path, None, False)
    assert [e.title for e in plain.of_protocol("cefa2hqwmca", Choice())] == ["Flip"]
    (both,) = worlds(tmp_path, None, False, {"selection": "oracle-target"})
    titles = [e.title for e in both.of_protocol("cefa2hqwmca", Choice())]
    assert titles == ["Flip", "Flip [selection=oracle-target]"]


def test_runs_of_older_data_are_marked(tmp_path):
    """The release changed between two methods: only the newest run's state of it counts as today's."""
    for day, method, target in ((1, "cnn", "0"), (2, "ms-lbp", "b"), (3, "grpo", "b")):
        run = write_run(tmp_path, method=method)
        digests = replace(run.digests, target=target * 64)
        replace(run, digests=digests, created=f"2026-01-0{day}T00:00:00+00:00").write(run.path)
    write_run(tmp_path, method="sft", protocol="surf2siw")
    (world,) = worlds(tmp_path, None, False)
    marked = {
        key[0]: any("older state of its data" in note for note in entry.first(Choice()).notes)
        for key, entry in world.entries.items()
    }
    assert marked == {"cnn": True, "ms-lbp": False, "grpo": False, "sft": False}


def test_runs_from_another_face_recipe_are_marked_beside_the_newest(tmp_path):
    new = {"format": 2, "frames": 25, "size": 288, "face_size": 640}
    write_run(tmp_path, method="ms-lbp", recipe={"format": 1, "frames": 8, "size": 288})
    write_run(tmp_path, method="cnn", recipe=new, created="2026-02-01T00:00:00+00:00")
    write_run(tmp_path, method="grpo", recipe={})  # imported: nothing is known of its faces
    (world,) = worlds(tmp_path, None, False)
    notes = {entry.method: entry.measure(Choice())[0].notes for entry in world.of_protocol("cefa2hqwmca", Choice())}
    assert notes == {
        "ms-lbp": (
            "faces by another recipe: format=1, face_size=none, frames=8; "
            "those of the newest run: format=2, face_size=640, frames=25",
        ),
        "cnn": (),
        "grpo": (),
    }
    assert "faces by another recipe: format=1" in render([*TABLES["1"].build(world, Choice())], "text")


def test_decisions_of_single_frames_are_marked(tmp_path):
    write_run(tmp_path, method="flip-mcl", unit="frame")
    (world,) = worlds(tmp_path, None, False)
    (entry,) = world.of_protocol("cefa2hqwmca", Choice())
    assert entry.first(Choice()).notes == ("frame-wise: every frame is a decision of its own, so that n counts frames",)
