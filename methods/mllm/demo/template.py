"""The conversation format of Qwen2.5-VL as a chat template, in our own words.

A turn is `<|im_start|>ROLE`, a line end, the content, `<|im_end|>`, a line end; a picture is one placeholder between
vision marks, which the processor expands; a conversation without a system turn gets the default one.
"""

from __future__ import annotations

SYSTEM = "You are a helpful assistant."
_TURN = "{{- '<|im_start|>' + %s + '\\n' }}"
_END = "{{- '<|im_end|>\\n' }}"
CHAT_TEMPLATE = "\n".join(
    [
        "{%- if messages[0]['role'] != 'system' %}",
        _TURN % f"'system\\n{SYSTEM}<|im_end|>'",
        "{%- endif %}",
        "{%- for message in messages %}",
        _TURN % "message['role']",
        "{%- if message['content'] is string %}",
        "{{- message['content'] }}",
        "{%- else %}",
        "{%- for block in message['content'] %}",
        "{%- if block['type'] in ('image', 'image_url') or 'image' in block %}",
        "{{- '<|vision_start|><|image_pad|><|vision_end|>' }}",
        "{%- elif block['type'] == 'video' or 'video' in block %}",
        "{{- '<|vision_start|><|video_pad|><|vision_end|>' }}",
        "{%- elif 'text' in block %}",
        "{{- block['text'] }}",
        "{%- endif %}",
        "{%- endfor %}",
        "{%- endif %}",
        _END,
        "{%- endfor %}",
        "{%- if add_generation_prompt %}",
        "{{- '<|im_start|>assistant\\n' }}",
        "{%- endif %}",
    ]
)
