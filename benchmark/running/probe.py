"""Is the reasoning used? The answers of a run asked for again after other words than the model's own."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import cast

import numpy as np

from benchmark.results.probes import CHANGES, Probe
from benchmark.results.runs import Run
from benchmark.running.data import gather
from benchmark.running.machine import Machine
from benchmark.running.predict import opened
from benchmark.running.spec import RunSpec
from protocols.errors import InputError
from protocols.settings import Value, worded
from protocols.world import World


def probe(run: Run, world: World, machine: Machine) -> Probe:
    """Ask the run's model for every answer again, with its reasoning as it was, cut, emptied and swapped.

    Each is one forward pass (`methods.mllm.forced`) on the presentation's middle frame. Raises `InputError` for a run
    without reasoning, of several frames a presentation, or whose data or settings are others today.
    """
    from methods.mllm.answer import NEXT_FRAME, parse
    from methods.mllm.forced import answer_of, reasoning, with_reasoning
    from methods.mllm.policy import MllmMethod

    spec = _same(run, world)
    faces = gather(spec, machine).sides["target"]
    texts = {(release, name): text for release, name, text in _texts(run) if text is not None}
    if not texts:
        raise InputError(f"{run.id}: its presentations have no texts: only methods that answer in words can be probed")
    if any(NEXT_FRAME in text for text in texts.values()):
        raise InputError(f"{run.id}: several frames a presentation were answered; probe a run of the middle frame")
    keys = [(part.release.name, p.id) for part, p in faces.decisions(False) if part.reason(p) is None]
    rows = [i for i, key in enumerate(keys) if parse(texts.get(key, "")) is not None]
    said = [texts[keys[i]] for i in rows]
    answers = [parse(text) for text in said]
    thoughts = [reasoning(text) for text in said]
    changed: dict[str, Sequence[str | None]] = {
        "again": thoughts,
        "cut": [_half(thought) for thought in thoughts],
        "emptied": ["" for _ in thoughts],
        "swapped": _swapped(thoughts, answers),
    }
    kept = {}
    with opened(run, world, machine) as (method, _):
        if not isinstance(method, MllmMethod):
            raise InputError(f"{run.id}: {run.method} does not answer in words")
        shown = faces.faces(labelled=False)
        for change in CHANGES:
            asked = [i for i, thought in enumerate(changed[change]) if thought is not None]
            few = shown.subset(np.array([rows[i] for i in asked], np.int64))
            odds = method.weigh(few, [with_reasoning(said[i], str(changed[change][i])) for i in asked])
            known = [
                (answer_of(value), answers[i]) for i, value in zip(asked, odds, strict=True) if not math.isnan(value)
            ]
            kept[change] = (sum(now == before for now, before in known), len(known))
    return Probe(run.id, str(run.digests.scores), kept)


def _same(run: Run, world: World) -> RunSpec:
    """The run's specification, made again from its record."""
    changes = {name: worded(cast("Value", value)) for name, value in run.overrides.items()}
    spec = RunSpec.of(world, run.protocol, run.method, seed=run.seed, preset=run.preset, changes=changes)
    if spec.id != run.id:
        raise InputError(f"{run.id}: its settings are others in this version ({spec.id}); make the run again")
    return spec


def _texts(run: Run) -> list[tuple[str, str, str | None]]:
    return list(zip(run.scores.release, run.scores.id, run.scores.text, strict=True))


def _half(thought: str) -> str:
    said = thought.split(" ")
    return " ".join(said[: len(said) // 2])


def _swapped(thoughts: Sequence[str], answers: Sequence[str | None]) -> list[str | None]:
    """For each the reasoning of the next presentation, in the order of the score file and round its end, that has the
    other answer; None where nobody has."""
    found: list[str | None] = []
    for i, answer in enumerate(answers):
        others = itertools.chain(range(i + 1, len(answers)), range(i))
        found.append(next((thoughts[j] for j in others if answers[j] != answer), None))
    return found
