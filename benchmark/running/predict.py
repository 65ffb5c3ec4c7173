"""Pictures, videos and folders of the user's own through the model of a finished run."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TypedDict

import numpy as np

import methods
from benchmark.metrics import thresholds
from benchmark.metrics.answers import tolerant
from benchmark.results.runs import Run
from benchmark.running.machine import Machine
from benchmark.running.presentation import Seen, faces_of, look, media_of
from methods.method import Job, Method, restore
from protocols.decision import NON_RESPONSE, decision_of
from protocols.errors import InputError
from protocols.media import detect
from protocols.recipe import Recipe
from protocols.settings import with_values
from protocols.store.faces import Faces
from protocols.world import World


class Answer(TypedDict):
    """One presentation's answer as it is printed; `threshold` is None where the policy has none."""

    picture: str
    decision: str
    score: float | None
    reason: str | None
    text: str | None
    frames: int
    policy: str
    threshold: float | None


@dataclass(frozen=True)
class Verdict:
    """What became of one presentation: what was seen of it, and the answer as it is printed."""

    seen: Seen
    answer: Answer


def decide(
    run: Run, world: World, places: Sequence[Path], machine: Machine, policy: str | None = None
) -> Iterator[Verdict]:
    """One verdict per picture, video or folder: `picture, decision, score, reason, text, frames, policy, threshold`.

    One that is missing raises `InputError`, before anything is loaded; one that cannot be decoded or shows no face is
    a non-response.
    """
    for place in places:
        media_of(place)
    recipe = _recipe(run)
    rule = thresholds.parse(policy or run.policy)
    threshold = _threshold(run, rule)
    detector = detect.load_detector(recipe)
    with opened(run, world, machine) as (method, job):
        asked = method.settings.target_frames
        for place in places:
            seen = look(place, recipe, detector, asked=asked, of_format_1=run.recipe.get("format", 1) == 1)
            answer: Answer = {
                "picture": str(place),
                "decision": NON_RESPONSE,
                "score": None,
                "reason": seen.reason,
                "text": None,
                "frames": len(seen.frames),
                "policy": rule.name,
                "threshold": threshold,
            }
            if seen.crops:
                _ask(method, job, faces_of(seen, recipe), answer)
                if isinstance(rule, thresholds.TolerantAnswer) and answer["decision"] == NON_RESPONSE:
                    _read_again(answer)
            yield Verdict(seen, answer)


def _ask(method: Method, job: Job, faces: Faces, answer: Answer) -> None:
    """Put into the answer what the method says of the faces."""
    threshold = answer["threshold"]
    said = method.predict(faces, job)
    score = float(said.scores[0])
    own = said.decisions[0] if said.decisions else decision_of(score)
    decision = own if threshold is None or own == NON_RESPONSE else decision_of(score, threshold)
    answer["decision"] = decision
    answer["score"] = None if np.isnan(score) else score
    answer["text"] = said.texts[0] if said.texts else None
    answer["reason"] = said.reasons[0] if said.reasons else None


def _read_again(answer: Answer) -> None:
    """Change what the tolerant rule can read of an answer that the strict one cannot."""
    decision = None if answer["text"] is None else tolerant(answer["text"])
    if decision is not None:
        answer["decision"], answer["reason"] = decision, None


def _threshold(run: Run, rule: thresholds.Policy) -> float | None:
    """The policy's threshold from the run's dev scores; None where the method decides by itself."""
    if isinstance(rule, thresholds.OraclePolicy):
        raise InputError(f"--policy {rule.name}: an oracle needs the target's labels; these presentations have none")
    if isinstance(rule, thresholds.Fixed):
        return rule.value
    if not isinstance(rule, thresholds.SourcePolicy):
        return None
    if run.dev_scores is None:
        raise InputError(f"{run.path}: no scores of the source's dev part for {rule.name}; choose another --policy")
    try:
        return rule.threshold(run.dev_scores)
    except thresholds.UndefinedError as error:
        raise InputError(f"{run.path}: {error}; choose another --policy") from error


def _recipe(run: Run) -> Recipe:
    known = {f.name for f in fields(Recipe)} - {"detector_file"}
    detector = run.recipe.get("detector", "mtcnn")
    if detector != "mtcnn":
        raise InputError(f"{run.path}: its faces were found by {detector}; predict needs mtcnn")
    return with_values(Recipe(), {key: value for key, value in run.recipe.items() if key in known})


@contextmanager
def opened(run: Run, world: World, machine: Machine) -> Iterator[tuple[Method, Job]]:
    """The trained model of a run, read back from its folder, and the job that it answers in."""
    with tempfile.TemporaryDirectory() as scratch:
        job = Job(
            seed=run.seed,
            scratch=Path(scratch),
            cache=world.cache / "methods",
            demo=world.demo,
            models=world.models,
            device=machine.device,
            threads=machine.threads,
        )
        yield _model(run, job), job


def _model(run: Run, job: Job) -> Method:
    kind = methods.get(run.method)
    names = {f.name for f in fields(kind.settings_class)}
    values = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in {**_BEFORE, **run.settings}.items()
        if key in names
    }
    return restore(kind(with_values(kind.settings_class(), values)), run.model_folder(), job)


_BEFORE = {"interpolation": "area", "train_frames": None, "target_frames": None}
"""What runs did that were made before these were settings."""
