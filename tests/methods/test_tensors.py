"""Trained weights and kept states: taken up only by the same training, and only as they were written."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from methods.tensors import keep_state, kept_state, load_tensors, save_tensors
from protocols.errors import DamagedError

TENSORS = {"a": torch.arange(6.0).reshape(2, 3).T, "b": torch.ones(3, dtype=torch.bfloat16)}


def test_round_trip_and_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        save_tensors(TENSORS, tmp_path / name, {"step": "3", "best": "0.5"})
    tensors, facts = load_tensors(tmp_path / "one")
    assert facts == {"step": "3", "best": "0.5"}
    assert all(torch.equal(tensors[name], TENSORS[name]) for name in TENSORS)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_state_is_taken_up_by_the_same_training_only(tmp_path: Path) -> None:
    said: list[str] = []
    file = tmp_path / "s.safetensors"
    assert kept_state(file, "x", said.append) is None
    keep_state(TENSORS, file, "x", step="7")
    assert kept_state(file, "y", said.append) is None
    assert said == []
    kept = kept_state(file, "x", said.append)
    assert kept is not None
    assert kept[1] == {"identity": "x", "step": "7"}


def test_a_damaged_state_is_named_and_not_taken_up(tmp_path: Path) -> None:
    said: list[str] = []
    file = tmp_path / "s.safetensors"
    keep_state(TENSORS, file, "x")
    data = bytearray(file.read_bytes())
    data[-1] ^= 0x40
    file.write_bytes(data)
    assert kept_state(file, "x", said.append) is None
    assert said == [f"  {file}: changed since it was written (its digest differs): the training begins anew"]
    with pytest.raises(DamagedError, match=r"s\.safetensors: changed since it was written"):
        load_tensors(file)


def test_weights_of_another_program_are_read_but_never_as_a_state(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    save_file({"a": torch.ones(2)}, tmp_path / "w.safetensors", metadata={"format": "pt"})
    assert load_tensors(tmp_path / "w.safetensors")[1] == {"format": "pt"}
    with pytest.raises(DamagedError, match="digest of its content is missing"):
        load_tensors(tmp_path / "w.safetensors", unsealed=False)
