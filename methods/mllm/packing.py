"""Groups of completions as one row each, for the policy's pass, and batches cut without tearing a group."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from methods.mllm.border import Batch


@dataclass(frozen=True)
class Packed:
    """G groups of N completions as G rows; L is the longest row, P and C the columns of prompts and completions.

    Attributes:
        ids: int64, (G, L), tokens; a completion's first is the last token of its prompt, whose state predicts it.
        positions: int64, (3, G, L), rotary positions (time, height, width).
        mask: bool, (G, 1, L, L), True where a query (third axis) may attend to a key.
        targets: int64, (G, L), the next token of every completion position, elsewhere -100.
        valid: bool, (G * N, C), the completion tokens, as in the completion mask.
        place: int64, (2, valid tokens), row and column of each of them in `ids`.
    """

    ids: Tensor
    positions: Tensor
    mask: Tensor
    targets: Tensor
    valid: Tensor
    place: Tensor

    def unpack(self, values: Tensor) -> Tensor:
        """Packed values, (G, L), as trl lays them out, (G * N, C), zero where there is no token."""
        out = values.new_zeros(self.valid.shape)
        return out.masked_scatter(self.valid, values[self.place[0], self.place[1]])


def pack(ids: Tensor, mask: Tensor, completion: int, prompt_positions: Tensor) -> Packed:
    """Put the completions of each group behind one copy of their prompt.

    Args:
        ids: int64, (G * N, P + C), left-padded prompts and right-padded completions; a group's rows are adjacent.
        mask: (G * N, P + C), 1 for tokens and 0 for padding.
        completion: C.
        prompt_positions: int64, (3, G, P), rotary positions of the prompts.
    """
    groups = prompt_positions.shape[1]
    n, columns = len(ids) // groups, ids.shape[1] - completion
    device = ids.device
    head = mask[::n, : columns - 1].bool()  # the last prompt token goes with each completion
    valid = mask[:, columns:].bool()
    lengths = valid.sum(1).view(groups, n)
    start = head.sum(1, keepdim=True) + lengths.cumsum(1) - lengths  # (G, N)
    step = torch.arange(completion, device=device)
    row = torch.arange(groups, device=device).repeat_interleave(n)[:, None].expand_as(valid)[valid]
    place = torch.stack([row, (start.view(-1, 1) + step)[valid]])
    head_place = (torch.nonzero(head)[:, 0], (head.cumsum(1) - 1)[head])
    size = (groups, int((head.sum(1) + lengths.sum(1)).max()))

    packed = ids.new_zeros(size)
    packed[head_place] = ids[::n, : columns - 1][head]
    packed[place[0], place[1]] = ids[:, columns - 1 : -1][valid]
    targets = ids.new_full(size, -100)
    targets[place[0], place[1]] = ids[:, columns:][valid]
    positions = prompt_positions.new_zeros((3, *size))
    positions[:, head_place[0], head_place[1]] = prompt_positions[:, :, :-1][:, head]
    last = prompt_positions[:, :, -1].repeat_interleave(n, dim=1)  # (3, G * N)
    positions[:, place[0], place[1]] = (last[:, :, None] + step)[:, valid]

    segment = ids.new_full(size, -1)  # -1 padding, 0 prompt, i the i-th completion
    segment[head_place] = 0
    segment[place[0], place[1]] = torch.arange(1, n + 1, device=device).repeat(groups)[:, None].expand_as(valid)[valid]
    query, key = segment[:, :, None], segment[:, None, :]
    causal = torch.ones(size[1], size[1], dtype=torch.bool, device=device).tril()
    allowed = causal & ((key == 0) | (key == query))  # padding attends to padding: no row of the softmax is empty
    return Packed(packed, positions, allowed[:, None], targets, valid, place)


def split_groups(batch: Batch, steps: int) -> Iterator[Batch]:
    """Equal parts of a batch whose rows are in groups and whose images are one per group; groups stay whole.

    Raises ValueError where the groups cannot be divided by `steps`.
    """
    grid = batch["image_grid_thw"]
    if len(grid) % steps:
        raise ValueError(f"{len(grid)} groups cannot be divided into {steps} steps")
    images = len(grid) // steps
    pixels = batch["pixel_values"].split(grid.prod(-1).view(steps, images).sum(1).tolist())
    for step in range(steps):
        part = {}
        for name, value in batch.items():
            size = len(value) // steps if isinstance(value, Tensor) and value.ndim else 0
            part[name] = value[step * size : (step + 1) * size] if size else value
        yield {**part, "pixel_values": pixels[step]}
