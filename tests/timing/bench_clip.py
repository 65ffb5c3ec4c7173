"""ViT-B/16 on one CPU thread (and on a GPU where there is one): encoding, the LoRA step, and frozen features kept.

    python -m tests.timing.bench_clip

CPU time, candidates in turns in one process, medians. Weights are random: they do not change the cost.
"""

from __future__ import annotations

import copy
import statistics
import time
from collections.abc import Callable
from functools import partial

import torch
from torch import nn
from torch.nn import functional as F

from methods.clip import foundpad_models
from methods.clip.encoder import fold
from methods.foundpad import LoraSettings
from tests.timing.cpu_time import Row, compare, show

BACKBONE = "ViT-B-16-quickgelu"
GFLOP = 35.1
"""Multiplications and additions of one picture of 224 x 224 through ViT-B/16, in 1e9."""


class Delta(nn.Module):
    """LoRA the way that leaves `nn.MultiheadAttention` in place: q and v of the joint weight plus scale * B A."""

    def __init__(self, width: int, rank: int = 8) -> None:
        super().__init__()
        self.a = nn.Parameter(torch.randn(2, rank, width) / width**0.5)
        self.b = nn.Parameter(torch.zeros(2, width, rank))

    def forward(self, weight: torch.Tensor) -> torch.Tensor:
        q, v = (8 / 8**0.5 * b @ a for a, b in zip(self.a, self.b, strict=True))
        return weight + torch.cat([q, torch.zeros_like(q), v])


def open_clip_lora(visual: nn.Module) -> nn.Module:
    """open_clip's tower, frozen, with those deltas."""
    foundpad_models.freeze(visual)
    for module in list(visual.modules()):
        if isinstance(module, nn.MultiheadAttention):
            nn.utils.parametrize.register_parametrization(
                module, "in_proj_weight", Delta(module.embed_dim), unsafe=True
            )
    return visual


def step(visual: nn.Module, pictures: torch.Tensor, low: bool) -> None:
    """Forward and backward of one batch."""
    with torch.autocast(pictures.device.type, torch.bfloat16, enabled=low):
        feature = visual(pictures)
    F.normalize(feature.float(), dim=-1).square().sum().backward()


def encode(visual: nn.Module, pictures: torch.Tensor, low: bool = False) -> None:
    """Forward without gradients."""
    with torch.inference_mode(), torch.autocast(pictures.device.type, torch.bfloat16, enabled=low):
        visual(pictures)


def towers() -> tuple[nn.Module, nn.Module]:
    """The image tower as open_clip builds it, and ours with the same weights."""
    import open_clip

    plain = open_clip.create_model(BACKBONE, pretrained=None).visual.eval()
    return plain, fold(copy.deepcopy(plain))


def rows() -> list[Row]:
    """(name, usual, ours, ratio, target)."""
    torch.set_num_threads(1)
    plain, ours = towers()
    table = [_encoder(plain, ours), _lora(plain, ours)]
    if torch.cuda.is_available():
        table += _cuda(plain.cuda(), ours.cuda())
    return table


def _encoder(plain: nn.Module, ours: nn.Module) -> Row:
    pictures, square = torch.randn(2, 3, 224, 224), torch.randn(2048, 2048)
    multiply = partial(torch.mm, square, square)
    product, encoder = compare(multiply, partial(encode, ours, pictures), rounds=3)
    rate, reached = 2 * 2.048**3 / product, GFLOP * len(pictures) / encoder
    usual = f"sgemm {rate:.0f} GFLOP/s"
    return "ViT-B/16 encode, float32, share of sgemm", usual, f"{reached:.0f} GFLOP/s", reached / rate, ">= 0.7"


def _lora(plain: nn.Module, ours: nn.Module) -> Row:
    pictures = torch.randn(2, 3, 224, 224)  # with one, open_clip's transposed tensor would be contiguous and fast
    theirs = open_clip_lora(copy.deepcopy(plain))
    adapted = foundpad_models.adapt(copy.deepcopy(ours), LoraSettings(dropout=0.0))
    usual, mine = compare(partial(step, theirs, pictures, True), partial(step, adapted, pictures, True), rounds=1)
    usual, mine = usual / len(pictures), mine / len(pictures)
    name = "LoRA step, ViT-B/16, bfloat16 autocast"
    return name, f"open_clip {usual * 1e3:.0f} ms/img", f"{mine * 1e3:.0f} ms/img", usual / mine, ">= 3"


def _cuda(plain: nn.Module, ours: nn.Module) -> list[Row]:
    def seconds(work: Callable[[], None]) -> float:
        torch.cuda.synchronize()
        start = time.perf_counter()
        work()
        torch.cuda.synchronize()
        return time.perf_counter() - start

    def row(name: str, theirs: Callable[[], None], mine: Callable[[], None], n: int) -> Row:
        pairs = [(seconds(theirs), seconds(mine)) for _ in range(8)][3:]
        slow, fast = (statistics.median(times) for times in zip(*pairs, strict=True))
        return name, f"open_clip {n / slow:.0f} img/s", f"{n / fast:.0f} img/s", slow / fast, "> 1"

    many, few = (torch.randn(n, 3, 224, 224, device="cuda") for n in (256, 64))
    lora = open_clip_lora(copy.deepcopy(plain))
    adapted = foundpad_models.adapt(copy.deepcopy(ours), LoraSettings(dropout=0.0)).cuda()
    return [
        row("encode on the GPU", partial(encode, plain, many), partial(encode, ours, many, True), 256),
        row("LoRA step on the GPU", partial(step, lora.cuda(), few, True), partial(step, adapted, few, True), 64),
    ]


if __name__ == "__main__":
    show(rows())
