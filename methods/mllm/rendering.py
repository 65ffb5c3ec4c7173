"""A chat template from somebody else's folder, tried once in a process that may be lost.

Jinja's sandbox keeps a template from calling what it should not, but not from looping for ever or from making a text of
gigabytes. So before a template is used, a child process renders the conversations that this package asks with it, under
limits of time, memory and length; whatever becomes of the child becomes one line. The demo's own template is known.
"""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

from methods.mllm import prompt
from methods.mllm.demo.template import CHAT_TEMPLATE
from protocols.errors import InputError

MAX_TEMPLATE = 1 << 20
MAX_TEXT = 100_000
SECONDS = 5
"""CPU seconds for the rendering itself; the import of the renderer is not counted."""
START = 120
"""Wall seconds for the whole child, so that a stopped machine does not wait for ever."""
MEMORY = 512 << 20


def require_harmless(template: object, name: str) -> None:
    """Raise `InputError`, one line, for a chat template that fails, loops or grows. `name`: the model it came from."""
    texts = list(template.values()) if isinstance(template, dict) else [template]
    for text in texts:
        if text == CHAT_TEMPLATE:
            continue
        if not isinstance(text, str) or len(text) > MAX_TEMPLATE:
            raise InputError(f"base model {name}: its chat template is no text of a sensible length; fetch it again")
        if reason := _tried(text):
            raise InputError(f"base model {name}: its chat template {reason}; take another base_model")


@cache
def _tried(template: str) -> str | None:
    """Why a template cannot be used, or None."""
    asked = prompt.messages("a picture")
    answered = [*asked, {"role": "assistant", "content": [{"type": "text", "text": "<answer>real</answer>"}]}]
    given = {"template": template, "asked": asked, "answered": answered, "seconds": SECONDS, "memory": MEMORY}
    child = Path(__file__).with_name("render_child.py")
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-W", "ignore", str(child), str(MAX_TEXT)],
            input=json.dumps(given),
            capture_output=True,
            text=True,
            timeout=START,
        )
    except subprocess.TimeoutExpired:
        return f"was not rendered within {START} s"
    if done.returncode < 0:
        return f"takes more than {SECONDS} s or {MEMORY >> 20} MiB to render one question"
    try:
        said = json.loads(done.stdout.splitlines()[-1])
    except (ValueError, IndexError):
        raise InputError(f"the chat template could not be tried: {_last(done.stderr)}") from None
    return None if said is None else str(said)


def _last(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1][:200] if lines else "no word from the process that renders it"
