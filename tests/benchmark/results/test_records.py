"""`run.json`: one reader, one writer, earlier versions open, and what was changed is found out."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest

from benchmark.results import records
from benchmark.results.records import Digests, RunRecord
from benchmark.results.runs import Run
from benchmark.results.shape import decode
from protocols.errors import DamagedError, InputError
from protocols.sealed import sealed_json
from tests.benchmark.run_factory import made_up_scores, write_run

SCHEMA_1 = {
    "schema": 1,
    "id": "lab/cefa2siw/cnn/s3-0123abcd",
    "world": "lab",
    "demo": False,
    "protocol": "cefa2siw",
    "method": "cnn",
    "title": "CNN",
    "policy": "source-eer",
    "preset": "paper",
    "seed": 3,
    "created": "2026-01-01T00:00:00+00:00",
    "overrides": {},
    "settings": {"epochs": 4, "pair": [1, 2]},
    "choices": {"target_frames": None},
    "recipe": {},
    "digests": {"source": "a", "target": "b", "recipe": "c", "weights": None, "scores": "d", "dev_scores": "e",
                "config": "f"},
    "code": {"version": "0", "commit": None, "dirty": None, "sources": "abc"},
    "packages": {"python": "3.11", "trl": None},
    "hardware": {"cores": 4, "device": "cpu"},
    "stages": {"fit": {"wall_s": 1, "cpu_s": 2.5, "gpu_s": 0.0, "peak_mb": 9.0}},
    "counts": {"target": 3, "bona_fide": 1, "attack": 2, "non_response": 0, "expected_bona_fide": 1,
               "expected_attack": 2},
    "facts": {"prompt": "abc"},
    "warnings": ["one"],
}  # fmt: skip


@pytest.fixture
def run(tmp_path):
    return write_run(tmp_path, made_up_scores(), dev=made_up_scores(seed=1))


def test_what_was_written_is_read_back(run):
    record, sealed = records.read(run.path / "run.json")
    assert sealed
    assert record == RunRecord(**{one.name: getattr(run, one.name) for one in fields(RunRecord)})
    assert decode(RunRecord, record.as_json()) == record


def test_a_record_names_every_file_beside_it(run):
    (run.path / "model").mkdir()
    (run.path / "model" / "weights.npz").write_bytes(b"abc")
    record = RunRecord(**{one.name: getattr(run, one.name) for one in fields(RunRecord)}).with_files(run.path)
    assert record.model.files == {"weights.npz": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}
    assert None not in (record.digests.scores, record.digests.dev_scores)
    assert record.digests.log is None


def test_runs_of_schema_1_open_and_say_that_they_carry_no_seal(tmp_path):
    (tmp_path / "run.json").write_text(json.dumps(SCHEMA_1, indent=1))
    run = Run.open(tmp_path)
    assert not run.sealed
    assert (run.schema, run.seed, run.overlaps, run.warnings) == (2, 3, (), ("one",))
    assert run.digests == Digests("a", "b", None, "c", None, "f", "d", "e", None)
    assert run.model.files is None
    run.write(tmp_path)
    again = Run.open(tmp_path)
    assert again == replace(run, sealed=True)


@pytest.mark.parametrize(
    ("name", "value"),
    [("method", "grpo"), ("world", "lab"), ("demo", False), ("seed", 7), ("policy", "answer"), ("title", "x")],
)
def test_a_changed_field_is_found_out(run, name, value):
    content = json.loads((run.path / "run.json").read_text())
    (run.path / "run.json").write_text(json.dumps(content | {name: value}, indent=1))
    with pytest.raises(DamagedError, match=r"run\.json: changed since it was written"):
        Run.open(run.path)


def test_changed_counts_are_found_out(run):
    file = run.path / "run.json"
    text = file.read_text()
    changed = text.replace('"expected_attack": 60', '"expected_attack": 30')
    assert changed != text
    file.write_text(changed)
    with pytest.raises(DamagedError, match="changed since it was written"):
        Run.open(run.path)


@pytest.mark.parametrize("position", [0, 5, 14, 40, 77, 90, 300, -3])
def test_no_byte_can_change(run, position):
    file = run.path / "run.json"
    data = bytearray(file.read_bytes())
    data[position] ^= 1
    file.write_bytes(data)
    with pytest.raises(DamagedError, match=r"run\.json"):
        Run.open(run.path)


SHAPES = {
    "list": "[1, 2]",
    "null": "null",
    "number": "12",
    "text": '"run"',
    "empty": "",
    "cut": '{"schema": 1, "id": "demo/',
    "deep": "[" * 100_000,
    "huge number": "9" * 5000,
    "not UTF-8": b"\xff\xfe{}",
}


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
def test_a_file_of_another_shape_is_named_in_one_error(run, text):
    (run.path / "run.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(DamagedError, match=r"run\.json"):
        Run.open(run.path)


def change(**values):
    return {**SCHEMA_1, **values}


def without(name):
    return {key: value for key, value in SCHEMA_1.items() if key != name}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (change(schema="one"), "digest of its content is missing"),
        (change(schema=True), "digest of its content is missing"),
        (without("schema"), "digest of its content is missing"),
        (without("counts"), "counts: something expected, found None"),
        (without("digests"), "digests: something expected"),
        (change(counts=[]), "counts: an object expected, found \\[\\]"),
        (change(counts={"attack": "many"}), "counts.attack: a whole number expected, found 'many'"),
        (change(stages={"fit": {"cpu_s": None}}), "stages.fit.cpu_s: a number expected"),
        (change(seed=1.5), "seed: a whole number expected"),
        (change(seed=4), "its id .* is not that of its world"),
        (change(id=7), "id: a text expected"),
        (change(warnings={"a": 1}), "warnings: a list expected"),
        (change(overrides=None), "overrides: an object expected"),
        (change(method="grpo"), "is not that of its world, protocol, method and seed"),
    ],
)
def test_an_unsealed_record_of_another_shape_is_named_with_the_place(tmp_path, content, said):
    (tmp_path / "run.json").write_text(json.dumps(content))
    with pytest.raises(DamagedError, match=said):
        Run.open(tmp_path)


def test_a_folder_in_place_of_the_record_and_no_record_at_all(tmp_path):
    with pytest.raises(DamagedError, match=r"run\.json: not a finished run \(No such file"):
        Run.open(tmp_path)
    (tmp_path / "run.json").mkdir()
    with pytest.raises(DamagedError, match=r"run\.json: not a finished run \(Is a directory"):
        Run.open(tmp_path)


def test_a_newer_record_asks_for_an_update(run):
    content = run.as_json() | {"schema": records.SCHEMA_VERSION + 1, "something": "new"}
    (run.path / "run.json").write_bytes(sealed_json(content))
    with pytest.raises(InputError, match="newer version"):
        Run.open(run.path)


def test_every_version_has_its_migration():
    assert sorted(records.MIGRATIONS) == list(range(1, records.SCHEMA_VERSION))
