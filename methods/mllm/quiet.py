"""Keeps the model libraries to themselves: no telemetry, no bars or notes beside our own, no forked tokenizers."""

from __future__ import annotations

import os
import warnings

_BETWEEN_LIBRARIES = (r"`is_gradient_checkpointing` is deprecated",)
"""What one library says to another of their renamed attributes; nobody here can act on it."""


def quiet() -> None:
    """To be called before the first use of transformers, trl or peft; calling it again does nothing new."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")
    import huggingface_hub.constants
    import torch
    from transformers.utils import logging

    huggingface_hub.constants.HF_HUB_DISABLE_TELEMETRY = True  # read at import, which may lie behind us
    if not torch.cuda.is_available():
        os.environ.setdefault(
            "DS_ACCELERATOR", "cpu"
        )  # else DeepSpeed, where it is installed, prints that it found none
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    for message in _BETWEEN_LIBRARIES:
        warnings.filterwarnings("ignore", message=message, category=FutureWarning)
