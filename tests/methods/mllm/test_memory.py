"""Estimates from the configuration alone, of the size that mllm.md's measurements and arithmetic give."""

from __future__ import annotations

import pytest

from methods.mllm import memory, sharding
from methods.mllm.sharding import Cut
from protocols.errors import InputError


@pytest.fixture(scope="module")
def seven_billion(tmp_path_factory):
    """The published 7B configuration's shape; no weight is ever allocated."""
    from transformers import Qwen2_5_VLConfig

    folder = tmp_path_factory.mktemp("7b")
    Qwen2_5_VLConfig(
        vision_config={
            "depth": 32,
            "hidden_size": 1280,
            "intermediate_size": 3420,
            "num_heads": 16,
            "out_hidden_size": 3584,
        },
        text_config={
            "vocab_size": 152064,
            "hidden_size": 3584,
            "intermediate_size": 18944,
            "num_hidden_layers": 28,
            "num_attention_heads": 28,
            "num_key_value_heads": 4,
        },
        tie_word_embeddings=False,
    ).save_pretrained(folder)
    return memory.shape_of(folder)


def test_the_shape_of_seven_billion(seven_billion):
    assert 8.2e9 < seven_billion.parameters < 8.4e9
    assert seven_billion.cache_per_token == 2 * 28 * 4 * 128
    per_layer = 2 * (3584 + 3584) + 2 * (3584 + 512) + 3 * (3584 + 18944)
    assert seven_billion.adapted == 28 * per_layer


def test_estimates_of_seven_billion(seven_billion):
    inference = memory.estimate(seven_billion, "inference", "bfloat16", 8 * 1000)
    lora = memory.estimate(seven_billion, "lora", "bfloat16", 6 * 900, rank=64)
    full = memory.estimate(seven_billion, "full", "bfloat16", 6 * 900)
    assert 16 < inference / 1e9 < 24
    assert inference < lora < 40e9
    assert full > 16 * seven_billion.parameters
    with_reference = memory.estimate(seven_billion, "full", "bfloat16", 6 * 900, reference=True)
    assert with_reference - full == pytest.approx(4.4 * seven_billion.parameters, rel=1e-3)


def test_what_is_free():
    assert 2**26 < memory.free("cpu") < 2**46


def test_what_is_cut_over_processes_and_what_is_not(seven_billion):
    """Eight GPUs of 40 GB: weights and their states are divided, activations and gathered weights are not."""
    tokens = 100 + 160 + 6 * 512
    plan = {"reference": True, "generates": True}
    whole = memory.estimate(seven_billion, "full", "bfloat16", tokens, **plan)
    zero = memory.estimate(seven_billion, "full", "bfloat16", tokens, **plan, cut=Cut("DeepSpeed", 8))
    fsdp = memory.estimate(seven_billion, "full", "bfloat16", tokens, **plan, cut=Cut("FSDP", 8))
    states = 1.1 * (16 + 2) * seven_billion.parameters / 8
    activations = whole - 1.1 * 20 * seven_billion.parameters
    gathered = 1.1 * 2 * seven_billion.parameters
    assert zero == pytest.approx(states + activations + gathered, rel=1e-3)
    assert zero > 40e9 > fsdp > whole / 8
    offloaded = memory.estimate(seven_billion, "full", "bfloat16", tokens, cut=Cut("DeepSpeed", 4, offload=True))
    assert offloaded < memory.estimate(seven_billion, "full", "bfloat16", tokens, cut=Cut("DeepSpeed", 4))
    assert memory.host(seven_billion, "full", cut=Cut("DeepSpeed", 4, offload=True)) > 14 * seven_billion.parameters
    assert memory.host(seven_billion, "full") == 0


def test_data_parallel_processes_and_answers_are_whole(seven_billion, monkeypatch):
    alone = memory.estimate(seven_billion, "full", "bfloat16", 100)
    monkeypatch.setenv("WORLD_SIZE", "4")
    assert memory.estimate(seven_billion, "full", "bfloat16", 100, cut=sharding.cut()) == alone
    monkeypatch.setenv("ACCELERATE_USE_FSDP", "true")
    assert memory.estimate(seven_billion, "full", "bfloat16", 100, cut=sharding.cut()) < alone / 3
    answers = memory.estimate(seven_billion, "inference", "bfloat16", 100)
    assert memory.estimate(seven_billion, "inference", "bfloat16", 100, cut=sharding.cut()) == answers


def test_too_little_is_refused_on_the_device_and_in_main_memory(seven_billion, monkeypatch):
    monkeypatch.setattr(memory, "free", lambda device: int(1e11))
    memory.require("x", seven_billion, "cuda", {"full": int(9e10)}, "full", int(9e10))
    with pytest.raises(InputError, match="full needs about 279.4 GiB on cuda and 93.1 are free"):
        memory.require("x", seven_billion, "cuda", {"full": int(3e11)}, "full")
    with pytest.raises(InputError, match="279 GiB of main memory"):
        memory.require("x", seven_billion, "cuda", {"full": int(9e10)}, "full", int(3e11))


def test_completions_that_are_decoded_at_once_count_where_they_need_more_than_a_pass(seven_billion):
    one = memory.estimate(seven_billion, "lora", "bfloat16", 3332, rank=64)
    eight = memory.estimate(seven_billion, "lora", "bfloat16", 3332, rank=64, cached=48 * 772)
    many = memory.estimate(seven_billion, "lora", "bfloat16", 3332, rank=64, cached=256 * 772)
    assert one == eight < many


def test_an_engine_beside_the_trainer_holds_the_weights_once_more(seven_billion):
    plan = {"rank": 64, "cached": 6 * 772}
    alone = memory.estimate(seven_billion, "lora", "bfloat16", 3332, **plan)
    both = memory.estimate(seven_billion, "lora", "bfloat16", 3332, **plan, engine=True)
    cache = 6 * 772 * seven_billion.cache_per_token * 2
    assert both - alone == pytest.approx(1.1 * (2 * seven_billion.parameters + cache), rel=1e-3)
