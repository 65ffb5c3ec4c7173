"""The speed table: `python -m tests.timing [TOPIC ...]`, CPU time on one thread, ratios measured in one run.

Each topic is a module `bench_<topic>.py` with `rows() -> [(what, usual, ours, ratio, target)]` and runs in a process of
its own. The exit code is 1 if a topic failed; a target that was missed is shown, not hidden and not an error.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

from tests.timing.cpu_time import Row, show

HERE = Path(__file__).parent
TOPICS = [path.stem.removeprefix("bench_") for path in sorted(HERE.glob("bench_*.py"))]


def main(wanted: list[str]) -> int:
    """Measure the topics, in turn, and print one table."""
    rows: list[Row] = []
    failed = []
    for topic in wanted or TOPICS:
        print(f"measuring {topic}", file=sys.stderr)
        code = f"import json; from tests.timing.__main__ import measure; print(json.dumps(measure({topic!r})))"
        single = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, cwd=HERE.parents[1], env=os.environ | single
        )
        if done.returncode:
            failed.append(topic)
            print(f"{topic} failed:\n{done.stderr[-2000:]}", file=sys.stderr)
        else:
            rows += [tuple(row) for row in json.loads(done.stdout.splitlines()[-1])]
    show(rows)
    return 1 if failed else 0


def measure(topic: str) -> list[Row]:
    """One topic's rows, in this process."""
    return list(importlib.import_module(f"tests.timing.bench_{topic}").rows())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
