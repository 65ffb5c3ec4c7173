"""What the doctor says of full fine-tuning: DeepSpeed and room for checkpoints."""

from __future__ import annotations

import dataclasses
import shutil
from collections import namedtuple

import pytest

from benchmark.doctor.training import full_fine_tuning
from methods.mllm import memory, sharding
from methods.mllm.demo import shipped
from protocols.world import World

POLICY = shipped.PLACE
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def lab(tmp_path):
    """A world whose language model is the demo's small one."""
    return World("lab", False, tmp_path / "cache", models={"mllm": str(POLICY)})


def test_deepspeed_that_is_there_is_opened_by_accelerate(lab, tmp_path):
    found = {f.about: f for f in full_fine_tuning(lab, tmp_path)}
    assert found["several GPUs"].level == "ok"  # it is installed with the tests


def test_deepspeed_that_is_missing_is_a_note_and_one_that_does_not_open_a_problem(lab, tmp_path, monkeypatch):
    monkeypatch.setattr(sharding, "unusable", lambda: "it is not installed; " + sharding.INSTALL)
    missing, _ = full_fine_tuning(lab, tmp_path)
    assert (missing.level, "pad-benchmark[sharded]" in missing.text) == ("note", True)
    monkeypatch.setattr(sharding, "unusable", lambda: None)
    monkeypatch.setattr(sharding.sys, "executable", "/bin/false")
    broken, _ = full_fine_tuning(lab, tmp_path)
    assert (broken.level, "exit code 1" in broken.text) == ("problem", True)


def test_room_for_checkpoints_is_sought_where_they_will_lie(lab, tmp_path, monkeypatch):
    monkeypatch.setattr(sharding, "unopened", lambda: None)
    need = memory.checkpoints(memory.shape_of(POLICY))
    assert need == 28 * memory.shape_of(POLICY).parameters
    free = {tmp_path: need - 1, tmp_path / "nvme": need}
    monkeypatch.setattr(shutil, "disk_usage", lambda place: Usage(0, 0, free[place]))
    (tmp_path / "nvme").mkdir()
    _, found = full_fine_tuning(lab, tmp_path / "results" / "of" / "old")
    assert (found.level, "`scratch`" in found.text) == ("note", True)
    _, found = full_fine_tuning(dataclasses.replace(lab, scratch=tmp_path / "nvme"), tmp_path / "results")
    assert (found.level, str(tmp_path / "nvme") in found.text) == ("ok", True)


def test_seven_billion_parameters_need_what_is_said_of_them():
    shape = memory.Shape(8_290_000_000, 3584, 28, 152064, 57344, 1)
    assert memory.checkpoints(shape) == pytest.approx(232e9, rel=1e-2)


def test_the_demo_is_not_asked(tmp_path):
    assert list(full_fine_tuning(World("demo", True, tmp_path), tmp_path)) == []
