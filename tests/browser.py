"""Pages in a real browser: headless Chromium, without a driver."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

from tests.debian import program

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--hide-scrollbars",
    "--no-first-run",
    "--disable-background-networking",
)
PHONE = "--window-size=500,900"
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')


class Browser:
    """A Chromium with a fresh profile in `folder`. `Browser.name()` is None where there is none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._start = [str(self.name()), *FLAGS, f"--user-data-dir={folder / 'profile'}"]

    @staticmethod
    def name() -> str | None:
        """The program."""
        return next((path for name in NAMES if (path := program(name))), None)

    def dom(self, page: Path, *options: str) -> str:
        """The page's document after its scripts ran."""
        words = [*self._start, *options, "--dump-dom", page.resolve().as_uri()]
        return subprocess.run(words, check=True, capture_output=True, text=True, timeout=120).stdout

    def picture(self, page: Path, file: Path, *options: str) -> None:
        """A screenshot."""
        words = [*self._start, *options, f"--screenshot={file}", page.resolve().as_uri()]
        subprocess.run(words, check=True, capture_output=True, timeout=120)

    def check(self, page: Path, script: str, *options: str) -> str:
        """What `script` says when it runs at the end of the page: "ok", or the message of what it threw.

        It runs in a copy whose own protection against foreign scripts is off, so nothing may run even so.
        """
        text = POLICY.sub("", page.read_text(encoding="utf-8"))
        report = f"try {{ {script}; verdict = 'ok'; }} catch (error) {{ verdict = error.message; }}"
        last = f"<script>{{ let verdict; {report} document.documentElement.dataset.check = verdict; }}</script>"
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            copy = Path(folder) / "page.html"
            copy.write_text(text.replace("</body>", f"{last}</body>"), encoding="utf-8")
            found = re.search(r'data-check="([^"]*)"', self.dom(copy, *options))
        return found[1] if found else "the check did not run"


def seconds_to_ready(document: str) -> float:
    """From the request to a usable report, by its own clock. ValueError if its script did not come to its end."""
    found = re.search(r'data-ready="(\d+)"', document)
    if found is None:
        raise ValueError("the page's script did not come to its end")
    return max(1, int(found[1])) / 1000
