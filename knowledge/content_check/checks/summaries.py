"""Every provision that is cited is summed up at its act, in the words of the portal."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge.citations import provision_key, section_key
from knowledge.content_check.checks.citations import cited
from knowledge.content_check.content import Content
from knowledge.content_check.registry import Finding
from knowledge.models import Act

NAME = "vorschriften"
TITLE = "Zitierte Vorschriften haben eine eigene Kurzfassung"


def run(content: Content) -> Iterator[Finding]:
    summed_up = {slug: _keys(head) for slug, head in content.act_heads.items()}
    told: set[tuple[str, str]] = set()
    for subject in content.for_readers:
        for line, citation in cited(subject, content):
            known = summed_up.get(citation.act.slug, set())
            place = (citation.act.slug, citation.key)
            if not citation.key or place in told or _covered(citation.key, known):
                continue
            if citation.act.slug not in content.provisions.by_slug and _is_land(citation.act.slug, content):
                continue  # nobody sums up what nobody has read here
            told.add(place)
            message = (
                f"„{citation.label}“ hat keine Kurzfassung. Ergänzen Sie sie bei {citation.act.abbreviation} "
                "unter „Vorschriften“ (provisions), in eigenen Worten."
            )
            yield subject.warning(NAME, line, message)


def _keys(head: dict[str, object]) -> set[str]:
    rows = head.get("provisions")
    return {provision_key(row["ref"]) for row in (rows if isinstance(rows, list) else []) if row.get("summary")}


def _covered(key: str, known: set[str]) -> bool:
    """A section is covered by its own summary or by that of one of its paragraphs, and the other way round.

    "The annexes" without a number are covered by the summary of one of them.
    """
    if key in known or section_key(key) in known:
        return True
    if key in {"anlage", "anhang"}:
        return any(other.startswith(f"{key}-") for other in known)
    return "/" not in key and any(section_key(other) == key for other in known)


def _is_land(slug: str, content: Content) -> bool:
    return content.act_heads.get(slug, {}).get("level") == Act.Level.LAND
