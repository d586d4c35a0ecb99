"""The public page of group sessions with free seats, as HTML, Markdown, Atom and calendar."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Max, Min
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from consultations import offers, topics
from consultations.models import Format, GroupSession
from consultations.opening import when_open
from consultations.requester import ics, words
from knowledge.feeds import NOTHING_YET, conditional, new_feed, tag_of
from knowledge.queries import Reader
from portal.core.markdown_answers import markdown_answer, markdown_link, offer_markdown
from portal.core.models import AuditEntry
from portal.core.seo import absolute
from portal.core.text import escape_markdown

TITLE = "Sprechstunden und Termine"
LEAD = "Offene Termine für mehrere Kommunen, und was Sie einzeln buchen können."


def _rows() -> list[dict[str, Any]]:
    start = reverse("consultation_start")
    return [
        {
            "row": row, "session": row.session, "when": words.when(row.session.starts_at, row.session.ends_at),
            "url": f"{start}?{urlencode({'termin': str(row.session.uid)})}", "seats": seats_in_words(row),
        }
        for row in offers.sessions()
    ]  # fmt: skip


def _readable(rows: list[dict[str, Any]], reader: Reader) -> list[dict[str, Any]]:
    return [{**row, "topic": topics.title_for(reader, row["session"].topic)} for row in rows]


def seats_in_words(row: offers.Session) -> str:
    """Return what is free: "3 von 12 Plätzen frei"."""
    if not row.bookable:
        return "Anmeldung geschlossen"
    if row.is_full:
        waiting = f", {row.waiting} auf der Warteliste" if row.waiting else ""
        return f"Ausgebucht{waiting}"
    return f"{row.free} von {row.session.capacity} Plätzen frei"


def _noted(sessions: Iterable[GroupSession]) -> dict[int, tuple[datetime, datetime]]:
    """Return when the centre planned each session and when it changed it last, as the log has it: 1 query."""
    rows = AuditEntry.objects.filter(
        object_type=GroupSession._meta.label_lower, object_id__in=[str(session.pk) for session in sessions],
        action__startswith="session.",
    )  # fmt: skip
    found = rows.values_list("object_id").annotate(Min("at"), Max("at"))
    return {int(pk): (first, last) for pk, first, last in found.order_by()}


def _formats() -> Any:
    return Format.objects.filter(active=True).exclude(kind=Format.Kind.GROUP)


@when_open
@never_cache
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Planned sessions with free seats, the next first; then the formats one books alone."""
    context = {
        "rows": _readable(_rows(), Reader.of(request)), "formats": _formats(), "title": TITLE, "lead": LEAD,
        "zone": words.zone_words(),
        "breadcrumbs": [{"title": "Startseite", "url": "/"}], "meta": {"title": TITLE, "description": LEAD},
    }  # fmt: skip
    return offer_markdown(render(request, "consultations/requester/sessions.html", context), request.path)


@when_open
@never_cache
@require_safe
def markdown(request: HttpRequest) -> HttpResponse:
    """The same as Markdown."""
    lines = [LEAD, "", words.zone_words(), "", "## Gruppentermine", ""]
    for row in _rows():
        session = row["session"]
        title = markdown_link(session.title, row["url"])
        lines.append(f"- {title}: {row['when']}, {session.get_place_display()}. {row['seats']}.")
    if lines[-1] == "":
        lines.append("Zurzeit ist kein Gruppentermin geplant.")
    lines += ["", "## Einzeln", ""]
    for form in _formats():
        length = f" ({form.duration} Minuten)" if form.duration else ""
        lines.append(f"- {escape_markdown(form.name)}{length}: {escape_markdown(' '.join(form.text.split()))}")
    lines += ["", markdown_link("Beratung anfragen", reverse("consultation_start"))]
    return markdown_answer(TITLE, reverse("consultation_sessions"), lines)


@when_open
@never_cache
@require_safe
def atom(request: HttpRequest) -> HttpResponse:
    """Planned sessions as a feed; each keeps its identifier for life, and is new again when the centre changes it.

    How many seats are free is no news, but what is read has to be true: there is no 304 by date.
    """
    title = f"{settings.SITE_NAME}: {TITLE}"
    feed = new_feed(request, title=title, link=reverse("consultation_sessions"), guid=tag_of("beratung/termine"))
    rows = _rows()
    noted = _noted([row["session"] for row in rows])
    for row in rows:
        session = row["session"]
        planned, changed = noted.get(session.pk, (None, NOTHING_YET))
        feed.add_item(
            title=session.title, link=absolute(row["url"]),
            description=f"{row['when']}, {session.get_place_display()}. {row['seats']}.",
            unique_id=tag_of(f"gruppentermin/{session.uid}"), pubdate=planned, updateddate=changed,
            categories=[session.format.name],
        )  # fmt: skip
    return conditional(request, feed, by_date=False)


@when_open
@never_cache
@require_safe
def calendar(request: HttpRequest, uid: UUID | None = None) -> HttpResponse:
    """All planned sessions, or one of them, as a calendar."""
    rows = [row for row in _rows() if uid is None or row["session"].uid == uid]
    if uid is not None and not rows:
        raise Http404
    events = [ics.of_session(row["session"], absolute(row["url"])) for row in rows]
    body = ics.calendar(events, title=f"{settings.SITE_NAME}: {TITLE}")
    return ics.answer(body, "sprechstunden" if uid is None else f"termin-{uid}")
