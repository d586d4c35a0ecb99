"""Deadlines as a calendar to subscribe to (RFC 5545, RFC 7986): all-day events, one UID for life.

Many programmes drop the alarms of subscribed calendars, so the two reminders are to be had as entries, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from icalendar import Alarm, Calendar, Event

from knowledge.deadlines.listing import Entry
from knowledge.markdown import plain_text, render_markdown
from knowledge.models import Deadline
from portal.core.seo import absolute

REMIND_DAYS = (90, 30)
REFRESH = timedelta(hours=12)
_NEVER = datetime(2026, 1, 1, tzinfo=UTC)


def changed_at(deadline: Deadline) -> datetime:
    return deadline.last_published_at or deadline.first_published_at or _NEVER


def described(entry: Entry) -> str:
    """Return what a calendar says below the title."""
    deadline = entry.deadline
    lines = [
        plain_text(render_markdown(deadline.text)),
        "",
        f"{deadline.get_kind_display()}; Stand: {deadline.status_label}",
        f"Bindet: {', '.join(label for _, label in entry.binds)}",
    ]
    basis = ", ".join(line.strip() for line in deadline.legal_basis.splitlines() if line.strip())
    lines += [f"Rechtsgrundlage: {basis}"] if basis else []
    lines += [f"Quelle: {deadline.source}"] if deadline.source else []
    lines += [f"Stand der Quelle: {deadline.state_date:%d.%m.%Y}", absolute(entry.url)]
    return "\n".join(lines)


def _event(entry: Entry, day: date, *, uid: str, summary: str) -> Event:
    deadline = entry.deadline
    status = Deadline.Status(deadline.status)
    event = Event()
    event.add("uid", uid)
    event.add("sequence", deadline.sequence)
    event.add("dtstamp", changed_at(deadline).astimezone(UTC).replace(microsecond=0))
    event.add("last-modified", changed_at(deadline).astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", day)
    event.add("summary", summary)
    event.add("description", described(entry))
    event.add("url", absolute(entry.url))
    event.add("categories", [name for name in (entry.topic, *(label for _, label in entry.binds)) if name])
    event.add("transp", "TRANSPARENT")
    event.add("status", "CANCELLED" if status == Deadline.Status.DROPPED else "CONFIRMED")
    return event


def _events(entry: Entry, day: date, *, as_days: bool) -> Iterator[Event]:
    """Yield the deadline and, where they are days of their own, its reminders.

    A reminder has a UID of its own that follows from that of the deadline, so that it moves when the day does.
    """
    deadline = entry.deadline
    event = _event(entry, day, uid=deadline.calendar_uid, summary=deadline.title)
    yield event
    if not Deadline.Status(deadline.status).ends_with(Deadline.Kind(deadline.kind)):
        return
    for days in REMIND_DAYS:
        if not as_days:
            event.add_component(_alarm(deadline, days))
        elif day.toordinal() > days:
            uid = f"erinnerung-{days}-{deadline.calendar_uid}"
            yield _event(entry, day - timedelta(days=days), uid=uid, summary=_reminder(deadline, days))


def _reminder(deadline: Deadline, days: int) -> str:
    return f"In {days} Tagen: {deadline.title}"


def _alarm(deadline: Deadline, days: int) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", _reminder(deadline, days))
    alarm.add("trigger", timedelta(days=-days))
    return alarm


def calendar(title: str, entries: Iterable[Entry], *, as_days: bool = False) -> bytes:
    """Return the calendar of all entries that have a day; `as_days`: reminders are entries instead of alarms."""
    found = Calendar()
    found.add("prodid", f"-//{settings.SITE_NAME}//Fristen//DE")
    found.add("version", "2.0")
    found.add("calscale", "GREGORIAN")
    found.add("method", "PUBLISH")
    found.add("name", title)
    found.add("x-wr-calname", title)
    found.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    found.add("x-published-ttl", "PT12H")
    for entry in entries:
        if day := entry.deadline.day:
            for event in _events(entry, day, as_days=as_days):
                found.add_component(event)
    return bytes(found.to_ical())
