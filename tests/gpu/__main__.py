"""What one GPU has to show: `python -m tests.gpu [PART ...]`; without a part all of them.

Each part is meant for ten minutes of one card of 48 GB or more; the language model is one of random weights in the
shape of Qwen2.5-VL-7B, built at the first use (16.6 GB in --folder). One JSON line a figure, to the screen and to
--out, and a table of all of them at the end. `--small` tries every part on a CPU with a tiny model: its figures mean
nothing. The exit code is 1 where a figure is missing: out of memory, out of time, or a fault.

    parity     the demo's model: do a GPU's texts and log-odds equal a CPU's?
    cnn        the CNN's training step
    clip       CLIP's encoder and LoRA step
    decode     milliseconds a decoding step by rows; static cache; adapters merged and not
    zero-shot  pictures a second
    grpo       a grpo-lora step: ours, trl's own, eight prompts decoded at once; peak memory

Nothing here has been run on a GPU yet.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.gpu.bench import Bench

PARTS = ("parity", "cnn", "clip", "decode", "zero-shot", "grpo")


def main(words: Sequence[str] | None = None) -> int:
    """Measure the parts asked for."""
    cli = argparse.ArgumentParser(
        prog="python -m tests.gpu", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    cli.add_argument("parts", nargs="*", choices=[*PARTS, "all"], default="all", metavar="PART")
    cli.add_argument("--small", action="store_true", help="on a CPU, with a tiny model")
    cli.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "pad-gpu", metavar="DIR")
    cli.add_argument("--out", type=Path, metavar="FILE", help="append the JSON lines to a file")
    cli.add_argument("--minutes", type=float, default=10.0, help="of each part (default: 10)")
    args = cli.parse_args(words)

    import torch

    from tests.gpu import language, pictures, policy
    from tests.gpu.bench import Bench

    if not args.small and not torch.cuda.is_available():
        print("error: no CUDA device is usable here; --small tries the script on a CPU", file=sys.stderr)
        return 2
    run: dict[str, Callable[[Bench], None]] = {
        "parity": language.parity,
        "cnn": pictures.cnn,
        "clip": pictures.clip,
        "decode": language.decode,
        "zero-shot": language.zero_shot,
        "grpo": policy.grpo,
    }
    args.folder.mkdir(parents=True, exist_ok=True)
    bench = Bench(small=args.small, folder=args.folder, out=args.out, minutes=args.minutes)
    for part in PARTS if "all" in args.parts else args.parts:
        bench.begin(part)
        run[part](bench)
    print(table(bench))
    return 1 if bench.missing else 0


def table(bench: Bench) -> str:
    """The figures as Markdown."""
    lines = ["| part | what | figures |", "|---|---|---|"]
    for row in bench.figures:
        said = ", ".join(f"{k} {v}" for k, v in row.items() if k not in ("part", "what", "card"))
        lines.append(f"| {row['part']} | {row['what']} | {said} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
