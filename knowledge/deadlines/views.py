"""The timeline of all deadlines and a page for each, as HTML and as Markdown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from knowledge.deadlines.feeds import AS_DAYS, REMINDERS
from knowledge.deadlines.listing import FOLDED, HEADINGS, Entry, Section, entries_of, sections
from knowledge.deadlines.queries import (
    Chosen,
    all_deadlines,
    belongs_to,
    deadline_at,
    fields_of,
    pages_of,
    public_of,
)
from knowledge.markdown import render_markdown
from knowledge.models import Deadline
from knowledge.models.trust import Audience
from knowledge.page_context import group_by_act, legal_basis
from knowledge.queries import Reader
from knowledge.role_pages.queries import deadline_ids
from knowledge.views.indexes import HOME
from portal.core.markdown_answers import markdown_answer, markdown_link, offer_markdown
from portal.core.seo import absolute, plain
from portal.core.text import escape_markdown

LEAD = "Was wann fällig ist oder gilt, wen es bindet und worauf es beruht."


def _subscriptions(topic: Any, public: list[Deadline]) -> list[dict[str, str]]:
    """Return name and addresses of feed and calendar: of all, and of the chosen field where it has public ones.

    Programmes that fetch them are signed in nowhere, so nothing else would answer them.
    """
    found = [{"name": "Alle Fristen", "atom": reverse("deadlines_feed"), "ics": reverse("deadlines_calendar")}]
    if topic is not None and any(belongs_to(row, [topic]) for row in public):
        args = [topic.slug]
        atom, ics = reverse("deadlines_feed_of", args=args), reverse("deadlines_calendar_of", args=args)
        found.append({"name": topic.title, "atom": atom, "ics": ics})
    days = f"?{REMINDERS}={AS_DAYS}"
    return [
        {
            **item,
            "ics_full": absolute(item["ics"]),
            "days": item["ics"] + days,
            "days_full": absolute(item["ics"]) + days,
        }
        for item in found
    ]


@require_safe
def timeline(request: HttpRequest) -> HttpResponse:
    """All deadlines in the order of their days; what the address asks for is kept."""
    deadlines = all_deadlines(Reader.of(request))
    chosen, topics = Chosen.of(request.GET), [field for field in fields_of(deadlines) if field.live]
    topic = next((topic for topic in topics if topic.slug == chosen.topic), None)
    if topic is None:
        chosen = replace(chosen, topic="")
    kept, public = [row for row in deadlines if chosen.keeps(row, topics)], public_of(deadlines)
    if chosen.role:
        concerned = deadline_ids(chosen.role, Reader.of(request))
        kept = [row for row in kept if row.pk in concerned]
    context = {
        "sections": sections(kept, timezone.localdate()),
        "folded": FOLDED,
        "open_folded": bool(chosen.status) and Deadline.Status(chosen.status).is_folded,
        "chosen": chosen,
        "binds": Deadline.Binds.choices,
        "topics": [(topic.slug, topic.title) for topic in topics],
        "statuses": Deadline.Status.choices,
        "roles": Audience.choices,
        "total": len(deadlines),
        "shown": len(kept),
        "subscriptions": _subscriptions(topic, public),
        "not_public": len(deadlines) - len(public),
        "field": topic,
        "lead": LEAD,
        "breadcrumbs": [HOME],
        "meta": {
            "title": "Fristen",
            "description": LEAD,
            "noindex": chosen.is_set,
            "feeds": [(f"{settings.SITE_NAME}: Fristen", reverse("deadlines_feed"))],
        },
    }
    response = render(request, "knowledge/deadlines/timeline.html", context)
    return offer_markdown(response, reverse("deadlines"))


def _found(request: HttpRequest, slug: str) -> Entry:
    deadline = deadline_at(slug, Reader.of(request))
    if deadline is None:
        raise Http404
    return entries_of([deadline], timezone.localdate())[0]


@require_safe
def one(request: HttpRequest, slug: str) -> HttpResponse:
    """One deadline: what holds, for whom, on what ground, and the pages that help."""
    entry = _found(request, slug)
    deadline, reader = entry.deadline, Reader.of(request)
    html, basis = render_markdown(deadline.text), legal_basis(deadline)
    context = {
        "entry": entry,
        "deadline": deadline,
        "edit_target": deadline,
        "text_html": mark_safe(html),
        "legal_basis": basis,
        "legal_acts": group_by_act(basis),
        "pages": pages_of(deadline, reader),
        "topic_url": deadline.topic.get_url(request) if entry.topic and deadline.topic else "",
        "breadcrumbs": [HOME, {"title": "Fristen", "url": reverse("deadlines")}],
        "meta": {"title": deadline.title, "description": f"{entry.when}. {plain(html, 240)}"},
    }
    response = render(request, "knowledge/deadlines/deadline.html", context)
    return offer_markdown(response, request.path)


def _line(entry: Entry) -> str:
    deadline = entry.deadline
    binds = ", ".join(label for _, label in entry.binds)
    return (
        f"- {escape_markdown(entry.when)}: {markdown_link(deadline.title, entry.url)} "
        f"({deadline.get_kind_display()}; bindet {binds}; {deadline.status_label})"
    )


def _section_lines(section: Section) -> list[str]:
    lines = [f"## {HEADINGS[section.name]}", ""]
    return [*lines, *(_line(entry) for _, entries in section.years for entry in entries), ""]


@require_safe
def timeline_markdown(request: HttpRequest) -> HttpResponse:
    """All deadlines, always all of them."""
    found = sections(all_deadlines(Reader.of(request)), timezone.localdate())
    lines = [line for section in found for line in _section_lines(section)]
    return markdown_answer("Fristen", reverse("deadlines"), [LEAD, "", *lines])


@require_safe
def one_markdown(request: HttpRequest, slug: str) -> HttpResponse:
    """One deadline with everything its page says."""
    entry = _found(request, slug)
    deadline = entry.deadline
    rows = [
        ("Termin", entry.when),
        ("Art", deadline.get_kind_display()),
        ("Stand", deadline.status_label),
        ("Bindet", ", ".join(label for _, label in entry.binds)),
        ("Feld", entry.topic),
        ("Rechtsgrundlage", ", ".join(line.strip() for line in deadline.legal_basis.splitlines() if line.strip())),
        ("Quelle", deadline.source),
        ("Adresse der Quelle", deadline.source_url),
        ("Stand der Quelle", f"{deadline.state_date:%d.%m.%Y}"),
    ]
    lines = [deadline.text.strip(), "", *(f"- {name}: {escape_markdown(value)}" for name, value in rows if value)]
    if pages := pages_of(deadline, Reader.of(request)):
        lines += ["", "## Seiten dazu", "", *(f"- {markdown_link(page['title'], page['url'])}" for page in pages)]
    return markdown_answer(deadline.title, entry.url, lines)
