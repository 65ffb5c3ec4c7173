"""Templates from a folder of somebody else's: harmless ones pass, whatever else they do is one line, soon."""

from __future__ import annotations

import pytest

from methods.mllm import rendering
from methods.mllm.demo.template import CHAT_TEMPLATE
from protocols.errors import InputError


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(rendering, "SECONDS", 1)


def test_usual_templates_pass():
    rendering.require_harmless(CHAT_TEMPLATE, "demo")
    rendering.require_harmless("{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}", "usual")


@pytest.mark.parametrize(
    ("template", "message"),
    [
        (
            "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
            "more than 1 s or 512 MiB",
        ),
        ("{{ 'a' * 2**33 }}", "more than"),
        ({"default": CHAT_TEMPLATE, "tool_use": "{{ 1 / 0 }}"}, "ZeroDivisionError"),
        (["a"], "no text"),
        ("a" * (1 << 21), "no text of a sensible length"),
    ],
)
def test_what_a_template_does_is_one_line(template, message):
    with pytest.raises(InputError, match=message) as caught:
        rendering.require_harmless(template, "theirs")
    line = str(caught.value)
    assert line.startswith("base model theirs: its chat template")
    assert "\n" not in line
