"""Options that several commands have."""

from __future__ import annotations

import argparse

from benchmark.metrics.thresholds import ANSWER_RULES


def answer_rule(parser: argparse.ArgumentParser) -> None:
    """`--answer-rule`, of every command that counts decisions."""
    parser.add_argument(
        "--answer-rule",
        choices=ANSWER_RULES,
        help="how the policy `answer` reads the texts that were kept: strict, as runs and rewards do (default), or "
        "tolerant, which takes `**fake**` and `The face is real.` as well (the report lists them)",
    )
