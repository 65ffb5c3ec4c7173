"""The JSON Schemas in the package: those of today's records, and true of what is written. `jsonschema` is the judge."""

from __future__ import annotations

import copy
import json

import pytest
from jsonschema import Draft202012Validator

from benchmark.metrics.summary import figures
from benchmark.results import schemas
from tests.benchmark.run_factory import made_up_scores, write_run


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    rows = made_up_scores(silent=2).rows()
    rows[0]["score"] = float("inf")
    from benchmark.results.scores import Scores

    run = write_run(tmp_path_factory.mktemp("results"), Scores.of(rows), dev=made_up_scores(seed=1))
    figures(run)
    return {name: json.loads((run.path / f"{name}.json").read_text()) for name in schemas.NAMES}


@pytest.mark.parametrize("name", schemas.NAMES)
def test_the_shipped_schema_is_that_of_the_records(name):
    assert schemas.shipped(name) == schemas.current(name), "run `python -m benchmark.results.schemas`"


@pytest.mark.parametrize("name", schemas.NAMES)
def test_what_is_written_is_valid_under_it(name, written):
    Draft202012Validator.check_schema(schemas.shipped(name))
    Draft202012Validator(schemas.shipped(name)).validate(written[name])


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("run", ("seed",), "0"),
        ("run", ("counts", "attack"), "many"),
        ("run", ("digest",), "abc"),
        ("run", ("stages", "fit", "cpu_s"), None),
        ("figures", ("policies", "answer", "target", "print"), [1, 2]),
        ("figures", ("curves", "error", "auc"), "high"),
        ("figures", ("files", "scores.parquet", "size"), 1.5),
    ],
)
def test_another_shape_is_not(name, path, value, written):
    content = copy.deepcopy(written[name])
    place = content
    for key in path[:-1]:
        place = place[key]
    assert path[-1] in place
    place[path[-1]] = value
    assert not Draft202012Validator(schemas.shipped(name)).is_valid(content)


def test_a_missing_field_is_invalid(written):
    content = {key: value for key, value in written["run"].items() if key != "digests"}
    assert not Draft202012Validator(schemas.shipped("run")).is_valid(content)
