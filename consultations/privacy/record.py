"""The record of processing activities and the notices, as rows and lines made from the table."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Any

from consultations.privacy.table import Processing, Table, filled
from portal.core.text import escape_markdown

UNCONFIRMED = (
    "Entwurf: Rechtsgrundlagen, Vereinbarung und Fristen sind noch nicht von der oder dem "
    "Datenschutzbeauftragten bestätigt."
)
RIGHTS = (
    "Sie haben das Recht auf Auskunft (Art. 15 DSGVO), Berichtigung (Art. 16), Löschung (Art. 17), Einschränkung "
    "(Art. 18), Übertragung (Art. 20, soweit anwendbar) und Widerspruch (Art. 21). Sie können sich bei der für "
    "den Datenschutz zuständigen Aufsichtsbehörde beschweren (Art. 77)."
)
COLUMNS = (
    "Tätigkeit", "Verantwortlich", "Zweck", "Rechtsgrundlage", "Betroffene", "Daten", "Empfänger", "Fristen",
    "Maßnahmen",
)  # fmt: skip


def controllers(table: Table, operator: Any) -> list[str]:
    """Return who is responsible, those who decide together with the operator (Art. 26) after it."""
    return [filled(name, operator) for name in (*table.controllers, *table.joint)]


def lines_of(item: Processing, operator: Any) -> list[tuple[str, list[str]]]:
    """Return one activity as (heading, entries)."""
    parts = [
        ("Zweck", [item.purpose]), ("Rechtsgrundlage", [item.basis]), ("Betroffene", item.subjects),
        ("Daten", item.data), ("Empfänger", item.recipients), ("Fristen", [row.text for row in item.retention]),
        ("Maßnahmen", item.measures), ("Herkunft der Daten", [item.source] if item.source else []),
        ("Pflicht zur Angabe", [item.duty]),
    ]  # fmt: skip
    return [(heading, [filled(text, operator) for text in texts]) for heading, texts in parts if texts]


def as_csv(table: Table, operator: Any) -> bytes:
    """Return the record as CSV for Excel: UTF-8 with mark, semicolons, one row an activity."""
    target = StringIO()
    writer = csv.writer(target, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    responsible = "; ".join(controllers(table, operator))
    for item in table.processing:
        parts = dict(lines_of(item, operator))
        cells = ["\n".join(parts[name]) for name in ("Zweck", "Rechtsgrundlage", "Betroffene", "Daten")]
        rest = ["\n".join(parts[name]) for name in ("Empfänger", "Fristen", "Maßnahmen")]
        writer.writerow([item.title, responsible, *cells, *rest])
    return target.getvalue().encode("utf-8-sig")


def context(table: Table, operator: Any, *, public: bool) -> dict[str, Any]:
    """Return what the pages and the PDF show."""
    chosen = table.public if public else table.processing
    return {
        "confirmed": table.confirmed, "unconfirmed": UNCONFIRMED, "controllers": controllers(table, operator),
        "is_joint": bool(table.joint), "arrangement": filled(table.arrangement, operator),
        "contact": filled(table.contact, operator), "officer": filled(table.officer, operator),
        "transfers": filled(table.transfers, operator), "rights": RIGHTS,
        "activities": [(item, lines_of(item, operator)) for item in chosen],
    }  # fmt: skip


def markdown(table: Table, operator: Any) -> Iterator[str]:
    """Yield the public notices as lines of Markdown."""
    shown = context(table, operator, public=True)
    if not table.confirmed:
        yield from (f"**{UNCONFIRMED}**", "")
    yield from ("## Wer verantwortlich ist", "")
    yield from (f"- {escape_markdown(name)}" for name in shown["controllers"])
    for name in ("arrangement",) if table.joint else ():
        yield from ("", escape_markdown(shown[name]))
    yield from ("", f"Kontakt: {escape_markdown(shown['contact'])}", "", escape_markdown(shown["officer"]))
    for item, parts in shown["activities"]:
        yield from ("", f"## {escape_markdown(item.title)}", "")
        for heading, texts in parts:
            yield f"- {heading}: {escape_markdown('; '.join(texts))}"
    yield from ("", "## Ihre Rechte", "", escape_markdown(RIGHTS), "", escape_markdown(shown["transfers"]))
