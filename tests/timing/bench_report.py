"""The report: making it of one big run and of 300 runs in CPU seconds, and opening it in headless Chromium.

python tests/timing/bench_report.py [FOLDER]     with a folder: keeps the page and screenshots of it there

Opening needs Chromium (Debian: `apt-get install chromium`); without it the row says so and has no figure.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmark.metrics.summary import figures
from tests.benchmark.run_factory import made_up_scores, write_run
from tests.browser import PHONE, Browser, seconds_to_ready

Row = tuple[str, str, str, float, str]
PRESENTATIONS = 5000
WORDS = "<thinking>" + "The shading of the cheeks follows a real head, pores are visible. " * 5 + "</thinking>"
HOSTILE = '<img src=x onerror="window.pwned=1"></script><script>window.pwned=1</script>'
SCRIPT = Path(__file__).parents[1] / "benchmark" / "report_in_browser.js"
SHOTS = {
    "light": ("--window-size=1200,3600",),
    "dark": ("--window-size=1200,3600", "--blink-settings=preferredColorScheme=0"),
    "phone": ("--window-size=500,3600",),
}


def rows(keep: Path | None = None) -> list[Row]:
    """(what, usual, ours, ratio to the limit, target), one row per measured job."""
    with tempfile.TemporaryDirectory() as folder:
        big = _one_run(Path(folder) / "one")
        many = _many_runs(Path(folder) / "many")
        page = (keep or Path(folder)) / "report.html"
        first = _made("report of one run, 5,000 presentations", big, page, limit=10.0)
        overview = _made("report of 300 runs", many, Path(folder) / "many.html", limit=10.0)
        return [first, overview, *_opened(page, keep)]


def _one_run(results: Path) -> Path:
    scores = made_up_scores(bona_fide=PRESENTATIONS // 4, attack=3 * PRESENTATIONS // 4, per_group=10)
    text = tuple(f"{WORDS}{i}{HOSTILE}<answer>real</answer>" for i in range(len(scores)))
    figures(write_run(results, replace(scores, text=text), method="grpo", dev=made_up_scores(seed=1)))
    return results


def _many_runs(results: Path) -> Path:
    scores, dev = made_up_scores(), made_up_scores(seed=1)
    for protocol in ("cefa2hqwmca", "cefa2siw", "surf2hqwmca", "surf2siw"):
        for method in range(15):
            for seed in range(5):
                figures(write_run(results, scores, method=f"m{method}", protocol=protocol, seed=seed, dev=dev))
    return results


def _made(what: str, results: Path, page: Path, limit: float) -> Row:
    words = [sys.executable, "-m", "benchmark", "report", "--results", str(results), "--output", str(page)]
    before = _children()
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    taken = _children() - before
    return what, f"limit {limit:.0f} s", f"{taken:.2f} s CPU, {page.stat().st_size / 1e6:.1f} MB", limit / taken, ">= 1"


def _opened(page: Path, keep: Path | None) -> list[Row]:
    """From the request to a usable page, by the page's own clock (wall time), the median of three starts."""
    what = "opening 5,000 presentations in headless Chromium"
    if Browser.name() is None:
        return [(what, "limit 2 s", "not measured: no Chromium here", float("nan"), ">= 1")]
    with tempfile.TemporaryDirectory() as folder:
        browser = Browser(Path(folder))
        times = sorted(seconds_to_ready(browser.dom(page)) for _ in range(3))
        if (verdict := browser.check(page, SCRIPT.read_text(), PHONE)) != "ok":
            raise RuntimeError(f"{page}: {verdict}")
        for name, options in (SHOTS if keep else {}).items():
            browser.picture(page, Path(str(keep)) / f"{name}.png", *options)
    return [(what, "limit 2 s", f"{times[1]:.2f} s", 2 / times[1], ">= 1")]


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    for what, usual, ours, ratio, target in rows(folder):
        print(f"{what:52} {usual:12} {ours:28} x{ratio:6.1f}  {target}")
