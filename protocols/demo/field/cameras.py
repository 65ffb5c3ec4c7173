"""The cameras of these miniatures: webcams, laptops, phones; none of them is one of the first releases'."""

from __future__ import annotations

from protocols.demo.camera import CAMERAS, Camera

_OULU = (  # white balance, gamma, contrast, saturation, blur, noise, sharpening of its six phones
    ((1.03, 1.0, 0.96), 0.95, 1.05, 1.10, 0.50, 0.008, 0.40),
    ((0.97, 1.0, 1.03), 1.05, 0.98, 0.90, 0.60, 0.011, 0.20),
    ((1.00, 1.0, 1.00), 1.00, 1.08, 1.05, 0.45, 0.007, 0.50),
    ((1.05, 1.0, 0.93), 1.10, 0.95, 0.95, 0.70, 0.012, 0.10),
    ((0.96, 1.01, 1.02), 0.90, 1.02, 1.00, 0.55, 0.009, 0.30),
    ((1.01, 0.99, 1.00), 1.00, 1.00, 0.85, 0.65, 0.014, 0.15),
)
FIELD: dict[str, Camera] = {
    "msu-mfsd/android": Camera(
        "msu-mfsd/android", (360, 240), (88, 116), (1.02, 1.0, 0.97), 1.0, 1.02, 1.05, 0.6, 0.010, 0.25, 0.15, 0.1
    ),
    "msu-mfsd/laptop": Camera(
        "msu-mfsd/laptop", (320, 240), (84, 112), (0.95, 1.0, 1.05), 1.06, 0.94, 0.85, 0.75, 0.013, 0.1, 0.2, 0.12
    ),
    "casia-fasd/low": Camera(
        "casia-fasd/low", (320, 240), (84, 108), (1.04, 1.0, 0.94), 1.02, 0.92, 0.8, 1.0, 0.018, 0.0, 0.2, 0.15
    ),
    "casia-fasd/normal": Camera(
        "casia-fasd/normal", (320, 240), (88, 112), (1.0, 1.0, 0.99), 1.0, 1.0, 0.95, 0.7, 0.011, 0.15, 0.15, 0.12
    ),
    "casia-fasd/high": Camera(
        "casia-fasd/high", (270, 420), (100, 122), (1.0, 1.0, 1.0), 0.95, 1.05, 1.05, 0.45, 0.006, 0.35, 0.1, 0.1
    ),
    "replay-attack": Camera(
        "replay-attack", (320, 240), (82, 112), (0.98, 1.0, 1.01), 1.08, 0.96, 0.9, 0.8, 0.012, 0.1, 0.25, 0.12,
        "curtain",
    ),
    "wmca": Camera(
        "wmca", (128, 128), (86, 98), (1.0, 1.01, 0.99), 0.98, 1.0, 0.95, 0.5, 0.008, 0.2, 0.05, 0.1, "curtain"
    ),
    **{
        f"oulu-npu/{phone}": Camera(f"oulu-npu/{phone}", (240, 400), (96, 120), *values)
        for phone, values in enumerate(_OULU, 1)
    },
}  # fmt: skip
"""By name; where a release has several, `<release>/<camera>`."""
LIT = {"1": "room", "2": "front", "3": "side"}
"""OULU-NPU's sessions: places and lights of their own."""


def camera_of(release: str, name: str) -> Camera:
    """A release's camera; `name` is one of several, or empty."""
    key = f"{release}/{name}" if name else release
    return FIELD[key] if key in FIELD else CAMERAS[release]
