"""A folder with random weights in the shape of Qwen2.5-VL-7B: 8.29 billion parameters, 16.6 GB in bfloat16."""

from __future__ import annotations

import shutil
from pathlib import Path

import torch

from methods.mllm.demo import tiny
from tests.gpu.bench import Bench

SHAPE = tiny.Shape(
    hidden=3584,
    layers=28,
    heads=28,
    kv_heads=4,
    intermediate=18944,
    vision_hidden=1280,
    vision_depth=32,
    vision_heads=16,
    pixels=634,
)
VOCABULARY = 152064
VISION = {"intermediate_size": 3420, "window_size": 112, "fullatt_block_indexes": [7, 15, 23, 31]}


def folder(bench: Bench) -> Path:
    """The model's folder, made at the first call: in the small form the tests' tiny model."""
    place = bench.folder / ("tiny" if bench.small else "seven")
    if not (place / "config.json").exists():
        part = place.with_name(f"{place.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        if bench.small:
            tiny.build(part)
        else:
            _build(part, bench.device)
        part.rename(place)
    return place


def _build(part: Path, device: str) -> None:
    from transformers import GenerationConfig, Qwen2_5_VLForConditionalGeneration

    processor = tiny.build_processor((), SHAPE)
    config = tiny.configuration(processor.tokenizer, SHAPE)
    config.tie_word_embeddings = config.text_config.tie_word_embeddings = False
    config.text_config.vocab_size = VOCABULARY
    config.text_config.rope_parameters["rope_theta"] = 1e6
    for name, value in VISION.items():
        setattr(config.vision_config, name, value)
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.bfloat16)
    try:
        with torch.device(device):
            model = Qwen2_5_VLForConditionalGeneration(config)
    finally:
        torch.set_default_dtype(before)
    end = [processor.tokenizer.convert_tokens_to_ids(word) for word in (tiny.END, tiny.PAD)]
    model.generation_config = GenerationConfig(do_sample=False, eos_token_id=end, pad_token_id=end[1])
    model.save_pretrained(part)
    processor.save_pretrained(part)
