"""The GRPO methods end to end on the tiny model: train, keep, open, answer; killed and resumed to the bit."""

from __future__ import annotations

import dataclasses
import os
import signal

import pytest
import torch

import methods
from protocols.errors import InputError

NAMES = ("grpo", "grpo-lora", "grpo-no-cls", "grpo-no-res", "grpo-no-format")
SMALL = {
    "generations": "2",
    "batch_size": "4",
    "groups_per_pass": "2",
    "side": "56",
    "max_new_tokens": "6",
    "max_steps": "5",
    "save_every": "2",
}


def method(name, model, **changes):
    cls = methods.get(name)
    return cls(cls.settings_class.preset("demo").override({"base_model": str(model), **SMALL, **changes}))


def weights(folder):
    from safetensors.torch import load_file

    return {name: value for file in sorted(folder.glob("*.safetensors")) for name, value in load_file(file).items()}


def kept(method, folder):
    folder.mkdir()
    method.save(folder)
    return weights(folder)


@pytest.mark.parametrize("name", ["grpo", "grpo-lora"])
def test_killed_and_resumed_gives_the_same_weights_and_one_curve(name, tiny_model, faces, job, tmp_path):
    """Three steps an epoch; killed in the fifth step, so it goes on inside the second epoch."""
    few = faces.subset(range(12))
    curves = {"whole": [], "killed": []}

    def run(kind, log):
        m = method(name, tiny_model)
        (tmp_path / kind / "scratch").mkdir(parents=True, exist_ok=True)
        m.fit(few, few, dataclasses.replace(job, scratch=tmp_path / kind / "scratch", log=log))
        return m

    undisturbed = kept(run("whole", lambda **row: curves["whole"].append(row)), tmp_path / "a")
    read, write = os.pipe()
    child = os.fork()
    if child == 0:  # no second import of everything, and a real kill

        def log(step, **row):
            os.write(write, f"{step}\n".encode())
            if step == 5:
                os.kill(os.getpid(), signal.SIGKILL)

        run("killed", log)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    os.close(write)
    assert os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == signal.SIGKILL
    with os.fdopen(read) as pipe:
        before = [int(line) for line in pipe]
    assert before == [1, 2, 3, 4, 5]
    checkpoints = sorted(p.name for p in (tmp_path / "killed" / "scratch").rglob("checkpoint-*"))
    assert checkpoints[-1] == "checkpoint-4"

    resumed = kept(run("killed", lambda **row: curves["killed"].append(row)), tmp_path / "b")
    assert resumed.keys() == undisturbed.keys()
    assert all(torch.equal(resumed[key], value) for key, value in undisturbed.items())
    assert not set(before) & {row["step"] for row in curves["killed"] if "reward" in row}
    start = weights(tiny_model)
    if name == "grpo":
        assert any(not torch.equal(start[key], value) for key, value in undisturbed.items())


def test_the_adapter_opens_in_plain_peft_and_answers_as_the_method_does(tiny_model, faces, job, tmp_path):
    from peft import PeftModel
    from transformers import AutoModelForImageTextToText

    m = method("grpo-lora", tiny_model, max_steps="2", learning_rate="0.05")
    m.fit(faces, faces, job)
    kept(m, tmp_path / "adapter")
    base = AutoModelForImageTextToText.from_pretrained(tiny_model)
    plain = PeftModel.from_pretrained(base, str(tmp_path / "adapter")).eval()
    opened = method("grpo-lora", tiny_model)
    opened.load(tmp_path / "adapter", job)
    ids = torch.arange(20)[None]
    with torch.no_grad():
        ours, theirs = (model(input_ids=ids).logits for model in (opened._model, plain))
        with plain.disable_adapter():
            untouched = plain(input_ids=ids).logits
    assert torch.equal(ours, theirs)
    assert not torch.equal(theirs, untouched)


def test_trained_model_reads_back_and_answers(tiny_model, faces, job, tmp_path):
    from transformers import AutoModelForImageTextToText

    m = method("grpo-no-format", tiny_model, max_steps="2")
    m.fit(faces, faces, job)
    kept(m, tmp_path / "model")
    plain = AutoModelForImageTextToText.from_pretrained(tmp_path / "model")
    assert type(plain).__name__ == "Qwen2_5_VLForConditionalGeneration"
    opened = method("grpo-no-format", tiny_model)
    opened.load(tmp_path / "model", job)
    answers = opened.predict(faces.unlabelled(), job)
    assert len(answers.texts) == len(faces)
    facts = opened.provenance()["training"]
    assert (facts["steps"], facts["completions_per_step"], facts["passes"]) == (2, 8, "shared")
    assert facts["rewards"] == ["class", "reasoning"]
    with pytest.raises(InputError, match="grpo-lora"):
        method("grpo-lora", tiny_model).load(tmp_path / "model", job)


def test_ablations_leave_out_one_reward_each():
    rewards = {name: methods.get(name).settings_class.preset("paper").rewards for name in NAMES}
    assert rewards["grpo"] == rewards["grpo-lora"] == ("format", "class", "reasoning")
    left = {name: set(rewards["grpo"]) - set(used) for name, used in rewards.items()}
    assert left["grpo-no-cls"] == {"class"}
    assert left["grpo-no-res"] == {"reasoning"}
    assert left["grpo-no-format"] == {"format"}


def test_titles_are_those_of_the_papers_tables():
    titles = [methods.get(name).title for name in NAMES]
    assert titles == ["Ours (GRPO)", "Ours (GRPO, LoRA)", "w/o R_cls", "w/o R_res", "w/o R_format"]


def test_every_constant_names_its_source():
    for name in ("grpo", "grpo-lora"):
        for field in dataclasses.fields(methods.get(name).settings_class):
            assert len(field.metadata["source"]) > 20, field.name


def test_too_little_memory_is_refused_before_any_work(tiny_model, faces, job, monkeypatch):
    from methods.mllm import memory

    monkeypatch.setattr(memory, "free", lambda device: 2**20)
    with pytest.raises(InputError, match="needs about") as error:
        method("grpo", tiny_model).fit(faces, faces, job)
    assert "\n" not in str(error.value)
    assert not list(job.scratch.iterdir())


def test_balanced_frames_by_hand(faces):
    from methods.mllm import training

    few = faces.subset([1, 0, 2, 4, 6])  # one bona fide presentation and four attacks, two frames each
    frames = training.balanced(few, training.training_frames(few, 1))
    assert frames.tolist() == [1, 1, 1, 1, 3, 5, 7, 9]
    attacks = faces.subset([0, 2])
    assert training.balanced(attacks, training.training_frames(attacks, None)).tolist() == [0, 1, 2, 3]
