"""The embedded demo world: miniature releases of invented people, written in the real releases' own layouts.

It proves the path from disk to table on a machine without licensed data. Its figures say nothing about PAD accuracy.
"""

from __future__ import annotations

from protocols.demo.camera import CAMERAS, Camera
from protocols.demo.cues import CUES
from protocols.demo.identity import Identity, identities, spare_identities
from protocols.demo.overview import sheet
from protocols.demo.releases import HELD, USUAL, build
from protocols.demo.simulators import SIMULATORS, sample

__all__ = [
    "CAMERAS",
    "CUES",
    "HELD",
    "SIMULATORS",
    "USUAL",
    "Camera",
    "Identity",
    "build",
    "identities",
    "sample",
    "sheet",
    "spare_identities",
]
