"""A packed row is what one writes down by hand, and a batch is cut between groups."""

from __future__ import annotations

import pytest
import torch

from methods.mllm.packing import pack, split_groups


def test_packing_by_hand():
    # one group: prompt 7 8 9 behind one column of padding, completions 1 2 and 3
    ids = torch.tensor([[0, 7, 8, 9, 1, 2], [0, 7, 8, 9, 3, 0]])
    mask = torch.tensor([[0, 1, 1, 1, 1, 1], [0, 1, 1, 1, 1, 0]])
    positions = torch.tensor([0, 0, 1, 5]).expand(3, 1, 4)
    packed = pack(ids, mask, 2, positions)
    assert packed.ids.tolist() == [[7, 8, 9, 1, 9]]
    assert packed.targets.tolist() == [[-100, -100, 1, 2, 3]]
    assert packed.positions[0].tolist() == [[0, 1, 5, 6, 5]]
    assert packed.mask[0, 0].int().tolist() == [
        [1, 0, 0, 0, 0],
        [1, 1, 0, 0, 0],
        [1, 1, 1, 0, 0],
        [1, 1, 1, 1, 0],
        [1, 1, 0, 0, 1],
    ]
    assert packed.unpack(torch.tensor([[9, 9, 1, 2, 3]])).tolist() == [[1, 2], [3, 0]]


def test_groups_stay_whole_when_a_batch_is_cut():
    batch = {
        "image_grid_thw": torch.tensor([[1, 2, 2], [1, 2, 4]]),
        "pixel_values": torch.arange(12),
        "ids": torch.arange(6),
        "beta": 0.1,
    }
    first, second = split_groups(batch, 2)
    assert (first["pixel_values"].tolist(), second["ids"].tolist()) == ([0, 1, 2, 3], [3, 4, 5])
    assert first["beta"] == 0.1
    with pytest.raises(ValueError, match="2 groups cannot be divided into 3 steps"):
        list(split_groups(batch, 3))
