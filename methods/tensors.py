"""PyTorch tensors on disk: trained weights, and the states from which a killed training goes on.

One sealed safetensors file each, replaced as a whole. A state is taken up only by a training of the same identity (all
that the training depends on, in one text), and only if it is what was written: a damaged one is named and the training
begins anew, which gives the same weights and only takes longer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from protocols.errors import DamagedError
from protocols.files import system_errors, whole
from protocols.sealed import check_tensors, facts_of_tensors, seal_tensors, texts_for_tensors

if TYPE_CHECKING:
    from torch import Tensor

State = tuple[dict[str, "Tensor"], dict[str, str]]
"""Tensors by name, and short texts."""


def save_tensors(tensors: Mapping[str, Tensor], file: Path, facts: Mapping[str, str] | None = None) -> None:
    """Write tensors and short texts, whole or not at all."""
    from safetensors.torch import save_file

    texts = texts_for_tensors(facts or {})
    with whole(file) as part:
        with system_errors():
            save_file({k: v.detach().cpu().contiguous() for k, v in tensors.items()}, part, metadata=texts)
        seal_tensors(part)


def load_tensors(file: Path, *, unsealed: bool = True) -> State:
    """What `save_tensors` wrote. Raises `DamagedError` for a missing or damaged file; `unsealed=False`: and for one
    without a digest."""
    from safetensors import SafetensorError, safe_open

    try:
        check_tensors(file, unsealed=unsealed)
        with safe_open(file, framework="pt") as stream:
            tensors = {key: stream.get_tensor(key) for key in stream.keys()}  # noqa: SIM118 - not a dictionary
            texts = stream.metadata()
        return tensors, facts_of_tensors(texts) if texts and "facts" in texts else texts or {}
    except DamagedError as error:
        raise DamagedError(f"{error}; run the method again") from None
    except (OSError, SafetensorError, ValueError) as error:
        raise DamagedError(f"{file}: missing or damaged ({error}); run the method again") from error


def keep_state(tensors: Mapping[str, Tensor], file: Path, identity: str, **facts: str) -> None:
    """Keep the state of a training for the one that goes on after a kill."""
    save_tensors(tensors, file, {"identity": identity, **facts})


def kept_state(file: Path, identity: str, say: Callable[[str], None]) -> State | None:
    """The state that a training of the same identity left; None where there is none, or (which is said) a damaged
    one."""
    if not file.exists():
        return None
    try:
        tensors, facts = load_tensors(file, unsealed=False)
    except DamagedError as error:
        say(f"  {str(error).removesuffix('; run the method again')}: the training begins anew")
        return None
    return (tensors, facts) if facts.get("identity") == identity else None
