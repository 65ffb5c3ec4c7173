"""Parts of the smaller networks: the CNN's step, CLIP's encoder and its LoRA step."""

from __future__ import annotations

import copy
from functools import partial

import torch

from methods.clip import foundpad_models
from methods.foundpad import LoraSettings
from methods.nets.alexnet import AlexNet, initialise
from tests.gpu.bench import Bench, Figure
from tests.timing import bench_clip


def cnn(bench: Bench) -> None:
    """Pictures a second of AlexNet's training step, deterministic as the method asks."""
    net = AlexNet(0.1 if bench.small else 1.0)
    initialise(net, 0)
    net.to(bench.device)
    sgd = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, foreach=False)
    n = 16 if bench.small else 512
    x, y = torch.randn(n, 3, 128, 128), torch.randint(0, 2, (n,))

    def step() -> None:
        sgd.zero_grad()
        logits = net(x.to(bench.device))
        torch.nn.functional.cross_entropy(logits, y.to(bench.device)).backward()
        sgd.step()

    def rate() -> Figure:
        with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True):
            return {"batch": n, "pictures_a_s": round(n / bench.seconds(step, times=1 if bench.small else 10))}

    bench.measure("CNN training step", rate)


def clip(bench: Bench) -> None:
    """Pictures a second of ViT-B/16: encoded, and in a LoRA step; open_clip's tower beside ours."""
    plain, ours = bench_clip.towers()
    lora = foundpad_models.adapt(copy.deepcopy(ours), LoraSettings(dropout=0.0))
    theirs = bench_clip.open_clip_lora(copy.deepcopy(plain))
    few, many = (1, 1) if bench.small else (64, 256)
    works = {
        "CLIP encode, open_clip": (bench_clip.encode, plain, many, False),
        "CLIP encode": (bench_clip.encode, ours, many, not bench.small),
        "CLIP LoRA step, open_clip": (bench_clip.step, theirs, few, True),
        "CLIP LoRA step": (bench_clip.step, lora, few, True),
    }
    for name, (work, tower, n, low) in works.items():
        tower.to(bench.device)
        pictures = torch.randn(n, 3, 224, 224, device=bench.device)
        task = partial(work, tower, pictures, low)
        times = (0, 1) if bench.small else (3, 5)

        def rate(task: partial[None] = task, n: int = n, times: tuple[int, int] = times) -> Figure:
            return {"batch": n, "pictures_a_s": round(n / bench.seconds(task, warm=times[0], times=times[1]), 1)}

        bench.measure(name, rate)
        tower.to("cpu")
