"""Names for what transformers, trl and peft hand over, where no type of theirs would hold.

Each of these is another class for every architecture, and what is used of it here (`config`, `generate`, `visual`,
`image_processor`, `state`, ...) is declared in none of their common ancestors: checked against those, nothing would
pass; checked against one architecture's, it would be a false promise for the others. So they are open to the type
checker, and the tests with real models of each kind hold them to their use.
"""

from __future__ import annotations

from typing import Any, TypeAlias

Model: TypeAlias = Any
"""A multimodal language model, bare or with adapters, or one of its parts (vision tower, layer)."""
Processor: TypeAlias = Any
"""What turns messages with pictures into a model's inputs."""
Tokenizer: TypeAlias = Any
"""The processor's part for text."""
Inputs: TypeAlias = Any
"""A model's inputs by name, as a processor makes them; which there are depends on the architecture."""
Batch: TypeAlias = dict[str, Any]
"""Columns of a trainer's batch: tensors, lists, numbers, as trl names them."""
Trainer: TypeAlias = Any
"""A trainer of trl with our parts mixed in."""
GrpoSettings: TypeAlias = Any
"""The settings of `methods.grpo`, which lies a floor above, with adapters or without."""
Engine: TypeAlias = Any
"""trl's `VLLMGeneration`, and what stands behind its seam."""
Keywords: TypeAlias = dict[str, Any]
"""Keyword arguments for a class of theirs, each of its own type."""
