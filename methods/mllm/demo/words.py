"""What the demo policy can say: short phrases in its reasoning, and the text its tokenizer is trained on."""

from __future__ import annotations

from collections.abc import Sequence

from methods.mllm.answer import CLASSES
from methods.mllm.demo.template import SYSTEM
from methods.mllm.prompt import QUESTION

DESCRIBE = "Describe the surface."
"""A second, harmless question of the warm start: it teaches the tower to see without teaching the decision."""
GENERIC = (
    "the face is in the centre of the picture",
    "the lighting of the scene is visible",
    "both eyes and the mouth can be seen",
    "the borders of the face were checked",
    "the texture of the skin was examined",
    "the colours were compared across the face",
)
"""Phrases that are true of any picture and speak for neither class."""
TAGS = ("<thinking", "</", "thinking", "><", "<answer", "answer", ">")


def response(phrases: Sequence[str], answer: str) -> str:
    """A response in the format that the question asks for."""
    return f"<thinking>{' . '.join(phrases)} .</thinking><answer>{answer}</answer>"


def corpus(phrases: Sequence[str]) -> list[str]:
    """Training text of the tokenizer: `phrases` and the questions.

    Tags and words stand apart, so that no merge runs over a tag's end: `>` and `fake` stay two tokens, as they are in
    Qwen's own vocabulary, and the answer's log-odds can be read at one token.
    """
    plain = QUESTION
    for tag in ("<thinking>", "</thinking>", "<answer>", "</answer>"):
        plain = plain.replace(tag, "")
    spoken = [*GENERIC, *phrases]
    lines = [plain, DESCRIBE, SYSTEM, "system", "user", "assistant", *TAGS, *CLASSES, " .", *spoken]
    return [*lines, *(f" {phrase}" for phrase in spoken)] * 20
