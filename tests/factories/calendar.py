"""Formats, advisers with hours, municipalities and cases for the calendar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from consultations.models import Adviser, Case, Format, WeeklyHours
from consultations.services import cases
from consultations.services.placing import Placement
from portal.accounts.models import Municipality, User

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2027, 3, 1, 6, 0, tzinfo=UTC)
"""A Monday, 7:00 in Berlin; clocks go forward on the 28th."""
MONDAY = date(2027, 3, 1)
WORKDAYS = range(5)


def local(day: date, hour: int, minute: int = 0, *, fold: int = 0) -> datetime:
    """Return a wall time in Berlin as UTC."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=BERLIN, fold=fold).astimezone(UTC)


def on(days: int, hour: int = 10, minute: int = 0) -> datetime:
    """Return a wall time some days after MONDAY as UTC."""
    return local(MONDAY + timedelta(days=days), hour, minute)


def form(key: str = "erstgespraech", **fields: Any) -> Format:
    """Make a direct format of an hour, on the hour, bookable at once for 60 days."""
    defaults = {
        "name": "Erstgespräch", "entry": Format.Entry.DIRECT, "duration": 60, "step": 60, "notice_hours": 0,
        "places": ["video", "phone"],
    }  # fmt: skip
    return Format.objects.create(key=key, **{**defaults, **fields})


def group_form(**fields: Any) -> Format:
    return form("sprechstunde", **{"name": "Sprechstunde", "kind": Format.Kind.GROUP, "capacity": 3, **fields})


def adviser(
    name: str = "Größe", *, hours: tuple[int, int] = (9, 17), weekdays: Sequence[int] = WORKDAYS, **fields: Any
) -> Adviser:
    """Make an adviser who works the same hours on some weekdays."""
    address = f"{name.encode('ascii', 'ignore').decode().lower() or 'p'}@kkv.example"
    user = User.objects.create_user(address, "ein-langes-Kennwort", first_name="Jörg", last_name=name)
    made = Adviser.objects.create(user=user, **fields)
    WeeklyHours.objects.bulk_create(
        WeeklyHours(adviser=made, weekday=day, starts=time(hours[0]), ends=time(hours[1])) for day in weekdays
    )
    return made


def user_of(adviser: Adviser) -> User:
    """Return the account of an adviser who has one."""
    assert adviser.user is not None
    return adviser.user


def municipality(name: str = "Mühltal") -> Municipality:
    """Return a town, made if there is none of the name."""
    kind = Municipality.Kind.KREISFREIE_STADT
    slug = f"test-{name.encode('ascii', 'ignore').decode().lower()}"
    return Municipality.objects.get_or_create(slug=slug, defaults={"name": name, "kind": kind})[0]


def case(subject: str = "Anschluss an die Wohnsitzanmeldung", **fields: Any) -> Case:
    return cases.receive(**{"municipality": municipality(), "subject": subject, "by": None, **fields})


def placement(form: Format, starts_at: datetime, *advisers: Adviser, **fields: Any) -> Placement:
    """Ask for a time of any of some advisers."""
    return Placement(form=form, starts_at=starts_at, candidates=[person.pk for person in advisers], **fields)
