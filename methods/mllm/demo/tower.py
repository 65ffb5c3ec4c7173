"""How the demo policy's vision tower learns to see: a start that knows edges and textures, then a head thrown away.

A response's loss hardly reaches a tower, because one token of forty depends on the picture, and a transformer that
starts from noise needs far more pictures than a demo can render. So each patch is first seen in the principal
directions of all patches, whitened, and the first block's products start as their squares: texture energies, the oldest
descriptor there is. Everything stays an ordinary weight of `Qwen2_5_VLForConditionalGeneration`, and is trained on.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from methods.mllm.border import Model, Processor
from methods.mllm.demo.pictures import BONA_FIDE, Pictures

if TYPE_CHECKING:
    from torch import Tensor

PATCH, MERGE = 14, 2


def patches(processor: Processor, pictures: NDArray[np.uint8]) -> Tensor:
    """What the image processor makes of uint8 pictures (n, side, side, 3) of a fitting side: (n, patches, 588).

    One of the two identical temporal halves; patches in the order in which the tower merges them.
    """
    import torch

    how = processor.image_processor
    mean, std = torch.tensor(how.image_mean), torch.tensor(how.image_std)
    x = (torch.from_numpy(pictures).float() / 255 - mean) / std
    n, cells = len(x), x.shape[1] // (PATCH * MERGE)
    x = x.view(n, cells, MERGE, PATCH, cells, MERGE, PATCH, 3).permute(0, 1, 4, 2, 5, 7, 3, 6)
    return x.reshape(n, cells * cells * MERGE * MERGE, 3 * PATCH * PATCH)


def start(tower: Model, seen: Tensor, seed: int) -> None:
    """Set the untrained tower's weights: whitened principal directions of `seen`, (m, 588), energies, unit gains."""
    import torch

    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for module in tower.modules():
            if isinstance(module, torch.nn.Linear):
                module.weight.normal_(0, module.in_features**-0.5, generator=random)
                if module.bias is not None:
                    module.bias.zero_()
        for block in tower.blocks:
            block.attn.proj.weight *= 0.3
            block.mlp.down_proj.weight *= 0.3
        _see_directions(tower.patch_embed.proj.weight, seen)
        _see_energies(tower.blocks[0].mlp)


def _see_directions(weight: Tensor, seen: Tensor) -> None:
    import torch

    centred = seen.double() - seen.double().mean(0)
    values, vectors = torch.linalg.eigh(centred.T @ centred / len(centred))
    first = vectors[:, -len(weight) :].flip(1)
    scale = (values[-len(weight) :].flip(0) + 0.3 * values[-len(weight)]).rsqrt()
    sign = torch.sign(first.gather(0, first.abs().argmax(0, keepdim=True)))
    half = (first * sign * scale).T.reshape(len(weight), 3, 1, PATCH, PATCH) / 2
    weight.copy_(half.expand_as(weight))


def _see_energies(mlp: Model) -> None:
    """`silu(x) x + silu(-x) (-x) = x^2`: the first rows of the gated products square each direction."""
    import torch

    wide = mlp.gate_proj.in_features
    eye = torch.eye(wide)
    both = torch.cat([eye, -eye])
    for projection in (mlp.gate_proj, mlp.up_proj):
        projection.weight[: 2 * wide] = both
    mlp.down_proj.weight[:, : 2 * wide] = 0.5 * both.T


@contextmanager
def quick(tower: Model) -> Iterator[None]:
    """The same tower for pictures of one size: one attention call per block instead of one per window of each picture,
    and one matrix product instead of a convolution."""
    weight = tower.patch_embed.proj.weight

    def embed(x: Tensor) -> Tensor:
        out: Tensor = x @ weight.sum(2).view(len(weight), -1).T
        return out

    changed = [(tower.patch_embed, embed), *((b.attn, partial(_attend, b.attn)) for b in tower.blocks)]
    for module, forward in changed:
        module.forward = forward
    try:
        yield
    finally:
        for module, _ in changed:
            del module.forward


def _attend(
    attention: Model, states: Tensor, cu_seqlens: Tensor, position_embeddings: tuple[Tensor, Tensor], **_: object
) -> Tensor:
    import torch
    from transformers.models.qwen2_5_vl.modeling_qwen2_5_vl import apply_rotary_pos_emb_vision

    windows = len(cu_seqlens) - 1
    q, k, v = attention.qkv(states).view(len(states), 3, attention.num_heads, -1).unbind(1)
    q, k = apply_rotary_pos_emb_vision(q, k, *position_embeddings)
    q, k, v = (x.view(windows, -1, *x.shape[1:]).transpose(1, 2) for x in (q, k, v))
    seen = torch.nn.functional.scaled_dot_product_attention(q, k, v)
    out: Tensor = attention.proj(seen.transpose(1, 2).reshape(len(states), -1))
    return out


def see(tower: Model, seen: Tensor) -> Tensor:
    """Image tokens of patches (n, patches, 588), inside of `quick`: (n, tokens, hidden)."""
    import torch

    side = round(seen.shape[1] ** 0.5)
    grid = torch.tensor([[1, side, side]]).expand(len(seen), 3)
    tokens = tower(seen.reshape(-1, seen.shape[-1]), grid_thw=grid).pooler_output
    out: Tensor = tokens.view(len(seen), -1, tokens.shape[-1])
    return out


def teach(
    tower: Model, processor: Processor, pictures: Pictures, *, steps: int, batch: int, rate: float, seed: int
) -> dict[str, float]:
    """Teach the tower to tell bona fide from attack, and species from each other; returns the last losses."""
    import torch
    from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

    rng = np.random.default_rng((seed, 1))
    names = sorted({*pictures.kinds} - {BONA_FIDE})
    kind = torch.tensor([names.index(k) if k != BONA_FIDE else -100 for k in pictures.kinds])
    real = torch.tensor(pictures.real).float()
    whole = tower.config.out_hidden_size
    start(tower, patches(processor, pictures.shown(np.arange(0, len(pictures), 3), None)).flatten(0, 1)[::3], seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        decide, name = torch.nn.Linear(whole, 1), torch.nn.Linear(2 * whole, len(names))
    learnt = [*tower.parameters(), *decide.parameters(), *name.parameters()]
    optimizer = torch.optim.AdamW(learnt, lr=rate, weight_decay=0.05, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps, pct_start=0.15)
    losses = (torch.zeros(()), torch.zeros(()))
    with quick(tower):
        for _ in range(steps):
            chosen = rng.integers(0, len(pictures), batch)
            tokens = see(tower, patches(processor, pictures.shown(chosen, rng)))
            mean = tokens.mean(1)
            losses = (
                binary_cross_entropy_with_logits(decide(mean)[:, 0], real[chosen]),
                cross_entropy(name(torch.cat([mean, tokens.amax(1)], -1)), kind[chosen]),
            )
            (losses[0] + 0.3 * losses[1]).backward()
            torch.nn.utils.clip_grad_norm_(learnt, 1.0)
            optimizer.step()
            optimizer.zero_grad()
            schedule.step()
    return {"decision": losses[0].item(), "species": losses[1].item()}
