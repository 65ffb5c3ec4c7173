"""A training that is killed and taken up again ends with the weights of an undisturbed one, or stops."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import pytest
import torch

import methods
from methods.mllm import resume
from protocols.errors import InputError
from protocols.sealed import sealed_json, unsealed_json

SETTINGS = {"max_steps": "7", "batch": "10", "save_every": "2", "log_every": "1", "side": "56", "schedule": "linear"}
"""48 pictures in batches of 10: step 7 lies in the second epoch, and the checkpoint at step 6 too."""


ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
"""SHA-256 of `abc`."""


class Killed(Exception):
    """Stands for a process that dies."""


def settings(name, base_model):
    cls = methods.get(name).settings_class
    return cls.preset("demo").override({"base_model": str(base_model), **SETTINGS})


def fit(name, base_model, faces, job, dies_at=None):
    """The trained method and its curve; `dies_at`: the step whose row of the curve it does not survive."""
    rows = []

    def log(**row):
        rows.append(row)
        if row["step"] == dies_at:
            raise Killed

    method = methods.get(name)(settings(name, base_model))
    method.fit(faces, faces, dataclasses.replace(job, log=log))
    return method, rows


def state(method):
    return {name: p.clone() for name, p in method._model.state_dict().items()}


@pytest.mark.parametrize("name", ["sft", "sft-lora"])
def test_killed_and_resumed_to_the_bit(name, tiny_model, faces, job, tmp_path):
    whole, curve = fit(name, tiny_model, faces, dataclasses.replace(job, scratch=tmp_path / "undisturbed"))
    with pytest.raises(Killed):
        fit(name, tiny_model, faces, job, dies_at=6)
    (job.scratch / "training" / "checkpoint-6").mkdir()  # a second kill came while it was written
    again, rows = fit(name, tiny_model, faces, job)
    assert [row["step"] for row in rows] == [7]
    assert rows[-1] == curve[-1]
    first, second = state(whole), state(again)
    assert first.keys() == second.keys()
    assert all(torch.equal(first[key], second[key]) for key in first)


KILL = """
import dataclasses, os, signal, sys
from pathlib import Path
import numpy as np
import methods
from methods.method import Job
from protocols.store.faces import Faces

base, scratch, file = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
data = np.load(file)
faces = Faces(data["pixels"], data["rows"], data["owner"], data["context"], tuple(map(str, range(24))), data["labels"])
def log(**row):
    if row["step"] == 5:
        os.kill(os.getpid(), signal.SIGKILL)
settings = methods.get("sft").settings_class.preset("demo").override(eval(sys.argv[4]))
methods.get("sft")(settings).fit(faces, faces, Job(seed=0, scratch=scratch, cache=scratch, demo=True, log=log))
"""


def test_kill_9(tiny_model, faces, job, tmp_path):
    import numpy as np

    np.savez(
        tmp_path / "faces.npz",
        pixels=faces.pixels,
        rows=faces.rows,
        owner=faces.owner,
        context=faces.context,
        labels=faces.labels,
    )
    command = [sys.executable, "-c", KILL, str(tiny_model), str(job.scratch), str(tmp_path / "faces.npz")]
    killed = subprocess.run([*command, repr({"base_model": str(tiny_model), **SETTINGS})], capture_output=True)
    assert killed.returncode == -9, killed.stderr.decode()
    assert (job.scratch / "training" / "checkpoint-4" / "whole.json").exists()
    again, rows = fit("sft", tiny_model, faces, job)
    undisturbed, _ = fit("sft", tiny_model, faces, dataclasses.replace(job, scratch=tmp_path / "undisturbed"))
    assert [row["step"] for row in rows] == [6, 7]
    first, second = state(undisturbed), state(again)
    assert all(torch.equal(first[key], second[key]) for key in first)


def test_a_resume_past_our_loading_is_refused(tiny_model, faces, job, monkeypatch):
    """What happens with a future transformers that resumes by another road."""
    from transformers import Trainer

    method = methods.get("sft")(settings("sft", tiny_model))
    with pytest.raises(Killed):
        fit("sft", tiny_model, faces, job, dies_at=5)
    monkeypatch.setattr(resume.ExactResume, "_load_from_checkpoint", Trainer._load_from_checkpoint)
    with pytest.raises(RuntimeError, match="the checkpoint was not loaded"):
        method.fit(faces, faces, job)


def remark(place, **changes):
    """The mark of a checkpoint with other content."""
    mark = place / "whole.json"
    mark.write_bytes(sealed_json({**unsealed_json(mark.read_bytes(), mark), **changes}))


def test_a_checkpoint_with_other_weights_is_refused(tiny_model, faces, job):
    with pytest.raises(Killed):
        fit("sft", tiny_model, faces, job, dies_at=5)
    remark(job.scratch / "training" / "checkpoint-4", fingerprints=["other"])
    with pytest.raises(RuntimeError, match="not those that were saved"):
        fit("sft", tiny_model, faces, job)


def test_a_checkpoint_of_more_processes_is_refused_before_any_step(tiny_model, faces, job):
    with pytest.raises(Killed):
        fit("sft", tiny_model, faces, job, dies_at=5)
    remark(job.scratch / "training" / "checkpoint-4", fingerprints=["one", "two"])
    with pytest.raises(InputError, match="begun by 2 processes and cannot go on with 1"):
        fit("sft", tiny_model, faces, job)


def test_a_damaged_checkpoint_is_named_and_the_training_begins_anew(tiny_model, faces, job):
    """The optimizer's state, which no fingerprint of weights sees."""
    with pytest.raises(Killed):
        fit("sft", tiny_model, faces, job, dies_at=5)
    file = job.scratch / "training" / "checkpoint-4" / "optimizer.pt"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    said = []
    _, rows = fit("sft", tiny_model, faces, dataclasses.replace(job, say=said.append))
    assert said == [
        f"  {file}: not what was written (its digest differs): the training goes on from an earlier checkpoint, or "
        "begins anew"
    ]
    assert rows[-1]["step"] == 7


def made(place, **mark):
    place.mkdir()
    (place / "weights").write_bytes(b"abc")
    (place / "whole.json").write_bytes(sealed_json({"schema": 1, "files": {"weights": ABC}, **mark}))
    return place


def test_only_whole_checkpoints_count(tmp_path):
    said = []
    assert resume.last_whole(tmp_path, said.append) is None
    whole = [made(tmp_path / f"checkpoint-{step}") for step in (2, 10)]
    (tmp_path / "checkpoint-12").mkdir()
    assert resume.last_whole(tmp_path, said.append) == whole[1]
    assert not (tmp_path / "checkpoint-12").exists()
    assert said == []


@pytest.mark.parametrize("spoil", ["changed", "missing", "more", "mark"])
def test_the_one_before_a_damaged_checkpoint_counts(tmp_path, spoil):
    before, last = made(tmp_path / "checkpoint-2"), made(tmp_path / "checkpoint-10")
    if spoil == "changed":
        (last / "weights").write_bytes(b"abd")
    elif spoil == "missing":
        (last / "weights").unlink()
    elif spoil == "more":
        (last / "scheduler").write_bytes(b"")
    else:
        (last / "whole.json").write_bytes((last / "whole.json").read_bytes().replace(b"schema", b"schemb"))
    said = []
    assert resume.last_whole(tmp_path, said.append) == before
    assert [str(last) in line for line in said] == [True]
    assert not last.exists()


def test_the_fingerprint_sees_a_change_of_one_layer(opened):
    import copy

    model = copy.deepcopy(opened[0])
    before = resume.fingerprint(model)
    assert before == resume.fingerprint(opened[0])
    with torch.no_grad():
        model.model.language_model.layers[1].mlp.up_proj.weight += 1e-6
    assert resume.fingerprint(model) != before
