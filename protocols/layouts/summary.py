"""What a list or a tree says, for whoever wrote it."""

from __future__ import annotations

from collections import Counter

from protocols.presentation import BONA_FIDE, Release
from protocols.species import GROUPS


def lines(release: Release) -> list[str]:
    """Numbers per split and species, media, subjects, covariates, and what is in the way of its use as a source."""
    rows = release.presentations
    out = []
    for split in ("train", "dev", "test", None):
        kinds = Counter(p.species for p in rows if p.split == split)
        words = [f"{n} {kind}" for kind, n in sorted(kinds.items(), key=lambda pair: (pair[0] != BONA_FIDE, pair[0]))]
        out += [f"{split or 'no split'}: {', '.join(words)}"] if words else []
    media = Counter("folder of frames" if len(p.media.files) > 1 else p.media.kind.removesuffix("s") for p in rows)
    out.append("media: " + ", ".join(f"{n} {kind}{'s' * (n > 1)}" for kind, n in sorted(media.items())))
    nameless = sum(not p.subject for p in rows)
    subjects = f"subjects: {len({p.subject for p in rows if p.subject})}"
    out.append(subjects + (f"; of {nameless} presentations none is known" if nameless else ""))
    out.append(f"covariates: {', '.join(dict.fromkeys(name for p in rows for name, _ in p.covariates)) or 'none'}")
    if own := sorted({p.species for p in rows} - set(GROUPS)):
        out.append(f"species of its own: {', '.join(own)}")
    if nameless and not any(p.split == "dev" for p in rows):
        out.append("as a source it needs a dev split, or the subject of every presentation, by which one is cut")
    return out
