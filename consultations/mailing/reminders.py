"""Reminders of appointments: rows with a state, planned with the appointment, decided when they are due.

A reminder goes out once, before its appointment, or never: a late one is missed, one of a cancelled or moved
appointment is dropped. What is due is asked twice, by the job and by the outbox just before sending, since a mail
may have waited there for a mail server.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from consultations import times
from consultations.mailing import addressing, choices, people, sending, values
from consultations.mailing.people import Person
from consultations.models import Appointment, Invitation, Place, Reminder
from consultations.models.format import days_of
from consultations.states import AppointmentState
from portal.core import outbox
from portal.core.mail import StoredMail, hand_over, payload_of
from portal.core.models import OutboxMessage

KIND = "consultations.reminder"
AT_ONCE = 500
ON_SITE_DAYS = 7
"""Somebody travels: an appointment on site is reminded of so early too, whatever its format says."""
State = Reminder.State


def days_for(appointment: Appointment) -> list[int]:
    """Return how many days before an appointment its people are reminded, the earliest first.

    What the format says, and for a visit to the municipality a week before; a format without any has none.
    """
    named = days_of(appointment.format.reminder_days)
    if not named or appointment.place != Place.ON_SITE:
        return named
    return sorted({*named, ON_SITE_DAYS}, reverse=True)


def due_at(starts_at: datetime, days: int) -> datetime:
    """Return the same time on the wall so many days before (UTC), also where clocks change in between."""
    local = starts_at.astimezone(times.zone())
    return (local.replace(tzinfo=None) - timedelta(days=days)).replace(tzinfo=times.zone()).astimezone(UTC)


def follow(appointment: Appointment, *, now: datetime | None = None) -> None:
    """Bring the reminders of an appointment's thread in line with its state, in the caller's transaction."""
    moment = now or timezone.now()
    keeps = appointment.state == AppointmentState.CONFIRMED
    planned = Reminder.objects.filter(appointment__thread=appointment.thread, state=State.PLANNED)
    if keeps:
        planned = planned.exclude(appointment=appointment)
    planned.update(state=State.DROPPED, decided_at=moment)
    if keeps:
        plan(appointment, now=moment)


def plan(appointment: Appointment, *, now: datetime | None = None) -> int:
    """Bring the reminders of a confirmed appointment in line with its days; returns how many are planned by it.

    One whose day has passed already is not planned: the mail of the booking says it all. Called again, for
    participants who came later or another place, it adds what is missing and drops what is not wanted any more.
    """
    moment = now or timezone.now()
    starts_at = appointment.starts_at
    if starts_at is None:
        return 0
    days = [day for day in days_for(appointment) if due_at(starts_at, day) > moment]
    again = _follow_days(appointment, days, moment)
    if not days:
        return again
    case = people.fresh(appointment.case_id or 0)
    coming = people.standing(appointment).exclude(answer=Invitation.Answer.DECLINED)
    guests = [row.participant for row in coming if not people.is_requester(row.participant, case)]
    whom: list[int | None] = [None, *(guest.pk for guest in guests)]
    known = set(Reminder.objects.filter(appointment=appointment).values_list("participant_id", "days_before"))
    made = [
        Reminder(appointment=appointment, participant_id=pk, days_before=day, due_at=due_at(starts_at, day))
        for pk in whom for day in days if (pk, day) not in known
    ]  # fmt: skip
    Reminder.objects.bulk_create(made)
    return len(made) + again


def _follow_days(appointment: Appointment, days: list[int], now: datetime) -> int:
    """Drop what is ahead on days that do not count any more, take up again what was dropped on those that do.

    A place that changes is one on the same row: from on site to video and back.
    """
    ahead = Reminder.objects.filter(appointment=appointment, due_at__gt=now)
    ahead.filter(state=State.PLANNED).exclude(days_before__in=days).update(state=State.DROPPED, decided_at=now)
    dropped = ahead.filter(state=State.DROPPED, days_before__in=days)
    return dropped.update(state=State.PLANNED, decided_at=None, queued_at=None)


def run(now: datetime | None = None) -> str:
    """Put what is due into the outbox and note what is missed; returns it in German words (a job)."""
    moment = now or timezone.now()
    rows = Reminder.objects.filter(state=State.PLANNED)
    due = rows.filter(due_at__lte=moment, queued_at=None).order_by("due_at", "pk")
    counts = {"queued": 0, State.MISSED: 0, State.DROPPED: 0}
    for pk, case_id in list(due.values_list("pk", "appointment__case_id")[:AT_ONCE]):
        with transaction.atomic():
            outbox.lock(sending.key_of(case_id))  # before the row, as where appointments change
            counts[_take(pk, moment)] += 1
    # Those that still wait in the outbox when their appointment begins.
    late = rows.filter(appointment__starts_at__lte=moment)
    counts[State.MISSED] += late.update(state=State.MISSED, decided_at=moment)
    named = (
        (counts["queued"], "übergeben"),
        (counts[State.MISSED], "verpasst"),
        (counts[State.DROPPED], "entfallen"),
    )
    return ", ".join(f"{number} {words}" for number, words in named if number)


def hold_due(now: datetime) -> list[str]:
    """After a restore, note every reminder that is due by now as missed: it may have gone out already."""
    due = Reminder.objects.filter(state=State.PLANNED, due_at__lte=now)
    held = due.update(state=State.MISSED, decided_at=now)
    if not held:
        return []
    return [
        f"Erinnerungen an Termine, die nicht hinausgehen: {held}, denn vielleicht sind sie schon gesendet. "
        "Prüfen Sie die Termine der nächsten Tage: Was nach der Sicherung verschoben oder abgesagt wurde, weiß "
        "das Portal nicht."
    ]


def _take(pk: int, now: datetime) -> str:
    row = Reminder.objects.select_for_update(of=("self",)).get(pk=pk)
    if row.state != State.PLANNED or row.queued_at is not None:
        return str(row.state) if row.state in (State.MISSED, State.DROPPED) else "queued"
    verdict, person = judge(row, now)
    if person is None:
        _decide(row, verdict, now)
        return str(verdict)
    row.queued_at = now
    row.save(update_fields=["queued_at"])
    case = people.fresh(row.appointment.case_id or 0)
    payload = {"reminder": row.pk, "message_id": addressing.message_id(case.reference, person.email)}
    outbox.enqueue(kind=KIND, key=sending.key_of(case.pk), payload=payload)
    return "queued"


def judge(row: Reminder, now: datetime) -> tuple[Reminder.State, Person | None]:
    """Return whom a reminder is for, or what becomes of it instead: missed or dropped."""
    appointment = row.appointment
    if appointment.state != AppointmentState.CONFIRMED or appointment.starts_at is None:
        return State.DROPPED, None
    if appointment.starts_at <= now:
        return State.MISSED, None
    later = Reminder.objects.filter(
        appointment=appointment, participant=row.participant, due_at__gt=row.due_at, due_at__lte=now
    )
    if later.exists():  # two at once say the same thing twice
        return State.MISSED, None
    person = _person_of(row)
    if person is None or choices.is_off(person.email):
        return State.DROPPED, None
    return State.SENT, person


def _person_of(row: Reminder) -> Person | None:
    case = people.fresh(row.appointment.case_id or 0)
    if row.participant is None:
        return people.requester_of(case)
    if people.is_requester(row.participant, case):  # has the reminder of whoever asked
        return None
    declined = people.standing(row.appointment).filter(
        participant=row.participant, answer=Invitation.Answer.DECLINED
    )
    return None if declined.exists() else people.as_invited(row.participant, row.appointment)


def _decide(row: Reminder, state: Reminder.State, now: datetime) -> None:
    Reminder.objects.filter(pk=row.pk, state=State.PLANNED).update(state=state, decided_at=now)


def send_queued(message: OutboxMessage) -> None:
    """Outbox handler: send a reminder unless it has become pointless while it waited."""
    payload, now = message.payload, timezone.now()
    rows = Reminder.objects.select_related("appointment__format", "participant")
    row = rows.filter(pk=payload["reminder"]).first()
    if row is None or row.state != State.PLANNED:
        if row is not None and row.state == State.MISSED and (row.appointment.starts_at or now) > now:
            raise outbox.PermanentError("held by a restore")  # sent again by hand it would say it had gone out
        return
    verdict, person = judge(row, now)
    if person is None:
        _decide(row, verdict, now)
        return
    case = people.fresh(row.appointment.case_id or 0)
    off = f"{settings.BASE_URL}{choices.path_for(case, row.participant)}"
    mail = sending.build(
        "reminder", person.email, values.of(case, person, row.appointment, abschalten=off),
        frame=addressing.of_case(case, person.email, known_id=payload["message_id"]),
    )  # fmt: skip
    hand_over(StoredMail(payload_of(mail)))
    outbox.with_note(lambda: _decide(row, State.SENT, timezone.now()))


def register() -> None:
    """Called when the app is ready."""
    outbox.register_handler(KIND, send_queued)
