"""Small models on disk: named arrays and a few plain values in one safetensors file. Nothing in it can run."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from protocols.errors import InputError


def save_arrays(path: Path, arrays: Mapping[str, NDArray], **facts: Any) -> None:
    """Write `arrays` and plain `facts` to `path`, whole or not at all; the same content gives the same bytes."""
    from safetensors.numpy import save

    content = save(
        {name: np.ascontiguousarray(array) for name, array in arrays.items()},
        metadata={"facts": json.dumps(facts, sort_keys=True)},
    )
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def load_arrays(path: Path, *names: str) -> tuple[dict[str, NDArray], dict[str, Any]]:
    """Read what `save_arrays` wrote: arrays and facts.

    Raises `InputError` naming the file if it is missing or damaged, or lacks one of `names`, or holds numbers that are
    not finite.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dictionary
            facts = json.loads((file.metadata() or {})["facts"])
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise InputError(f"{path}: not a readable model file ({error}); fit the method again") from None
    missing = [name for name in names if name not in arrays]
    if missing:
        raise InputError(f"{path}: holds no {missing[0]!r}, so another method wrote it; fit the method again")
    broken = [name for name, array in arrays.items() if not np.isfinite(array).all()]
    if broken:
        raise InputError(f"{path}: {broken[0]!r} has values that are not finite; fit the method again")
    return arrays, facts
