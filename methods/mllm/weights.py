"""Where a base model's files lie, that all of them are there, and their digest."""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path

from protocols.errors import DamagedError, InputError
from protocols.files import write_whole
from protocols.sealed import sealed_json, unsealed_json

_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+(?:@[\w./-]+)?")
_FILES = ["*.json", "*.safetensors", "*.jinja", "*.txt", "*.model"]
"""What is fetched from a hub: no pickles, no code."""
INDEX = "model.safetensors.index.json"


def resolve(base_model: str) -> Path:
    """The local folder of a model given as a folder or as a hub name (`OWNER/NAME` or `OWNER/NAME@REVISION`).

    A hub name is fetched once into the usual cache; offline it must lie there already. Raises `InputError`, one line,
    where the model cannot be had or a weight file of it is missing: nothing starts from half a model.
    """
    folder = Path(base_model).expanduser()
    if not folder.is_dir():
        if not _HUB_NAME.fullmatch(base_model):
            raise InputError(f"base model {base_model}: no such folder, and not a hub name of the form OWNER/NAME")
        folder = _fetch(base_model)
    weight_files(folder)
    return folder.resolve()


def _fetch(name: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.utils.tqdm import disable_progress_bars

    if not os.isatty(2):
        disable_progress_bars()
    repository, _, revision = name.partition("@")
    try:
        return Path(snapshot_download(repository, revision=revision or None, allow_patterns=_FILES))
    except Exception as error:  # the hub's client has many error types; all mean that the model is not here
        raise InputError(
            f"base model {name}: not on this machine and not to be had from the hub ({type(error).__name__}); fetch it "
            f"where there is a network (hf download {repository}) or name a folder: --set base_model=FOLDER"
        ) from error


def weight_files(folder: Path) -> list[Path]:
    """The safetensors files of a model folder. Raises `InputError` for a missing one, or where there are none."""
    if not (folder / "config.json").is_file():
        raise InputError(f"{folder}: no config.json in it; give a folder written by save_pretrained")
    index = folder / INDEX
    if index.is_file():
        try:
            names = sorted(set(json.loads(index.read_text())["weight_map"].values()))
        except (ValueError, KeyError, AttributeError) as error:
            raise InputError(f"{index}: not a readable index of weight files; fetch the model again") from error
    else:
        names = ["model.safetensors"]
    for name in names:
        if not (folder / name).is_file():
            raise InputError(f"{folder / name}: the weight file is missing; fetch the model again or give its folder")
    return [folder / name for name in names]


def digest(folder: Path, cache: Path | None = None) -> str:
    """SHA-256 over names and contents of a model's weight files.

    With `cache`, a folder, each file is read once: its digest is kept under its real path, size and time of change.
    """
    store = None if cache is None else cache / "weight-digests.json"
    known = _read(store)
    total = hashlib.sha256()
    for file in weight_files(folder):
        stat = file.stat()
        key = f"{file.resolve()}:{stat.st_size}:{stat.st_mtime_ns}"
        if key not in known:
            with file.open("rb") as opened:
                known[key] = hashlib.file_digest(opened, "sha256").hexdigest()
            _write(store, known)
        total.update(f"{file.name}:{known[key]}\n".encode())
    return total.hexdigest()


def _read(store: Path | None) -> dict[str, str]:
    try:
        return unsealed_json(store.read_bytes(), store)["files"] if store else {}
    except (OSError, DamagedError):
        return {}


def _write(store: Path | None, known: dict[str, str]) -> None:
    if store:
        store.parent.mkdir(parents=True, exist_ok=True)
        write_whole(store, sealed_json({"schema": 1, "files": known}), durable=False)
