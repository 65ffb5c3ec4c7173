"""Arrays on disk: models, kept features. Named arrays and a few plain values in one sealed safetensors file.

Nothing in such a file can run, and none is believed whose content is not what was written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from protocols.errors import DamagedError, InputError
from protocols.files import system_errors, whole
from protocols.json_values import Parsed
from protocols.sealed import check_tensors, facts_of_tensors, seal_tensors, texts_for_tensors

Array: TypeAlias = NDArray[Any]
"""One of several arrays in a file: each has its own element type, which its reader knows."""


def save_arrays(path: Path, arrays: Mapping[str, Array], **facts: object) -> None:
    """Write `arrays` and plain `facts` to `path`, whole or not at all; the same content gives the same bytes."""
    _write(path, arrays, facts, durable=True)


def _write(path: Path, arrays: Mapping[str, Array], facts: Mapping[str, object], durable: bool) -> None:
    from safetensors.numpy import save_file

    texts = texts_for_tensors(facts)
    with whole(path, durable=durable) as part:
        with system_errors():
            save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, part, metadata=texts)
        seal_tensors(part)


def load_arrays(path: Path, *names: str) -> tuple[dict[str, Array], dict[str, Parsed]]:
    """Read what `save_arrays` wrote: arrays and facts.

    Raises `DamagedError` naming the file if it is missing or damaged, `InputError` if it lacks one of `names` or holds
    numbers that are not finite.
    """
    arrays, facts = _read(path, unsealed=True)
    missing = [name for name in names if name not in arrays]
    if missing:
        raise InputError(f"{path}: holds no {missing[0]!r}, so another method wrote it; fit the method again")
    broken = [name for name, array in arrays.items() if not np.isfinite(array).all()]
    if broken:
        raise InputError(f"{path}: {broken[0]!r} has values that are not finite; fit the method again")
    return arrays, facts


def keep_rows(path: Path, rows: NDArray[np.float32]) -> None:
    """Keep features, (frames, d), in a cache."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, {"rows": rows}, {}, durable=False)


def kept_rows(path: Path, frames: int, say: Callable[[str], None]) -> NDArray[np.float32] | None:
    """The features of so many frames in a cache; None where there are none or, which is said, not what was kept."""
    if not path.exists():
        return None
    try:
        rows: NDArray[np.float32] = _read(path)[0]["rows"]
        if rows.ndim != 2 or len(rows) != frames or rows.dtype != np.float32:
            raise DamagedError(f"{path}: holds other features than those asked for")
    except (DamagedError, KeyError) as error:
        say(f"  {error}: these features are computed anew")
        return None
    return rows


def _read(path: Path, *, unsealed: bool = False) -> tuple[dict[str, Array], dict[str, Parsed]]:
    from safetensors import SafetensorError, safe_open

    try:
        check_tensors(path, unsealed=unsealed)
        with safe_open(path, framework="numpy") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dictionary
            return arrays, facts_of_tensors(file.metadata())
    except DamagedError as error:
        raise DamagedError(f"{error}; fit the method again") from None
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise DamagedError(f"{path}: not a readable model file ({error}); fit the method again") from None
