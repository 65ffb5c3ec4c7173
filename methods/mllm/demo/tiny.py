"""A Qwen2.5-VL of 0.7 million parameters with its tokenizer and processor, built from nothing and never downloaded.

Class for class what the 7B checkpoint is made of: `Qwen2Tokenizer`, `Qwen2VLImageProcessor`, `Qwen2_5_VLProcessor`,
`Qwen2_5_VLForConditionalGeneration`, windowed attention and multimodal rope included. Only the sizes differ.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from methods.mllm.border import Processor, Tokenizer
from methods.mllm.demo.template import CHAT_TEMPLATE
from methods.mllm.demo.words import corpus

PAD, START, END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
VISION_START, VISION_END = "<|vision_start|>", "<|vision_end|>"
IMAGE, VIDEO = "<|image_pad|>", "<|video_pad|>"


@dataclass(frozen=True)
class Shape:
    """Sizes of the model. `hidden / heads / 2` must be the sum of the rope's three sections (1 : 1.5 : 1.5)."""

    hidden: int = 128
    layers: int = 2
    heads: int = 4
    kv_heads: int = 2
    intermediate: int = 256
    vision_hidden: int = 64
    vision_depth: int = 2
    vision_heads: int = 4
    pixels: int = 112
    """Largest picture, side in pixels; 112 is 64 patches, 16 tokens."""


def build(folder: Path, *, seed: int = 0, shape: Shape | None = None, phrases: Sequence[str] = ()) -> None:
    """Write an untrained model and its processor into `folder`, loadable by the Auto classes of transformers.

    `phrases` are what the tokenizer should know beside the question; any other text is spelt in bytes.
    """
    import torch
    from transformers import GenerationConfig, Qwen2_5_VLForConditionalGeneration

    shape = shape or Shape()
    processor = build_processor(phrases, shape)
    tokenizer = processor.tokenizer
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Qwen2_5_VLForConditionalGeneration(configuration(tokenizer, shape))
    end = [tokenizer.convert_tokens_to_ids(END), tokenizer.convert_tokens_to_ids(PAD)]
    model.generation_config = GenerationConfig(do_sample=False, eos_token_id=end, pad_token_id=end[1])
    model.save_pretrained(folder)
    processor.save_pretrained(folder)


def build_processor(phrases: Sequence[str], shape: Shape) -> Processor:
    """Tokenizer, picture and video processors and the chat template, as one `Qwen2_5_VLProcessor`."""
    from transformers import Qwen2_5_VLProcessor, Qwen2VLImageProcessor, Qwen2VLVideoProcessor

    size = {"shortest_edge": 56 * 56, "longest_edge": shape.pixels**2}
    tokenizer = build_tokenizer(corpus(phrases))
    tokenizer.chat_template = CHAT_TEMPLATE
    return Qwen2_5_VLProcessor(
        image_processor=Qwen2VLImageProcessor(size=size),
        tokenizer=tokenizer,
        video_processor=Qwen2VLVideoProcessor(size=size),
        chat_template=CHAT_TEMPLATE,
    )


def build_tokenizer(texts: Sequence[str]) -> Tokenizer:
    """A byte-level BPE trained on `texts` with Qwen's splitting rule and special tokens, padded on the left."""
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
    from transformers import Qwen2Tokenizer
    from transformers.models.qwen2.tokenization_qwen2 import PRETOKENIZE_REGEX

    bpe = Tokenizer(models.BPE())
    bpe.normalizer = normalizers.NFC()
    bpe.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PRETOKENIZE_REGEX), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    bpe.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    bpe.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=1000, initial_alphabet=alphabet, show_progress=False))
    learnt = json.loads(bpe.to_str())["model"]
    make: Any = Qwen2Tokenizer  # its annotations refuse pairs and None, which it documents and takes
    return make(
        vocab=learnt["vocab"],
        merges=[tuple(pair) for pair in learnt["merges"]],
        unk_token=None,
        eos_token=END,
        pad_token=PAD,
        extra_special_tokens=[START, VISION_START, VISION_END, "<|vision_pad|>", IMAGE, VIDEO],
        padding_side="left",
        model_max_length=4096,
    )


def configuration(tokenizer: Tokenizer, shape: Shape) -> Any:
    """The model's configuration, as small as its sizes."""
    from transformers import Qwen2_5_VLConfig

    def token(text: str) -> int:
        return int(tokenizer.convert_tokens_to_ids(text))

    half = shape.hidden // shape.heads // 2
    section = half * 3 // 8
    text = {
        "vocab_size": -(-len(tokenizer) // 64) * 64,
        "hidden_size": shape.hidden,
        "intermediate_size": shape.intermediate,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.kv_heads,
        "max_position_embeddings": 4096,
        "rms_norm_eps": 1e-6,
        "bos_token_id": None,
        "eos_token_id": token(END),
        "pad_token_id": token(PAD),
        "rope_parameters": {
            "rope_type": "default",
            "rope_theta": 10000.0,
            "mrope_section": [half - 2 * section, section, section],
        },
        "tie_word_embeddings": True,
    }
    vision = {
        "depth": shape.vision_depth,
        "hidden_size": shape.vision_hidden,
        "intermediate_size": 3 * shape.vision_hidden,
        "num_heads": shape.vision_heads,
        "out_hidden_size": shape.hidden,
        "patch_size": 14,
        "spatial_merge_size": 2,
        "temporal_patch_size": 2,
        "window_size": 56,
        "fullatt_block_indexes": [shape.vision_depth - 1],
        "in_channels": 3,
    }
    return Qwen2_5_VLConfig(
        text_config=text,
        vision_config=vision,
        image_token_id=token(IMAGE),
        video_token_id=token(VIDEO),
        vision_start_token_id=token(VISION_START),
        vision_end_token_id=token(VISION_END),
        tie_word_embeddings=True,
    )
