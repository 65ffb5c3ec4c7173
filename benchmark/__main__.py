"""The command line: `python -m benchmark COMMAND ...`.

Exit codes: 0 done; 1 something failed that another try may mend; 2 wrong input, said in one line; 75 another
process is at it; 130 interrupted.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmark.commands import NAMES
from protocols.errors import BusyError, InputError, of_the_system

ABOUT = "Cross-domain face anti-spoofing: train on one release, decide on another, print the tables of a paper."
BUSY = 75  # EX_TEMPFAIL
EXAMPLES = """\
examples:
  python -m benchmark demo                                       the embedded demo, from pictures to Table 1
  python -m benchmark run --method grpo --protocol cefa2siw      one run
  python -m benchmark table 1 --published                        Table 1 beside the paper's figures
"""


def parser(only: str | None = None) -> argparse.ArgumentParser:
    """The command line, with the options that every command shares; `only` one command of it, for a faster start."""
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--config", type=Path, metavar="FILE", help="world configuration (default: ./benchmark.toml)")
    shared.add_argument("--results", type=Path, default=Path("results"), metavar="DIR", help="default: ./results")
    top = argparse.ArgumentParser(
        prog="python -m benchmark",
        description=ABOUT,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for word, module_name in NAMES.items() if only is None else [(only, NAMES[only])]:
        module = importlib.import_module(f"benchmark.commands.{module_name}")
        sub = commands.add_parser(
            word,
            help=module.HELP,
            description=module.HELP,
            epilog="examples:\n" + module.EXAMPLES,
            parents=[shared],
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.configure(sub)
        sub.set_defaults(main=module.main)
    return top


def main(words: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = sys.argv[1:] if words is None else list(words)
    args = parser(words[0] if words and words[0] in NAMES else None).parse_args(words)
    try:
        if any(getattr(args, option, None) is not None for option in ("output", "draw")):
            from benchmark.output import require_harmless

            require_harmless(args)
        code: int = args.main(args)
        return code
    except InputError as error:
        return _refused(error)
    except BrokenPipeError:  # the reader of a pipe, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except ModuleNotFoundError as error:
        from methods.extras import missing

        if (absent := missing(error)) is None:
            raise
        return _refused(absent)
    except OSError as error:
        if (known := of_the_system(error)) is None:
            raise
        return _refused(known)
    except RuntimeError as error:
        if "Symlink loop" not in str(error):  # what pathlib says before Python 3.13
            raise
        return _refused(InputError(f"{error}: remove the link"))
    except KeyboardInterrupt:
        print("interrupted; the same command goes on where this one stopped", file=sys.stderr)
        return 130


def _refused(error: InputError) -> int:
    print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
    return BUSY if isinstance(error, BusyError) else 2


if __name__ == "__main__":
    sys.exit(main())
