"""Write the schemas anew after a change of the records."""

from __future__ import annotations

import json
from pathlib import Path

from benchmark.results.schemas import NAMES, current
from protocols.files import write_whole

for name in NAMES:
    write_whole(Path(__file__).with_name(f"{name}.json"), json.dumps(current(name), indent=1) + "\n")
