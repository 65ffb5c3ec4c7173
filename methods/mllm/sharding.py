"""Whether this process's share of a model is all that it holds: what `accelerate launch` says in the environment."""

from __future__ import annotations

import os
from typing import Literal

Kind = Literal["FSDP", "DeepSpeed"]


def kind() -> Kind | None:
    """What cuts models over the processes of this launch; None where every process holds a whole one."""
    known: tuple[Kind, ...] = ("FSDP", "DeepSpeed")
    return next((k for k in known if os.environ.get(f"ACCELERATE_USE_{k.upper()}", "").lower() == "true"), None)
