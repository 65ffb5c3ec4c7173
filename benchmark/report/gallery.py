"""The presentations of a report as JSON for the page's own script: scores, decisions and the model's words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from markupsafe import Markup

from benchmark.tables.measured import Measured
from benchmark.untrusted import one_line, shown

if TYPE_CHECKING:
    from benchmark.results.pictures import Pictures

COLUMNS = ("id", "species", "native", "label", "decision", "score", "reason", "text", "picture")
_UNSAFE = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029\x7f"}


def rows(measured: Measured, pictures: Pictures | None = None) -> list[list[object]]:
    """One list per presentation in the order of `COLUMNS`; decisions are those of the run's policy, `undecided` where
    it has no threshold."""
    from benchmark.metrics.thresholds import decisions

    scores = measured.run.scores
    decided = decisions(measured.policy, scores, measured.run.dev_scores).to_pylist()
    found = []
    for i in range(len(scores)):
        text, reason = scores.text[i], scores.reason[i]
        found.append(
            [
                one_line(scores.id[i], 300),
                one_line(str(scores.species[i]), 100),
                one_line(str(scores.native_code[i]), 100),
                str(scores.label[i]),
                decided[i],
                _number(float(scores.score[i])),
                None if reason is None else one_line(reason, 300),
                None if text is None else shown(text),
                None if pictures is None else pictures.data_url(measured.run, scores.release[i], scores.id[i]),
            ]
        )
    return found


def _number(score: float) -> float | str | None:
    """JSON knows neither NaN nor infinities."""
    if score != score:
        return None
    return str(score) if score in (float("inf"), float("-inf")) else round(score, 6)


def embedded(value: object) -> Markup:
    """JSON for a `<script type="application/json">`: pure ASCII in which no tag, comment or entity can begin or end."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return Markup(text.translate(_UNSAFE))  # noqa: S704
