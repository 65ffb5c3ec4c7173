"""AlexNet at 128 px without groups, as Yang, Lei, Li ("Learn convolutional neural network for face anti-spoofing",
2014, arXiv 1408.5601) and its public re-implementation (mnikitin) train it from scratch."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class AlexNet(nn.Module):
    """RGB pictures minus the training mean, (n, 3, 128, 128), to two logits (attack, bona fide).

    `width` scales every layer: 1.0 is the paper's 96-256-384-384-256 and 4096-4096. Spatial sizes are
    128 -> 30 -> 14 -> 14 -> 6 -> 6 -> 2, so the last pooling hands on 256 x 2 x 2 = 1024 numbers.
    """

    def __init__(self, width: float = 1.0, dropout: float = 0.5) -> None:
        super().__init__()
        a, b, c, d = (max(4, round(width * n)) for n in (96, 256, 384, 4096))
        self.features = nn.Sequential(
            nn.Conv2d(3, a, 11, stride=4),
            nn.ReLU(inplace=True),
            nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=2.0),
            nn.MaxPool2d(3, stride=2),
            nn.Conv2d(a, b, 5, padding=2),
            nn.ReLU(inplace=True),
            nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=2.0),
            nn.MaxPool2d(3, stride=2),
            nn.Conv2d(b, c, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(c, c, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(c, b, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, stride=2),
            nn.Flatten(),
        )
        self.fc6 = nn.Linear(4 * b, d)
        self.fc7 = nn.Linear(d, d)
        self.fc8 = nn.Linear(d, 2)
        self.dropout = nn.Dropout(dropout)

    def forward(self, pictures: Tensor) -> Tensor:
        """Logits, (n, 2)."""
        hidden: Tensor = self.dropout(torch.relu(self.fc6(self.features(pictures))))
        hidden = self.dropout(torch.relu(self.fc7(hidden)))
        out: Tensor = self.fc8(hidden)
        return out

    def layer(self, pictures: Tensor, name: str) -> Tensor:
        """What a later classifier reads: `pool`, the last pooling, or `fc7`, the second hidden layer after ReLU."""
        pooled: Tensor = self.features(pictures)
        if name == "pool":
            return pooled
        return torch.relu(self.fc7(torch.relu(self.fc6(pooled))))


def initialise(net: AlexNet, seed: int) -> None:
    """MSRA initialisation (He et al. 2015) of every weight from a generator of its own; biases 0."""
    generator = torch.Generator().manual_seed(seed)
    for module in net.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu", generator=generator)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
