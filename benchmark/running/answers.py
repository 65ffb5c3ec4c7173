"""A side scored by a trained model: chunks whose borders never move, gathered to the rows of a score file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from benchmark.metrics import thresholds
from benchmark.results.scores import Scores
from benchmark.running.sides import Side
from benchmark.running.workspace import Row, Workspace
from methods.method import Job, Method, Predictions
from protocols.decision import NON_RESPONSE, decision_of
from protocols.errors import InputError
from protocols.store.faces import Faces


def predict(method: Method, side: Side, job: Job, work: Workspace, name: str) -> None:
    """Score this process's chunks of a part that are not scored yet."""
    faces = side.faces(labelled=False)
    faces = faces.by_frame() if method.frame_wise else faces
    done = work.chunks(name)
    starts = list(enumerate(range(0, len(faces), method.chunk)))[job.processes.rank :: job.processes.size]
    for number, start in job.progress(starts, f"predict {name}", len(starts)):
        if number not in done:
            few = faces.subset(np.arange(start, min(start + method.chunk, len(faces))))
            work.add_chunk(name, number, _rows(method.name, method.predict(few, job), few), job.processes.rank)


def gathered(method: Method, side: Side, done: Mapping[int, list[Row]]) -> Scores:
    """The score file of a side; presentations without a face are non-responses with the store's reason.

    Subjects of two releases are not one cluster because their codes are alike: of several releases, the release's name
    is put in front.
    """
    decisions = list(side.decisions(method.frame_wise))
    answered = ((part.release.name, p.id) for part, p in decisions if part.reason(p) is None)
    said = dict(zip(answered, (row for i in sorted(done) for row in done[i]), strict=True))
    rows = []
    for part, p in decisions:
        name = part.release.name
        silent: Row = {
            "score": None,
            "decision": NON_RESPONSE,
            "reason": part.reason(p),
            "text": None,
            "frames": 0,
        }
        answer = said.get((name, p.id)) or silent
        rows.append(
            {
                "id": p.id,
                "release": name,
                "label": p.label,
                "species": p.species,
                "native_code": p.native_code,
                "group": f"{name}/{p.group}" if len(side.parts) > 1 else p.group,
                **answer,
            }
        )
    return Scores.of(rows, " + ".join(p.release.title for p in side.parts))


def decided(policy: str, scores: Mapping[str, Scores]) -> dict[str, Scores]:
    """The scores of `dev` and `target` decided by a policy; what the method said itself stays in `answer`."""
    rule = thresholds.parse(policy)
    return {
        name: part.with_columns(decision=thresholds.decisions(rule, part, scores["dev"]))
        for name, part in scores.items()
    }


def _rows(name: str, predictions: Predictions, faces: Faces) -> list[Row]:
    """Plain rows of one chunk. A method that breaks its contract is stopped here, before it can become a figure."""
    n = len(faces)
    scores = np.asarray(predictions.scores, np.float64)
    columns: dict[str, Sequence[str | None] | None] = {
        "decisions": predictions.decisions,
        "texts": predictions.texts,
        "reasons": predictions.reasons,
    }
    wrong = [key for key, column in columns.items() if column is not None and len(column) != n]
    if scores.shape != (n,) or wrong:
        raise InputError(f"the method {name} gave {scores.shape} scores for {n} presentations")
    decisions = predictions.decisions or tuple(map(decision_of, scores))
    texts, reasons = (columns[key] or (None,) * n for key in ("texts", "reasons"))
    count = np.bincount(faces.owner, minlength=n)
    rows: list[Row] = []
    for i in range(n):
        reason = reasons[i]
        if np.isnan(scores[i]) and (decisions[i] != NON_RESPONSE or not (predictions.decisions or reason)):
            raise InputError(f"the method {name} gave NaN without a reason for presentation {faces.keys[i]}")
        score = None if np.isnan(scores[i]) else float(scores[i])
        rows.append(
            {"score": score, "decision": decisions[i], "reason": reason, "text": texts[i], "frames": int(count[i])}
        )
    return rows
