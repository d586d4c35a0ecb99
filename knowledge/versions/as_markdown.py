"""Versions and their differences as Markdown, with the marks of CriticMarkup: {--gone--} and {++new++}."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from django.http import HttpResponse
from django.utils import timezone

from knowledge.versions.compare import Comparison, Part
from knowledge.versions.queries import Version
from knowledge.versions.subjects import Subject
from knowledge.versions.words import Piece, Row
from portal.core.markdown_answers import markdown_answer, markdown_link
from portal.core.text import escape_markdown

_MARKS = {"del": ("{--", "--}"), "ins": ("{++", "++}"), "same": ("", "")}
_LEADS = {"item": "- ", "row": "- ", "head": "- "}


def _line(version: Version, url: str, before: int | None) -> str:
    day = f"{timezone.localtime(version.published_at):%d.%m.%Y}"
    kind = "wesentliche Änderung" if version.is_major else "kleine Änderung"
    note = version.note or version.reason
    said = f": {escape_markdown(' '.join(note.split()))}" if note else ""
    link = ""
    if before is not None:
        address = f"{url}{before}-{version.number}.md"
        link = f" ({markdown_link(f'Vergleich mit Fassung {before}', address)})"
    return f"- Fassung {version.number}, {day}, {kind}{said}{link}"


def version_list(subject: Subject, listed: Sequence[Version], before: Mapping[int, int]) -> HttpResponse:
    """Answer with the list of versions, newest first."""
    url = subject.versions_url
    lines = [_line(version, url, before.get(version.number)) for version in listed]
    return markdown_answer(f"Änderungen: {subject.title}", url, lines or ["Noch keine Fassung verzeichnet."])


def _piece(piece: Piece) -> str:
    opening, closing = _MARKS[piece.op]
    return f"{opening}{escape_markdown(piece.text)}{closing}"


def _row(row: Row) -> str:
    if row.state == "gap":
        return f"… ({row.hidden} unverändert)"
    cells = (" ".join(_piece(piece) for piece in cell) for cell in row.cells)
    return _LEADS.get(row.kind, "") + " | ".join(cells)


def _part(part: Part, *, titled: bool) -> Iterator[str]:
    if titled:
        name = f" „{escape_markdown(part.name)}“" if part.name else ""
        yield from (f"### {part.label}{name} ({part.said})", "")
    for row in part.rows:
        yield from (_row(row), "")


def comparison(subject: Subject, url: str, old: Version, new: Version, result: Comparison) -> HttpResponse:
    """Answer with what differs."""
    lines = ["Gelöschtes steht in {-- --}, Eingefügtes in {++ ++}.", ""]
    for change in result.changes:
        lines += [f"## {change.label}", ""]
        titled = len(change.parts) > 1 or bool(change.parts[0].label)
        for part in change.parts:
            lines += _part(part, titled=titled)
    if not result.changes:
        lines += ["Die beiden Fassungen haben denselben Text.", ""]
    if result.same:
        lines.append(f"Unverändert: {', '.join(result.same)}.")
    title = f"Fassung {old.number} und {new.number}: {subject.title}"
    response = markdown_answer(title, url, lines)
    response.headers["X-Robots-Tag"] = "noindex"
    return response
