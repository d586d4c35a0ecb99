"""Appointments and group sessions as calendar entries to download or subscribe to (RFC 5545), without concerns."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from icalendar import Calendar, Event, vUri

from consultations import times
from consultations.mailing import zones
from consultations.models import Appointment, GroupSession, Place
from consultations.states import AppointmentState, SessionState

REFRESH = timedelta(hours=1)


def _host() -> str:
    return settings.BASE_URL.partition("://")[2].partition(":")[0]


def _event(
    row: Appointment | GroupSession, *, uid: str, changed: datetime, summary: str, place: str, address: str,
    off: bool, advising: str = "",
) -> Event:  # fmt: skip
    assert row.starts_at is not None  # noqa: S101 - callers have asked
    assert row.ends_at is not None  # noqa: S101 - a range has both
    event = Event()
    event.add("uid", f"{uid}@{_host()}")
    event.add("sequence", row.sequence)
    event.add("dtstamp", changed.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", row.starts_at.astimezone(times.zone()))
    event.add("dtend", row.ends_at.astimezone(times.zone()))
    event.add("summary", summary)
    event.add("status", "CANCELLED" if off else "CONFIRMED")
    if place:
        event.add("location", place)
    event.add("description", f"Beratung: {advising}\n{address}" if advising else address)
    event.add("url", vUri(address))
    return event


def _place(place: str, detail: str) -> str:
    return ", ".join(part for part in (Place(place).label if place else "", detail) if part)


def of_appointment(appointment: Appointment, address: str, *, advising: str = "") -> Event:
    """Return an appointment with a time; its summary names the format, never the concern.

    The description has `advising` (names of who advises), where they are given, and the address.
    """
    tentative = appointment.state == AppointmentState.REQUESTED
    kept = (AppointmentState.REQUESTED, AppointmentState.CONFIRMED, AppointmentState.DONE)
    event = _event(
        appointment, uid=appointment.uid, changed=appointment.changed_at,
        summary=f"{appointment.format.name} ({settings.SITE_NAME})",
        place=_place(appointment.place, appointment.place_detail), address=address,
        off=appointment.state not in kept, advising=advising,
    )  # fmt: skip
    if tentative:
        event["status"] = "TENTATIVE"
    return event


def of_session(session: GroupSession, address: str) -> Event:
    """Return a group session; dial-in details are for those who have a seat."""
    return _event(
        session, uid=str(session.uid), changed=timezone.now(), summary=session.title,
        place=_place(session.place, ""), address=address, off=session.state == SessionState.CANCELLED,
    )  # fmt: skip


def calendar(events: Iterable[Event], *, title: str) -> bytes:
    """Return a calendar with the rules of its time zone."""
    found = Calendar()
    found.add("prodid", f"-//{settings.SITE_NAME}//Termine//DE")
    found.add("version", "2.0")
    found.add("calscale", "GREGORIAN")
    found.add("method", "PUBLISH")
    found.add("name", title)
    found.add("x-wr-calname", title)
    found.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    listed = list(events)
    if listed:
        found.add_component(zones.rules(str(times.zone()), timezone.localdate().year))
    for event in listed:
        found.add_component(event)
    return bytes(found.to_ical())


def answer(body: bytes, name: str) -> HttpResponse:
    """Return a calendar as a download."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.ics"'}
    return HttpResponse(body, content_type="text/calendar; charset=utf-8", headers=headers)
