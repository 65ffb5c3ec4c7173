"""Writes a miniature CelebA-Spoof: pictures, their boxes and the label lists."""

from __future__ import annotations

import json
from pathlib import Path


def entry(kind: int) -> list[int]:
    """The 44 numbers of a picture in the label lists."""
    return [*[0] * 40, kind, int(kind > 0), int(kind > 0), int(kind > 0)]


def write(root: Path, plan: dict[str, int]) -> Path:
    """`plan`: path -> spoof type. The pictures hold no picture."""
    labels: dict[str, dict[str, list[int]]] = {"train": {}, "test": {}}
    for path, kind in plan.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"picture")
        file.with_name(f"{file.stem}_BB.txt").write_text("35 40 100 120 0.9999\n")
        labels[path.split("/")[1]][path] = entry(kind)
    metas = root / "metas/intra_test"
    metas.mkdir(parents=True)
    for split, rows in labels.items():
        if not rows:
            continue
        (metas / f"{split}_label.json").write_text(json.dumps(rows))
    return root
