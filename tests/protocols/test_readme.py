"""The way to one's own list, as the page says it: every line is run as it stands."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from pathlib import Path

from tests import own_data
from tests.conftest import ROOT, environment

PAGES = (ROOT / "protocols/README.md", ROOT / "README.md")
START = "python -m benchmark prepare --template booth/list.csv\n"


def blocks() -> list[str]:
    """Every block of commands that begins with a template; the page of this folder has one."""
    found = [re.findall(r"```bash\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL) for page in PAGES]
    assert any(block.startswith(START) for block in found[0])
    return [block for page in found for block in page if block.startswith(START)]


def filled(file: Path) -> None:
    """Fill in a template as people do."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    for row in rows:
        kind, subject = row["path"].removesuffix(".png").removesuffix(".mp4").split("/s")
        row["label"], row["species"] = own_data.KINDS[kind]
        row |= {"subject": subject, "split": "train" if int(subject) < 4 else "test", "sensor": "webcam"}
    with file.open("w", encoding="utf-8-sig", newline="") as lines:
        writer = csv.DictWriter(lines, rows[0], delimiter=";")
        writer.writeheader()
        writer.writerows(rows)


def test_the_way_to_one_s_own_list_runs_as_it_stands(tmp_path):
    for number, block in enumerate(dict.fromkeys(blocks())):
        folder = tmp_path / str(number)
        folder.mkdir()
        own_data.booth(folder / "booth", films=True)
        for file in folder.glob("booth/*/*"):
            file.rename(file.with_name(f"s{file.name}"))  # pictures called by numbers are frames of one presentation
        own_data.door(folder / "hall", range(10, 16), train=10)
        (folder / "bin").mkdir()
        (folder / "bin/python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        (folder / "bin/python").chmod(0o755)
        env = environment(folder / "cache")
        env["PATH"] = f"{folder / 'bin'}:{env['PATH']}"
        said = ""
        for part in re.split(r"^# fill in .*\n", block, flags=re.MULTILINE):
            done = subprocess.run(["bash", "-ec", part], cwd=folder, env=env, capture_output=True, text=True)
            assert done.returncode == 0, done.stdout + done.stderr
            said += done.stdout
            if not (folder / "benchmark.toml").exists():
                filled(folder / "booth/list.csv")
        assert "18 presentations beside it, none of them labelled" in said
        assert "train: 4 bona fide, 4 foil hat, 4 print" in said
        assert "The booth to hall" in said
        assert "MS-LBP" in said
        assert "The booth to hall" in (folder / "booth.html").read_text()
