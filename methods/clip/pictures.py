"""From uint8 crops to what an image tower takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch
    from torch import Tensor

STATISTICS: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "imagenet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "clip": ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)),
}
"""Mean and deviation per channel. FLIP and FoundPAD both feed CLIP with ImageNet's (methods' released code)."""


def to_tensor(crops: NDArray[np.uint8], device: torch.device | str = "cpu") -> Tensor:
    """(n, side, side, 3) uint8 to (n, 3, side, side) float32 in 0..1 on `device`."""
    import torch

    return torch.from_numpy(crops).to(device).permute(0, 3, 1, 2).float().div_(255)


def normalise(pictures: Tensor, which: str) -> Tensor:
    """Subtract the mean and divide by the deviation of `STATISTICS[which]`; shape kept."""
    mean, deviation = (pictures.new_tensor(values).view(1, 3, 1, 1) for values in STATISTICS[which])
    return (pictures - mean) / deviation
