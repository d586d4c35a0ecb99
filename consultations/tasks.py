"""What the calendar does by itself: holds that have run out are freed, waiting lists move up and end."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from consultations import busy
from consultations.models import Appointment, GroupSession
from consultations.models.request import DRAFT_LIFE
from consultations.privacy import registration as privacy
from consultations.services import placing, seats
from consultations.states import WAITING_OPEN, AppointmentState, SessionState, WaitingState
from consultations.wizard import drafts, sending
from portal.core import periods, schedule


def tidy() -> str:
    """Free holds that have run out, offer free seats to those who wait, end the lists of sessions that have begun.

    Bookings do not wait for it: they free what is in their way themselves.
    """
    now = timezone.now()
    held = Appointment.objects.filter(state=AppointmentState.HELD, held_until__lte=now)
    single = list(held.filter(session=None).values_list("pk", flat=True))
    freed = 0
    for pk in single:  # one by one: no hold waits for another one's lock
        with transaction.atomic():
            freed += len(placing.expire(held.filter(pk=pk), now=now))
    moved = sum(_move_up(session) for session in _sessions_to_see_to(now))
    ended = sum(_close_line(session) for session in _sessions_begun(now))
    parts = (
        (freed, "Vormerkungen verfallen"), (moved, "Plätze angeboten"), (ended, "Einträge der Warteliste beendet"),
    )  # fmt: skip
    return ", ".join(f"{number} {words}" for number, words in parts if number)


def _sessions_to_see_to(now: object) -> list[GroupSession]:
    coming = GroupSession.objects.filter(state=SessionState.CONFIRMED, starts_at__gt=now)
    waiting = coming.filter(waiting__state=WaitingState.WAITING)
    held = coming.filter(appointments__state=AppointmentState.HELD, appointments__held_until__lte=now)
    return list((waiting | held).distinct().order_by("pk"))


def _move_up(session: GroupSession) -> int:
    with transaction.atomic():
        return seats.move_up(seats.lock(session), now=timezone.now())


def _sessions_begun(now: object) -> list[GroupSession]:
    """Return the sessions for which nobody can have a seat any more and something is still held or waited for."""
    begun = GroupSession.objects.filter(starts_at__lte=now)
    waiting = begun.filter(waiting__state__in=WAITING_OPEN)
    held = begun.filter(appointments__state=AppointmentState.HELD)
    return list((waiting | held).distinct().order_by("pk"))


def _close_line(session: GroupSession) -> int:
    """End what is left of a session, unless it has been moved meanwhile."""
    with transaction.atomic():
        row, now = seats.lock(session), timezone.now()
        return seats.close_line(row, now=now) if row.starts_at <= now else 0


def register_jobs() -> None:
    """Called when the app is ready."""
    periods.declare(drafts.JOB, DRAFT_LIFE.days, least=sending.CONFIRM_LIFE.days)
    schedule.register("tidy_calendar", timedelta(minutes=1), tidy, title="Vormerkungen und Wartelisten")
    schedule.register(drafts.JOB, timedelta(days=1), drafts.remove_old, title="Alte Entwürfe von Anfragen")
    schedule.register(
        "fetch_calendars", timedelta(minutes=15), busy.fetch_all, title="Eigene Kalender abrufen", slow=True
    )
    privacy.register_jobs()
