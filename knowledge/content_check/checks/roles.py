"""Who has a task in a checklist finds the page among those for that role."""

from __future__ import annotations

import re
from collections.abc import Iterator

from knowledge.content_check.checks.kinds import checklists, line_of_item
from knowledge.content_check.content import Content
from knowledge.content_check.registry import Finding

NAME = "rollen"
TITLE = "Wer in einer Checkliste Aufgaben hat, findet sie auf der eigenen Einstiegsseite"
# The words of items for the roles with an entry page; others (Organisation, Personalrat, Hersteller) have none.
AUDIENCE_OF = {
    "Digitalisierungsbeauftragte": "digitalisierungsbeauftragte",
    "Verwaltungsleitung": "leitung",
    "Leitung": "leitung",
    "Fachamt": "fachamt",
    "IT": "it",
    "Redaktion": "redaktion",
    "Datenschutz": "datenschutz",
    "Informationssicherheit": "datenschutz",
    "Kasse": "kasse",
    "Kämmerei": "kasse",
}
_APART = re.compile(r"\s*(?:,|\bmit\b|\bund\b|\boder\b|/)\s*")


def audiences_in(role: str) -> set[str]:
    """Return the roles with an entry page that the words of an item name ("Fachamt mit IT")."""
    return {AUDIENCE_OF[word] for word in _APART.split(role) if word in AUDIENCE_OF}


def run(content: Content) -> Iterator[Finding]:
    for subject in content.for_readers:
        audience = set(subject.meta.get("audience") or [])
        if not audience:  # for all
            continue
        for block in checklists(subject):
            for item in block.value["items"]:
                for missing in sorted(audiences_in(item["role"]) - audience):
                    message = (
                        f"Der Punkt „{item['text']}“ gibt „{item['role']}“ eine Aufgabe, die Seite ist nicht für "
                        f"„{missing}“. Ergänzen Sie „audience“."
                    )
                    yield subject.warning(NAME, line_of_item(subject, block, item["text"]), message)
