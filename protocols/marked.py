"""The mark of a miniature: `demo.json` beside a release says that it was invented, wherever its folder is used.

Whoever points a world of their own at the demo's folders still gets figures of the demo, and a miniature has to be
complete against its own counts, not against those of the real release.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from protocols.presentation import Release, folder_of

MARKER = "demo.json"


def mark(root: Path) -> Mapping[str, object] | None:
    """What the marker in a release's folder, or in one of the two above it, says; None where there is none."""
    for folder in (root, *list(root.resolve().parents)[:2]):
        if (content := mark_in(folder)) is not None:
            return content
    return None


def invented(release: Release) -> bool:
    """True if any of a release's media lies below a mark, wherever links and lists of the user's own lead."""
    known: dict[Path, bool] = {}

    def below(folder: Path) -> bool:
        if folder not in known:
            known[folder] = mark_in(folder) is not None or (folder != folder.parent and below(folder.parent))
        return known[folder]

    if mark(release.root) is not None:
        return True
    firsts = {folder_of(p.media): p.media.files[0] for p in release.presentations}
    return any(below(Path(os.path.realpath(release.root / file)).parent) for file in firsts.values())


def mark_in(folder: Path) -> Mapping[str, object] | None:
    """What the marker in this very folder says; None where there is none of ours."""
    try:
        content = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) and "release" in content else None


def counts(release: Release) -> dict[str, int]:
    """A miniature's own counts in the form of `Release.published`: of each class, species, and split and class."""
    found: Counter[str] = Counter()
    for p in release.presentations:
        found.update({p.label, p.species, *([f"{p.split}/{p.label}"] if p.split else [])})
    return dict(sorted(found.items()))


def published(root: Path) -> dict[str, int] | None:
    """The counts that a miniature was written with; None for a release without a mark."""
    content = mark(root)
    known = content.get("published") if content else None
    if not isinstance(known, dict) or not all(isinstance(n, int) for n in known.values()):
        return None
    return {str(key): n for key, n in known.items()}
