"""Who is asked to an appointment: invited by the requester, answered by each person, withdrawn by the requester.

Mails are written by who listens to `signals.calendar_changed` (kind "invitation", subject an `Invitation`, actions
"invite", "take_back", "accept", "refuse", "hesitate"); the address of the person's own page is
`requester.invited.url_for`.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Prefetch
from django.utils import timezone

from consultations.models import Agenda, Appointment, Case, Invitation, Participant
from consultations.refusals import NotPossible, SlotTaken
from consultations.services import calendar, cases, notices, record
from consultations.states import AppointmentState
from portal.accounts.queries import body_of_address
from portal.core.text import german_slug

MOST = 20
"""Participants of one appointment beside the requester."""
COMING = (AppointmentState.REQUESTED, AppointmentState.CONFIRMED)
BEGUN = "Der Termin hat schon begonnen. Die Antwort lässt sich nicht mehr ändern."
BUSY = "Dieser Termin wird gerade geändert. Bitte versuchen Sie es noch einmal."
GONE = "Dieser Termin findet nicht mehr statt."
TOO_MANY = f"Zu einem Termin lassen sich {MOST} Personen einladen."
SAME_NAME = (
    "{name} ist schon eingeladen. Meinen Sie eine zweite Person dieses Namens, geben Sie bitte ihre "
    "E-Mail-Adresse an, oder ergänzen Sie den Namen."
)
SAME_ADDRESS = (
    "Mit dieser Adresse ist schon {name} eingeladen. Um den Namen zu berichtigen, ziehen Sie die Einladung zurück "
    "und laden Sie neu ein. Für eine zweite Person geben Sie bitte eine andere Adresse an, oder keine."
)
OTHER_NAME = (
    "Diese Adresse gehört in diesem Vorgang schon zu {name}. Bitte laden Sie die Person unter diesem Namen ein; "
    "um ihn zu berichtigen, ziehen Sie zuerst ihre andere Einladung zurück. Für eine zweite Person geben Sie "
    "bitte eine andere Adresse an, oder keine."
)
time_of = record.time_of
TAKEN_BACK = "Diese Einladung wurde zurückgezogen."
MOVED_SINCE = "Dieser Termin ist inzwischen verschoben. Bitte antworten Sie für die neue Zeit noch einmal."
SAID_SINCE = "Es gibt schon eine spätere Antwort. Sie gilt."


def current(case_id: int | None, thread: Any) -> Appointment | None:
    """Return what an appointment of a case has become by now."""
    rows = Appointment.objects.select_related("case__municipality", "format", "session")
    return rows.filter(case=case_id, thread=thread).order_by("-sequence", "-pk").first()


def _demand_coming(appointment: Appointment | None, now: datetime) -> Appointment:
    if appointment is None or appointment.state not in COMING:
        raise NotPossible(GONE)
    if appointment.starts_at is not None and appointment.starts_at <= now:
        raise NotPossible(BEGUN)
    return appointment


def invite(
    *, appointment: Appointment, name: str, email: str = "", by: Any, seen: Container[str] = (),
    now: datetime | None = None,
) -> Invitation:  # fmt: skip
    """Invite a person, of whatever municipality; somebody whose invitation was withdrawn is asked anew.

    Who is invited again under another name gets that one, unless somebody has answered under the first and the
    other is no spelling of it. `seen`: the invitations (ids) that stood on the page it
    comes from; who is among them has not been invited by a second click, but is meant to be somebody else.

    Raises:
        NotPossible: The appointment is over or off, there are MOST already, or somebody of this name or at this
            address is invited.
        ValidationError: Name or address is none.
    """
    moment = now or timezone.now()
    name, email = name.strip(), email.strip().lower()
    with _undisturbed():
        case, row = _locked_coming(appointment, moment)
        standing = Invitation.objects.filter(thread=row.thread, withdrawn_at=None)
        person = _known(case, name, email) or _named(case, name, email)
        known = standing.filter(participant=person).first()
        if known is not None:
            _demand_same(known, person, name, email, seen)
            return known
        if standing.count() >= MOST:
            raise NotPossible(TOO_MANY)
        if _is_other(person, name) and _has_answered(person) and not _is_spelling(person.name, name):
            raise NotPossible(OTHER_NAME.format(name=person.name))
        _rename(person, name)
        return _ask(person, row, by=by)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """A transaction that waits for who changes the appointment, and says so where that takes too long.

    Raises:
        NotPossible: It is being changed all the time.
    """
    try:
        with calendar.guarded():
            yield
    except SlotTaken as error:
        raise NotPossible(BUSY) from error


def _locked_coming(appointment: Appointment, now: datetime) -> tuple[Case, Appointment]:
    """Lock case and appointment before the mails, as whoever changes it does; return both as they are now.

    Otherwise a move at the same moment would not know of the person, who would be asked for the time before it.
    """
    case = cases.locked(_case_of(appointment))
    record.lock_thread(appointment.thread)
    return case, _demand_coming(current(case.pk, appointment.thread), now)


def _case_of(appointment: Appointment) -> Case:
    assert appointment.case is not None  # noqa: S101 - only what belongs to a case has participants
    return appointment.case


def _known(case: Case, name: str, email: str) -> Participant | None:
    """Return whom an address names, or a name alone: somebody without address before others of that name."""
    if email:
        return case.participants.filter(email=email).first()
    return case.participants.filter(name=name).order_by("email", "pk").first()


def _named(case: Case, name: str, email: str) -> Participant:
    person = Participant(case=case, name=name, email=email)
    place(person)
    person.full_clean(validate_constraints=False)
    if not (name or email):
        raise ValidationError("Bitte geben Sie einen Namen an.")
    person.save()
    return person


def _demand_same(
    known: Invitation, person: Participant, name: str, email: str, seen: Container[str]
) -> None:  # fmt: skip
    """Raise NotPossible where an invitation that stands is, as far as can be told, not the one asked for."""
    if not email and str(known.pk) in seen:
        raise NotPossible(SAME_NAME.format(name=person.name))
    if not _is_other(person, name):
        _rename(person, name)
    elif email:
        raise NotPossible(SAME_ADDRESS.format(name=person.name))


def _is_other(person: Participant, name: str) -> bool:
    """True for a really different name; an address alone is none."""
    return bool(name) and name.casefold() != person.name.casefold() and person.name != person.email


def _has_answered(person: Participant) -> bool:
    return person.invitations.filter(withdrawn_at=None).exclude(answer=Invitation.Answer.OPEN).exists()


def _is_spelling(one: str, other: str) -> bool:
    """True for two ways to write one name: "Anna Mueller" and "Anna Müller", but not Jan and Jana."""
    return german_slug(one) == german_slug(other)


def _rename(person: Participant, name: str) -> None:
    if name and name != person.name:
        person.name = name
        person.full_clean(validate_constraints=False)
        person.save(update_fields=["name"])


def place(person: Participant) -> None:
    """Note to which municipality somebody belongs, by the domain of the address."""
    person.municipality = body_of_address(person.email) if person.email else None
    if person.municipality is not None and not person.organisation:
        person.organisation = person.municipality.name[:160]


def _ask(person: Participant, appointment: Appointment, *, by: Any) -> Invitation:
    row, made = Invitation.objects.get_or_create(participant=person, thread=appointment.thread)
    if not made:
        row.answer, row.answered_at, row.withdrawn_at = Invitation.Answer.OPEN, None, None
        row.generation += 1
        row.save()
    record.note("invitation", row, "invite", by=by, case=appointment.case, appointment=appointment)
    return row


def before(case: Case, appointment: Appointment | None = None) -> list[Participant]:
    """Return who is invited to other appointments of a case and was not asked to this one; two queries.

    `refused` of each is True for who declined the latest of them. Without appointment: for one to come.
    """
    thread = appointment.thread if appointment is not None else None
    rows = Participant.objects.filter(case=case).order_by("pk")
    found: list[Participant] = []
    for person in rows.prefetch_related(Prefetch("invitations", Invitation.objects.order_by("pk"))):
        every = list(person.invitations.all())
        standing = [row for row in every if row.withdrawn_at is None]
        if standing and all(row.thread != thread for row in every):
            person.refused = standing[-1].answer == Invitation.Answer.DECLINED  # type: ignore[attr-defined]
            found.append(person)
    return found


def invite_again(
    *, appointment: Appointment, people: Iterable[int], by: Any, now: datetime | None = None
) -> list[Invitation]:  # fmt: skip
    """Invite people of earlier appointments (ids of `before`) to this one; who is asked already is left alone.

    Raises:
        NotPossible: The appointment is over or off, or there would be more than MOST.
    """
    with _undisturbed():
        case, row = _locked_coming(appointment, now or timezone.now())
        return _ask_again(row, case, people, by=by)


def _ask_again(row: Appointment, case: Case, people: Iterable[int], *, by: Any) -> list[Invitation]:
    wanted = set(people)
    chosen = [person for person in before(case, row) if person.pk in wanted]
    if Invitation.objects.filter(thread=row.thread, withdrawn_at=None).count() + len(chosen) > MOST:
        raise NotPossible(TOO_MANY)
    return [_ask(person, row, by=by) for person in chosen]


def _locked(invitation: Invitation) -> Invitation:
    record.lock_thread(invitation.thread)
    rows = Invitation.objects.select_for_update(of=("self",)).select_related("participant__case")
    return rows.get(pk=invitation.pk)


@transaction.atomic
def take_back(*, invitation: Invitation, by: Any) -> Invitation:
    """Withdraw an invitation: its link shows nothing any more. A second time changes nothing."""
    row = _locked(invitation)
    if row.withdrawn_at is None:
        row.withdrawn_at = timezone.now()
        row.save(update_fields=["withdrawn_at"])
        case = row.participant.case
        record.raise_sequence(row.thread)
        record.note("invitation", row, "take_back", by=by, case=case, appointment=current(case.pk, row.thread))
        record.raise_sequence(row.thread)  # invited again, the entry is newer than its cancellation
    return row


def _to_answer(
    invitation: Invitation, *, said_at: datetime | None, now: datetime
) -> tuple[Invitation, Appointment, datetime]:
    """Return an invitation, locked, its appointment, and when the person has answered: never before it was sent.

    Raises:
        NotPossible: See `answer`.
    """
    row = _locked(invitation)
    if row.withdrawn_at is not None:
        raise NotPossible(TAKEN_BACK)
    appointment = _demand_coming(current(row.participant.case_id, row.thread), now)
    if said_at is None:
        return row, appointment, now
    at = max(row.created_at, min(said_at, now))
    if row.answered_at is not None and row.answered_at > at:
        raise NotPossible(SAID_SINCE)
    return row, appointment, at


@transaction.atomic
def answer(
    *, invitation: Invitation, accept: bool, by: Any = None, said_at: datetime | None = None, about: str = "",
    now: datetime | None = None,
) -> Invitation:  # fmt: skip
    """Keep what a person says; it can be changed until the appointment begins. The centre is told.

    `said_at` (aware): when they said it, where that was before the portal heard of it. What they say last counts.
    `about`: the time they have seen (`time_of`), where it is known.

    Raises:
        NotPossible: The invitation is withdrawn, the appointment has begun, does not take place or is at another
            time than `about`, or the person has said something later than `said_at`.
    """
    row, appointment, at = _to_answer(invitation, said_at=said_at, now=now or timezone.now())
    if about and about != time_of(appointment):
        raise NotPossible(MOVED_SINCE)
    case = row.participant.case
    said = Invitation.Answer.ACCEPTED if accept else Invitation.Answer.DECLINED
    before, row.answer, row.answered_at = row.answer, said, at
    row.save(update_fields=["answer", "answered_at"])
    if before != said:
        action = "accept" if accept else "refuse"
        record.note("invitation", row, action, by=by, case=case, appointment=appointment)
        if not accept:
            notices.tell_centre(case, "Eine eingeladene Person hat abgesagt")
    return row


@transaction.atomic
def leave_open(
    *, invitation: Invitation, by: Any = None, said_at: datetime | None = None, now: datetime | None = None
) -> Invitation:  # fmt: skip
    """Keep that a person answers with reservation: it is open again whether they come.

    Raises:
        NotPossible: As `answer`.
    """
    row, appointment, _ = _to_answer(invitation, said_at=said_at, now=now or timezone.now())
    case = row.participant.case
    if row.answer != Invitation.Answer.OPEN:
        row.answer, row.answered_at = Invitation.Answer.OPEN, None
        row.save(update_fields=["answer", "answered_at"])
        record.note("invitation", row, "hesitate", by=by, case=case, appointment=appointment)
    return row


@transaction.atomic
def set_agenda(*, appointment: Appointment, text: str, by: Any) -> Agenda:
    """Keep what an appointment is about. Raises ValidationError when the text is too long."""
    case = _case_of(appointment)
    row = Agenda.objects.filter(thread=appointment.thread).first() or Agenda(case=case, thread=appointment.thread)
    row.text = text.strip()
    row.full_clean(validate_unique=False)
    row.save()
    return row


def follow(
    sender: Any, *, kind: str, subject: Any, action: str, by: Any, detail: Any = None, **kwargs: Any
) -> None:  # fmt: skip
    """Receiver of `calendar_changed`: asks who was never asked before, and the guests named with the booking."""
    if kind != "appointment" or action not in ("request", "book") or subject.case_id is None:
        return
    for person in subject.case.participants.filter(invitations=None):
        _ask(person, subject, by=by)
    if guests := (detail or {}).get("guests"):
        _ask_again(subject, subject.case, guests, by=by)
