"""Appointments made at given times, and what is free or taken afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from consultations import queries
from consultations.models import Adviser, Appointment, Format
from consultations.services import appointments
from consultations.states import BLOCKING
from tests.factories import calendar as make


def at(minutes: float) -> datetime:
    return make.NOW + timedelta(minutes=minutes)


def book(form: Format, start: datetime, *advisers: Adviser, **fields: Any) -> Appointment:
    extra = {"further": [person.pk for person in fields.pop("further", [])]}
    wanted = make.placement(form, start, *advisers, **extra)
    return appointments.book(placement=wanted, case=fields.pop("case", None) or make.case(), by=None, **fields)


def slots_of(form: Format, *advisers: Adviser, day: int = 0, **asked: Any) -> list[int]:
    """Return the hours (Berlin) free on a day."""
    when = make.MONDAY + timedelta(days=day)
    wanted = queries.Asked(form, [person.pk for person in advisers], asked.pop("now", make.NOW), **asked)
    found = queries.free_slots(wanted, first=when, last=when)
    return [slot.starts_at.astimezone(make.BERLIN).hour for slot in found]


def blocking(adviser: Adviser) -> list[tuple[str, int]]:
    rows = adviser.allocations.filter(state__in=BLOCKING)
    return [(row.state, row.blocks_from.astimezone(make.BERLIN).hour) for row in rows]
