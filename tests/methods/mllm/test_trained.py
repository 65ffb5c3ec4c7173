"""What a training leaves: the files of `save_pretrained`, whoever held the weights, and no memory."""

from __future__ import annotations

import gc
import weakref

import pytest
import torch
from safetensors.torch import load_file

import methods
from methods.mllm.trained import Trained


def files(folder):
    return {name: value for file in folder.glob("*.safetensors") for name, value in load_file(file).items()}


def test_weights_without_their_model_are_saved_as_save_pretrained_does(opened, tmp_path):
    """Gathered weights hold a tied one twice, and the model that they came from may be cut to pieces."""
    model, _ = opened
    gathered = {name: value.clone() for name, value in model.state_dict().items()}
    assert len(gathered) > len(list(model.named_parameters()))  # embedding and head are tied
    model.save_pretrained(tmp_path / "usual")
    Trained(model, sharded=True, weights=gathered).save(tmp_path / "ours")
    usual, ours = files(tmp_path / "usual"), files(tmp_path / "ours")
    assert usual.keys() == ours.keys()
    assert all(torch.equal(usual[name], ours[name]) for name in usual)
    for name in ("config.json", "generation_config.json"):
        assert (tmp_path / "usual" / name).read_text() == (tmp_path / "ours" / name).read_text()


def test_another_type_is_what_the_configuration_says(opened, tmp_path):
    model, _ = opened
    half = {name: value.to(torch.bfloat16) for name, value in model.state_dict().items()}
    Trained(model, sharded=True, weights=half).save(tmp_path)
    assert {value.dtype for value in files(tmp_path).values()} == {torch.bfloat16}
    assert '"dtype": "bfloat16"' in (tmp_path / "config.json").read_text()


def test_a_weight_that_was_not_brought_together_is_refused(opened, tmp_path):
    model, _ = opened
    weights = dict(model.state_dict())
    del weights["model.language_model.layers.1.mlp.up_proj.weight"]
    with pytest.raises(RuntimeError, match=r"1 weights were not brought together \(model.language_model.layers.1.mlp"):
        Trained(model, sharded=True, weights=weights).save(tmp_path)


@pytest.mark.parametrize("name", ["sft-lora", "grpo"])
def test_nothing_of_the_training_is_in_memory_when_the_model_is_opened_to_answer(
    name, tiny_model, faces, job, tmp_path, monkeypatch
):
    """Trainer, optimizer and models are in cycles: a GPU would have to hold them beside the one that is opened."""
    from methods.mllm import model as models
    from methods.mllm import trained

    held = []
    ending, require = trained.trained, models.require_memory

    def watched(trainer, dtype):
        held.extend(map(weakref.ref, (trainer, trainer.optimizer.optimizer, trainer.model)))
        return ending(trainer, dtype)

    def look(*args):
        assert [thing() for thing in held] == [None] * len(held)
        require(*args)

    cls = methods.get(name)
    few = {"max_steps": "1", "side": "56", "max_new_tokens": "8", "base_model": str(tiny_model)}
    few |= {"batch": "6"} if name == "sft-lora" else {"batch_size": "1", "groups_per_pass": "1", "generations": "2"}
    method = cls(cls.settings_class.preset("demo").override(few))
    monkeypatch.setattr(f"{cls.__module__}.trained", watched)
    gc.disable()
    try:
        method.fit(faces, faces, job)
        method.save(tmp_path)
        assert any(thing() is not None for thing in held)  # the model at least, which was saved
        method = cls(method.settings)
        monkeypatch.setattr(models, "require_memory", look)
        method.load(tmp_path, job)
    finally:
        gc.enable()
    assert len(held) == 3
