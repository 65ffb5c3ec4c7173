"""The page: sections, the script's data and the template become one HTML text."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from importlib import resources
from typing import TYPE_CHECKING, TypedDict

from benchmark.metrics import coverage
from benchmark.report import content, gallery
from benchmark.results.runs import DEMO
from benchmark.tables.measured import Measured
from benchmark.untrusted import shown

if TYPE_CHECKING:
    from benchmark.results.pictures import Pictures

DETAILED = 12
"""Runs up to which a page draws curves and holds a gallery; of more it is an overview."""
PRESENTATIONS = 40_000
"""Presentations up to which the gallery is in the page."""


class _Rows(TypedDict):
    title: str
    rows: list[list[object]]


def page(measured: Sequence[Measured], pictures: Pictures | None = None, remarks: Sequence[str] = ()) -> str:
    """One HTML page of one run or many, complete in itself; `remarks` are of all of them."""
    from jinja2 import Environment
    from markupsafe import Markup

    detailed = len(measured) <= DETAILED
    sections = [content.section(m, i, detailed) for i, m in enumerate(measured)]
    held = sum(m.figures.counts.bona_fide + m.figures.counts.attack for m in measured if m.figures)
    runs: list[_Rows] = []
    with_gallery = detailed and 0 < held <= PRESENTATIONS
    if with_gallery:
        runs = [
            {"title": shown(s.title, 200), "rows": gallery.rows(s.measured, pictures) if s.measured.figures else []}
            for s in sections
        ]
    script, style = _asset("page.js"), _asset("page.css")
    environment = Environment(autoescape=True, finalize=_readable, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(_asset("page.html")).render(
        title=sections[0].title if len(sections) == 1 else f"{len(sections)} runs",
        sections=sections,
        remarks=remarks,
        heads=content,
        coverage=coverage,
        statement=content.STATEMENT,
        worlds=sorted({f"{m.run.world} ({DEMO})" if m.run.demo else m.run.world for m in measured}),
        detailed=detailed,
        limit=DETAILED,
        gallery=with_gallery,
        pictures=pictures is not None,
        species=sorted({str(row[1]) for run in runs for row in run["rows"]}),
        data=gallery.embedded({"columns": gallery.COLUMNS, "runs": runs}),
        style=Markup(style),  # noqa: S704  (our own file)
        script=Markup(script),  # noqa: S704
        policy=f"default-src 'none'; img-src data:; style-src '{_digest(style)}'; script-src '{_digest(script)}'",
    )


def _readable(value: object) -> object:
    """What every expression of the template goes through: words lose what does not print before they are escaped."""
    return shown(value) if type(value) is str else "" if value is None else value


def _asset(name: str) -> str:
    return (resources.files(__package__) / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
