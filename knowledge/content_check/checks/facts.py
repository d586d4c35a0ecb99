"""Facts are used, or say why not; pages name what they rest on."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge.content_check.content import Content
from knowledge.content_check.registry import Finding

NAME = "fakten"
TITLE = "Fakten sind benutzt oder begründet, Seiten nennen ihre Fakten"


def run(content: Content) -> Iterator[Finding]:
    used: set[str] = set()
    for subject in content.for_readers:
        named = subject.meta.get("facts") or []
        used.update(str(name) for name in named)
        if subject.has_key("facts") and not named:
            message = "Die Seite nennt keine Fakten. Ergänzen Sie „facts“ mit den Kennungen des Faktenblatts."
            yield subject.warning(NAME, subject.line_of(), message)
    for fact in content.facts:
        name, reason = fact.document.name, fact.meta.get("unused")
        if name not in used and not reason:
            message = (
                f"{name} wird nirgends benutzt. Benutzen Sie den Fakt oder nennen Sie unter „unused“ den Grund."
            )
            yield fact.error(NAME, fact.line_of(), message)
        elif name in used and reason:
            message = f"{name} wird benutzt, trägt aber einen Grund, warum nicht. Nehmen Sie „unused“ heraus."
            yield fact.warning(NAME, fact.line_of("unused"), message)
