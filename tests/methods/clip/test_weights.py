"""CLIP's weights: the published formats load strictly, everything else is refused in one line."""

from __future__ import annotations

import json
import pickle
import warnings
from pathlib import Path

import open_clip
import pytest
import torch
from torch import nn

from methods import Job
from methods.clip import source, weights
from methods.tensors import save_tensors
from protocols.errors import InputError
from protocols.files import sha256_of

TINY = {
    "embed_dim": 8,
    "quick_gelu": True,
    "vision_cfg": {"image_size": 32, "layers": 1, "width": 64, "patch_size": 16},
    "text_cfg": {"context_length": 77, "vocab_size": 512, "width": 64, "heads": 1, "layers": 1},
}


def openai_shapes(width: int, layers: int, text: int, text_layers: int, embed: int, vocabulary: int, grid: int) -> dict:
    """Keys and shapes of OpenAI's CLIP state dicts, vision transformers of patch 16."""

    def blocks(prefix: str, wide: int, count: int) -> dict[str, tuple[int, ...]]:
        shapes: dict[str, tuple[int, ...]] = {}
        for i in range(count):
            at = f"{prefix}.resblocks.{i}"
            shapes |= {f"{at}.attn.in_proj_weight": (3 * wide, wide), f"{at}.attn.in_proj_bias": (3 * wide,)}
            shapes |= {f"{at}.attn.out_proj.weight": (wide, wide), f"{at}.attn.out_proj.bias": (wide,)}
            shapes |= {f"{at}.mlp.c_fc.weight": (4 * wide, wide), f"{at}.mlp.c_fc.bias": (4 * wide,)}
            shapes |= {f"{at}.mlp.c_proj.weight": (wide, 4 * wide), f"{at}.mlp.c_proj.bias": (wide,)}
            shapes |= {f"{at}.{ln}.{part}": (wide,) for ln in ("ln_1", "ln_2") for part in ("weight", "bias")}
        return shapes

    norms = {f"visual.{ln}.{part}": (width,) for ln in ("ln_pre", "ln_post") for part in ("weight", "bias")}
    return {
        "positional_embedding": (77, text),
        "text_projection": (text, embed),
        "logit_scale": (),
        "visual.class_embedding": (width,),
        "visual.positional_embedding": (grid * grid + 1, width),
        "visual.proj": (width, embed),
        "visual.conv1.weight": (width, 3, 16, 16),
        **norms,
        **blocks("visual.transformer", width, layers),
        **blocks("transformer", text, text_layers),
        "token_embedding.weight": (vocabulary, text),
        "ln_final.weight": (text,),
        "ln_final.bias": (text,),
        "input_resolution": (),
        "context_length": (),
        "vocab_size": (),
    }


def filled(shapes: dict, dtype: torch.dtype = torch.float16) -> dict[str, torch.Tensor]:
    return {key: torch.full(shape, 0.01 * (i % 7), dtype=dtype) for i, (key, shape) in enumerate(shapes.items())}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A small architecture that open_clip knows by name."""
    file = tmp_path_factory.mktemp("configs") / "pad-tiny.json"
    file.write_text(json.dumps(TINY))
    open_clip.add_model_config(file)
    return "pad-tiny"


@pytest.fixture
def tiny_state() -> dict[str, torch.Tensor]:
    return filled(openai_shapes(64, 1, 64, 1, 8, 512, 2))


def test_openais_vit_b_16_state_dict_loads_strictly_through_open_clip(tmp_path: Path) -> None:
    state = filled(openai_shapes(768, 12, 512, 12, 512, 49408, 14))
    assert sum(v.numel() for v in state.values()) == 149_620_737 + 3
    torch.save(state, tmp_path / "ViT-B-16.pt")
    clip = source.load(
        Job(seed=0, scratch=tmp_path, cache=tmp_path, models={"clip": str(tmp_path)}), "ViT-B-16-quickgelu"
    )
    assert isinstance(clip.model, open_clip.CLIP)
    assert clip.size == 224
    assert clip.digest == sha256_of(tmp_path / "ViT-B-16.pt")
    assert {p.dtype for p in clip.model.parameters()} == {torch.float32}
    loaded = clip.model.state_dict()
    for key in ("logit_scale", "visual.proj", "transformer.resblocks.11.attn.in_proj_weight"):
        assert torch.equal(loaded[key], state[key].float()), key


class Archive(nn.Module):
    """A module tree with given tensors, to be written as TorchScript like OpenAI's file."""

    def __init__(self, state: dict[str, torch.Tensor]) -> None:
        super().__init__()
        for name in {key.split(".")[0] for key in state if "." in key}:
            part = {k.split(".", 1)[1]: v for k, v in state.items() if k.startswith(f"{name}.")}
            self.add_module(name, Archive(part))
        for key, value in state.items():
            if "." not in key:
                self.register_buffer(key, value)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


def test_openais_torchscript_archive_loads_as_its_state_dict_does(tiny: str, tiny_state, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TorchScript is out of date, and OpenAI's format
        torch.jit.save(torch.jit.script(Archive(tiny_state)), tmp_path / "archive.pt")
    torch.save(tiny_state, tmp_path / "state.pt")
    torch.save({"state_dict": {f"module.{k}": v for k, v in tiny_state.items()}, "epoch": 3}, tmp_path / "trained.pt")
    kept = {k: v for k, v in tiny_state.items() if k not in weights.NOT_WEIGHTS}
    save_tensors(kept, tmp_path / "kept.safetensors")
    models = [
        weights.read(tmp_path / f, tiny).model.state_dict()
        for f in ("archive.pt", "state.pt", "trained.pt", "kept.safetensors")
    ]
    for model in models:
        assert model.keys() == kept.keys()
        assert all(torch.equal(model[key], kept[key].float()) for key in kept)


def refusal(file: Path, backbone: str) -> str:
    with pytest.raises(InputError) as caught:
        weights.read(file, backbone)
    line = str(caught.value)
    assert line.startswith(f"{file}: ")
    assert "\n" not in line
    return line


def test_missing_extra_and_misshapen_tensors_are_named(tiny: str, tiny_state, tmp_path: Path) -> None:
    file = tmp_path / "w.pt"
    torch.save({k: v for k, v in tiny_state.items() if k != "visual.proj"}, file)
    assert "'visual.proj' is missing" in refusal(file, tiny)
    torch.save(tiny_state | {"visual.more": torch.ones(1)}, file)
    assert "'visual.more' does not belong" in refusal(file, tiny)
    torch.save(tiny_state | {"ln_final.bias": torch.ones(65)}, file)
    assert "'ln_final.bias' is (65,) instead of (64,)" in refusal(file, tiny)
    torch.save([1, 2], file)
    assert "no state dict" in refusal(file, tiny)


def test_truncated_files_are_refused(tiny: str, tiny_state, tmp_path: Path) -> None:
    for name, write in (("w.pt", torch.save), ("w.safetensors", save_tensors)):
        file = tmp_path / name
        write(tiny_state, file)
        whole = file.read_bytes()
        for part in (0, 10, len(whole) // 2, len(whole) - 3000):
            file.write_bytes(whole[:part])
            assert "damaged" in refusal(file, tiny)


class Trap:
    """Leaves a mark if it is ever unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return Path.touch, (self.mark,)


def test_pickled_objects_are_refused_and_never_run(tiny: str, tiny_state, tmp_path: Path) -> None:
    mark, file = tmp_path / "ran", tmp_path / "w.pt"
    torch.save(tiny_state | {"x": Trap(mark)}, file)
    assert "pickled objects, which are refused" in refusal(file, tiny)
    file.write_bytes(pickle.dumps(Trap(mark)))
    refusal(file, tiny)
    assert not mark.exists()


def test_without_weights_there_is_no_model_but_a_line_that_says_where_to_put_which_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def offline(*_: object, **__: object) -> str:
        raise OSError("no route to host")

    monkeypatch.setattr("open_clip.pretrained.download_pretrained", offline)
    job = Job(seed=0, scratch=tmp_path, cache=tmp_path)
    with pytest.raises(
        InputError, match=r"put OpenAI's ViT-B-16\.pt .* on this machine and name its path under \[models\]"
    ):
        source.load(job, "ViT-B-16-quickgelu")
    for word, what in (
        (str(tmp_path), "no CLIP weights in this folder"),
        ("opnai", "neither a file nor a pretrained tag"),
    ):
        with pytest.raises(InputError, match=what):
            weights.find(word, "ViT-B-16-quickgelu")
    with pytest.raises(InputError, match="did you mean .*ViT-B-16-quickgelu"):
        weights.configuration("ViT-B-16-quickgleu")
    with pytest.raises(InputError, match="only OpenAI's vision transformers"):
        weights.configuration("RN50-quickgelu")
