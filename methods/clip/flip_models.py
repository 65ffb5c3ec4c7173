"""FLIP's three networks and losses (Srivatsan, Naseer, Nandakumar, ICCV 2023; constants from the released code)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from methods.clip.encoder import Tower, class_token, encode_text, tokenize
from methods.clip.prompts import PROMPTS, REAL, SPOOF

TEMPERATURE = 0.1
"""NT-Xent's temperature (released `fas.py`, `flip_mcl`)."""
Cast = Callable[[], AbstractContextManager[None]]
"""Opens the context that the towers compute in (bfloat16 or nothing); cosines and losses stay in float32."""


@dataclass(frozen=True)
class Batch:
    """One training step's pictures, normalised.

    Attributes:
        pictures: (n, 3, side, side).
        labels: int64, (n,), real = 1.
        views: FLIP-MCL's two augmented views, else empty.
        rng: draws FLIP-MCL's templates.
    """

    pictures: Tensor
    labels: Tensor
    views: tuple[Tensor, ...] = ()
    rng: np.random.Generator | None = None


class FlipV(nn.Module):
    """The image tower with a small classifier on its class token; no text."""

    def __init__(self, clip: Tower, cast: Cast = nullcontext) -> None:
        super().__init__()
        self.cast = cast
        self.visual: Tower = clip.visual
        self.visual.proj = None  # the class token is used before the projection, which would stay untrained
        self.bottleneck = nn.Linear(self.visual.ln_post.normalized_shape[0], 512)
        nn.init.normal_(self.bottleneck.weight, 0.0, 0.005)
        nn.init.constant_(self.bottleneck.bias, 0.1)
        self.classifier = nn.Linear(512, 2)
        nn.init.normal_(self.classifier.weight, 0.0, 0.01)
        nn.init.zeros_(self.classifier.bias)

    def forward(self, pictures: Tensor) -> Tensor:
        """Logits (spoof, real), (n, 2). In training the classifier's weight is normalised in place, as released."""
        with self.cast():
            feature = class_token(self.visual, pictures)
        hidden = F.dropout(F.relu(self.bottleneck(feature.float())), 0.5, self.training)
        hidden = hidden / (2 * hidden.norm(dim=1, keepdim=True).clamp(min=1e-12)).sqrt()
        weight = self.classifier.weight
        if self.training:
            with torch.no_grad():
                weight.copy_(weight / weight.norm(dim=0, keepdim=True))
        else:
            weight = weight / weight.norm(dim=0, keepdim=True)
        return F.linear(hidden, weight, self.classifier.bias)

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Cross-entropy and nothing more to log."""
        return F.cross_entropy(self(batch.pictures), batch.labels), {}


class FlipIT(nn.Module):
    """Both towers; a picture's logits are its cosines to the two class prompts' mean features, scaled."""

    tokens: Tensor

    def __init__(self, clip: Tower, cast: Cast = nullcontext) -> None:
        super().__init__()
        self.cast = cast
        self.clip: Tower = clip
        self.register_buffer("tokens", tokenize(PROMPTS, clip.context_length), persistent=False)

    def templates(self) -> tuple[Tensor, Tensor]:
        """Features of the six spoof and six real prompts, not normalised, (6, d) each."""
        with self.cast():
            spoof, real = encode_text(self.clip, self.tokens).float().split([len(SPOOF), len(REAL)])
        return spoof, real

    def images(self, pictures: Tensor) -> Tensor:
        """Image features, not normalised, (n, d)."""
        with self.cast():
            out: Tensor = self.clip.visual(pictures).float()
            return out

    def logits(self, pictures: Tensor, templates: tuple[Tensor, Tensor]) -> Tensor:
        """(n, 2), spoof and real."""
        text = F.normalize(torch.stack([t.mean(dim=0) for t in templates]), dim=-1)
        image = F.normalize(self.images(pictures), dim=-1)
        out: Tensor = self.clip.logit_scale.exp() * image @ text.t()
        return out

    def forward(self, pictures: Tensor) -> Tensor:
        """Logits (spoof, real), (n, 2)."""
        return self.logits(pictures, self.templates())

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Cross-entropy and nothing more to log."""
        return F.cross_entropy(self(batch.pictures), batch.labels), {}


class FlipMCL(FlipIT):
    """FLIP-IT with a contrastive loss between two views and a consistency loss between views and prompts."""

    def __init__(self, clip: Tower, cast: Cast = nullcontext) -> None:
        super().__init__(clip, cast)
        self.image_mlp = nn.Sequential(
            nn.Linear(clip.text_projection.shape[1], 4096),
            nn.BatchNorm1d(4096),
            nn.ReLU(inplace=True),
            nn.Linear(4096, 4096),
            nn.BatchNorm1d(4096),
            nn.ReLU(inplace=True),
            nn.Linear(4096, 256),
        )

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Cross-entropy + NT-Xent + mean squared error, each with weight one."""
        templates = self.templates()
        crossentropy = F.cross_entropy(self.logits(batch.pictures, templates), batch.labels)
        images = [self.images(view) for view in batch.views]
        contrast = nt_xent(*(self.image_mlp(image) for image in images))
        texts = text_views(templates, batch.labels, batch.rng or np.random.default_rng())
        first, second = (F.cosine_similarity(i, t) for i, t in zip(images, texts, strict=True))
        consistency = F.mse_loss(first, second)
        parts = {"ce": crossentropy.item(), "nt_xent": contrast.item(), "mse": consistency.item()}
        return crossentropy + contrast + consistency, parts


def nt_xent(first: Tensor, second: Tensor, temperature: float = TEMPERATURE) -> Tensor:
    """Normalised temperature-scaled cross-entropy (Chen et al., SimCLR, eq. 1) of two views, each (n, d)."""
    rows = F.normalize(torch.cat([first, second]), dim=1)
    n = len(first)
    own = torch.eye(2 * n, dtype=torch.bool, device=rows.device)
    likeness = (rows @ rows.t() / temperature).masked_fill(own, float("-inf"))
    partner = torch.arange(2 * n, device=rows.device).roll(n)
    return F.cross_entropy(likeness, partner)


def text_views(templates: tuple[Tensor, Tensor], labels: Tensor, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Two text features for each picture, (n, d): means over prompts of its class.

    The first over three prompts drawn with replacement, the second over those not drawn (released `flip_mcl.forward`).
    """
    weights = np.zeros((2, len(labels), len(SPOOF)), np.float32)
    for row in range(len(labels)):
        drawn = rng.integers(0, len(SPOOF), len(SPOOF) // 2)
        weights[0, row] = np.bincount(drawn, minlength=len(SPOOF)) / len(drawn)
        rest = np.setdiff1d(np.arange(len(SPOOF)), drawn)
        weights[1, row, rest] = 1 / len(rest)
    both = torch.stack(templates)[labels]  # (n, 6, d)
    shares = torch.from_numpy(weights).to(both)
    first, second = (torch.einsum("nt,ntd->nd", share, both) for share in shares)
    return first, second


MODELS: dict[str, type[FlipV] | type[FlipIT] | type[FlipMCL]] = {"v": FlipV, "it": FlipIT, "mcl": FlipMCL}
