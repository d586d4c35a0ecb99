"""Another time in an open case, chosen without filling in a new request.

A case without an appointment takes any free time; what the centre has proposed is booked at once, also beside a
request, whose place it takes, and beside an appointment that stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from consultations import offers, times
from consultations.models import Appointment, Case, Format, GroupSession
from consultations.queries import Asked
from consultations.refusals import BookingRefused, NotPossible, SlotTaken
from consultations.requester import cases, changing, mails
from consultations.services import appointments, proposals, record, seats
from consultations.services import cases as case_services
from consultations.services.placing import Placement
from consultations.states import AppointmentState

MOVED = (
    "Dieser Termin ist inzwischen verschoben. Bitte sehen Sie sich die neue Zeit an, und wählen Sie noch einmal."
)
WAITS = "warteliste"
ALREADY = "Für diesen Vorgang gibt es schon einen Termin oder eine Anfrage. Bitte laden Sie den Vorgang neu."


def last_of(case: Case) -> Appointment | None:
    """Return the appointment somebody has dealt with last: its format and place are the ones to go on with."""
    rows = Appointment.objects.filter(case=case, state__in=cases.SHOWN).select_related("format")
    return rows.order_by("-changed_at", "-pk").first()


def _former(case: Case) -> Format | None:
    """Return the format of before; None where it has no times, or is offered no more."""
    last = last_of(case)
    form = last.format if last is not None else case.format
    return form if form is not None and form.active and form.kind != Format.Kind.WRITTEN else None


@dataclass(frozen=True)
class Way:
    """How a case gets another time: of which format, and the proposed times (minutes) that are booked at once.

    A chosen time takes the place of `request`, where there is one. `only_proposed`: there is an appointment to
    come or a waiting list already; what has been proposed beside it is a further appointment.
    """

    form: Format
    proposed: tuple[int, ...] = ()
    request: Appointment | None = None
    only_proposed: bool = False


def way_of(case: Case, rows: Sequence[Appointment] | None = None, now: datetime | None = None) -> Way | None:
    """Return how another time is chosen; None for a case that has ended, or has what it needs.

    `rows`: the appointments of the case as its page shows them, where they are known. Beside a request or an
    appointment to come there is a way only while one of the times proposed since is free.
    """
    if not case.is_open:
        return None
    moment, rows = now or timezone.now(), cases.appointments_of(case) if rows is None else rows
    is_settled = cases.coming(rows, moment) is not None or bool(cases.waiting_of(case))
    proposal = proposals.open_of(case)
    if proposal is None:
        form = None if is_settled else _former(case)
        return Way(form) if form is not None else None
    request = proposals.request_of(rows, moment)
    proposed = tuple(proposals.free(proposal, case, moment, instead_of=request))
    if is_settled and not proposed:
        return None
    return Way(proposal.form, proposed, request, only_proposed=is_settled and request is None)


def asked_for(case: Case, way: Way, now: datetime | None = None) -> Asked:
    """Return whose times count beside the proposed ones: the lead of the case first where they could be booked.

    The time of a request that is given up for it counts as free.
    """
    asked = offers.asked_for(way.form, topic=case.topic, municipality=case.municipality, now=now)
    ignore = way.request.pk if way.request is not None else None
    return replace(asked, advisers=changing.lead_first(case, asked.advisers), ignore=ignore)


def sessions_of(form: Format, now: datetime | None = None) -> list[offers.Session]:
    """Return the sessions with a seat to take, or to wait for."""
    return [row for row in offers.sessions(form, now=now) if row.bookable]


@transaction.atomic
def choose(
    case: Case,
    *,
    minute: int | None = None,
    session: int | None = None,
    about: str = "",
    proposed: int | None = None,
    by: Any,
    now: datetime | None = None,
) -> str:
    """Take a time or a seat (id of a session) as the format says; returns the word for what was done.

    `proposed` is a time (minute) the centre has proposed: booked as that, or nothing changes. What the case has
    already changes nothing, whoever has chosen it: guests have no account to tell by.
    `about`: the time of the session they have seen (`record.time_of`), where it is known.

    Raises:
        SlotTaken, NotOffered: It is none to be had.
        NotPossible: The case has an appointment, has ended, or nothing was chosen.
    """
    moment = now or timezone.now()
    row = case_services.locked(case)  # two clicks make one appointment
    rows = cases.appointments_of(row)
    way = way_of(row, rows, moment)
    if proposed is not None and way is not None and proposed in way.proposed:
        case_services.go_on(case=row, by=by)
        return _tell(row, _proposed(row, way, proposed, by=by, now=moment), is_other=False)
    minute = minute if proposed is None else proposed
    if (known := _has(rows, way, moment, minute=minute, session=session)) is not None:
        return _word(known)
    if way is None or proposed is not None:
        raise _refusal(row, rows, moment, proposed=proposed is not None)
    case_services.go_on(case=row, by=by)  # a time was what the centre waited for; first: mails say how it goes on
    if way.form.kind == Format.Kind.GROUP:
        made = seats.ask(session=_session(way.form, session), case=row, by=by, now=moment)
        _demand_time(made, about)
    else:
        made = _slot(row, way, minute, by=by, now=moment)
    return _tell(row, made, is_other=way.request is not None)


def _refusal(case: Case, rows: Sequence[Appointment], now: datetime, *, proposed: bool = False) -> BookingRefused:
    """Return why nothing can be chosen: a proposal used up by another choice is no time others have taken."""
    if not case.is_open:
        return NotPossible(record.CASE_ENDED)
    is_settled = cases.coming(rows, now) is not None or bool(cases.waiting_of(case))
    if is_settled and not (proposed and proposals.open_of(case) is not None):
        return NotPossible(ALREADY)
    return SlotTaken() if proposed else NotPossible(changing.CHOOSE)


def _tell(case: Case, made: Appointment, *, is_other: bool) -> str:
    """Tell centre and requester what has been taken, and return the word for it."""
    asks = made.state == AppointmentState.REQUESTED
    again = asks and is_other  # the requester has got a mail that it is another time
    what = "Andere Zeit angefragt" if again else "Termin angefragt" if asks else "Termin gebucht"
    mails.tell_centre(changing.fresh(case.pk), what, made)
    if asks and not again:
        mails.tell_request(made)
    return "neu-angefragt" if again else _word(made)


def _word(appointment: Appointment) -> str:
    return "angefragt" if appointment.state == AppointmentState.REQUESTED else "gebucht"


def _has(
    rows: Sequence[Appointment], way: Way | None, now: datetime, *, minute: int | None, session: int | None
) -> Appointment | None:
    """Return what is to come of a case (locked) and is the chosen time or seat; in another format it is not."""
    for row in rows:
        if cases.coming([row], now) is None or row.starts_at is None:
            continue
        if way is not None and row == way.request and row.format_id != way.form.pk:
            continue
        if row.session_id is not None and row.session_id == session:
            return row
        if row.session_id is None and times.to_minute(row.starts_at) == minute:
            return row
    return None


@transaction.atomic
def wait(case: Case, *, session: int | None, about: str = "", by: Any, now: datetime | None = None) -> str:
    """Wait for a seat of a full session (id) of the case's format; returns the word for it.

    Who waits for it already keeps the place in the line, and nobody is written to.

    Raises:
        NotPossible: There are seats, the case has an appointment or waits for another one, or nothing was chosen.
    """
    moment = now or timezone.now()
    row = case_services.locked(case)
    waiting = cases.waiting_of(row)
    if any(entry.session_id == session for entry in waiting):
        return WAITS
    way = way_of(row, None, moment)
    if way is None or way.only_proposed or way.form.kind != Format.Kind.GROUP:
        raise _refusal(row, cases.appointments_of(row), moment)
    case_services.go_on(case=row, by=by)
    entry = seats.join(session=_session(way.form, session), case=row, by=by, now=moment)
    _demand_time(entry.session, about)
    mails.tell_centre(changing.fresh(row.pk), "Auf die Warteliste gesetzt")
    return WAITS


def _demand_time(what: Appointment | GroupSession, about: str) -> None:
    """Raise NotPossible where what has been taken is at another time than the one seen: it is given back."""
    if about and about != record.time_of(what):
        raise NotPossible(MOVED)


def _session(form: Format, pk: int | None) -> GroupSession:
    session = GroupSession.objects.select_related("format").filter(pk=pk or 0, format=form).first()
    if session is None:
        raise NotPossible(changing.CHOOSE)
    return session


def _proposed(case: Case, way: Way, minute: int, *, by: Any, now: datetime) -> Appointment:
    """Take one of the proposed times of whoever leads the case: the centre has agreed to it already."""
    assert case.lead_id is not None  # noqa: S101 - nobody else's times are free (`proposals.free`)
    placement = Placement(
        form=way.form, starts_at=times.from_minute(minute), candidates=[case.lead_id], by_centre=True,
        place=changing.place_of(case, way.request or last_of(case), way.form),
    )  # fmt: skip
    if way.request is not None:
        return appointments.confirm(appointment=way.request, placement=placement, by=by, now=now, chosen=True)
    return appointments.book(placement=placement, case=case, by=by, now=now)


def _slot(case: Case, way: Way, minute: int | None, *, by: Any, now: datetime) -> Appointment:
    if way.only_proposed and minute is not None:
        raise SlotTaken
    if minute is None:
        raise NotPossible(changing.CHOOSE)
    place = changing.place_of(case, way.request or last_of(case), way.form)
    try:
        placement = offers.placement(asked_for(case, way, now), minute, place=place)
    except ValueError as error:
        raise NotPossible(changing.CHOOSE) from error
    if way.request is not None:
        return appointments.choose_again(appointment=way.request, placement=placement, by=by, now=now)
    act = appointments.book if way.form.is_direct else appointments.request_slot
    return act(placement=placement, case=case, by=by, now=now)
