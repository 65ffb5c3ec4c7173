"""Pictures of the user's own through the model of a finished run."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

import methods
from benchmark.metrics import thresholds
from benchmark.metrics.answers import tolerant
from benchmark.results.runs import Run
from benchmark.results.score_columns import NON_RESPONSE
from benchmark.run.runner import Machine
from methods.method import Job, Method, restore
from protocols.errors import InputError
from protocols.media import crop, detect
from protocols.media.frame import Undecodable
from protocols.media.picture import read_image
from protocols.store.faces import Faces
from protocols.store.recipe import Recipe
from protocols.world import World


def decide(
    run: Run, world: World, pictures: Sequence[Path], machine: Machine, policy: str | None = None
) -> Iterator[dict[str, Any]]:
    """One answer per picture: `picture, decision, score, reason, text, policy, threshold`.

    A file that is missing raises `InputError`; one that cannot be decoded or shows no face is a non-response.
    """
    recipe = _recipe(run)
    rule = thresholds.parse(policy or run.policy)
    threshold = _threshold(run, rule)
    detector = detect.load_detector(recipe)
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
        method = _model(run, job)
        for picture in pictures:
            if not picture.is_file():
                raise InputError(f"{picture}: there is no such picture")
            face, reason = _crop(picture, detector, recipe, run.recipe.get("format", 1) == 1)
            answer: dict[str, Any] = {"picture": str(picture), "decision": "non-response", "score": None}
            answer |= {"reason": reason, "text": None, "policy": rule.name, "threshold": threshold}
            if face is not None:
                answer |= _answer(method, job, _faces(face, recipe), threshold)
                if isinstance(rule, thresholds.TolerantAnswer) and answer["decision"] == NON_RESPONSE:
                    answer |= _read_again(answer["text"])
            yield answer


def _answer(method: Method, job: Job, faces: Faces, threshold: float | None) -> dict[str, Any]:
    said = method.predict(faces, job)
    score = float(said.scores[0])
    own = said.decisions[0] if said.decisions else "bona fide" if score >= 0 else "attack"
    decision = own
    if threshold is not None and own != "non-response":
        decision = "bona fide" if score >= threshold else "attack"
    return {
        "decision": decision,
        "score": None if np.isnan(score) else score,
        "text": said.texts[0] if said.texts else None,
        "reason": said.reasons[0] if said.reasons else None,
    }


def _read_again(text: str | None) -> dict[str, Any]:
    """What the tolerant rule changes of an answer that the strict one cannot read."""
    decision = None if text is None else tolerant(text)
    return {} if decision is None else {"decision": decision, "reason": None}


def _threshold(run: Run, rule: thresholds.Policy) -> float | None:
    """The policy's threshold from the run's dev scores; None where the method decides by itself."""
    if isinstance(rule, thresholds.OraclePolicy):
        raise InputError(f"--policy {rule.name}: an oracle needs the target's labels; these pictures have none")
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
    values: dict[str, Any] = {key: value for key, value in run.recipe.items() if key in known}
    return Recipe(**values)


def _model(run: Run, job: Job) -> Method:
    kind = methods.get(run.method)
    names = {f.name for f in fields(kind.settings_class)}
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in {**_BEFORE, **run.settings}.items()
        if key in names
    }
    return restore(kind(kind.settings_class(**values)), run.model_folder(), job)


_BEFORE = {"interpolation": "area", "train_frames": None, "target_frames": None}
"""What runs did that were made before these were settings."""


def _crop(
    picture: Path, detector: detect.Detector, recipe: Recipe, of_format_1: bool
) -> tuple[crop.Crop | None, str | None]:
    """The face as the store that the model was trained from would hold it, or why there is none."""
    try:
        rgb = read_image(picture)
    except Undecodable as error:
        return None, str(error)
    box = detector(rgb)
    if box is None:
        return None, "no face found"
    found = crop.around(rgb, box, recipe)
    if found is not None and of_format_1:  # all crops had one size, also where that made them larger
        whole = crop.square(rgb, box, recipe.context, max(rgb.shape) * 4)
        found = None if whole is None else crop.Crop(crop.resize(whole, recipe.size, recipe.size))
    return found, None if found is not None else "no face found"


def _faces(face: crop.Crop, recipe: Recipe) -> Faces:
    pictures = [face.first] if face.near is None else [face.first, face.near]
    return Faces(
        pixels=pictures,
        near=np.full(1, len(pictures) - 1 or -1),
        rows=np.zeros(1, np.int64),
        owner=np.zeros(1, np.int64),
        context=np.full(1, recipe.context, np.float32),
        keys=("0",),
    )
