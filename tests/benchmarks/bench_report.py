"""The report: making it of one big run and of 300 runs in CPU seconds, and opening it in headless Chromium.

python tests/benchmarks/bench_report.py [FOLDER]     with a folder: keeps the page and screenshots of it there

Opening needs Chromium (Debian: `apt-get install chromium`); without it the row says so and has no figure.
"""

from __future__ import annotations

import re
import resource
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmark.summary import figures
from tests.benchmark.run_factory import made_up_scores, write_run

Row = tuple[str, str, str, float, str]
PRESENTATIONS = 5000
WORDS = "<thinking>" + "The shading of the cheeks follows a real head, pores are visible. " * 5 + "</thinking>"
HOSTILE = '<img src=x onerror="window.pwned=1"></script><script>window.pwned=1</script>'
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars")
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
    browser = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    if browser is None:
        return [(what, "limit 2 s", "not measured: no Chromium here", float("nan"), ">= 1")]
    with tempfile.TemporaryDirectory() as profile:
        start = [browser, *FLAGS, f"--user-data-dir={profile}"]
        times = sorted(_ready(start, page) for _ in range(3))
        _used(start, page, Path(profile))
        if keep:
            for name, options in SHOTS.items():
                shot = [*start, *options, f"--screenshot={keep / name}.png", page.resolve().as_uri()]
                subprocess.run(shot, check=True, capture_output=True)
    return [(what, "limit 2 s", f"{times[1]:.2f} s", 2 / times[1], ">= 1")]


def _ready(start: list[str], page: Path) -> float:
    done = subprocess.run(
        [*start, "--dump-dom", page.resolve().as_uri()], check=True, capture_output=True, text=True, timeout=120
    )
    found = re.search(r'data-ready="(\d+)"', done.stdout)
    if found is None:
        raise RuntimeError("the page's script did not come to its end")
    return max(1, int(found[1])) / 1000


CHECK = """
const fail = (words) => { throw new Error(words); };
const rows = () => document.querySelectorAll("#rows > li");
const change = (name, value) => {
  const field = document.getElementById("filter").elements[name];
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
};
window.pwned === undefined || fail("a model's words were run");
document.querySelectorAll("#rows img").length === 0 || fail("a model's words became a picture");
rows().length === 50 || fail("the list is not lazy");
document.getElementById("more").click();
rows().length === 100 || fail("more rows did not come");
document.activeElement === rows()[50] || fail("the keyboard lost its place");
change("species", "print");
[...rows()].every((row) => row.textContent.includes("print")) || fail("the filter lets others through");
change("words", "no such words");
rows().length === 0 || fail("the search finds what is not there");
change("words", ""); change("species", ""); change("order", "down");
const scores = [...rows()].map((row) => Number(row.textContent.match(/score: (-?[\\d.]+)/)[1]));
scores.every((score, i) => i === 0 || score <= scores[i - 1]) || fail("the order is wrong");
const table = document.querySelector("table.sortable"), button = table.tHead.querySelectorAll("button")[4];
button.click(); button.click();
const cells = [...table.tBodies[0].rows].map((row) => Number(row.cells[4].dataset.v));
cells.every((value, i) => i === 0 || value <= cells[i - 1]) || fail("the table is not sorted");
button.closest("th").getAttribute("aria-sort") === "descending" || fail("the order is not announced");
document.documentElement.scrollWidth <= window.innerWidth || fail("the page is wider than the screen");
document.documentElement.dataset.check = "ok";
"""


def _used(start: list[str], page: Path, folder: Path) -> None:
    """Filters, sorts and goes on by keyboard on a phone's width, in a copy whose own protection is off: nothing that a
    model said may run even so. Raises RuntimeError where anything is not as it should be."""
    text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page.read_text(encoding="utf-8"))
    copy = folder / "used.html"
    report = f"try {{ {CHECK} }} catch (error) {{ document.documentElement.dataset.check = error.message; }}"
    copy.write_text(text.replace("</body>", f"<script>{report}</script></body>"), encoding="utf-8")
    words = [*start, "--window-size=500,900", "--dump-dom", copy.resolve().as_uri()]
    done = subprocess.run(words, check=True, capture_output=True, text=True, timeout=120)
    found = re.search(r'data-check="([^"]*)"', done.stdout)
    if found is None or found[1] != "ok":
        raise RuntimeError(f"{page}: {found[1] if found else 'the check did not run'}")


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    for what, usual, ours, ratio, target in rows(folder):
        print(f"{what:52} {usual:12} {ours:28} x{ratio:6.1f}  {target}")
