"""From the one text of a template to a subject, a text part and an HTML part; and what a template may hold.

The language is small on purpose: placeholders in braces, paragraphs between blank lines, lines that begin with
"- " are a list, addresses become links. A line all of whose placeholders are empty is left out.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.html import escape

from consultations.mailing.kinds import KINDS, PLACEHOLDERS, Text, for_subject, shipped
from consultations.models import MailText

LONE_BRACE = "Eine geschweifte Klammer steht allein. Platzhalter stehen in { und }, z. B. {vorgang}."
_ADDRESS = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)]")


@dataclass(frozen=True)
class Rendered:
    """A mail ready to be sent: one line, plain text, an HTML document."""

    subject: str
    text: str
    html: str


def _names(text: str) -> list[str]:
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError as error:
        raise ValidationError(LONE_BRACE) from error
    return [name if not spec and not turn else f"{name}…" for _, name, spec, turn in parts if name is not None]


def check(text: str, allowed: Iterable[str], needed: Iterable[str] = ()) -> None:
    """Refuse a text with placeholders nobody fills, with a lone brace, or without one that is needed.

    Raises:
        ValidationError: A German sentence that names them and what is possible.
    """
    names, possible = _names(text), list(allowed)
    unknown = sorted({f"{{{name}}}" for name in names if name not in possible})
    if unknown:
        known = ", ".join(f"{{{name}}}" for name in possible)
        what = "Diesen Platzhalter gibt es" if len(unknown) == 1 else "Diese Platzhalter gibt es"
        raise ValidationError(f"{what} hier nicht: {', '.join(unknown)}. Möglich sind: {known}.")
    missing = [name for name in needed if name not in names]
    if missing:
        named = ", ".join(f"{{{name}}}" for name in missing)
        meant = "; ".join(PLACEHOLDERS[name].meaning for name in missing)
        raise ValidationError(f"Ohne {named} fehlt den Empfängern etwas Wichtiges: {meant}.")


def check_subject(kind: str, subject: str) -> None:
    """Raise ValidationError as `check` does; a subject is one line."""
    if len(subject.splitlines()) > 1:
        raise ValidationError("Der Betreff ist eine einzige Zeile.")
    check(subject, for_subject(kind))


def check_text(kind: str, text: str) -> None:
    check(text, KINDS[kind].placeholders, KINDS[kind].needs)


def current(kind: str) -> Text:
    """Return the text that counts: the centre's own, else the shipped one; one query."""
    row = MailText.objects.filter(kind=kind).first()
    return shipped()[kind] if row is None else Text(row.subject, row.text)


def _filled(text: str, values: Mapping[str, str]) -> str:
    lines = []
    for line in text.replace("\r\n", "\n").split("\n"):
        names = _names(line)
        if names and not any(values[name] for name in names):
            continue
        lines.append(line.format_map(values) if names or "{" in line or "}" in line else line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _inline(line: str) -> str:
    """Return a line as HTML, its addresses as links."""
    parts, last = [], 0
    for found in _ADDRESS.finditer(line):
        address = escape(found[0])
        parts += [escape(line[last : found.start()]), f'<a href="{address}">{address}</a>']
        last = found.end()
    return "".join(str(part) for part in [*parts, escape(line[last:])])


def _block(paragraph: str) -> str:
    lines = paragraph.split("\n")
    if all(line.startswith("- ") for line in lines):
        return "<ul>" + "".join(f"<li>{_inline(line[2:])}</li>" for line in lines) + "</ul>"
    return "<p>" + "<br>\n".join(_inline(line) for line in lines) + "</p>"


def as_html(text: str) -> str:
    """Return the paragraphs of a filled text as HTML without any style or picture; everything is escaped."""
    return "\n".join(_block(part) for part in text.split("\n\n") if part.strip())


def _document(subject: str, text: str) -> str:
    return (
        f'<!DOCTYPE html>\n<html lang="de"><head><meta charset="utf-8"><title>{escape(subject)}</title></head>\n'
        f"<body>\n{as_html(text)}\n</body></html>\n"
    )


def fill(template: Text, values: Mapping[str, str]) -> Rendered:
    """Fill a checked template; a placeholder without a value counts as empty.

    Raises:
        ValidationError: The template has a placeholder nobody knows, or a lone brace.
    """
    known = {name: values.get(name, "") for name in PLACEHOLDERS}
    for part in (template.subject, template.text):
        check(part, known)
    subject = " ".join(template.subject.format_map(known).split())
    text = _filled(template.text, known)
    return Rendered(subject, f"{text}\n", _document(subject, text))


def written(subject: str, text: str) -> Rendered:
    """Return a mail somebody has written: nothing is filled in, braces stay as they are."""
    subject, text = " ".join(subject.split()), text.replace("\r\n", "\n").strip()
    return Rendered(subject, f"{text}\n", _document(subject, text))


def render(kind: str, values: Mapping[str, str]) -> Rendered:
    """Return a mail of a kind. A stored text that cannot be filled any more gives way to the shipped one."""
    try:
        return fill(current(kind), values)
    except ValidationError:
        return fill(shipped()[kind], values)


def preview(kind: str, template: Text) -> Rendered:
    """Fill a template with examples. Raises ValidationError as `fill`."""
    names = KINDS[kind].placeholders
    return fill(template, {name: PLACEHOLDERS[name].example for name in names})
