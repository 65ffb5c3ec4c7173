"""The report in headless Chromium: its script runs, its lists work on a phone, and nothing that a model said does."""

from pathlib import Path

import pytest

from benchmark.metrics.thresholds import parse
from benchmark.report import page
from benchmark.tables.measured import measure
from tests import debian
from tests.benchmark.run_factory import made_up_scores, write_run
from tests.browser import PHONE, Browser, seconds_to_ready

HOSTILE = '<img src=x onerror="window.pwned=1"></script><script>window.pwned=1</script>'


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    debian.require(["chromium"], ["chromium"])
    return Browser(tmp_path_factory.mktemp("browser"))


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    scores = made_up_scores(bona_fide=100, attack=300)
    text = tuple(f"<thinking>{i}{HOSTILE}</thinking><answer>real</answer>" for i in range(len(scores)))
    folder = tmp_path_factory.mktemp("report")
    run = write_run(folder, scores.with_columns(text=text), method="grpo", dev=made_up_scores(seed=1))
    file = folder / "report.html"
    file.write_text(page.page([measure(run, parse(run.policy), "error")]), encoding="utf-8")
    return file


def test_its_script_comes_to_its_end(browser, report):
    assert seconds_to_ready(browser.dom(report)) < 60


@pytest.mark.parametrize("size", [PHONE, "--window-size=1200,900"])
def test_lists_filters_and_tables_work_and_no_word_of_a_model_runs(browser, report, size):
    script = Path(__file__).with_name("report_in_browser.js").read_text()
    assert browser.check(report, script, size) == "ok"


def test_the_check_can_fail(browser, report):
    assert browser.check(report, 'throw new Error("seen")') == "seen"
    assert browser.check(report, "window.pwned === 1 || fail()") != "ok"
