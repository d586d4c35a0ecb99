"""Calendar entries of those who advise: the same thread as everybody's, for lead and further advisers.

Who has a private feed sees the appointment there already, so that an entry by mail would stand beside it: they get
none unless they ask for it. What somebody has got once follows the appointment to its end, whatever they choose
meanwhile. Group sessions have entries of their own in the feed and no case: none by mail.
"""

from __future__ import annotations

from copy import copy

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from consultations import from_outside, links
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
_NOT_YOURS = "Termin jetzt bei anderen Beratenden"
CHOSEN = {
    True: "Beratungstermine bekommen Sie per E-Mail für Ihren Kalender.",
    False: "Neue Beratungstermine bekommen Sie nicht mehr per E-Mail für Ihren Kalender.",
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


def _what(row: Appointment, action: str) -> str:
    return _SAME_TIME if action == "move" and not record.has_new_time(row) else _WHAT[action]


def follow(row: Appointment, action: str) -> None:
    """Bring entries in line with an appointment, in the caller's transaction.

    Who advises at it has one, who does so no more gets theirs cancelled. One that took place stays as it is.
    """
    if action not in _WHAT or row.session_id is not None:
        return
    known = AdviserEntry.objects.filter(thread=row.thread, out=False).select_related("adviser__user")
    crew, held = _crew(row), {entry.adviser_id: entry for entry in known}
    if not crew and not held:
        return
    case = people.fresh(row.case_id or 0)
    for pk, adviser in crew.items():
        if _may_hear(adviser) and (pk in held or by_mail(adviser)):
            _tell(case, adviser, row, Method.REQUEST, _what(row, action))
    for pk, entry in held.items():
        if pk not in crew and _has_address(entry.adviser):
            cancelled = row.state == AppointmentState.CANCELLED
            what = _WHAT[action] if cancelled else _NOT_YOURS
            _tell(case, entry.adviser, _as_known(row, action), Method.CANCEL, what)


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


def _tell(case: Case, adviser: Adviser, row: Appointment, method: Method, what: str) -> None:
    assert adviser.user is not None  # noqa: S101 - callers have asked
    link, choice = _addresses(case, adviser)
    kind = "adviser_entry" if method == Method.REQUEST else "adviser_entry_gone"
    person = Person(str(adviser), adviser.user.email, link)
    shown = _without_number(row)
    if method == Method.CANCEL:  # who leaves needs no dial-in, and may be none of those who may have a new one
        shown = copy(shown)
        shown.place_detail = ""
    sending.tell(case, kind, person, shown, method, anlass=what, linkhinweis="", einstellung=choice)
    AdviserEntry.objects.update_or_create(
        thread=row.thread, adviser=adviser,
        defaults={"case": case, "sequence": row.sequence, "out": method == Method.CANCEL},
    )  # fmt: skip


def has_just_told(appointment: Appointment | None, email: str) -> bool:
    """True when the entry an address has got says already what an appointment is now: no second mail is needed."""
    if appointment is None:
        return False
    rows = AdviserEntry.objects.filter(thread=appointment.thread, sequence=appointment.sequence)
    return rows.filter(adviser__user__email__iexact=email).exists()
