from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from methods import Job
from methods.nets.training import Checkpoint, Schedule, _frames_of, repeatable, train
from protocols.errors import InputError

PICTURES = torch.from_numpy(np.random.default_rng(0).normal(size=(30, 3, 8, 8)).astype(np.float32))
LABELS = np.arange(30) % 2
SCHEDULE = Schedule(steps=12, batch=8, rate=0.05, momentum=0.9, decay=1e-3, drop_at=7, every=3)


class Killed(BaseException):
    """Stands for the end of the process: nothing in the code may catch it."""


def run(folder: Path, *, kill_at: int = 0, schedule: Schedule = SCHEDULE, seed: int = 0) -> tuple[nn.Module, list]:
    torch.manual_seed(5)
    net = nn.Sequential(nn.Flatten(), nn.Linear(192, 16), nn.ReLU(), nn.Dropout(0.5), nn.Linear(16, 2))
    rows: list[dict] = []
    calls = iter(range(1, 10**6))

    def batch(frames: np.ndarray) -> torch.Tensor:
        if next(calls) == kill_at:
            raise Killed
        return PICTURES[frames]

    job = Job(seed=seed, scratch=folder, cache=folder, log=lambda **row: rows.append(row))
    train(net, batch, LABELS, schedule, job, "identity")
    return net, rows


def weights(net: nn.Module) -> np.ndarray:
    return np.concatenate([p.detach().numpy().ravel() for p in net.parameters()])


@pytest.mark.parametrize("kill_at", [1, 3, 4, 8, 12])
def test_a_killed_training_ends_with_the_same_weights(tmp_path: Path, kill_at: int) -> None:
    for name in ("whole", "killed"):
        (tmp_path / name).mkdir()
    whole, rows = run(tmp_path / "whole")
    with pytest.raises(Killed):
        run(tmp_path / "killed", kill_at=kill_at)
    resumed, later = run(tmp_path / "killed")
    assert np.array_equal(weights(whole), weights(resumed))
    assert later == [row for row in rows if row["step"] > (kill_at - 1) // 3 * 3]
    assert [row["rate"] for row in rows] == pytest.approx([0.05, 0.05, 0.005, 0.005])


def test_another_identity_or_a_broken_file_starts_anew(tmp_path: Path) -> None:
    net = run(tmp_path)[0]
    optimiser = torch.optim.SGD(net.parameters(), lr=1.0, momentum=0.9)
    path = tmp_path / "cnn-training.safetensors"
    assert Checkpoint(path, "identity", print).restore(net, optimiser) == 12
    assert Checkpoint(path, "another", print).restore(net, optimiser) == 0
    path.write_bytes(path.read_bytes()[:-4])
    assert Checkpoint(path, "identity", print).restore(net, optimiser) == 0
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_seeds_differ_and_divergence_is_an_error(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
    assert not np.array_equal(weights(run(tmp_path / "a")[0]), weights(run(tmp_path / "b", seed=1)[0]))
    wild = Schedule(steps=50, batch=8, rate=1e30, momentum=0.9, decay=0.0, drop_at=50, every=50)
    with pytest.raises(InputError, match="diverged at step"):
        run(tmp_path / "c", schedule=wild)


@pytest.mark.parametrize(("batch", "frames"), [(8, 30), (30, 30), (50, 7)])
def test_every_epoch_visits_every_frame_once(batch: int, frames: int) -> None:
    row = np.concatenate([_frames_of(step, batch, frames, seed=1) for step in range(1, 31)])
    assert len(row) == 30 * batch
    epochs = row[: len(row) // frames * frames].reshape(-1, frames)
    assert np.array_equal(np.sort(epochs, 1), np.tile(np.arange(frames), (len(epochs), 1)))
    assert len(np.unique(epochs, axis=0)) > 1


def test_the_callers_threads_and_generator_are_left_alone() -> None:
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    with repeatable(2):
        torch.rand(3)
        assert torch.get_num_threads() == 2
    assert torch.equal(state, torch.get_rng_state())
    assert torch.get_num_threads() == threads
