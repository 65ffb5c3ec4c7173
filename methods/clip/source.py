"""Where a run's CLIP comes from: the weights that its world names or, in the demo world, the small self-made ones."""

from __future__ import annotations

from methods.clip import demo, weights
from methods.clip.weights import Clip
from methods.method import Job


def load(job: Job, backbone: str) -> Clip:
    """CLIP as the run's configuration names it; in the demo world the small self-trained one.

    Args:
        job: `models["clip"]` is a file, a folder or an open_clip pretrained tag (default `openai`).
        backbone: open_clip's name of the architecture, for instance `ViT-B-16-quickgelu`.

    Raises:
        InputError: no weights there, or weights that do not fit. Untrained weights are never used instead.
    """
    if job.demo:
        return demo.load(job)
    return weights.read(weights.find(job.models.get("clip", "openai"), backbone), backbone)


def untrained(job: Job, backbone: str) -> Clip:
    """A model of the same shape with random weights that follow from the run's seed, for training from scratch."""
    return weights.blank(demo.CONFIG if job.demo else weights.configuration(backbone), job.seed)
