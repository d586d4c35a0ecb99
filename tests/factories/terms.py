from __future__ import annotations

from typing import Any

from knowledge.models import GlossaryTerm
from portal.core.text import german_slug


def term(
    name: str = "Größenklasse", meaning: str = "Einteilung der Städte nach Größe.", **fields: Any
) -> GlossaryTerm:
    return GlossaryTerm.objects.create(term=name, slug=german_slug(name), meaning=meaning, **fields)
