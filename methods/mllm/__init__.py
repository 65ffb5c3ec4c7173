"""Methods that ask a multimodal language model: zero-shot, supervised and reinforcement fine-tuning (Tables 1 to 3)."""

from __future__ import annotations

from methods.mllm import sft, zero_shot

__all__ = ["sft", "zero_shot"]
