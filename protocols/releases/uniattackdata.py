"""UniAttackData (Fang et al., IJCAI 2024): physical and digital attacks on the people of CASIA-SURF CeFA.

It extends CeFA: the same people under the same numbers, such as EA-321. A model that was trained on the one and decides
on the other has seen them before, which the overlap check says. Its own layout is not known well enough to be read:
bring a list of its files with the person's number as subject, its frames prepared, or a folder tree.
"""

from __future__ import annotations

import re

from protocols.adapter import Adapter, register

_PERSON = re.compile(r"(?<![A-Za-z0-9])((?:AF|CA|EA)-\d{3})(?!\d)", re.I)


@register("uniattackdata", title="UniAttackData")
class UniAttackData(Adapter):
    """A list, prepared frames or a folder tree."""

    licence = "on request; research only; no redistribution"
    people = "cefa"

    def person(self, subject: str) -> str:
        """CeFA's code of a subject that names it anywhere: `live/EA-321` is EA-321."""
        match = _PERSON.search(subject)
        return match[1].upper() if match else subject
