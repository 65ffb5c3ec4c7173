"""Training survives `kill -9`, and several processes train one model."""

from __future__ import annotations

import multiprocessing
import socket
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np
import pytest
import torch

from methods import Job
from methods.clip import training
from methods.clip.parallel import Group
from tests.methods.clip.worker import work

HEAVY = ["torch", "open_clip", "peft", "accelerate"]


def start(cache: Path, folder: Path, changes: dict[str, str], die_at: int = -1, **environment: str) -> BaseProcess:
    """Another process that trains; all of them are copies of one that has imported the heavy packages."""
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(HEAVY)
    folder.mkdir(exist_ok=True)
    process = server.Process(target=work, args=(cache, folder, changes, die_at, environment))
    process.start()
    return process


def ended(process: BaseProcess) -> int | None:
    """The exit status, a signal as its negative number."""
    process.join(500)
    return process.exitcode


def result(folder: Path, rank: int = 0) -> dict[str, np.ndarray]:
    with np.load(folder / f"result-{rank}.npz") as file:
        return dict(file)


class Line:
    """A small recipe with dropout, batch norm and two optimisers: all that a state must hold."""

    def __init__(self, seed: int = 0, steps: int = 12) -> None:
        torch.manual_seed(7)
        self.module = torch.nn.Sequential(
            torch.nn.Linear(4, 8), torch.nn.BatchNorm1d(8), torch.nn.Dropout(0.5), torch.nn.Linear(8, 1)
        )
        self.optimisers = [
            torch.optim.AdamW(self.module[0].parameters(), lr=0.01),
            torch.optim.Adam(self.module[3].parameters(), lr=0.02, weight_decay=0.1),
        ]
        self.steps = steps

    def loss(self, step: int) -> tuple[torch.Tensor, dict[str, float]]:
        rows = torch.randn(6, 4, generator=torch.Generator().manual_seed(step))
        return (self.module(rows) - rows.sum(dim=1, keepdim=True)).square().mean(), {}

    def recipe(self, **changes) -> training.Training:
        usual = {"max_norm": 1.0, "checkpoint_every": 4, "identity": "a"}
        return training.Training(self.module, self.optimisers, self.loss, self.steps, **(usual | changes))


class Killed(Exception):
    """Stands for the end of the process in the middle of a step."""


def run_killed(line: Line, job: Job, at: int, **changes) -> None:
    def loss(step: int) -> tuple[torch.Tensor, dict[str, float]]:
        if step == at:
            raise Killed
        return line.loss(step)

    recipe = training.Training(**(vars(line.recipe(**changes)) | {"loss": loss}))
    with pytest.raises(Killed):
        training.fit(recipe, job, Group(torch.device("cpu")))


@pytest.mark.parametrize("at", [2, 4, 9])
def test_a_stopped_training_goes_on_where_it_was(tmp_path: Path, at: int) -> None:
    rows: list[int] = []
    job = Job(seed=5, scratch=tmp_path / "a", cache=tmp_path)
    whole = Line()
    training.fit(whole.recipe(), job, Group(torch.device("cpu")))
    torn = Job(seed=5, scratch=tmp_path / "b", cache=tmp_path, log=lambda step, **_: rows.append(step))
    run_killed(Line(), torn, at)
    rows.clear()
    again = Line()
    training.fit(again.recipe(), torn, Group(torch.device("cpu")))
    assert rows == list(range(at // 4 * 4, 12))
    for name, tensor in whole.module.state_dict().items():
        assert torch.equal(tensor, again.module.state_dict()[name]), name


def test_a_state_of_another_run_is_not_taken_up(tmp_path: Path) -> None:
    rows: list[int] = []
    job = Job(seed=5, scratch=tmp_path, cache=tmp_path, log=lambda step, **_: rows.append(step))
    run_killed(Line(), job, 9)
    rows.clear()
    training.fit(Line().recipe(identity="other settings"), job, Group(torch.device("cpu")))
    assert rows == list(range(12))


def test_the_best_state_by_the_figure_is_kept_the_later_of_equals_even_over_a_stop(tmp_path: Path) -> None:
    """Figures of steps 1, 3, 5 ...: the smallest comes at 3 and 7, and 7 is kept."""
    figures = [0.5, 0.2, 0.3, 0.2, 0.4, 0.9]

    def chosen(line: Line, job: Job, at: int | None) -> dict[str, float]:
        seen: list[int] = []
        line_loss = line.loss

        def loss(step: int) -> tuple[torch.Tensor, dict[str, float]]:
            if step == at:
                raise Killed
            seen.append(step)
            return line_loss(step)

        line.loss = loss  # type: ignore[method-assign]
        recipe = line.recipe(evaluate_every=2, figure=lambda: figures[seen[-1] // 2])
        return training.fit(recipe, job, Group(torch.device("cpu")))

    whole, again = Line(), Line()
    facts = chosen(whole, Job(seed=5, scratch=tmp_path / "a", cache=tmp_path), None)
    assert facts == {"kept_step": 7, "selection_hter": 0.2}
    torn = Job(seed=5, scratch=tmp_path / "b", cache=tmp_path)
    with pytest.raises(Killed):
        chosen(Line(), torn, 10)
    assert chosen(again, torn, None) == facts
    for name, tensor in whole.module.state_dict().items():
        assert torch.equal(tensor, again.module.state_dict()[name]), name


def test_killed_with_signal_9_and_started_again_gives_the_same_scores(clip_cache: Path, tmp_path: Path) -> None:
    """A whole process of FoundPAD (dropout, two optimisers, augmentation) against one that dies at step 6 of 8."""
    changes = {"batch": "8", "epochs": "2", "checkpoint_every": "1"}
    undisturbed, victim = (
        start(clip_cache, tmp_path / "a", changes),
        start(clip_cache, tmp_path / "b", changes, die_at=6),
    )
    assert (ended(undisturbed), ended(victim)) == (0, -9)
    assert ended(start(clip_cache, tmp_path / "b", changes)) == 0
    assert result(tmp_path / "b")["steps"].tolist() == [4, 5, 6, 7]
    assert np.array_equal(result(tmp_path / "a")["scores"], result(tmp_path / "b")["scores"])


def test_two_processes_average_their_gradients_and_give_one_score_each(clip_cache: Path, tmp_path: Path) -> None:
    """World size 2 over gloo: with dropout off, the adapters and scores of one process that saw the whole batch."""
    changes = {"batch": "8", "epochs": "1", "dropout": "0"}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    shared = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    ranks = [start(clip_cache, tmp_path / "two", changes, RANK=str(r), LOCAL_RANK=str(r), **shared) for r in (0, 1)]
    assert [ended(process) for process in ranks] == [0, 0]
    assert ended(start(clip_cache, tmp_path / "one", changes)) == 0
    alone, first, second = result(tmp_path / "one"), result(tmp_path / "two", 0), result(tmp_path / "two", 1)
    assert np.array_equal(first["weights"], second["weights"])
    scores = np.empty(7)
    scores[0::2], scores[1::2] = first["scores"], second["scores"]  # each has scored its own, none twice
    np.testing.assert_allclose(first["weights"], alone["weights"], atol=2e-5)
    np.testing.assert_allclose(scores, alone["scores"], atol=1e-4)
