"""How probable a model finds tokens that it did not generate: one forward pass over a few short continuations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from methods.mllm.border import Inputs, Model

if TYPE_CHECKING:
    from torch import Tensor

    from methods.mllm.scoring import Open


def paths(ids: Sequence[int], spellings: Sequence[Open]) -> list[tuple[int, ...]]:
    """The fewest responses whose logits tell the unread tokens of open spellings: none is the beginning of another."""
    every = {(*ids[: o.alternative.start], *o.alternative.ids[:-1]) for o in spellings}
    return sorted(path for path in every if not any(o[: len(path)] == path for o in every if o != path))


def log_probabilities(model: Model, inputs: Inputs, ids: Sequence[int], spellings: Sequence[Open]) -> list[float]:
    """log P of the unread tokens of each open spelling of a response, natural, in float64.

    `inputs` is the prompt, encoded once for each of `paths`, without padding; `ids` are the generated tokens.
    """
    import torch

    rows = paths(ids, spellings)
    width = max(map(len, rows))
    prompt = inputs["input_ids"]
    # padding on the right is never looked at: attention is causal
    tail = torch.tensor([[*row, *[row[-1] if row else 0] * (width - len(row))] for row in rows], device=prompt.device)
    first = min(o.alternative.start + o.read for o in spellings)
    with torch.inference_mode():
        logits = model(**_extended(inputs, tail.long()), logits_to_keep=width - first + 1).logits
    log_p = torch.log_softmax(logits.double(), -1).cpu()
    found = []
    for one in spellings:
        alternative, begin = one.alternative, one.alternative.start
        path = (*ids[:begin], *alternative.ids[:-1])
        row = next(i for i, r in enumerate(rows) if r[: len(path)] == path)
        unread = range(one.read, len(alternative.ids))
        found.append(float(sum(log_p[row, begin + i - first, alternative.ids[i]] for i in unread)))
    return found


def _extended(inputs: Inputs, tail: Tensor) -> Inputs:
    """Inputs with a response after the prompt; what marks each token as text or picture marks the response as text."""
    import torch

    prompt = inputs["input_ids"]
    longer = {
        name: torch.cat([value, torch.zeros_like(tail, dtype=value.dtype)], 1)
        for name, value in inputs.items()
        if isinstance(value, torch.Tensor) and value.shape == prompt.shape
    }
    mask = torch.cat([inputs["attention_mask"], torch.ones_like(tail)], 1)
    return {**inputs, **longer, "input_ids": torch.cat([prompt, tail], 1), "attention_mask": mask}
