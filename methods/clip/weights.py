"""CLIP's weights: from a file, a folder or open_clip's hub, read strictly and without pickle, or not at all.

Understood: OpenAI's published `ViT-B-16.pt` (a TorchScript archive, read as tensors only), a state dict saved by torch
(`.pt`, `.pth`, `.bin`, with or without a `state_dict` level or a `module.` prefix; opened with `weights_only`) and
safetensors. Every key and shape must fit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from methods.clip import torchscript
from protocols.errors import InputError
from protocols.files import sha256_of
from protocols.json_values import Parsed

if TYPE_CHECKING:
    from torch import Tensor

    from methods.clip.encoder import Tower

SUFFIXES = (".safetensors", ".pt", ".pth", ".bin")
NOT_WEIGHTS = ("input_resolution", "context_length", "vocab_size", "attn_mask")
"""Entries of OpenAI's archives that are no parameters."""


@dataclass(frozen=True)
class Clip:
    """A CLIP model ready for use: an open_clip `CLIP` in float32 on the CPU, in evaluation mode, attention folded.

    Attributes:
        model: the model.
        digest: SHA-256 of the weights' file.
        config: what `build` needs to make an empty model of this shape.
        name: where the weights came from, without folders.
    """

    model: Tower
    digest: str
    config: dict[str, Parsed]
    name: str

    @property
    def size(self) -> int:
        """Side of the pictures that the image tower takes, in pixels."""
        return int(self.config["vision_cfg"]["image_size"])


def read(file: Path, backbone: str) -> Clip:
    """Load one file of weights strictly into an architecture known to open_clip. `InputError` if anything is amiss."""
    config = configuration(backbone)
    state = read_state(file)
    model = build(config)
    wanted = model.state_dict()
    missing, extra = sorted(wanted.keys() - state.keys()), sorted(state.keys() - wanted.keys())
    if missing or extra:
        what = f"{missing[0]!r} is missing" if missing else f"{extra[0]!r} does not belong to it"
        raise InputError(f"{file}: not the weights of {backbone}: {what}; give the file of that architecture")
    for key, tensor in wanted.items():
        if state[key].shape != tensor.shape:
            shapes = f"{tuple(state[key].shape)} instead of {tuple(tensor.shape)}"
            raise InputError(f"{file}: not the weights of {backbone}: {key!r} is {shapes}; give the file of that size")
    model.load_state_dict(state, strict=True)
    return Clip(model, sha256_of(file), config, file.name)


def configuration(backbone: str) -> dict[str, Parsed]:
    """open_clip's configuration of an architecture. `InputError` with the nearest names for an unknown one."""
    import open_clip

    from protocols.errors import unknown

    config: dict[str, Parsed] | None = open_clip.get_model_config(backbone)
    if config is None:
        raise unknown("CLIP architecture", backbone, open_clip.list_models())
    plain = isinstance(config.get("vision_cfg", {}).get("layers"), int) and "patch_size" in config["vision_cfg"]
    if not plain or "hf_model_name" in config["text_cfg"] or config.get("custom_text"):
        raise InputError(
            f"backbone {backbone}: only OpenAI's vision transformers (ViT-B-16-quickgelu ...) are supported"
        )
    return config


def build(config: dict[str, Parsed]) -> Tower:
    """An open_clip `CLIP` of this configuration with fresh random weights, to be filled or trained."""
    from open_clip.model import CLIP

    from methods.clip.encoder import fold

    return fold(CLIP(**config)).eval()


def find(source: str, backbone: str) -> Path:
    """The file of weights that a name stands for: a file, a folder with one, or an open_clip tag of the backbone."""
    place = Path(source).expanduser()
    if place.is_file():
        return place
    if place.is_dir():
        files = sorted(
            (f for f in place.iterdir() if f.suffix in SUFFIXES), key=lambda f: (SUFFIXES.index(f.suffix), f)
        )
        if not files:
            raise InputError(
                f"{place}: no CLIP weights in this folder; put {backbone}'s .safetensors or .pt file there"
            )
        return files[0]
    return _from_hub(source, backbone)


def _from_hub(tag: str, backbone: str) -> Path:
    from open_clip.pretrained import download_pretrained, get_pretrained_cfg

    advice = (
        f"put OpenAI's ViT-B-16.pt (or open_clip's .safetensors of {backbone}) on this machine "
        f'and name its path under [models] in benchmark.toml: clip = "..."'
    )
    described = get_pretrained_cfg(backbone, tag)
    if not described:
        raise InputError(f"CLIP weights {tag!r}: neither a file nor a pretrained tag of {backbone}; {advice}")
    try:
        return Path(download_pretrained(described))
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise InputError(f"CLIP weights {tag!r} of {backbone} cannot be fetched ({reason[:120]}); {advice}") from error


def read_state(file: Path) -> dict[str, Tensor]:
    """The tensors of a file of weights, float32, by open_clip's names. Nothing in the file is executed as Python."""
    import torch

    try:
        if file.suffix == ".safetensors":
            from safetensors.torch import load_file

            found: Mapping[str, object] = load_file(file)
        elif torchscript.is_archive(file):
            found = torchscript.read(file)
        else:
            found = torch.load(file, map_location="cpu", weights_only=True)
    except torchscript.FormatError as error:
        raise InputError(
            f"{file}: a TorchScript archive that is read as tensors only, and {error}; save its state dict as "
            ".safetensors"
        ) from error
    except Exception as error:  # damaged files raise nearly anything
        pickled = "weights only" in str(error).lower() or "weights_only" in str(error).lower()
        what = "holds pickled objects, which are refused" if pickled else "damaged or not a file of weights"
        raise InputError(f"{file}: {what}; fetch it again, or save it as .safetensors") from error
    state = found.get("state_dict", found) if isinstance(found, dict) else found
    if not isinstance(state, dict) or not all(isinstance(v, torch.Tensor) for v in state.values()):
        raise InputError(f"{file}: holds no state dict of tensors; save one as .safetensors")
    tensors: dict[str, Tensor] = {k.removeprefix("module."): v.float() for k, v in state.items()}
    return {k: v for k, v in tensors.items() if k.rpartition(".")[2] not in NOT_WEIGHTS}


def blank(config: dict[str, Parsed], seed: int) -> Clip:
    """A model with fresh random weights that follow from `seed`, for training from scratch. Its digest is empty."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Clip(build(config), "", config, "random")
