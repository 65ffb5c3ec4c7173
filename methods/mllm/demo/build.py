"""Teach a policy for the demo world from nothing: `python -m methods.mllm.demo.build FOLDER`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from methods.mllm.border import Model
from methods.mllm.demo import pictures, tiny, tower, warm
from methods.mllm.quiet import quiet

SHAPE = tiny.Shape(vision_hidden=96)


def build(folder: Path, course: warm.Course, workers: int = 2) -> dict[str, float]:
    """Render, build, teach to see, teach to speak, save in bfloat16, as such checkpoints are published.

    Returns the last losses. The course's seed decides every random number; on another CPU the last bits differ.
    """
    quiet()
    import torch
    from transformers import AutoModelForImageTextToText, AutoProcessor

    torch.set_num_threads(1)  # sums in one order: the same weights whatever the machine's number of cores
    seen = render(course.pictures, course.seed, workers)
    tiny.build(folder, seed=course.seed, shape=SHAPE, phrases=warm.phrases())
    model: Model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32)
    processor = AutoProcessor.from_pretrained(folder)
    losses = tower.teach(
        model.model.visual,
        processor,
        seen,
        steps=course.tower_steps,
        batch=course.tower_batch,
        rate=course.tower_rate,
        seed=course.seed,
    )
    losses["language"] = warm.teach(model, processor, seen, course)
    model.to(torch.bfloat16).save_pretrained(folder)
    processor.save_pretrained(folder)
    return losses


def render(count: int, seed: int, workers: int) -> pictures.Pictures:
    """All pictures of the warm start, by several processes; the same whatever their number."""
    step = 100
    starts = range(0, count, step)
    ends = [min(start + step, count) for start in starts]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        parts = list(pool.map(partial(pictures.render, seed=seed), starts, ends))
    return pictures.Pictures(
        np.concatenate([part.pixels for part in parts]), tuple(kind for part in parts for kind in part.kinds)
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m methods.mllm.demo.build", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the model is written")
    parser.add_argument("--workers", type=int, default=2, help="processes that render pictures")
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    losses = build(options.folder, warm.Course(), options.workers)
    print(*(f"{name} loss {value:.3f}" for name, value in losses.items()), sep=", ", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
