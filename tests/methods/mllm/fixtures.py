"""One untrained tiny Qwen2.5-VL for all tests of the MLLM methods."""

from __future__ import annotations

import numpy as np
import pytest

from methods.method import Job
from methods.mllm.settings import MllmSettings
from protocols.store.faces import Faces


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory):
    """A folder with an untrained tiny model and its processor. Never write into it."""
    from methods.mllm.demo import tiny

    folder = tmp_path_factory.mktemp("models") / "tiny"
    tiny.build(folder, phrases=["fine stripes run across the face", "printed dots cover the face"])
    return folder


@pytest.fixture
def grpo_trainer(tiny_model, tmp_path):
    """Builds a GRPO trainer of a given class on the tiny model: six pictures of three sizes, two question lengths."""
    import numpy as np
    from datasets import Dataset, Image
    from PIL import Image as Picture

    from methods.mllm.quiet import quiet
    from methods.mllm.reward import of_batch

    quiet()
    rng = np.random.default_rng(0)
    sizes = [(112, 112), (84, 112), (56, 84), (112, 56), (112, 112), (84, 84)]
    data = {
        "prompt": [[{"role": "user", "content": "Real or fake?" + " Look well." * (i % 2)}] for i in range(6)],
        "image": [Picture.fromarray(rng.integers(0, 256, (*size, 3), np.uint8)) for size in sizes],
        "label": ["real", "fake"] * 3,
    }

    def build(cls, *, peft_config=None, model=None, **options):
        from trl import GRPOConfig

        config = {
            "output_dir": str(tmp_path / "run"),
            "use_cpu": True,
            "bf16": False,
            "activation_checkpointing": False,
            "per_device_train_batch_size": 12,
            "num_generations": 3,
            "max_completion_length": 12,
            "beta": 0.04,
            "loss_type": "grpo",
            "use_bias_correction_kl": False,
            "learning_rate": 1e-3,
            "max_steps": 2,
            "logging_steps": 1,
            "save_strategy": "no",
            "report_to": [],
            "disable_tqdm": True,
            "seed": 0,
        }
        return cls(
            model=str(model or tiny_model),
            reward_funcs=of_batch(limit=60),
            args=GRPOConfig(**config | options),
            train_dataset=Dataset.from_dict(data).cast_column("image", Image()),
            peft_config=peft_config,
        )

    return build


@pytest.fixture(scope="session")
def faces():
    """24 presentations of two frames each, 40 x 40; bona fide ones are bright, attacks dark."""
    rng = np.random.default_rng(0)
    labels = np.arange(24, dtype=np.int8) % 2
    pixels = rng.integers(0, 100, (48, 40, 40, 3), np.uint8) + 120 * np.repeat(labels, 2)[:, None, None, None].astype(
        np.uint8
    )
    return Faces(
        pixels=pixels,
        rows=np.arange(48),
        owner=np.repeat(np.arange(24), 2),
        context=np.ones(48, np.float32),
        keys=tuple(f"p{i}" for i in range(24)),
        labels=labels,
        domains=("here",) * 24,
    )


@pytest.fixture
def job(tmp_path):
    """A job of its own folders on one thread of the CPU."""
    for name in ("scratch", "cache"):
        (tmp_path / name).mkdir()
    return Job(seed=0, scratch=tmp_path / "scratch", cache=tmp_path / "cache", demo=True)


@pytest.fixture(scope="session")
def asking():
    """Settings for the tiny model and pictures of 56 x 56: four tokens each."""
    return MllmSettings.preset("demo").override({"side": "56", "max_new_tokens": "12"})


@pytest.fixture(scope="session")
def opened(tiny_model, asking):
    """The tiny model and its processor, to be read only."""
    from methods.mllm import model

    return model.load(str(tiny_model), asking, "cpu")


@pytest.fixture(scope="session")
def processor(opened):
    """The tiny model's processor."""
    return opened[1]
