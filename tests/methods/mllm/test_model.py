"""Opening models of several shapes and kinds, and refusing, in one line, what cannot work."""

from __future__ import annotations

import dataclasses
import json
import shutil
from types import SimpleNamespace

import pytest
import torch

from methods.mllm import model
from methods.mllm.demo import tiny
from methods.mllm.settings import DEFAULT_MODEL
from protocols.errors import InputError


def test_the_choices_are_explicit_and_recorded(opened, asking):
    opened_model, processor = opened
    facts = model.facts(opened_model, processor, asking)
    assert facts["model_class"] == "Qwen2_5_VLForConditionalGeneration"
    assert facts["dtype"] == "float32"
    assert facts["image_processor"] == "Qwen2VLImageProcessor"
    assert facts["image_size"] == {"shortest_edge": asking.min_pixels, "longest_edge": asking.max_pixels}
    assert {"prompt_digest", "chat_template_digest", "attention", "transformers"} <= facts.keys()
    assert processor.tokenizer.padding_side == "left"
    assert not opened_model.training
    json.dumps(facts)


def test_pixel_limits_and_backend_are_set(tiny_model, asking):
    settings = dataclasses.replace(asking, max_pixels=56 * 56, image_backend="pil")
    processor = model.load_processor(str(tiny_model), settings)
    assert type(processor.image_processor).__name__ == "Qwen2VLImageProcessorPil"
    import numpy as np

    out = processor.image_processor(images=[np.zeros((112, 112, 3), np.uint8)], return_tensors="pt")
    assert out["image_grid_thw"].tolist() == [[1, 4, 4]]


@pytest.fixture(scope="module")
def wide_model(tmp_path_factory):
    """Another width, bfloat16, in several shards: a folder as plain transformers saves it."""
    from transformers import AutoModelForImageTextToText, AutoProcessor

    folder = tmp_path_factory.mktemp("wide")
    tiny.build(folder / "first", seed=3, shape=tiny.Shape(hidden=96, heads=3, kv_heads=1, vision_hidden=32))
    wide = AutoModelForImageTextToText.from_pretrained(folder / "first", dtype=torch.bfloat16)
    wide.save_pretrained(folder / "sharded", max_shard_size="200KB")
    AutoProcessor.from_pretrained(folder / "first").save_pretrained(folder / "sharded")
    assert len(list((folder / "sharded").glob("*.safetensors"))) > 2
    return folder / "sharded"


def test_another_configuration(wide_model, asking):
    wide, _ = model.load(str(wide_model), dataclasses.replace(asking, dtype="bfloat16"), "cpu")
    assert wide.dtype == torch.bfloat16
    assert wide.config.text_config.hidden_size == 96


def test_a_missing_shard_and_a_missing_weight(wide_model, tiny_model, asking, tmp_path):
    from safetensors.torch import load_file, save_file

    lost = shutil.copytree(wide_model, tmp_path / "lost")
    next(lost.glob("*.safetensors")).unlink()
    with pytest.raises(InputError, match="weight file is missing"):
        model.load(str(lost), asking, "cpu")
    thin = shutil.copytree(tiny_model, tmp_path / "thin")
    weights = load_file(thin / "model.safetensors")
    weights.pop(next(name for name in weights if "norm" in name))
    save_file(weights, thin / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(InputError, match="1 weights are missing"):
        model.load(str(thin), asking, "cpu")


def test_a_truncated_weight_file(tiny_model, asking, tmp_path):
    cut = shutil.copytree(tiny_model, tmp_path / "cut")
    whole = (cut / "model.safetensors").read_bytes()
    (cut / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="cannot be opened") as caught:
        model.load(str(cut), asking, "cpu")
    assert "\n" not in str(caught.value)


def test_remote_code_is_not_run(tiny_model, asking, tmp_path):
    folder = shutil.copytree(tiny_model, tmp_path / "remote")
    config = json.loads((folder / "config.json").read_text())
    config["model_type"] = "unheard-of"
    config["auto_map"] = {"AutoConfig": "code.Config", "AutoModelForImageTextToText": "code.Model"}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "code.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    with pytest.raises(InputError):
        model.load(str(folder), asking, "cpu")
    assert not (tmp_path / "ran").exists()


def build_llava(folder):
    """LLaVA: another processor, vision tower, conversation and language model."""
    from transformers import (
        CLIPImageProcessor,
        CLIPVisionConfig,
        LlavaConfig,
        LlavaForConditionalGeneration,
        LlavaProcessor,
        Qwen2Config,
    )

    tokenizer = tiny.build_tokenizer(["one real fake face <image>"])
    tokenizer.add_special_tokens({"additional_special_tokens": ["<image>"]})
    template = (
        "{% for m in messages %}{{ m['role'] + ': ' }}{% for b in m['content'] %}"
        "{{ '<image>' if b['type'] == 'image' else b['text'] }}{% endfor %}{% endfor %}"
    )
    pictures = CLIPImageProcessor(size={"shortest_edge": 28}, crop_size={"height": 28, "width": 28})
    LlavaProcessor(
        pictures, tokenizer, 14, "default", template, num_additional_image_tokens=1, image_token="<image>"
    ).save_pretrained(folder)
    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = LlavaConfig(
        vision_config=CLIPVisionConfig(image_size=28, patch_size=14, projection_dim=32, **sizes),
        text_config=Qwen2Config(vocab_size=len(tokenizer), num_key_value_heads=2, **sizes),
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
    )
    model = LlavaForConditionalGeneration(config)
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    model.save_pretrained(folder)


def test_another_family_keeps_its_own_picture_sizes(asking, tmp_path):
    import numpy as np

    from methods.mllm import generate

    build_llava(tmp_path)
    llava, processor = model.load(str(tmp_path), asking, "cpu")
    facts = model.facts(llava, processor, asking)
    assert facts["model_class"] == "LlavaForConditionalGeneration"
    assert facts["image_size"] == {"shortest_edge": 28}
    (response,) = generate.respond(llava, processor, [np.zeros((40, 40, 3), np.uint8)], batch=1, max_new_tokens=3)
    assert 1 <= response.tokens <= 3


def test_no_gpu_here(asking, tiny_model):
    wrong = f"cuda:{torch.cuda.device_count()}" if torch.cuda.is_available() else "cuda"
    with pytest.raises(InputError, match="--device cpu"):
        model.load(str(tiny_model), asking, wrong)


def test_right_padding_and_a_missing_template_are_refused(opened, monkeypatch):
    _, processor = opened
    assert model.left_padded(processor) is processor
    monkeypatch.setattr(processor, "chat_template", None)
    with pytest.raises(InputError, match="no chat template"):
        model.left_padded(processor)
    monkeypatch.setattr(processor.tokenizer, "padding_side", "right")
    with pytest.raises(InputError, match="pads on the right"):
        model.left_padded(processor)


def test_tags_that_are_special_tokens_are_refused(tiny_model, asking, tmp_path):
    folder = shutil.copytree(tiny_model, tmp_path / "model")
    file = folder / "tokenizer.json"
    known = json.loads(file.read_text())
    for number, tag in enumerate(("<answer>", "</answer>")):
        known["added_tokens"].append(dict(known["added_tokens"][0], id=5000 + number, content=tag, special=True))
    file.write_text(json.dumps(known))
    with pytest.raises(InputError, match=r"no answer could be read; take another base_model") as caught:
        model.load(str(folder), asking, "cpu")
    assert str(folder) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("fault", ["words unknown", "brackets spaced out"])
def test_a_tokenizer_that_loses_the_answer_is_refused(fault):
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = {w: n for n, w in enumerate(("[UNK]", "<", ">", "</", "thinking", "answer", "x", "real"))}
    if fault == "brackets spaced out":
        words["fake"] = len(words)
    inner = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    inner.decoder = decoders.WordPiece(cleanup=False)
    processor = SimpleNamespace(tokenizer=PreTrainedTokenizerFast(tokenizer_object=inner, unk_token="[UNK]"))
    with pytest.raises(InputError, match=r"base model mine: its tokenizer turns .* no answer could be read") as caught:
        model.answerable(processor, "mine")
    assert "\n" not in str(caught.value)


def test_which_model_a_job_starts_from(asking, job):
    users = dataclasses.replace(job, demo=False)
    assert model.base_model(asking, users) == DEFAULT_MODEL
    assert model.base_model(asking, dataclasses.replace(users, models={"mllm": "mine"})) == "mine"
    assert model.base_model(dataclasses.replace(asking, base_model="x/y"), users) == "x/y"


def test_memory_is_asked_for_before_work(tiny_model, asking, monkeypatch):
    from methods.mllm import memory

    model.require_memory(str(tiny_model), asking, "cpu", "full", {"tokens": 1000})
    monkeypatch.setattr(memory, "free", lambda device: 1000)
    with pytest.raises(InputError, match=r"full needs about .* LoRA") as caught:
        model.require_memory(str(tiny_model), asking, "cpu", "full", {"tokens": 1000})
    assert "\n" not in str(caught.value)


def test_a_folder_with_such_a_template_is_not_opened(tiny_model, tmp_path, asking):
    shutil.copytree(tiny_model, tmp_path / "theirs")
    (tmp_path / "theirs/chat_template.jinja").write_text("{% for a in range(99999) %}{{ a / 0 }}{% endfor %}")
    with pytest.raises(InputError, match="theirs: its chat template cannot be rendered .ZeroDivisionError"):
        model.load_processor(str(tmp_path / "theirs"), asking)


HOSTILE = [
    ("config.json", ["text_config", "num_attention_heads"], 0),
    ("config.json", ["text_config", "num_attention_heads"], "four"),
    ("config.json", ["text_config", "num_hidden_layers"], 10**9),
    ("config.json", ["text_config", "hidden_size"], 1 << 20),
    ("config.json", ["text_config"], [1]),
    ("config.json", ["model_type"], {"a": 1}),
    ("config.json", ["vision_config", "patch_size"], 0),
    ("config.json", ["dtype"], "float33"),
]


@pytest.mark.parametrize(("file", "place", "value"), HOSTILE)
def test_numbers_that_make_no_model_are_one_line(tiny_model, tmp_path, asking, file, place, value):
    shutil.copytree(tiny_model, tmp_path / "theirs")
    content = json.loads((tmp_path / "theirs" / file).read_text())
    inner = content
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    (tmp_path / "theirs" / file).write_text(json.dumps(content))
    with pytest.raises(InputError, match="theirs") as caught:
        model.require_memory(str(tmp_path / "theirs"), asking, "cpu", "inference", {})
        model.load(str(tmp_path / "theirs"), asking, "cpu")
    assert "\n" not in str(caught.value)


def test_pictures_of_impossible_sizes_are_refused():
    with pytest.raises(InputError, match="theirs: its pictures would be 1000000 pixels wide or high"):
        model.require_size({"height": 10**6, "width": 224}, "theirs")
    model.require_size({"shortest_edge": 448, "longest_edge": None}, "theirs")
