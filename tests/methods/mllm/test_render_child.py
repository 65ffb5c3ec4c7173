"""What the child says of a template, asked in this process for templates that end."""

from __future__ import annotations

import pytest
from transformers.utils.chat_template_utils import render_jinja_template

from methods.mllm import prompt
from methods.mllm.render_child import reason


def said(template):
    asked = prompt.messages("a picture")
    answered = [*asked, {"role": "assistant", "content": [{"type": "text", "text": "real"}]}]
    given = {"template": template, "asked": asked, "answered": answered, "memory": 1 << 20}
    return reason(render_jinja_template, given, 1000)


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{ 'a' * 2000 }}", "makes 2,000 characters"),
        ("{{ messages.__class__.__mro__ }}", "SecurityError"),
        ("{% if %}", "TemplateSyntaxError"),
        ("{{ raise_exception('no pictures') }}", "no pictures"),
        ("{% if messages | length > 1 %}{{ 1 / 0 }}{% endif %}", "ZeroDivisionError"),
        ("{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}", "RecursionError"),
    ],
)
def test_what_goes_wrong_is_named(template, message):
    assert message in said(template)


def test_what_goes_well_is_nothing():
    assert said("{% for m in messages %}{{ m['role'] }}{% endfor %}") is None
