"""`python -m tests.faults.prepare`: kill -9 of a preparation with four processes at ten random moments.

Prints one line a kill and exits with 1 unless the final stores are, file by file, those of an undisturbed preparation.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from protocols.store.checked import CHECKED
from protocols.store.stamps import STAMPS
from tests.conftest import environment

KILLS = 10
WORKERS = "4"


TIMES = frozenset({STAMPS, CHECKED})
"""Files that say when the media and the pixels were written: never the same in two caches."""


def digests(cache: Path) -> dict[str, str]:
    """SHA-256 of every file of every store but those of `TIMES`."""
    files = (f for f in sorted((cache / "faces").rglob("*")) if f.is_file() and f.suffix != ".lock")
    files = (f for f in files if f.name not in TIMES)
    return {f.relative_to(cache).as_posix(): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


def start(cache: Path) -> subprocess.Popen[bytes]:
    """A preparation of the four releases of the small demo world, in a process group of its own."""
    words = [sys.executable, "-m", "benchmark", "prepare", "--workers", WORKERS, "--quiet"]
    return subprocess.Popen(words, env=environment(cache), start_new_session=True, stdout=subprocess.DEVNULL)


def main() -> int:
    """Disturb one preparation, leave another in peace, compare."""
    chance = random.Random(5)
    with tempfile.TemporaryDirectory() as folder:
        calm, disturbed = Path(folder) / "calm", Path(folder) / "disturbed"
        subprocess.run(
            [sys.executable, "-m", "benchmark", "demo", "--write-only"], env=environment(disturbed), check=True
        )
        for cache in (calm, disturbed):
            words = [sys.executable, "-m", "benchmark", "demo", "--write-only"]
            subprocess.run(words, env=environment(cache), check=True, stdout=subprocess.DEVNULL)
        if start(calm).wait():
            return 1
        kills = 0
        while kills < KILLS:
            process = start(disturbed)
            after = chance.uniform(2.0, 8.0)
            try:
                code = process.wait(after)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                kills += 1
                done = [p.name for p in (disturbed / "faces").glob("*") if p.is_dir()]
                print(f"kill {kills} after {after:.1f} s; folders in the cache: {len(done)}", flush=True)
                continue
            if code:
                return 1
            print(f"it finished before kill {kills + 1}: from the start again", flush=True)
            shutil.rmtree(disturbed / "faces")
        if start(disturbed).wait():
            return 1
        same = digests(calm) == digests(disturbed)
        print(f"{kills} kills, {len(digests(calm))} files, {'all the same' if same else 'DIFFERENT'}")
        return 0 if same and kills else 1


if __name__ == "__main__":
    sys.exit(main())
