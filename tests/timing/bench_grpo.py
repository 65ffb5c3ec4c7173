"""GRPO against stock trl: same completions, same gradients, CPU time. Run: `python -m tests.timing.bench_grpo`.

Beside our packed pass stands PrefixGrouper (arXiv 2506.05433), whose attention takes prompt and completions apart: on
the very same packed row, so that only the attention differs.

Completions have one length here, the worst case for packing: where lengths differ, trl computes padding and we do not.
"""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

from methods.grpo import GrpoSettings
from methods.method import Job
from methods.mllm import fast_grpo, grpo_trainer, training
from methods.mllm.demo import tiny
from methods.mllm.packing import Packed
from protocols.store.faces import Faces
from tests.timing.cpu_time import Row, compare, show

DEMO = (tiny.Shape(), {"side": 112, "batch_size": 8, "groups_per_pass": 8, "max_new_tokens": 54})
SEVEN_B = (  # widths of Qwen2.5-VL-7B over 8, its layers over 4, one picture of 256 tokens
    tiny.Shape(
        hidden=448, layers=7, heads=4, kv_heads=1, intermediate=2368, vision_hidden=160, vision_depth=8, pixels=448
    ),
    {"side": 448, "batch_size": 1, "groups_per_pass": 1, "max_new_tokens": 350},
)


def pair(folder: Path, shape: tiny.Shape, changes: dict[str, Any]) -> tuple[Any, Any]:
    """A stock and a shared trainer of one model on the same faces, ready for a step."""
    if not folder.exists():
        tiny.build(folder, shape=shape)
    n, side = 24, changes["side"]
    pixels = np.random.default_rng(0).integers(0, 256, (n, side, side, 3), np.uint8)
    index = np.arange(n)
    faces = Faces(pixels, index, index, np.ones(n, np.float32), tuple(map(str, range(n))), (index % 2).astype(np.int8))
    stock, shared = (trainer(folder, faces, {**changes, "trainer": kind}) for kind in ("stock", "shared"))
    return stock, shared


def trainer(model: Path, faces: Faces, changes: dict[str, Any]) -> Any:
    s = dataclasses.replace(GrpoSettings.preset("demo"), max_steps=1000, learning_rate=1e-9, **changes)
    rows = training.dataset(faces, training.training_frames(faces, 1), s)
    job = Job(seed=0, scratch=model.parent, cache=model.parent)
    made: Any = grpo_trainer.build(str(model), s, rows, job, model.parent / "run", full=True)
    for config in (made.generation_kwargs, vars(made.generation_config)):
        config["suppress_tokens"] = [*config["suppress_tokens"], *made.eos_token_ids]
    made.create_optimizer()
    made.model.train()
    made.current_gradient_accumulation_steps = 1
    torch.manual_seed(1)
    with torch.no_grad():
        for parameter in made.model.parameters():
            parameter.add_(0.01 * torch.randn_like(parameter))
    return made


def policy(made: Any, batch: Any) -> torch.Tensor:
    """Forward and backward of the loss; the gradient, flat."""
    made.model.zero_grad()
    made._compute_loss(made.model, batch).backward()
    return torch.cat([p.grad.flatten() for p in made.model.parameters() if p.grad is not None])


@contextmanager
def prefix_grouper(made: Any) -> Iterator[None]:
    """A shared trainer whose language model attends by PrefixGrouper; completions must have one length."""
    from prefix_grouper import PrefixGrouper
    from transformers import AttentionInterface

    grouper: list[Any] = []
    pack, text = fast_grpo.pack, made.model.config.get_text_config()

    def packing(ids: torch.Tensor, mask: torch.Tensor, completion: int, positions: torch.Tensor) -> Packed:
        n = len(ids) // positions.shape[1]
        head, own = mask[::n, : ids.shape[1] - completion - 1].sum(1), mask[:, -completion:].sum(1)
        lengths = [[int(p), *rest] for p, rest in zip(head, own.view(-1, n).tolist(), strict=True)]
        grouper[:] = [PrefixGrouper(lengths, padding_mode="right")]
        return pack(ids, mask, completion, positions)

    def one(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, mask: torch.Tensor, scale: float) -> torch.Tensor:
        assert bool(mask.all()), "padding"
        same = q.shape[2] == k.shape[2]
        causal = None if same else torch.ones(q.shape[2], k.shape[2], dtype=torch.bool).tril(k.shape[2] - q.shape[2])
        attend = torch.nn.functional.scaled_dot_product_attention
        return attend(q, k, v, attn_mask=causal, is_causal=same, scale=scale, enable_gqa=True).transpose(1, 2)

    def attention(module: Any, q: Any, k: Any, v: Any, mask: Any, scaling: float | None = None, **_: Any) -> Any:
        return grouper[0].forward(one, q, k, v, scaling), None

    AttentionInterface.register("prefix_grouper", attention)
    fast_grpo.pack, text._attn_implementation = packing, "prefix_grouper"
    try:
        yield
    finally:
        fast_grpo.pack, text._attn_implementation = pack, "sdpa"


def policy_grouped(made: Any, batch: Any) -> torch.Tensor:
    """As `policy`, by PrefixGrouper's attention."""
    with prefix_grouper(made):
        return policy(made, batch)


def some_rows(made: Any) -> list[dict[str, Any]]:
    """A generation batch as the loader cuts it from the data set: each row six times."""
    return made.train_dataset.__getitems__([i for i in range(made.args.generation_batch_size // 6) for _ in range(6)])


def step(made: Any) -> None:
    """One optimizer step from rows of the data set: pictures, prompts, completions, rewards, reference, policy."""
    torch.manual_seed(2)
    made.training_step(made.model, some_rows(made), None)
    made.optimizer.step()
    made.model.zero_grad()


def measured(name: str, case: tuple[tiny.Shape, dict[str, Any]], targets: tuple[str, str], rounds: int) -> list[Row]:
    with tempfile.TemporaryDirectory() as place:
        both = pair(Path(place) / "model", *case)
        batches = []
        for made in both:
            torch.manual_seed(2)
            made.get_train_dataloader()
            batches.append(made._prepare_inputs(some_rows(made)))
        texts = [list(made._logs["completion"]) for made in both]
        assert texts[0] == texts[1], "the two sampled different completions"
        gradients = [policy(made, batch) for made, batch in zip(both, batches, strict=True)]
        difference = float((gradients[0] - gradients[1]).norm() / gradients[0].norm())
        assert difference <= 1e-5, f"the gradients differ by {difference}"
        stock, shared = both
        other = policy_grouped(shared, batches[1])
        difference_of_grouper = float((other - gradients[1]).norm() / gradients[1].norm())
        assert difference_of_grouper <= 1e-4, f"PrefixGrouper's gradient differs by {difference_of_grouper}"
        grouped = compare(lambda: policy_grouped(shared, batches[1]), lambda: policy(shared, batches[1]), rounds)
        passes = compare(lambda: policy(stock, batches[0]), lambda: policy(shared, batches[1]), rounds)
        steps = compare(lambda: step(stock), lambda: step(shared), rounds)
    return [
        (
            f"GRPO policy forward + backward, {name} (gradients differ by {difference:.0e})",
            *seconds(*passes),
            targets[0],
        ),
        (f"the same, {name}: PrefixGrouper on our packed row", *seconds(*grouped), "none"),
        (f"GRPO whole step, {name}", *seconds(*steps), targets[1]),
    ]


def seconds(usual: float, ours: float) -> tuple[str, str, float]:
    return f"{usual:.2f} s", f"{ours:.2f} s", usual / ours


def rows() -> list[Row]:
    torch.set_num_threads(1)
    with grpo_trainer.known_warnings():
        return [
            *measured("tiny model, 8 x 6 completions", DEMO, (">= 2", ">= 1.4"), rounds=5),
            # half of its step is decoding, token after token, which has nothing to share
            *measured("7B-shaped, 6 completions of 350 tokens", SEVEN_B, (">= 1.4", "none"), rounds=2),
        ]


if __name__ == "__main__":
    show(rows())
