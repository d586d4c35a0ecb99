"""Another time in an open case without an appointment: chosen without filling in a new request."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from consultations import offers, times
from consultations.models import Appointment, Case, CaseEvent, Format, GroupSession
from consultations.queries import Asked
from consultations.refusals import NotPossible
from consultations.requester import cases, changing, mails
from consultations.services import appointments, seats
from consultations.services import cases as case_services
from consultations.states import AppointmentState

ALREADY = "Für diesen Vorgang gibt es schon einen Termin oder eine Anfrage. Bitte laden Sie den Vorgang neu."


def last_of(case: Case) -> Appointment | None:
    """Return the appointment somebody has dealt with last: its format and place are the ones to go on with."""
    rows = Appointment.objects.filter(case=case, state__in=cases.SHOWN).select_related("format")
    return rows.order_by("-changed_at", "-pk").first()


def format_of(case: Case, last: Appointment | None = None) -> Format | None:
    """Return the format another time can be chosen for; None where it has no times, or is offered no more."""
    last = last or last_of(case)
    form = _proposed(case, last) or (last.format if last is not None else case.format)
    return form if form is not None and form.active and form.kind != Format.Kind.WRITTEN else None


def _proposed(case: Case, last: Appointment | None) -> Format | None:
    """Return the format of which the centre has proposed times since then."""
    step = CaseEvent.objects.filter(case=case, action="case.propose").order_by("-pk").first()
    if step is None or (last is not None and last.changed_at > step.at):
        return None
    return Format.objects.filter(pk=step.detail.get("format")).first()


def is_possible(case: Case, is_coming: bool) -> bool:
    """True for an open case with nothing to come or to wait for, and a format one chooses a time for."""
    return case.is_open and not is_coming and not cases.waiting_of(case) and format_of(case) is not None


def asked_for(case: Case, form: Format, now: datetime | None = None) -> Asked:
    """Return whose times count: the lead of the case first where it is one who can be booked."""
    asked = offers.asked_for(form, topic=case.topic, municipality=case.municipality, now=now)
    return replace(asked, advisers=changing.lead_first(case, asked.advisers))


def sessions_of(form: Format, now: datetime | None = None) -> list[offers.Session]:
    """Return the sessions with a seat to take."""
    return [row for row in offers.sessions(form, now=now) if row.bookable and not row.is_full]


@transaction.atomic
def choose(
    case: Case, *, minute: int | None = None, session: int | None = None, by: Any, now: datetime | None = None
) -> str:
    """Take a time or a seat (id of a session) as the format says; returns the word for what was done.

    What the case has got already changes nothing, whoever has chosen it: guests have no account to tell by.

    Raises:
        SlotTaken, NotOffered: It is none to be had.
        NotPossible: The case has an appointment, has ended, or nothing was chosen.
    """
    moment = now or timezone.now()
    row = case_services.locked(case)  # two clicks make one appointment
    last = last_of(row)
    form = format_of(row, last)
    if (known := _has(row, moment, minute=minute, session=session)) is not None:
        return _word(known)
    if cases.coming(cases.appointments_of(row), moment) is not None or cases.waiting_of(row):
        raise NotPossible(ALREADY)
    if form is None:
        raise NotPossible(changing.CHOOSE)
    case_services.go_on(case=row, by=by)  # a time was what the centre waited for; first: mails say how it goes on
    if form.kind == Format.Kind.GROUP:
        made = _seat(row, form, session, by=by, now=moment)
    else:
        made = _slot(row, form, last, minute, by=by, now=moment)
    asks = made.state == AppointmentState.REQUESTED
    mails.tell_centre(changing.fresh(row.pk), "Termin angefragt" if asks else "Termin gebucht", made)
    if asks:
        mails.tell_request(made)
    return _word(made)


def _word(appointment: Appointment) -> str:
    return "angefragt" if appointment.state == AppointmentState.REQUESTED else "gebucht"


def _has(case: Case, now: datetime, *, minute: int | None, session: int | None) -> Appointment | None:
    """Return the next appointment of a case (locked) where it is the chosen time or seat."""
    row = cases.coming(cases.appointments_of(case), now)
    if row is None or row.starts_at is None:
        return None
    if row.session_id is not None:
        return row if row.session_id == session else None
    return row if times.to_minute(row.starts_at) == minute else None


def _seat(case: Case, form: Format, pk: int | None, *, by: Any, now: datetime) -> Appointment:
    session = GroupSession.objects.select_related("format").filter(pk=pk or 0, format=form).first()
    if session is None:
        raise NotPossible(changing.CHOOSE)
    return seats.ask(session=session, case=case, by=by, now=now)


def _slot(
    case: Case, form: Format, last: Appointment | None, minute: int | None, *, by: Any, now: datetime
) -> Appointment:
    if minute is None:
        raise NotPossible(changing.CHOOSE)
    try:
        placement = offers.placement(asked_for(case, form, now), minute, place=changing.place_of(case, last, form))
    except ValueError as error:
        raise NotPossible(changing.CHOOSE) from error
    act = appointments.book if form.is_direct else appointments.request_slot
    return act(placement=placement, case=case, by=by, now=now)
