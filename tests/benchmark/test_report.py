"""The report: complete in itself, what ISO/IEC 30107-3 asks for in it, the figures those of the metrics."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from benchmark.__main__ import main
from benchmark.metrics.intervals import clopper_pearson
from benchmark.metrics.thresholds import parse
from benchmark.report import page
from benchmark.tables.measured import measure
from benchmark.tables.model import between, percent
from protocols.species import GROUPS
from tests.benchmark.run_factory import made_up_scores, rewrite, spoken, write_run

VOID = {"meta", "link", "input", "img", "br", "path", "hr"}


class Page(HTMLParser):
    """Elements, text by element, and whether every one is closed."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.elements, self.text, self.kept = [], [], [], {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> without a beginning"
        assert self.open.pop() == tag

    def handle_data(self, data):
        where = self.open[-1] if self.open else ""
        if where in ("script", "style"):
            self.kept.setdefault(where, []).append(data)
        else:
            self.text.append(data)

    @property
    def words(self):
        return " ".join(" ".join(self.text).split())

    @property
    def data(self):
        return json.loads(self.kept["script"][0])


def measured(run, policy=None):
    return measure(run, parse(policy or run.policy), "error")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    scores = made_up_scores(silent=2, separation=2.5)
    return write_run(
        tmp_path_factory.mktemp("results"),
        scores.with_columns(text=tuple(f"<thinking>{i}</thinking>" for i in range(len(scores)))),
        method="grpo",
        dev=made_up_scores(seed=1),
        overrides={"rank": 4},
        settings={"rank": 4},
        warnings=["3 presentations more than published"],
        overlaps=["2 identical files"],
    )


@pytest.fixture(scope="module")
def read(run):
    return Page(page.page([measured(run)]))


def test_it_is_well_formed_and_every_element_is_closed(read):
    assert not read.open
    ids = [attrs["id"] for _, attrs in read.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    labelled = {attrs["aria-labelledby"] for _, attrs in read.elements if "aria-labelledby" in attrs}
    assert labelled <= set(ids)


def test_it_asks_nothing_of_anybody(run):
    text = page.page([measured(run)])
    read = Page(text)
    for tag, attrs in read.elements:
        assert tag not in ("iframe", "object", "embed", "base", "img")
        for name in ("src", "href", "action", "poster", "srcset"):
            assert not attrs.get(name) or attrs[name].startswith(("#", "data:")), (tag, attrs)
        assert not any(name.startswith("on") or name == "style" for name in attrs)
    assert "@import" not in text
    assert not re.findall(r"(?:https?:)?//\w", text)
    assert "url(" not in "".join(read.kept["style"])


def test_only_its_own_script_and_style_may_run(read):
    [policy] = [a["content"] for tag, a in read.elements if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; img-src data:;")
    for kind, text in (("script", read.kept["script"][-1]), ("style", read.kept["style"][0])):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy


def test_what_the_standard_asks_for_is_there(run, read):
    found = measured(run)
    digests = [getattr(run.digests, name) for name in ("source", "target", "config", "scores")]
    for words in (
        "no certificate and no conformity assessment",
        run.id,
        "0123456789abcdef",
        *digests,
        "source-eer",
        f"{found.entry.threshold:.6g}",
        "PAD subsystem",
        "one presentation",
        "rank = 4 differs from the preset",
        "3 presentations more than published",
        "Overlap of training and test data: 2 identical files",
        "procedural faces",
        "rule of 3",
    ):
        assert words in read.words, words


def test_its_figures_are_those_of_the_metrics(run, read):
    found = measured(run)
    for name in found.outcomes.attacks:
        rate = found.outcomes.rate(name)
        exact = clopper_pearson(rate)
        cells = f"{name} {GROUPS[name]} {rate.n} {rate.errors} {percent(rate.value)} {between((exact.low, exact.high))}"
        assert cells in re.sub(r"\s+", " ", read.words)
    worst = found.outcomes.apcer_max
    assert f"{percent(worst.rate.value)} % ({worst.text})" in read.words
    assert f"{percent(found.outcomes.bpcer.value)} %" in read.words


def test_one_rate_has_one_interval_on_the_page(run, read):
    """The BPCER stands in the headline and in the table of species, each time with its interval."""
    found = measured(run)
    rate = found.outcomes.bpcer
    shown = re.findall(rf"{percent(rate.value)} (?:% \[)?(\d+\.\d\d to \d+\.\d\d)", read.words)
    assert shown == [between(found.interval("frr"))] * 2


def test_every_presentation_is_in_the_page_with_its_decision(run, read):
    data = read.data
    at = {name: i for i, name in enumerate(data["columns"])}
    rows = {row[at["id"]]: row for row in data["runs"][0]["rows"]}
    scores, threshold = run.scores, measured(run).entry.threshold
    assert len(rows) == len(scores)
    for i, name in enumerate(scores.id):
        silent = np.isnan(scores.score[i])
        wanted = "non-response" if silent else "bona fide" if scores.score[i] >= threshold else "attack"
        assert rows[name][at["decision"]] == wanted
        assert rows[name][at["text"]] == scores.text[i]
        assert rows[name][at["picture"]] is None


def test_keyboard_and_screen_readers_find_their_way(read):
    labels = [tag for tag, _ in read.elements].count("label")
    controls = sum(tag in ("input", "select") for tag, _ in read.elements)
    assert labels == controls >= 5
    assert ("html", {"lang": "en"}) in read.elements
    regions = [attrs for tag, attrs in read.elements if attrs.get("class") == "wide"]
    assert regions
    assert all(attrs["tabindex"] == "0" and attrs["aria-label"] for attrs in regions)
    assert all(attrs.get("aria-label") for tag, attrs in read.elements if attrs.get("role") == "img")
    assert any(attrs.get("aria-live") == "polite" for _, attrs in read.elements)


def test_a_run_without_a_threshold_shows_dashes(tmp_path):
    run = write_run(tmp_path, policy="source-eer")
    read = Page(page.page([measured(run)]))
    assert "HTER –" in read.words
    assert "no scores of the source's dev part" in read.words


def test_a_partial_run_has_no_figures(tmp_path):
    run = write_run(tmp_path, counts={"expected_bona_fide": 41, "expected_attack": 60})
    assert "partial target set: 40 of 41" in Page(page.page([measured(run)])).words


def test_several_runs_share_an_overview_and_many_are_nothing_else(tmp_path):
    runs = [measured(write_run(tmp_path, made_up_scores(seed=i), seed=i)) for i in range(page.DETAILED + 1)]
    few, many = Page(page.page(runs[:2])), Page(page.page(runs))
    assert len(few.data["runs"]) == 2
    assert "Overview" in few.words
    assert "is an overview" in many.words
    assert all(tag != "svg" for tag, _ in many.elements)
    anchors = {attrs["href"] for tag, attrs in many.elements if tag == "a"}
    assert {f"#run-{i}" for i in range(len(runs))} <= anchors


def test_the_command_writes_one_page_and_says_what_is_missing(tmp_path, capsys):
    run = write_run(tmp_path / "results", dev=made_up_scores(seed=1))
    words = ["report", "--results", str(tmp_path / "results"), "--output", str(tmp_path / "out" / "r.html")]
    assert main(words) == 0
    first = (tmp_path / "out" / "r.html").read_bytes()
    assert main([*words, str(run.path)]) == 0
    assert (tmp_path / "out" / "r.html").read_bytes() == first
    capsys.readouterr()
    assert main([*words, "--method", "grpo"]) == 2
    assert "no finished run to report" in capsys.readouterr().err
    assert main([*words, str(run.path), "--method", "ms-lbp"]) == 2
    assert "not both" in capsys.readouterr().err


def test_a_run_from_before_overlaps_had_a_place_of_their_own_still_has_a_report(tmp_path):
    run = write_run(
        tmp_path, made_up_scores(), method="grpo", dev=made_up_scores(seed=1), warnings=["2 identical files"]
    )
    old = rewrite(run, lambda meta: {key: value for key, value in meta.items() if key != "overlaps"})
    text = page.page([measured(old)])
    assert "2 identical files" in text


def test_near_misses_of_the_answer_rule_are_counted_and_listed(tmp_path, capsys):
    write_run(tmp_path, spoken(made_up_scores(silent=4)), method="grpo")
    words = ["report", "--results", str(tmp_path), "--output", str(tmp_path / "page.html")]
    found = {}
    for rule in ("strict", "tolerant"):
        assert main([*words, "--answer-rule", rule]) == 0
        found[rule] = Page((tmp_path / "page.html").read_text())
        assert "6 of 100 texts, which only the tolerant rule reads" in found[rule].words
        assert "Near misses: answers that the strict rule cannot read" in found[rule].words
        assert "<answer>The face is **fake**.</answer>" in found[rule].words
        decided = [row[4] for row in found[rule].data["runs"][0]["rows"]]
        assert decided.count("non-response") == (8 if rule == "strict" else 2)
    write_run(tmp_path / "mute", made_up_scores(silent=4), method="cnn")
    assert main(["report", "--results", str(tmp_path / "mute"), "--output", str(tmp_path / "page.html")]) == 0
    assert "Near misses" not in (tmp_path / "page.html").read_text()
