"""The demo world's warm-started tiny model, as it lies in this package, pinned by its digest."""

from __future__ import annotations

from pathlib import Path

from methods.mllm import weights
from protocols.errors import InputError

PLACE = Path(__file__).parent / "policy"
DIGEST = "6b04060efb1d59777e6dc802487c77ac2ba26a86b41d4895da244cc0ec7dcaf2"
"""`methods.mllm.weights.digest` of the shipped weights: runs of the demo world start from these and no others."""


def folder(cache: Path | None = None) -> Path:
    """The folder of the shipped model. `InputError` where the package lies here without it, or with another one."""
    remedy = f"put back the files of this version, or name another model: --set base_model=FOLDER ({PLACE})"
    if not (PLACE / "model.safetensors").is_file():
        raise InputError(f"the demo world's model is missing; {remedy}")
    if weights.digest(PLACE, cache) != DIGEST:
        raise InputError(f"the demo world's model is not the one that belongs to this version; {remedy}")
    return PLACE
