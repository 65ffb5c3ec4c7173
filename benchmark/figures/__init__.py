"""Figures as pure functions of score files: one module each, with `draw(request) -> Drawing`."""

from __future__ import annotations

KINDS = {
    "4": ("sensitivity", "HTER against the share of training data"),
    "5": ("sensitivity", "HTER against the sampling quantity N"),
    "6": ("species", "error per species with exact intervals, four protocols of one method"),
    "7": ("gallery", "reasoning per species"),
    "det": ("det", "DET curves per species on normal-deviate axes"),
    "epc": ("epc", "expected performance curve: HTER on the target of thresholds chosen on the source"),
    "scores": ("histogram", "score histograms with the thresholds of every policy"),
    "curves": ("curves", "training curves: rewards, repetition, everything logged"),
}
"""Word of the command line -> (module in this package, what it shows)."""
