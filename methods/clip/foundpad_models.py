"""FoundPAD's networks (Ozgur et al., 2025): an image tower, adapted or not, and a linear head on its feature."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from torch import Tensor, nn
from torch.nn import functional as F

from methods.clip.encoder import split
from protocols.errors import InputError

if TYPE_CHECKING:
    from methods.clip.encoder import Tower


class FoundPad(nn.Module):
    """Logits (spoof, real) = linear head of the L2-normalised image feature (released `trainer.py`, `losses.py`)."""

    def __init__(
        self, visual: nn.Module, width: int, cast: Callable[[], AbstractContextManager[None]] = nullcontext
    ) -> None:
        super().__init__()
        self.visual = visual
        self.head = nn.Linear(width, 2)
        self.cast = cast

    def features(self, pictures: Tensor) -> Tensor:
        """Image features, not normalised, float32, (n, width)."""
        with self.cast():
            out: Tensor = self.visual(pictures).float()
            return out

    def classify(self, features: Tensor) -> Tensor:
        """(n, width) to logits (n, 2)."""
        out: Tensor = self.head(F.normalize(features, dim=-1))
        return out

    def forward(self, pictures: Tensor) -> Tensor:
        """(n, 3, side, side) to logits (n, 2)."""
        return self.classify(self.features(pictures))


def one_hot_bce(logits: Tensor, labels: Tensor) -> Tensor:
    """Binary cross-entropy of both logits against the one-hot label (FoundPAD section 3; not softmax cross-entropy).

    Summed over the pictures, averaged over the two classes: divide by the number of pictures of the whole batch.
    """
    return F.binary_cross_entropy_with_logits(logits, F.one_hot(labels, 2).to(logits.dtype), reduction="sum") / 2


def freeze(module: nn.Module) -> nn.Module:
    """No gradients for any parameter; evaluation mode."""
    for parameter in module.parameters():
        parameter.requires_grad_(False)
    return module.eval()


class Lora(Protocol):
    """The constants of an adapter."""

    @property
    def rank(self) -> int: ...

    @property
    def alpha(self) -> int: ...

    @property
    def dropout(self) -> float: ...


def adapt(visual: nn.Module, lora: Lora) -> Tower:
    """The tower with `peft` rank-stabilised LoRA on q and v of every block; all else frozen.

    Scale alpha / sqrt(r) (rsLoRA), A Kaiming-uniform, B zero: 294 912 parameters on ViT-B/16 with r = 8.
    """
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        use_rslora=True,
        target_modules=["q_proj", "v_proj"],
        bias="none",
    )
    return get_peft_model(split(freeze(visual)), config)


def save_adapter(visual: Tower, folder: Path) -> None:
    """Write the adapter in PEFT's format (safetensors), readable by plain `peft` on a tower made by `split`."""
    visual.save_pretrained(folder, safe_serialization=True)
    (folder / "README.md").unlink(missing_ok=True)  # peft's empty model card


def load_adapter(visual: nn.Module, folder: Path) -> Tower:
    """The inverse of `save_adapter`. `InputError` for a missing or damaged adapter."""
    from peft import PeftModel
    from safetensors import SafetensorError

    if not (folder / "adapter_model.safetensors").exists():
        raise InputError(f"{folder}: no adapter_model.safetensors in it; run the method again")
    try:
        return PeftModel.from_pretrained(split(freeze(visual)), folder)
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise InputError(f"{folder}: damaged adapter ({str(error).splitlines()[0]}); run the method again") from error
