"""CLIP's towers as open_clip builds them, with an attention that computes the same numbers without the slow path.

open_clip's blocks hold an `nn.MultiheadAttention`. It hands a transposed tensor to the projection, and torch then
expands a frozen weight to one copy a token (pytorch issue 126973). `fold` puts a module with the same parameter names
in its place that multiplies all tokens at once; a state dict fits both. `split` takes q, k and v apart so that `peft`
can adapt them one by one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Tower: TypeAlias = Any
"""open_clip's models and towers: their attributes carry no types."""


def _attend(parts: Iterable[Tensor], heads: int, mask: Tensor | None) -> Tensor:
    """Scaled dot-product attention of q, k, v; they and the result are (batch, tokens, width)."""
    q, k, v = (t.unflatten(-1, (heads, -1)).transpose(1, 2) for t in parts)
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask).transpose(1, 2).flatten(2)


class FoldedAttention(nn.Module):
    """`nn.MultiheadAttention` (batch first, self-attention, no dropout) with the parameters and names of the original.

    Called as open_clip's blocks call it: queries, keys and values must be one tensor, (batch, tokens, width).
    """

    def __init__(self, original: nn.MultiheadAttention) -> None:
        super().__init__()
        self.heads = original.num_heads
        self.in_proj_weight = original.in_proj_weight
        self.in_proj_bias = original.in_proj_bias
        self.out_proj = original.out_proj

    def forward(
        self, q: Tensor, k: Tensor, v: Tensor, need_weights: bool = False, attn_mask: Tensor | None = None
    ) -> tuple[Tensor, None]:
        batch, tokens, width = q.shape
        joint = F.linear(q.reshape(-1, width), self.in_proj_weight, self.in_proj_bias).view(batch, tokens, 3 * width)
        mixed = _attend(joint.chunk(3, dim=-1), self.heads, attn_mask)
        return self.out_proj(mixed.view(-1, width)).view(batch, tokens, width), None


class SplitAttention(nn.Module):
    """The same attention with `q_proj`, `k_proj`, `v_proj` and `out_proj` as linear layers of their own."""

    def __init__(self, original: FoldedAttention | nn.MultiheadAttention) -> None:
        super().__init__()
        self.heads = original.heads if isinstance(original, FoldedAttention) else original.num_heads
        width = original.out_proj.in_features
        weights, biases = original.in_proj_weight.detach().chunk(3), original.in_proj_bias.detach().chunk(3)
        for name, weight, bias in zip(("q_proj", "k_proj", "v_proj"), weights, biases, strict=True):
            linear = nn.Linear(width, width, device="meta")
            linear.weight, linear.bias = nn.Parameter(weight.clone()), nn.Parameter(bias.clone())
            setattr(self, name, linear)
        self.out_proj = original.out_proj

    def forward(
        self, q: Tensor, k: Tensor, v: Tensor, need_weights: bool = False, attn_mask: Tensor | None = None
    ) -> tuple[Tensor, None]:
        batch, tokens, width = q.shape
        flat = q.reshape(-1, width)
        parts = (getattr(self, name)(flat).view(batch, tokens, width) for name in ("q_proj", "k_proj", "v_proj"))
        mixed = _attend(parts, self.heads, attn_mask)
        return self.out_proj(mixed.view(-1, width)).view(batch, tokens, width), None


def fold(model: Tower) -> Tower:
    """Replace every block's `nn.MultiheadAttention` of an open_clip tower or model, in place. Same outputs."""
    for module in list(model.modules()):
        if isinstance(getattr(module, "attn", None), nn.MultiheadAttention):
            module.attn = FoldedAttention(module.attn)
    return model


def split(visual: Tower) -> Tower:
    """Replace every block's attention of an image tower by one with q, k and v apart, in place. Same outputs."""
    for module in list(visual.modules()):
        if isinstance(getattr(module, "attn", None), FoldedAttention | nn.MultiheadAttention):
            module.attn = SplitAttention(module.attn)
    return visual


def class_token(visual: Tower, pictures: Tensor) -> Tensor:
    """The class token after the last layer norm, before the projection: (batch, width). FLIP-V's feature."""
    out: Tensor = visual.ln_post(visual.transformer(visual._embeds(pictures))[:, 0])
    return out


def encode_text(model: Tower, tokens: Tensor) -> Tensor:
    """Text features of token ids (prompts, context length), not normalised: (prompts, embedding).

    Only the positions up to the longest prompt's end are computed: the text tower is causal, later ones cannot matter.
    """
    length = int(tokens.argmax(dim=-1).max()) + 1
    tokens = tokens[:, :length]
    x = model.token_embedding(tokens) + model.positional_embedding[:length]
    x = model.ln_final(model.transformer(x, attn_mask=model.attn_mask[:length, :length]))
    out: Tensor = x[torch.arange(len(tokens), device=tokens.device), tokens.argmax(dim=-1)] @ model.text_projection
    return out


def tokenize(prompts: tuple[str, ...] | list[str], context: int = 77) -> Tensor:
    """Token ids of CLIP's byte pair vocabulary, int64, (prompts, context)."""
    from open_clip.tokenizer import SimpleTokenizer

    out: Tensor = SimpleTokenizer(context_length=context)(list(prompts))
    return out
