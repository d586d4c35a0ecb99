"""What the pages by role show, as plain lists for the templates and for the Markdown form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from knowledge.deadlines.listing import AHEAD, PASSED, UNDATED, Entry, entries_of
from knowledge.models import RolePage
from knowledge.queries import Reader, breadcrumbs
from knowledge.role_pages import queries
from knowledge.role_pages.quarter import Quarter
from portal.core.markdown_answers import markdown_link
from portal.core.text import escape_markdown

_PLACES = (AHEAD, PASSED, UNDATED)


@dataclass(frozen=True)
class RoleView:
    """Everything computed for a role on a local day."""

    quarter: Quarter
    in_quarter: list[Entry]
    next_deadline: Entry | None
    changed: list[queries.Changed]
    first: list[dict[str, Any]]
    checklists: list[dict[str, Any]]
    deadlines: list[Entry]
    timeline_url: str

    @classmethod
    def of(cls, page: RolePage, reader: Reader, today: date) -> RoleView:
        quarter, role = Quarter.of(today), page.role
        first = queries.first_pages(page, reader)
        if not role:  # a draft that is for nobody yet
            return cls(quarter, [], None, [], first, [], [], reverse("deadlines"))
        entries = entries_of(queries.deadlines_for(role, reader), today)
        dated = [entry for entry in entries if entry.deadline.day]
        inside = [entry for entry in dated if entry.deadline.day and entry.deadline.day in quarter]
        coming = next((entry for entry in dated if entry.place == AHEAD), None)
        return cls(
            quarter=quarter,
            in_quarter=inside,
            next_deadline=None if inside else coming,
            changed=queries.changed_between(role, quarter.begins_at, quarter.ends_at, reader),
            first=first,
            checklists=queries.checklists(role, reader),
            deadlines=sorted(entries, key=lambda entry: _PLACES.index(entry.place)),
            timeline_url=f"{reverse('deadlines')}?rolle={role}",
        )


def link_of(page: RolePage, request: HttpRequest | None) -> dict[str, str]:
    """Return how a way in is offered: title, how "Ich bin …" goes on, summary, address."""
    url = page.get_url(request) or ""
    return {"title": page.title, "said": page.said, "summary": page.summary, "url": url}


def role_context(page: RolePage, request: HttpRequest) -> dict[str, Any]:
    """Return the context of a page for a role."""
    reader = Reader.of(request)
    crumbs = breadcrumbs(page, request)
    others = queries.role_pages(reader, RolePage.objects.sibling_of(page)) if page.depth else []
    return {
        "breadcrumbs": crumbs,
        "view": RoleView.of(page, reader, timezone.localdate()),
        "others": [link_of(row, request) for row in others if row.pk != page.pk],
    }


def role_index_context(page: Any, request: HttpRequest) -> dict[str, Any]:
    """Return the context of the overview of roles."""
    rows = queries.role_pages(Reader.of(request), RolePage.objects.child_of(page))
    return {"breadcrumbs": breadcrumbs(page, request), "roles": [link_of(row, request) for row in rows]}


def _deadline_line(entry: Entry) -> str:
    deadline = entry.deadline
    binds = ", ".join(label for _, label in entry.binds)
    what = f"{markdown_link(deadline.title, entry.url)} (bindet {binds}; {deadline.status_label})"
    return f"{escape_markdown(entry.when)}: {what}"


def markdown_lines(page: RolePage, request: HttpRequest) -> Iterator[str]:
    """Yield what the page shows and no file holds, a line each."""
    view = RoleView.of(page, Reader.of(request), timezone.localdate())
    yield f"{view.quarter.name}:"
    yield from (f"- {_deadline_line(entry)}" for entry in view.in_quarter)
    yield from (f"- wesentlich geändert: {markdown_link(row.title, row.url)}" for row in view.changed)
    if view.next_deadline is not None:
        yield f"- keine Frist in diesem Quartal; als Nächstes {_deadline_line(view.next_deadline)}"
    for heading, rows in (("Die ersten drei Seiten", view.first), ("Checklisten und Vorlagen", view.checklists)):
        yield f"{heading}:"
        yield from (f"- {markdown_link(row['title'], row['url'])}" for row in rows)
    yield "Fristen:"
    yield from (f"- {_deadline_line(entry)}" for entry in view.deadlines)
