"""The single demands on a method, each of a `Trial`; an AssertionError says what is wrong."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from methods.contract.trial import Trial, same
from protocols.errors import InputError

UNSAFE = frozenset({".pkl", ".pickle", ".pt", ".pth", ".bin", ".joblib"})
"""Suffixes of files that may run code when they are opened."""


def require(what: object, message: str) -> None:
    """Raise AssertionError with the message unless `what` is true."""
    if not what:
        raise AssertionError(message)


def registered_facts(trial: Trial) -> None:
    """Name, title, one line of description, chunk and policy are there."""
    kind = trial.kind
    require(kind.name and kind.title, f"{kind.__qualname__} has no name and title: decorate it with `register`")
    require((kind.__doc__ or "").strip(), f"{kind.name}: no docstring; its first line stands in `list`")
    require(kind.chunk >= 1, f"{kind.name}: chunk is {kind.chunk}")
    known = kind.policy == "answer" or kind.policy.startswith(("source-", "fixed:"))
    require(known, f"{kind.name}: the policy {kind.policy!r} looks at the target or is unknown")


def settings_have_sources_and_survive_text(trial: Trial) -> None:
    """Every constant names where it comes from, and can be given on the command line."""
    kind = trial.kind.settings_class
    bare = [f.name for f in dataclasses.fields(kind) if not f.metadata.get("source")]
    require(not bare, f"{trial.kind.name}: settings without a source: {', '.join(bare)}; make them with `setting`")
    for settings in (kind.preset("paper"), kind.preset("demo"), trial.settings):
        again = kind().override({name: _as_text(value) for name, value in settings.as_dict().items()})
        require(again == settings, f"{trial.kind.name}: as text and back {settings} becomes {again}")


def _as_text(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def one_answer_per_presentation(trial: Trial) -> None:
    """A score each, finite or NaN with a reason; decisions, texts and reasons as many."""
    found, n = trial.predictions, len(trial.target)
    require(trial.target.frames > n, "the trial needs presentations of several frames")
    require(found.scores.shape == (n,), f"{found.scores.shape} scores for {n} presentations, not {(n,)}")
    require(found.scores.dtype == np.float64, f"scores are {found.scores.dtype}, not float64")
    columns: dict[str, Sequence[object] | None]
    columns = {"decisions": found.decisions, "texts": found.texts, "reasons": found.reasons}
    for name, column in columns.items():
        require(column is None or len(column) == n, f"{name} for {len(column or ())} of {n} presentations")
    for i, score in enumerate(found.scores):
        explained = np.isnan(score) and found.reasons and found.reasons[i]
        require(np.isfinite(score) or explained, f"score {score} of presentation {i}, and no reason")
    odd = set(found.decisions or ()) - {"bona fide", "attack", "non-response"}
    require(not odd, f"decisions {sorted(odd)} are unknown")


def prediction_is_pure_and_blind_to_labels(trial: Trial) -> None:
    """The same faces give the same answer again, with labels shown, too."""
    n = len(trial.target)
    shown = replace(trial.target, labels=np.ones(n, np.int8), domains=("cefa",) * n)
    for what, faces in (("asked again", trial.target), ("shown labels", shown)):
        answer = trial.method.predict(faces, trial.job)
        require(same(trial.predictions, answer), f"{what}, predict gives other answers")


def chunks_and_order_do_not_change_scores(trial: Trial) -> None:
    """A presentation's score is its own, whoever else is asked about in the same call (to 1e-4 of the largest)."""
    for chunk in ([8, 2, 5], [0, 1], [3, 4, 6, 7]):
        part = trial.method.predict(trial.target.subset(chunk), trial.job)
        whole = trial.predictions.scores[chunk]
        largest = np.abs(whole[np.isfinite(whole)]).max(initial=1.0)  # a language model may answer none of them
        near = np.allclose(part.scores, whole, rtol=0, atol=1e-4 * largest, equal_nan=True)
        require(near, f"presentations {chunk} alone get {part.scores}, with others {whole}")
        if part.decisions is not None and trial.predictions.decisions is not None:
            decisions = tuple(trial.predictions.decisions[i] for i in chunk)
            require(part.decisions == decisions, f"presentations {chunk} alone are decided otherwise")


def the_same_seed_gives_the_same_scores(trial: Trial) -> None:
    """Trained again with the same seed it gives the same answers, bit for bit (on a CPU)."""
    again = trial.again().predict(trial.target, trial.job)
    require(same(trial.predictions, again), "the same seed gives other scores")


def saved_and_loaded_gives_the_same_scores(trial: Trial) -> None:
    """What `save` wrote is enough, also in another place."""
    with trial.place() as place:
        shutil.copytree(trial.saved, place / "elsewhere")
        loaded = trial.loaded(place / "elsewhere")
        require(same(trial.predictions, loaded.predict(trial.target, trial.job)), "after save and load scores differ")
        require(loaded.weights_digest() == trial.method.weights_digest(), "after save and load weights_digest differs")


def saved_files_cannot_run_code(trial: Trial) -> None:
    """No pickle and nothing like it."""
    found = [path.name for path in _files(trial.saved) if path.suffix in UNSAFE]
    require(not found, f"files that may run code: {', '.join(found)}; use safetensors, npz or JSON")


def a_missing_or_cut_file_is_one_clear_line(trial: Trial) -> None:
    """`load` never gives a model that is not the one saved: it says which folder or file is damaged."""
    files = _files(trial.saved)
    require(files or not trial.kind.needs_training, f"{trial.kind.name} needs training and saves nothing")
    if not files:
        return
    largest = max(files, key=lambda path: path.stat().st_size)
    for damage in ("missing", "cut"):
        with trial.place() as place:
            folder = place / damage
            shutil.copytree(trial.saved, folder)
            _damage(folder / largest.relative_to(trial.saved), damage)
            message = _refusal(trial, folder)
            require(message is not None, f"{largest.name} {damage}: load raises no error")
            require("\n" not in str(message), f"{largest.name} {damage}: the message has several lines: {message}")
            require(str(folder) in str(message), f"{largest.name} {damage}: the message names no file: {message}")


def _damage(file: Path, damage: str) -> None:
    content = file.read_bytes()
    file.unlink()
    if damage == "cut":
        file.write_bytes(content[: len(content) // 2])


def _refusal(trial: Trial, folder: Path) -> str | None:
    try:
        trial.loaded(folder)
    except InputError as error:
        return str(error)
    return None


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


CHECKS: tuple[Callable[[Trial], None], ...] = (
    registered_facts,
    settings_have_sources_and_survive_text,
    one_answer_per_presentation,
    prediction_is_pure_and_blind_to_labels,
    chunks_and_order_do_not_change_scores,
    the_same_seed_gives_the_same_scores,
    saved_and_loaded_gives_the_same_scores,
    saved_files_cannot_run_code,
    a_missing_or_cut_file_is_one_clear_line,
)
"""Every demand, in the order in which they are tried."""
