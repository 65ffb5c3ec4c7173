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
