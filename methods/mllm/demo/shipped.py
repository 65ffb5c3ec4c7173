"""The demo world's warm-started tiny model, as it lies in this package."""

from __future__ import annotations

from pathlib import Path

from protocols.errors import InputError


def folder(cache: Path) -> Path:
    """The folder of the shipped model; `InputError` where the package was installed without it."""
    place = Path(__file__).parent / "policy"
    if not (place / "model.safetensors").is_file():
        raise InputError(
            f"{place}: the demo's model is not there; rebuild it with `python -m methods.mllm.demo.build {place}`"
        )
    return place
