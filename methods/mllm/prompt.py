"""The one question that every MLLM method asks, in training and in inference (paper, "Training and Inference Process").

The paper shows its prompt only as a picture (figure 2), so the wording is ours; it asks for what the text names: one
image, real or fake, the reasoning in `<thinking>` and the class in `<answer>`. Change the wording and raise `VERSION`:
the digest stands in every run.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

VERSION = 1
QUESTION = (
    "This picture shows one face. Is it real, a living person in front of the camera, or fake, a presentation attack "
    "that imitates or disguises a face? Look at the evidence first and write your reasoning between <thinking> and "
    "</thinking>. Then write your decision, the single word real or fake, between <answer> and </answer>."
)


def messages(image: Image | str) -> list[dict[str, object]]:
    """The conversation up to the model's turn, for `processor.apply_chat_template`: one image, one question."""
    return [{"role": "user", "content": [{"type": "image", "image": image}, {"type": "text", "text": QUESTION}]}]


def dataset_prompt() -> list[dict[str, str]]:
    """The same conversation as a `prompt` column for trl, which puts the `image` column before the text itself."""
    return [{"role": "user", "content": QUESTION}]


def digest() -> str:
    """SHA-256 of version and wording: two runs with one digest asked the same question."""
    text = json.dumps({"version": VERSION, "messages": messages("")}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
