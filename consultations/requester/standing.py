"""What the confirmation says: it is bookmarked and read much later, so it tells what has happened since."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from consultations.models import Appointment, Case, CaseEvent, WaitingEntry
from consultations.services import file_removal
from consultations.states import AppointmentState, CaseState, WaitingState

MAIL_TAKES = timedelta(hours=1)
"""How long after sending the confirmation still counts as under way."""
SENDING = (
    "case.receive", "appointment.hold", "appointment.extend", "appointment.book", "appointment.request",
    "invitation.invite", "waiting.join",
)  # fmt: skip
"""Steps that sending a request takes; after any other one something has happened."""
ARRIVED, BOOKED, REQUESTED = "Ihre Anfrage ist angekommen", "Ihr Termin ist gebucht", "Ihr Termin ist angefragt"
OFFERED, IN_LINE = "Ein Platz ist frei geworden", "Sie stehen auf der Warteliste"
PASSED_ON = "Der angebotene Platz ist weitergegeben"
_ENDED = {
    CaseState.CLOSED: "Ihr Vorgang ist abgeschlossen",
    CaseState.DECLINED: "Ihre Anfrage ist abgelehnt",
    CaseState.WITHDRAWN: "Ihre Anfrage ist zurückgezogen",
}
# What has been, or is to be done, before what became of an appointment.
_FIRST = {
    CaseState.WAITING: "Wir brauchen noch eine Angabe von Ihnen",
    CaseState.ADVISED: "Die Beratung hat stattgefunden",
    CaseState.ANSWERED: "Ihre Anfrage ist beantwortet",
    CaseState.MEASURES_OPEN: "Vereinbarte Aufgaben sind noch offen",
}
_OPEN = {
    CaseState.ASSIGNED: "Ihre Anfrage ist in Prüfung",
    CaseState.IN_PROGRESS: "Ihre Anfrage ist in Bearbeitung",
}
_APPOINTMENT = {
    AppointmentState.REQUESTED: "Die angefragte Zeit ist vorbei",
    AppointmentState.CONFIRMED: "Ihr Termin ist vorbei",
    AppointmentState.CANCELLED: "Ihr Termin ist abgesagt",
    AppointmentState.DECLINED: "Ihre Terminanfrage ist abgelehnt",
    AppointmentState.WITHDRAWN: "Ihre Terminanfrage ist zurückgezogen",
    AppointmentState.DONE: "Ihr Termin hat stattgefunden",
    AppointmentState.NO_SHOW: "Ihr Termin ist vorbei",
}
_GONE = {
    "waiting.pass": PASSED_ON,
    "waiting.leave": "Sie stehen nicht mehr auf der Warteliste",
    "waiting.close": "Auf der Warteliste ist kein Platz frei geworden",
    "waiting.cancel": "Der Gruppentermin ist abgesagt",
}
_TOOK_ITS_TIME = (
    AppointmentState.REQUESTED, AppointmentState.CONFIRMED, AppointmentState.DONE, AppointmentState.NO_SHOW,
)  # fmt: skip
OVER = "Vorbei"


def of(case: Case, particulars: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Return what the confirmation and its PDF have beside `particulars`: 1 query.

    `title`; `ahead`: the rows of appointments to come; `last`: where there are none, the row of the one something
    has happened to last; `fresh`: nothing has happened, and the mail may still be under way.
    """
    events = CaseEvent.objects.filter(case=case).exclude(action__in=file_removal.LABELS)
    steps = list(events.order_by("pk").values_list("action", "at"))
    rows: Sequence[dict[str, Any]] = particulars["rows"]
    untouched = all(action in SENDING for action, _ in steps)
    last = max(rows, key=_order, default=None) if particulars["coming"] is None else None
    return {
        "title": _title(case, particulars, steps, last, untouched=untouched),
        "ahead": [row for row in rows if _is_ahead(row["appointment"], now)],
        "last": _told(last),
        "fresh": untouched and now - case.created_at < MAIL_TAKES,
    }  # fmt: skip


def offer_of(entry: WaitingEntry, now: datetime) -> str:
    """Return how the offer of a seat stands: "open", "over" where nobody has ended it yet, empty without one."""
    if entry.state != WaitingState.OFFERED or entry.appointment is None:
        return ""
    return "open" if entry.appointment.is_held(now) else "over"


def _is_ahead(row: Appointment, now: datetime) -> bool:
    lasts = row.state in (AppointmentState.REQUESTED, AppointmentState.CONFIRMED)
    return lasts and (row.ends_at is None or row.ends_at > now)


def _moment(row: dict[str, Any]) -> datetime:
    """Return when the last thing happened to an appointment: its end, or the step that ended it before."""
    appointment: Appointment = row["appointment"]
    if appointment.state in _TOOK_ITS_TIME and appointment.ends_at is not None:
        return appointment.ends_at
    return appointment.changed_at


def _order(row: dict[str, Any]) -> tuple[datetime, int]:
    return _moment(row), row["appointment"].pk


def _told(last: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return the row in the words of afterwards: nobody has noted yet how a time that is over went."""
    if last is None or last["appointment"].state not in (AppointmentState.REQUESTED, AppointmentState.CONFIRMED):
        return last
    return {**last, "state": OVER}


def _title(
    case: Case, particulars: dict[str, Any], steps: Sequence[tuple[str, datetime]], last: dict[str, Any] | None,
    *, untouched: bool,
) -> str:  # fmt: skip
    state, coming = CaseState(case.state), particulars["coming"]
    offers = [item["offer"] for item in particulars["waiting"]]
    if state in _ENDED:
        return _ENDED[state]
    if "open" in offers:
        return OFFERED
    if coming is not None:
        booked = coming["appointment"].state == AppointmentState.CONFIRMED
        return BOOKED if booked else ARRIVED if untouched else REQUESTED
    if "" in offers:
        return IN_LINE
    if offers:
        return PASSED_ON
    return _FIRST.get(state) or _latest(steps, last) or _OPEN.get(state, ARRIVED)


def _latest(steps: Sequence[tuple[str, datetime]], last: dict[str, Any] | None) -> str:
    """Return what happened last to an appointment or on a waiting list; empty where there was neither."""
    gone = next(((action, at) for action, at in reversed(steps) if action in _GONE), None)
    if gone is not None and (last is None or gone[1] > _moment(last)):
        return _GONE[gone[0]]
    return _APPOINTMENT[AppointmentState(last["appointment"].state)] if last is not None else ""
