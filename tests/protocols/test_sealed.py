"""Sealed files: what was written comes back, and no byte of it can change unnoticed."""

from __future__ import annotations

import json

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from protocols.errors import DamagedError
from protocols.sealed import (
    check_tensors,
    facts_of_tensors,
    seal_tensors,
    sealed_json,
    texts_for_tensors,
    unsealed_json,
)

CONTENT = {"schema": 2, "name": "ä\u2028", "part": {"n": [1, None, 2.5]}}


@pytest.mark.parametrize("indent", [1, None])
def test_json_comes_back_and_is_plain_json(indent):
    data = sealed_json(CONTENT, indent)
    assert unsealed_json(data, "f") == CONTENT
    assert list(json.loads(data)) == ["digest", *CONTENT]


def test_no_byte_of_the_json_can_change_or_go():
    data = sealed_json(CONTENT)
    for place in range(len(data)):
        for other in (data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :], data[:place] + data[place + 1 :]):
            with pytest.raises(DamagedError, match="f: "):
                unsealed_json(other, "f")


def test_json_of_an_earlier_schema_needs_no_seal():
    old = json.dumps({"schema": 1, "a": 2}).encode()
    assert unsealed_json(old, "f", unsealed_schema=1) == {"schema": 1, "a": 2}
    with pytest.raises(DamagedError, match="digest of its content is missing"):
        unsealed_json(old, "f")
    with pytest.raises(DamagedError, match="digest of its content is missing"):
        unsealed_json(json.dumps({"schema": 2}).encode(), "f", unsealed_schema=1)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_json_has_no_word_for_is_refused(value):
    with pytest.raises(ValueError, match="JSON"):
        sealed_json({"a": value})


@pytest.fixture
def tensors(tmp_path):
    file = tmp_path / "m.safetensors"
    save_file({"w": np.arange(6, dtype=np.float32)}, file, metadata=texts_for_tensors({"step": "3", "a": [1]}))
    seal_tensors(file)
    return file


def test_tensors_stay_readable_by_any_reader(tensors):
    check_tensors(tensors)
    with safe_open(tensors, framework="numpy") as stream:
        assert stream.get_tensor("w").tolist() == [0, 1, 2, 3, 4, 5]
        assert facts_of_tensors(stream.metadata()) == {"step": "3", "a": [1]}


def test_no_byte_of_the_tensors_can_change_or_go(tensors):
    data = tensors.read_bytes()
    for place in range(len(data)):
        tensors.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        with pytest.raises(DamagedError, match=r"m\.safetensors"):
            check_tensors(tensors)
        tensors.write_bytes(data[:place])
        with pytest.raises(DamagedError, match=r"m\.safetensors"):
            check_tensors(tensors)


def test_tensors_of_others_have_no_seal(tmp_path):
    file = tmp_path / "m.safetensors"
    save_file({"w": np.zeros(2)}, file)
    check_tensors(file, unsealed=True)
    with pytest.raises(DamagedError, match="digest of its content is missing"):
        check_tensors(file)
    with pytest.raises(DamagedError, match=r"n\.safetensors: missing"):
        check_tensors(tmp_path / "n.safetensors", unsealed=True)
