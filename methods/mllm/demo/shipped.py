"""The demo world's warm-started tiny model, as it lies in this package, pinned by its digest."""

from __future__ import annotations

from pathlib import Path

from methods.mllm import weights
from protocols.errors import InputError

PLACE = Path(__file__).parent / "policy"
DIGEST = "af6520a9d0826fac6f7bd1c8d7b656c01849f1725b0aa79329ebdf72f755089d"
"""`methods.mllm.weights.digest` of the shipped weights: runs of the demo world start from these and no others."""


def folder(cache: Path | None = None) -> Path:
    """The folder of the shipped model. `InputError` where the package lies here without it, or with another one."""
    remedy = f"put back the files of this version, or name another model: --set base_model=FOLDER ({PLACE})"
    if not (PLACE / "model.safetensors").is_file():
        raise InputError(f"the demo world's model is missing; {remedy}")
    if weights.digest(PLACE, cache) != DIGEST:
        raise InputError(f"the demo world's model is not the one that belongs to this version; {remedy}")
    return PLACE
