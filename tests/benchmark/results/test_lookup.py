"""Runs by directory, by id, or by the beginning of one."""

from __future__ import annotations

import pytest

from benchmark.results.lookup import open_run
from protocols.errors import InputError
from tests.benchmark.run_factory import write_run


def test_a_run_is_found_by_directory_id_and_clear_beginning(tmp_path):
    run = write_run(tmp_path, method="cnn")
    other = write_run(tmp_path, method="cnn", seed=1)
    for word in (str(run.path), run.id, f"{run.id}/", run.id[:-3]):
        assert open_run(tmp_path, word).id == run.id
    with pytest.raises(InputError, match="2 runs begin like this"):
        open_run(tmp_path, other.id.rpartition("/")[0])
    with pytest.raises(InputError, match="neither a run directory nor the id"):
        open_run(tmp_path, "demo/nowhere")


def test_a_method_is_no_other_method_that_begins_like_it(tmp_path):
    grpo = write_run(tmp_path, method="grpo")
    write_run(tmp_path, method="grpo-lora")
    assert open_run(tmp_path, "demo/cefa2hqwmca/grpo").id == grpo.id
    assert open_run(tmp_path, "demo/cefa2hqwmca/grpo/").id == grpo.id


def test_of_several_runs_the_one_with_the_preset_s_settings(tmp_path):
    usual = write_run(tmp_path, method="grpo")
    write_run(tmp_path, method="grpo", overrides={"generations": 2})
    assert open_run(tmp_path, "demo/cefa2hqwmca/grpo").id == usual.id
    write_run(tmp_path, method="grpo", seed=1)
    with pytest.raises(InputError, match="3 runs begin like this .*s0-.*write more of the id"):
        open_run(tmp_path, "demo/cefa2hqwmca/grpo")
    assert open_run(tmp_path, "demo/cefa2hqwmca/grpo/s1").seed == 1


def test_a_seed_is_no_longer_seed(tmp_path):
    one = write_run(tmp_path, method="grpo", seed=1)
    write_run(tmp_path, method="grpo", seed=12)
    assert open_run(tmp_path, "demo/cefa2hqwmca/grpo/s1").id == one.id
    assert open_run(tmp_path, str(one.path)).id == one.id
