"""FLIP's twelve prompts (released `prompt_templates.py`), six for each class."""

from __future__ import annotations

SPOOF = (
    "This is an example of a spoof face",
    "This is an example of an attack face",
    "This is not a real face",
    "This is how a spoof face looks like",
    "a photo of a spoof face",
    "a printout shown to be a spoof face",
)
REAL = (
    "This is an example of a real face",
    "This is a bonafide face",
    "This is a real face",
    "This is how a real face looks like",
    "a photo of a real face",
    "This is not a spoof face",
)
PROMPTS = SPOOF + REAL
"""Class 0 (spoof) first, as in the released code: logits are (spoof, real)."""
