"""What each rule of retention finds at its end, and what it does with it; the days stand in the table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from consultations.models import (
    Absence,
    Allocation,
    Appointment,
    BusyTime,
    Case,
    CaseKeeping,
    ContactNote,
    DateOverride,
    IncomingMail,
    NoReminders,
    WeeklyHours,
)
from consultations.privacy import anonymising
from consultations.states import ENDED_CASES, REOPENS_WITHIN, AppointmentState
from portal.core import work_answers
from portal.core.models import WorkReport


@dataclass(frozen=True)
class Rule:
    """`due(before)` finds what is at its end (`before` aware); `carry_out(row)` runs in a transaction of its own.

    `least_days`: a shorter period would take away what is still needed.
    """

    title: str
    does: str
    due: Callable[[datetime], QuerySet[Any]]
    carry_out: Callable[[Any], None]
    least_days: int = 0


def _delete(row: Any) -> None:
    row.delete()


def ended_before(before: datetime) -> QuerySet[Case]:
    """Return the ended cases whose retention is over, the oldest first."""
    return Case.objects.filter(state__in=ENDED_CASES, ended_at__lt=before).order_by("ended_at", "pk")


def _cases(before: datetime) -> QuerySet[Case]:
    """Those nobody has offered to the archive yet, and those it has decided about."""
    decided = ~Q(keeping__decision="") & Q(keeping__isnull=False)
    return ended_before(before).filter(Q(keeping=None) | Q(keeping__offered_at=None) | decided)


def _case(case: Case) -> None:
    keeping, _ = CaseKeeping.objects.get_or_create(case=case)
    if keeping.offered_at is None:
        keeping.offered_at = timezone.now()
        keeping.save()
    elif keeping.decision:
        anonymising.anonymise(case=case)


def _holds(before: datetime) -> QuerySet[Appointment]:
    rows = Appointment.objects.filter(state=AppointmentState.EXPIRED, case=None, changed_at__lt=before)
    return rows.filter(moved_to=None).order_by("pk")


def _absences(before: datetime) -> QuerySet[Absence]:
    return Absence.objects.filter(last_day__lt=timezone.localdate(before)).order_by("pk")


def _no_reminders(before: datetime) -> QuerySet[NoReminders]:
    """Those by an address; that of an account goes with the account."""
    return NoReminders.objects.filter(user=None, since__lt=before).order_by("pk")


def _overrides(before: datetime) -> QuerySet[DateOverride]:
    return DateOverride.objects.filter(day__lt=timezone.localdate(before)).order_by("pk")


def _former_hours(before: datetime) -> QuerySet[WeeklyHours]:
    return WeeklyHours.objects.filter(valid_until__lt=timezone.localdate(before)).order_by("pk")


def _session_parts(before: datetime) -> QuerySet[Allocation]:
    return Allocation.objects.filter(session__isnull=False, blocks_until__lt=before).order_by("pk")


def _reports(before: datetime) -> QuerySet[WorkReport]:
    """What people have reported and were answered, some time after its task was closed."""
    rows = WorkReport.objects.filter(item__closed_at__lt=before)
    return rows.exclude(text="", reason="", reply_to="", item__answer="").order_by("pk")


RULES = {
    "cases": Rule(
        "Beendete Vorgänge", "dem Archiv anbieten; nach der Entscheidung anonymisieren", _cases, _case,
        least_days=REOPENS_WITHIN.days,
    ),
    "contact_notes": Rule(
        "Kontaktnotizen", "löschen",
        lambda before: ContactNote.objects.filter(day__lt=timezone.localdate(before)).order_by("pk"), _delete,
    ),
    "holds": Rule("Verfallene Vormerkungen", "löschen", _holds, _delete),
    "busy_times": Rule(
        "Belegte Zeiten", "löschen", lambda before: BusyTime.objects.filter(ends_at__lt=before).order_by("pk"),
        _delete,
    ),
    "overrides": Rule("Abweichende Tage", "löschen", _overrides, _delete),
    "former_hours": Rule("Frühere Wochenzeiten", "löschen", _former_hours, _delete),
    "session_parts": Rule("Einsätze in Gruppenterminen", "löschen", _session_parts, _delete),
    "reports": Rule("Meldungen und Rückmeldungen", "leeren", _reports, work_answers.forget_texts),
    "absences": Rule("Abwesenheiten", "löschen", _absences, _delete),
    "incoming_mails": Rule(
        "Eingegangene E-Mails", "löschen",
        lambda before: IncomingMail.objects.filter(received_at__lt=before).order_by("pk"), _delete,
    ),
    "no_reminders": Rule("Verzicht auf Erinnerungen ohne Konto", "löschen", _no_reminders, _delete),
}  # fmt: skip


def cutoff(days: int, now: datetime) -> datetime:
    """Return the moment before which something must lie to be at the end of its retention."""
    return now - timedelta(days=days)
