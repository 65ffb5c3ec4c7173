"""What a launch says of how models are cut, and which DeepSpeed it may do that with."""

from __future__ import annotations

from importlib import metadata

import pytest

from methods.mllm import sharding
from methods.mllm.sharding import Cut
from protocols.errors import InputError
from tests.sharding.launch import of_launch_file


@pytest.mark.parametrize(
    ("file", "cut"),
    [
        ("fsdp.yaml", Cut("FSDP", 2)),
        ("zero3.yaml", Cut("DeepSpeed", 2)),
        ("zero3-offload.yaml", Cut("DeepSpeed", 2, offload=True)),
    ],
)
def test_the_shipped_launch_files_say_how_models_are_cut(file, cut, monkeypatch):
    for name, value in {**of_launch_file(file), "WORLD_SIZE": "2"}.items():
        monkeypatch.setenv(name, value)
    assert sharding.cut() == cut
    assert sharding.unusable() is None  # the one that is installed with the tests


def test_without_such_a_launch_nothing_is_cut(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "8")
    assert sharding.cut() == Cut()
    sharding.require()


@pytest.mark.parametrize("installed", [None, "0.18.2"])
def test_deepspeed_that_is_missing_or_untested_is_refused(installed, monkeypatch):
    known = metadata.version

    def version(name):
        if name != "deepspeed":
            return known(name)
        if installed is None:
            raise metadata.PackageNotFoundError(name)
        return installed

    monkeypatch.setattr(metadata, "version", version)
    monkeypatch.setenv("ACCELERATE_USE_DEEPSPEED", "true")
    what = "it is not installed" if installed is None else r"version 0.18.2 is not among those tested \(0.19\)"
    with pytest.raises(InputError, match=rf"asks for DeepSpeed: .*{what}.*pad-benchmark\[sharded\].*fsdp.yaml"):
        sharding.require()
