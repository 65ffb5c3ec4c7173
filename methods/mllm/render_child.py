"""The child of `methods.mllm.rendering`, run as a script: renders a chat template and says what is wrong with it.

Reads JSON from its standard input, writes one line of JSON: null, or a reason. It dies where a limit is passed.
"""

from __future__ import annotations

import contextlib
import json
import resource
import sys
from collections.abc import Callable
from pathlib import Path

from protocols.json_values import Parsed


def main() -> None:
    """Render both conversations under the limits."""
    from transformers.utils.chat_template_utils import render_jinja_template  # its import is not under the limits

    given, longest = json.load(sys.stdin), int(sys.argv[1])
    _limit(given["seconds"], given["memory"])
    print(json.dumps(reason(render_jinja_template, given, longest)))


def reason(render: Callable[..., Parsed], given: dict[str, Parsed], longest: int) -> str | None:
    """Why a template is of no use, or None. `render`: the renderer of transformers."""
    for conversation, ask in (("asked", True), ("answered", False)):
        try:
            text = render(
                conversations=[given[conversation]], chat_template=given["template"], add_generation_prompt=ask
            )[0][0]
        except MemoryError:
            return f"takes more than {given['memory'] >> 20} MiB to render one question"
        except Exception as error:
            words = " ".join(str(error).split())[:160]
            return f"cannot be rendered ({type(error).__name__}: {words})"
        if len(text) > longest:
            return f"makes {len(text):,} characters of one question"
    return None


def _limit(seconds: int, memory: int) -> None:
    """Bound what this process may still take, where the system knows such bounds."""
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    end = int(used) + 1 + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (end, end))
    with contextlib.suppress(OSError, ValueError):
        pages = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (pages + memory, pages + memory))


if __name__ == "__main__":
    main()
