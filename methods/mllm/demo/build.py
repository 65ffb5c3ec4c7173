"""Teach a policy for the demo world: `python -m methods.mllm.demo.build FOLDER`, some 300 CPU-seconds."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from methods.mllm.demo import tiny, warm
from methods.mllm.quiet import quiet


def build(folder: Path, recipe: warm.Recipe, workers: int = 2) -> dict[str, float]:
    """Render, build, teach to see, teach to speak, save in float32 (bfloat16 would round its fine log-odds away).

    Returns the last losses. The recipe's seed decides every random number; on another CPU the last bits differ.
    """
    quiet()
    import torch
    from transformers import AutoModelForImageTextToText, AutoProcessor

    torch.set_num_threads(1)
    pictures, kinds = render(recipe, workers)
    tiny.build(folder, seed=recipe.seed, phrases=warm.phrases())
    model: Any = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32)
    processor = AutoProcessor.from_pretrained(folder)
    losses = {"tower": warm.teach_tower(model, processor, pictures, kinds, recipe)}
    losses["language"] = warm.teach_language(model, processor, pictures, kinds, recipe)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return losses


def render(recipe: warm.Recipe, workers: int) -> tuple[NDArray[np.uint8], list[str]]:
    """All pictures of the warm start, by several processes; the same whatever their number."""
    step = 100
    starts = range(0, recipe.pictures, step)
    ends = [min(start + step, recipe.pictures) for start in starts]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        parts = list(pool.map(warm.render, starts, ends, [recipe.seed] * len(ends)))
    return np.concatenate([part[0] for part in parts]), [kind for part in parts for kind in part[1]]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m methods.mllm.demo.build", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the model is written")
    parser.add_argument("--workers", type=int, default=2, help="processes that render pictures")
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    losses = build(options.folder, warm.Recipe(), options.workers)
    print(*(f"{name} loss {value:.3f}" for name, value in losses.items()), sep=", ", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
