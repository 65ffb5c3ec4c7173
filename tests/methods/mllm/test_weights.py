"""Finding a base model: whole or not at all, with one line that says what to do."""

from __future__ import annotations

import json

import pytest

from methods.mllm import weights
from protocols.errors import InputError


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "model"
    place.mkdir()
    (place / "config.json").write_text("{}")
    (place / "model.safetensors").write_bytes(b"one")
    return place


def test_a_folder_is_itself(folder):
    assert weights.resolve(str(folder)) == folder.resolve()


@pytest.mark.parametrize("name", ["no-such-folder", "a/b/c", "/nowhere/at/all"])
def test_neither_folder_nor_hub_name(name):
    with pytest.raises(InputError, match=r"no such folder, and not a hub name"):
        weights.resolve(name)


def test_offline_without_the_model(monkeypatch, tmp_path):
    import huggingface_hub.constants as constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(InputError, match=r"hf download some-owner/some-model.*base_model=FOLDER") as caught:
        weights.resolve("some-owner/some-model")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("lost", ["config.json", "model.safetensors"])
def test_missing_files_are_named(folder, lost):
    (folder / lost).unlink()
    with pytest.raises(InputError, match=lost):
        weights.resolve(str(folder))


def test_a_missing_shard_is_named(folder):
    shards = {"a": "model-1-of-2.safetensors", "b": "model-2-of-2.safetensors"}
    (folder / weights.INDEX).write_text(json.dumps({"weight_map": shards}))
    (folder / "model-1-of-2.safetensors").write_bytes(b"")
    with pytest.raises(InputError, match="model-2-of-2"):
        weights.weight_files(folder)
    (folder / weights.INDEX).write_text("{")
    with pytest.raises(InputError, match="index"):
        weights.weight_files(folder)


def test_the_digest_follows_the_bytes_and_is_cached(folder, tmp_path, monkeypatch):
    cache = tmp_path / "cache"
    first = weights.digest(folder, cache)
    assert first == weights.digest(folder)
    monkeypatch.setattr(weights.hashlib, "file_digest", None)  # must not be read again
    assert weights.digest(folder, cache) == first
    monkeypatch.undo()
    (folder / "model.safetensors").write_bytes(b"two!")
    assert weights.digest(folder, cache) != first
    (cache / "weight-digests.json").write_text("damaged")
    assert weights.digest(folder, cache) == weights.digest(folder)
