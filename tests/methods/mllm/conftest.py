"""One untrained tiny Qwen2.5-VL for all tests of the MLLM methods."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory):
    """A folder with an untrained tiny model and its processor. Never write into it."""
    from methods.mllm.demo import tiny

    folder = tmp_path_factory.mktemp("models") / "tiny"
    tiny.build(folder, phrases=["fine stripes run across the face", "printed dots cover the face"])
    return folder
