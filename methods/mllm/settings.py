"""Settings that every MLLM method has: which model, in what precision, and how it is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from methods.method import Settings, setting
from protocols.errors import InputError

DEFAULT_MODEL = "Qwen/Qwen2.5-VL-7B-Instruct"
OURS = "not in the paper; "


@dataclass(frozen=True)
class MllmSettings(Settings):
    """The part of an MLLM method's settings that does not concern training."""

    base_model: str | None = setting(
        None,
        "paper, 'Implementation details': Qwen2.5-VL-7B-Instruct. None takes the world's model, and that one where the "
        "world names none (the demo world: the shipped tiny model). A folder, a hub name, or NAME@REVISION",
    )
    dtype: Literal["bfloat16", "float16", "float32"] = setting(
        "bfloat16", OURS + "the precision that the checkpoint is published in", demo="float32"
    )
    attention: Literal["sdpa", "eager", "flash_attention_2"] = setting(
        "sdpa", OURS + "PyTorch's own kernels, exact and without a further package"
    )
    image_backend: Literal["torchvision", "pil"] = setting(
        "torchvision", OURS + "fixed because the two resize a little differently (up to 0.015 after normalisation)"
    )
    min_pixels: int = setting(56 * 56, OURS + "the limit of the published processor and of open GRPO code (Visual-RFT)")
    max_pixels: int = setting(401408, OURS + "Visual-RFT's limit, 512 image tokens; a crop of 288 is far below it")
    side: int = setting(
        280, OURS + "face crop in pixels, a multiple of the 28 that one token spans: no second resize", demo=112
    )
    face_scale: float = setting(1.0, OURS + "crop in face boxes; 1.0 is what all four releases hold", above=0)
    train_frames: int | None = setting(1, OURS + "one picture per presentation, the middle one, as in inference")
    target_frames: int | None = setting(1, OURS + "the middle one: see frames_per_presentation")
    frames_per_presentation: Literal["middle", "majority", "mean"] = setting(
        "middle",
        "paper, 'Training and Inference Process': one image, one question, one answer; the denominators of its Table 1 "
        "show one decision per presentation. `majority` and `mean` ask about every frame of target_frames",
    )
    max_new_tokens: int = setting(
        512, OURS + "1200 characters, the paper's L, are about 300 tokens; 512 leaves room", demo=96
    )
    eval_batch: int = setting(
        32, OURS + "pictures per generate call; their cache is about 1 GB at 7 billion parameters"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.frames_per_presentation != "middle" and self.target_frames == 1:
            raise InputError(
                f"setting frames_per_presentation: {self.frames_per_presentation} needs several frames, and "
                "target_frames is 1: set it, too (none = all that are stored)"
            )
