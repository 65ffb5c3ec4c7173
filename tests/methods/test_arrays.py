from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from methods.arrays import load_arrays, save_arrays
from protocols.errors import DamagedError, InputError


def test_round_trip_and_the_same_bytes(tmp_path: Path) -> None:
    arrays = {"a": np.arange(6.0).reshape(2, 3).T, "b": np.zeros(0, np.float32)}
    save_arrays(tmp_path / "one", arrays, gamma=0.1, name="x")
    save_arrays(tmp_path / "two", arrays, name="x", gamma=0.1)
    loaded, facts = load_arrays(tmp_path / "one", "a", "b")
    assert facts == {"gamma": 0.1, "name": "x"}
    assert np.array_equal(loaded["a"], arrays["a"])
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["one", "two"]


def test_every_damage_is_named(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    with pytest.raises(InputError, match=r"model\.safetensors"):
        load_arrays(path)
    save_arrays(path, {"a": np.ones(100)})
    with pytest.raises(InputError, match="holds no 'b'"):
        load_arrays(path, "b")
    content = path.read_bytes()
    for broken in (b"", content[:20], content[:-8], b"not a model at all"):
        path.write_bytes(broken)
        with pytest.raises(DamagedError, match=r"model\.safetensors: (not a readable|changed since)"):
            load_arrays(path, "a")
    save_arrays(path, {"a": np.array([1.0, np.nan])})
    with pytest.raises(InputError, match="not finite"):
        load_arrays(path, "a")


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save_arrays(path, {"a": np.ones(3)})
    with pytest.raises(TypeError):
        save_arrays(path, {"a": np.ones(3)}, fact=object())
    assert load_arrays(path, "a")[0]["a"].tolist() == [1, 1, 1]
