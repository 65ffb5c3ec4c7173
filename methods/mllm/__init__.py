"""Methods that ask a multimodal language model: zero-shot, supervised and reinforcement fine-tuning (Tables 1 to 3)."""

from __future__ import annotations

from methods.mllm import grpo, sft, zero_shot

__all__ = ["grpo", "sft", "zero_shot"]
