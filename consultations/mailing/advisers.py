"""What those who advise hear of an appointment: its calendar entry, in everybody's thread, or a plain mail.

Who has a private feed sees the appointment there already, so that an entry by mail would stand beside it: they get
none unless they ask for it, but a plain mail, since programs fetch a feed after hours. What somebody has got once
follows the appointment to its end, whatever they choose meanwhile. Group sessions have no case: `sessions`.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from copy import copy
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from consultations import deputies, from_outside, links
from consultations.desk import rights
from consultations.mailing import people, sending
from consultations.mailing.invitations import Method
from consultations.mailing.people import Person
from consultations.models import (
    Adviser,
    AdviserEntry,
    Allocation,
    Appointment,
    CalendarFeed,
    Case,
    EntryChoice,
    Place,
)
from consultations.services import record
from consultations.states import AppointmentState

# What is done with an appointment, in the words of the mail.
_WHAT = {
    "book": "Neuer Termin", "confirm": "Neuer Termin", "move": "Termin verschoben",
    "change_place": "Ort oder Einwahl geändert", "hand_over": "Beratende geändert", "cancel": "Termin abgesagt",
}  # fmt: skip
_SAME_TIME = "Termin geändert"
_YOURS = "Termin jetzt bei Ihnen"
_NOT_YOURS = "Termin jetzt bei anderen Beratenden"
CHOSEN = {
    True: "Beratungstermine bekommen Sie per E-Mail für Ihren Kalender.",
    False: (
        "Neue Beratungstermine bekommen Sie nicht mehr per E-Mail für Ihren Kalender. "
        "Was sich ändert, sagen wir Ihnen weiter per E-Mail, ohne Kalendereintrag."
    ),
}


def by_mail(adviser: Adviser) -> bool:
    """True for who gets entries by mail: by their own choice, else who has no private feed; two queries."""
    chosen = EntryChoice.objects.filter(adviser=adviser).values_list("by_mail", flat=True).first()
    return chosen if chosen is not None else not CalendarFeed.objects.filter(adviser=adviser).exists()


@transaction.atomic
def choose(adviser: Adviser, *, by_mail: bool) -> None:
    """Keep what somebody wants from now on; entries they have got already still follow their appointments."""
    EntryChoice.objects.update_or_create(adviser=adviser, defaults={"by_mail": by_mail})


def _addresses(case: Case, adviser: Adviser) -> tuple[str, str]:
    """Return where somebody reads the case, and where they choose whether entries come by mail."""
    outside = adviser.external or rights.is_from_outside(adviser.user)
    choice = "account_start" if outside else "consultations_own_calendar"
    return links.for_centre(case, adviser.user), settings.BASE_URL + reverse(choice)


def _has_address(adviser: Adviser) -> bool:
    return adviser.user is not None and adviser.user.is_active and bool(adviser.user.email)


def _may_hear(adviser: Adviser) -> bool:
    """True for whom new things of a case may be told; an entry that is held may be cancelled for others too."""
    return _has_address(adviser) and from_outside.counts(adviser)


def _crew(row: Appointment) -> dict[int, Adviser]:
    """Return who advises at a confirmed appointment with a time, the lead first; nobody at another one."""
    if row.state != AppointmentState.CONFIRMED or row.starts_at is None:
        return {}
    rows = Allocation.objects.filter(appointment=row, state=row.state).select_related("adviser__user")
    return {part.adviser_id: part.adviser for part in rows.order_by("-role", "pk")}


def _before(row: Appointment, action: str, former: Any = None) -> dict[int, Adviser]:
    """Return who had parts that this step has ended; `former`: who has handed one over (id)."""
    if action == "cancel":
        parts = Allocation.objects.filter(appointment=row, state=AppointmentState.CANCELLED)
    elif action == "move" and row.moved_from_id is not None:
        parts = Allocation.objects.filter(appointment=row.moved_from_id, state=AppointmentState.MOVED)
    elif action == "hand_over" and former is not None and row.state == AppointmentState.CONFIRMED:
        parts = Allocation.objects.filter(appointment=row, adviser=former)
    else:
        return {}
    rows = parts.select_related("adviser__user").order_by("-role", "pk")
    return {part.adviser_id: part.adviser for part in rows}


def _new(action: str, crew: Mapping[int, Adviser], before: Mapping[int, Adviser], taken_by: Any) -> set[int]:
    """Return who advises because of this step (ids); of a booking everybody does, and it says so itself."""
    if action == "hand_over":
        return {taken_by}
    return set(crew) - set(before) if action == "move" and before else set()


def _what(row: Appointment, action: str, *, new: bool = False) -> str:
    if new:
        return _YOURS
    return _SAME_TIME if action == "move" and not record.has_new_time(row) else _WHAT[action]


def _why_gone(row: Appointment) -> str:
    return _WHAT["cancel"] if row.state == AppointmentState.CANCELLED else _NOT_YOURS


def follow(row: Appointment, action: str, *, by: Any = None, detail: Mapping[str, Any] | None = None) -> None:
    """Bring entries in line with an appointment and tell who has none, in the caller's transaction.

    Who advises at it has one, who does so no more gets theirs cancelled. One that took place stays as it is.
    `detail`: of a hand-over who had the part (`former`) and has it now (`adviser`), ids.
    """
    if action not in _WHAT or row.session_id is not None:
        return
    known = AdviserEntry.objects.filter(thread=row.thread, out=False).select_related("adviser__user")
    crew, held = _crew(row), {entry.adviser_id: entry for entry in known}
    detail = detail or {}
    before = _before(row, action, detail.get("former"))
    left = {pk: adviser for pk, adviser in before.items() if pk not in crew}
    if not crew and not held and not left:
        return
    case = people.fresh(row.case_id or 0)
    new = _new(action, crew, before, detail.get("adviser"))
    told = _tell_entries(case, row, action, crew, held, new)
    if row.ends_at is None or row.ends_at <= timezone.now():
        return
    for address, (what, shown) in _plain(case, row, action, crew, left, new, by=by).items():
        if address.lower() not in told:
            sending.tell_centre(case, address, what, shown)


def _tell_entries(
    case: Case, row: Appointment, action: str, crew: Mapping[int, Adviser], held: Mapping[int, AdviserEntry],
    new: Container[int],
) -> set[str]:  # fmt: skip
    """Bring the entries in line; returns the addresses that have got one, in small letters."""
    told = set()
    for pk, adviser in crew.items():
        if _may_hear(adviser) and (pk in held or by_mail(adviser)):
            told.add(_tell(case, adviser, row, Method.REQUEST, _what(row, action, new=pk in new)))
    for pk, entry in held.items():
        if pk not in crew and _has_address(entry.adviser):
            told.add(_tell(case, entry.adviser, _as_known(row, action), Method.CANCEL, _why_gone(row)))
    return told


def _plain(
    case: Case, row: Appointment, action: str, crew: Mapping[int, Adviser], left: Mapping[int, Adviser],
    new: Container[int] = (), *, by: Any = None,
) -> dict[str, tuple[str, Appointment]]:  # fmt: skip
    """Return what a step says to whom (addresses) without an entry: own appointments first, then by deputy.

    Who has done it knows it. Who comes from outside hears of what they may open, and of what they lose.
    """
    goes = (_why_gone(row), _without_detail(_as_known(row, action)))
    hear = [
        (adviser, *((_what(row, action, new=pk in new), _without_number(row)) if pk in crew else goes))
        for pk, adviser in {**left, **crew}.items()
        if _may_hear(adviser) and not _is(adviser, by) and (pk not in crew or _may_open(adviser, case))
    ]
    found = {_address_of(adviser): (what, shown) for adviser, what, shown in hear}
    for adviser, what, shown in hear:
        deputy = deputies.deputy_of(adviser, case)
        if deputy is not None and deputy.user is not None:
            found.setdefault(deputy.user.email, (f"{what} (in Vertretung für {adviser})", shown))
    if by is not None:
        found.pop(by.email, None)
    return found


def _is(adviser: Adviser, person: Any) -> bool:
    return person is not None and adviser.user_id == person.pk


def _address_of(adviser: Adviser) -> str:
    assert adviser.user is not None  # noqa: S101 - callers have asked
    return adviser.user.email


def _may_open(adviser: Adviser, case: Case) -> bool:
    """True for the people of the centre, and for who comes from outside and is on the case."""
    outside = adviser.external or rights.is_from_outside(adviser.user)
    return not outside or from_outside.for_case(case).filter(pk=adviser.pk).exists()


def _as_known(row: Appointment, action: str) -> Appointment:
    """Return an appointment as whoever leaves it has known it: before a move at its former time."""
    if action != "move" or row.moved_from is None:
        return row
    former = copy(row.moved_from)
    former.sequence = row.sequence
    return former


def _without_number(row: Appointment) -> Appointment:
    """Leave out a telephone number, which may be a person's: offices share calendars. It stands in the case."""
    if row.place != Place.PHONE:
        return row
    shown = copy(row)
    shown.place_detail = ""
    return shown


def _without_detail(row: Appointment) -> Appointment:
    """Leave out the dial-in: who leaves needs none, and may be none of those who may have a new one."""
    shown = copy(row)
    shown.place_detail = ""
    return shown


def _tell(case: Case, adviser: Adviser, row: Appointment, method: Method, what: str) -> str:
    """Send somebody the entry as it is now; returns the address, in small letters."""
    link, choice = _addresses(case, adviser)
    kind = "adviser_entry" if method == Method.REQUEST else "adviser_entry_gone"
    person = Person(str(adviser), _address_of(adviser), link)
    shown = _without_number(row) if method == Method.REQUEST else _without_detail(row)
    sending.tell(case, kind, person, shown, method, anlass=what, linkhinweis="", einstellung=choice)
    AdviserEntry.objects.update_or_create(
        thread=row.thread, adviser=adviser,
        defaults={"case": case, "sequence": row.sequence, "out": method == Method.CANCEL},
    )  # fmt: skip
    return person.email.lower()


def just_told(case: Case, appointment: Appointment | None) -> set[str]:
    """Return who knows already, by their own mail, what has just been done with an appointment of a case.

    Addresses in small letters; nobody where `follow` says nothing (a request, a seat of a group session).
    """
    if appointment is None or appointment.session_id is not None:
        return set()
    rows = AdviserEntry.objects.filter(thread=appointment.thread, sequence=appointment.sequence)
    told = set(rows.values_list("adviser__user__email", flat=True))
    crew, cancelled = _crew(appointment), appointment.state == AppointmentState.CANCELLED
    if crew or cancelled:
        action = "cancel" if cancelled else "move" if appointment.moved_from_id is not None else "book"
        told |= _plain(case, appointment, action, crew, _before(appointment, action)).keys()
    return {address.lower() for address in told if address}
