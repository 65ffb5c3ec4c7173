"""A model card of a run in the form of the Hugging Face hub: a local Markdown file, nothing is uploaded."""

from __future__ import annotations

import json
from collections.abc import Iterable

from benchmark.metrics.coverage import BOOTSTRAP, BREAKDOWN
from benchmark.results.task import title_of
from benchmark.tables.measured import Measured
from benchmark.tables.model import DASH, between, percent
from benchmark.tables.render import markdown

LIMITS = (
    "Tested on recorded presentations of one target release; says nothing of other cameras, people or attacks.",
    "A PAD benchmark is no conformity assessment under ISO/IEC 30107-3 and no certificate.",
    "Faces are biometric data: the licences of the releases bind whoever uses models trained on them.",
)


def card(measured: Measured) -> str:
    """The card: front matter, what was trained and tested, figures with their intervals, settings, limits."""
    run = measured.run
    parts = [
        _front_matter(measured),
        f"# {markdown(run.title)}, {markdown(title_of(run))}",
        "A face presentation attack detection (anti-spoofing) method, trained on one release and tested on another."
        + (" **Embedded demo world: procedural faces; its figures say nothing about accuracy.**" if run.demo else ""),
        "## Results",
        f"Threshold policy `{measured.policy.name}`: {markdown(measured.policy.meaning)}. Presentations without an "
        "answer count as errors. Intervals: 95 %, " + BOOTSTRAP + ".",
        "\n".join(_results(measured)),
        "### Per PAI species",
        f"95 % intervals: {BREAKDOWN}.",
        "\n".join(_species(measured)),
        "## Training and settings",
        "\n".join(_settings(measured)),
        "## Limits",
        "\n".join(f"- {markdown(text)}" for text in [*LIMITS, *measured.notes, *run.warnings, *run.overlaps]),
    ]
    return "\n\n".join(parts) + "\n"


def _front_matter(m: Measured) -> str:
    """YAML whose values are all JSON strings, numbers or lists: valid YAML that no word can break out of."""
    metrics = [
        {"type": name, "name": name.upper(), "value": round(100 * value, 4)}
        for name, value in _figures(m).items()
        if value is not None
    ]
    base = m.run.facts.get("base_model") or m.run.facts.get("base")
    content: dict[str, object] = {
        "library_name": "pad-benchmark",
        "tags": ["face-anti-spoofing", "presentation-attack-detection", "ISO/IEC 30107-3"],
        **({"base_model": str(base)} if base else {}),
        "model-index": [
            {
                "name": m.run.title,
                "results": [
                    {
                        "task": {"type": "image-classification", "name": "presentation attack detection"},
                        "dataset": {"type": m.run.protocol, "name": title_of(m.run)},
                        "metrics": metrics,
                    }
                ],
            }
        ],
    }
    return "\n".join(["---", *(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in content.items()), "---"])


def _figures(m: Measured) -> dict[str, float | None]:
    if m.outcomes is None:
        return {}
    worst = m.outcomes.apcer_max
    return {
        "hter": m.outcomes.hter,
        "bpcer": m.outcomes.bpcer.value,
        "apcer_max": None if worst is None else worst.rate.value,
        "far": m.outcomes.far.value,
    }


def _results(m: Measured) -> Iterable[str]:
    yield "| figure | % | 95 % interval |"
    yield "| :--- | ---: | ---: |"
    if m.outcomes is None:
        yield f"| {markdown(m.why or 'undefined')} | {DASH} | {DASH} |"
        return
    rows = (("HTER", "hter", "hter"), ("BPCER (FRR)", "bpcer", "frr"), ("FAR, pooled", "far", "far"))
    found = _figures(m)
    for title, name, key in rows:
        pair = m.interval(key)
        yield f"| {title} | {percent(found[name])} | {between(pair)} |"
    worst = m.outcomes.apcer_max
    if worst is not None:
        yield f"| maximum APCER ({markdown(worst.text)}) | {percent(worst.rate.value)} | {DASH} |"


def _species(m: Measured) -> Iterable[str]:
    yield "| species | n | errors | APCER / BPCER % | interval |"
    yield "| :--- | ---: | ---: | ---: | ---: |"
    for one in m.species:
        rate = one.rate
        cells = (markdown(one.title), rate.n, rate.errors, percent(rate.value), between(one.interval))
        yield f"| {' | '.join(map(str, cells))} |"


def _settings(m: Measured) -> Iterable[str]:
    run = m.run
    code = f"{run.code.commit or 'unknown'}{' with uncommitted changes' if run.code.dirty else ''}"
    facts = {
        "run": run.id,
        "preset": run.preset,
        "seed": run.seed,
        "commit": code,
        "weights (SHA-256)": run.digests.weights,
        "source faces": run.digests.source,
        "target faces": run.digests.target,
        **run.facts,
        **run.settings,
    }
    yield "| setting | value |"
    yield "| :--- | :--- |"
    for name, value in facts.items():
        yield f"| {markdown(str(name))} | {markdown(str(value))} |"
