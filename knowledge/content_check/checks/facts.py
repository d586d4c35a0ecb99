"""Facts are used, or say why not; pages name what they rest on.

What is not verified may be named by a page that asks it as an open question, whatever reason stands there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from knowledge.content_check.content import Content, Subject
from knowledge.content_check.fact_values import FactValues
from knowledge.content_check.registry import Finding
from knowledge.models import Fact

NAME = "fakten"
TITLE = "Fakten sind benutzt oder begründet, Seiten nennen ihre Fakten"
_OWN_KNOWLEDGE = {Fact.Mark.COMMON, Fact.Mark.SOURCE_AND_COMMON}
# What explains a word or sums up an act need not state a fact of the sheet.
_ENTRIES = {"term", "act"}
_SAYS_SO = re.compile(r"\b(?:Erfahrung|Kenntnis|Allgemeinwissen)\b")


def run(content: Content) -> Iterator[Finding]:
    used: set[str] = set()
    values = FactValues(content.facts)
    own = {fact.document.name for fact in content.facts if fact.meta.get("mark") in _OWN_KNOWLEDGE}
    for subject in content.for_readers:
        named = subject.meta.get("facts") or []
        used.update(str(name) for name in named)
        if subject.has_key("facts") and not named and subject.kind not in _ENTRIES:
            message = "Die Seite nennt keine Fakten. Ergänzen Sie „facts“ mit den Kennungen des Faktenblatts."
            yield subject.warning(NAME, subject.line_of(), message)
        yield from _own_knowledge(subject, own)
        yield from _unnamed(subject, values)
    for fact in content.facts:
        name, reason = fact.document.name, fact.meta.get("unused")
        if name not in used and not reason:
            message = (
                f"{name} wird nirgends benutzt. Benutzen Sie den Fakt oder nennen Sie unter „unused“ den Grund."
            )
            yield fact.error(NAME, fact.line_of(), message)
        elif name in used and reason and fact.meta.get("mark") != Fact.Mark.OPEN:
            message = f"{name} wird benutzt, trägt aber einen Grund, warum nicht. Nehmen Sie „unused“ heraus."
            yield fact.warning(NAME, fact.line_of("unused"), message)


def _unnamed(subject: Subject, values: FactValues) -> Iterator[Finding]:
    """What states the value of a fact names it: else nobody looks at it when the value changes."""
    if subject.has_key("facts"):
        for line, words, facts in values.unnamed(subject):
            message = (
                f"„{words}“ steht im Faktenblatt unter {' und '.join(facts)}, und „facts“ nennt das nicht. "
                "Ergänzen Sie die Kennung, wenn die Angabe gemeint ist."
            )
            yield subject.warning(NAME, line, message)


def _own_knowledge(subject: Subject, own: set[str]) -> Iterator[Finding]:
    """What rests on nobody's text says so among its sources: readers see no marks."""
    named = [name for name in subject.meta.get("facts") or [] if name in own]
    sources = subject.meta.get("sources") or []
    if named and subject.has_key("sources") and not any(_SAYS_SO.search(row.get("title", "")) for row in sources):
        message = (
            f"{', '.join(named)}: nur Allgemeinwissen, und keine Quelle sagt das. Ergänzen Sie unter „sources“ "
            "„Fachliche Erfahrung …“ oder „Allgemeine fachliche Kenntnis …“ mit Datum."
        )
        yield subject.warning(NAME, subject.line_of("facts"), message)
