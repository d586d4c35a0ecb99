"""When the centre last had to do with a municipality: the one definition, for its page, the list and figures.

A contact is a concern that came in, whichever way, a message of either side, an appointment that took place, or a
contact note of the centre; an invitation that was sent is such a note.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import DateTimeField, Exists, F, Max, Model, OuterRef, QuerySet, Subquery
from django.utils import timezone

from consultations.models import Appointment, Case, ContactNote, Message
from consultations.states import AppointmentState
from consultations.times import local_day
from portal.accounts.models import Municipality

MONTH = timedelta(days=30)


def _moments(town: Municipality | OuterRef) -> tuple[tuple[QuerySet[Model], str], ...]:
    """Return the rows that are contacts, each with the name of its moment; notes have a day and stand apart."""
    met = Appointment.objects.filter(case__municipality=town, state=AppointmentState.DONE)
    return (
        (Case.objects.filter(municipality=town), "created_at"),
        (Message.objects.filter(case__municipality=town), "at"),
        (met, "starts_at"),
    )


def _notes(town: Municipality | OuterRef) -> QuerySet[ContactNote]:
    return ContactNote.objects.filter(municipality=town)


def last_contact(town: Municipality) -> date | None:
    """Return the local day of a municipality's last contact; None for never; 4 queries."""
    found: list[datetime | None] = [
        rows.order_by().aggregate(last=Max(moment))["last"] for rows, moment in _moments(town)
    ]
    days = [local_day(moment) for moment in found if moment is not None]
    noted: date | None = _notes(town).order_by().aggregate(last=Max("day"))["last"]
    return max([*days, *([noted] if noted else [])], default=None)


def without_contact(months: int) -> QuerySet[Municipality]:
    """Return the municipalities nobody has heard of for some months (of 30 days), those never heard of first."""
    since, town = timezone.now() - MONTH * months, OuterRef("pk")
    rows = Municipality.objects.filter(active=True)
    for contacts, moment in _moments(town):
        rows = rows.filter(~Exists(contacts.filter(**{f"{moment}__gt": since})))
    rows = rows.filter(~Exists(_notes(town).filter(day__gt=local_day(since))))
    newest = Case.objects.filter(municipality=town).order_by("-created_at").values("created_at")[:1]
    rows = rows.annotate(asked_at=Subquery(newest, output_field=DateTimeField())).select_related("district")
    return rows.order_by(F("asked_at").asc(nulls_first=True), "name")
