"""The state of a case as its requester reads it: what is the case, what comes next, by when. No internal words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format

from consultations.models import Appointment, Case, Format
from consultations.services.appointments import PARTS_OF_DAY
from consultations.states import OWING_CASES, AppointmentState, CaseState


@dataclass(frozen=True)
class Status:
    """`by_when` is a local day, or None where nothing is promised, or the sentence names the day itself."""

    state: str
    what_next: str
    by_when: date | None = None


_STATUS = {
    CaseState.RECEIVED: Status(
        "Eingegangen", "Wir sehen Ihre Anfrage durch und sagen Ihnen, wer sich darum kümmert."
    ),
    CaseState.ASSIGNED: Status("In Prüfung", "Ihre Ansprechperson liest sich ein und meldet sich bei Ihnen."),
    CaseState.IN_PROGRESS: Status("In Bearbeitung", "Wir arbeiten an Ihrem Anliegen und melden uns bei Ihnen."),
    CaseState.WAITING: Status("Wartet auf Sie", "Wir brauchen noch eine Angabe von Ihnen. Danach geht es weiter."),
    CaseState.ADVISED: Status("Beraten", "Wir fassen zusammen, was besprochen wurde, und schließen dann ab."),
    CaseState.ANSWERED: Status("Schriftlich beantwortet", "Melden Sie sich, wenn noch etwas offen ist."),
    CaseState.MEASURES_OPEN: Status(
        "Beraten, Aufgaben offen",
        "Die vereinbarten Aufgaben stehen aus. Melden Sie sich, wenn Sie Hilfe brauchen.",
    ),
    CaseState.CLOSED: Status("Abgeschlossen", "Hier ist nichts mehr zu tun."),
    CaseState.DECLINED: Status("Abgelehnt", "Hier geht es nicht weiter. Den Grund lesen Sie in Ihrem Vorgang."),
    CaseState.WITHDRAWN: Status("Zurückgezogen", "Hier ist nichts mehr zu tun."),
}
HEARD = (CaseState.ADVISED, CaseState.ANSWERED, CaseState.MEASURES_OPEN)
"""In which nothing is owed unless the municipality has asked again."""
ASKED_MORE = "Ihre Nachricht ist angekommen, wir antworten Ihnen."
LATE = "Unsere Antwort dauert länger als zugesagt. Wir melden uns so bald wie möglich bei Ihnen."
_APPOINTMENT = {
    AppointmentState.HELD: "Vorgemerkt",
    AppointmentState.REQUESTED: "Angefragt, noch nicht bestätigt",
    AppointmentState.CONFIRMED: "Bestätigt",
    AppointmentState.MOVED: "Verschoben",
    AppointmentState.CANCELLED: "Abgesagt",
    AppointmentState.DECLINED: "Von uns abgelehnt",
    AppointmentState.WITHDRAWN: "Von Ihnen zurückgezogen",
    AppointmentState.EXPIRED: "Verfallen",
    AppointmentState.DONE: "Hat stattgefunden",
    AppointmentState.NO_SHOW: "Vorbei, niemand ist gekommen",
}


def when(starts_at: datetime | None, ends_at: datetime | None) -> str:
    """Return an appointment's time in words: "Dienstag, 2. März 2027, 10:00 bis 11:00 Uhr"; empty without one."""
    if starts_at is None or ends_at is None:
        return ""
    first, last = timezone.localtime(starts_at), timezone.localtime(ends_at)
    return f"{date_format(first, 'l, j. F Y, H:i')} bis {date_format(last, 'H:i')} Uhr"


def until(moment: datetime) -> str:
    """Return until when something is kept: "10:15 Uhr", with the day where it is not today."""
    local = timezone.localtime(moment)
    is_today = local.date() == timezone.localdate()
    return f"{date_format(local, 'H:i' if is_today else 'j. F Y, H:i')} Uhr"


def zone_words() -> str:
    """Return the time zone of all times, written out."""
    return f"Alle Uhrzeiten gelten in der Zeitzone {settings.TIME_ZONE}."


def wish_texts(wishes: Iterable[tuple[date, str]]) -> list[str]:
    """Return days and parts of days in words."""
    return [f"{date_format(day, 'l, j. F Y')}, {PARTS_OF_DAY.get(part, '')}" for day, part in wishes]


def wishes_of(appointment: Appointment) -> list[str]:
    """Return the wishes of a request without a time, in words; none once it has one."""
    if appointment.starts_at is not None:
        return []
    return wish_texts((date.fromisoformat(row["day"]), row["part"]) for row in appointment.wishes)


def state_of(appointment: Appointment) -> str:
    return _APPOINTMENT[AppointmentState(appointment.state)]


def status_of(case: Case, coming: Appointment | None = None) -> Status:
    """Return where a case stands; `coming` is its next appointment, requested or confirmed, if there is one.

    The day is the one the desk works by (`Case.answer_due`), in every state in which the centre owes a word.
    """
    status = _STATUS[CaseState(case.state)]
    if not case.is_open:
        return status
    due = case.answer_due if case.state in OWING_CASES else None
    if coming is not None and coming.state == AppointmentState.CONFIRMED and coming.starts_at is not None:
        return _before_meeting(status, f"Wir sprechen uns am {when(coming.starts_at, coming.ends_at)}.", due)
    if due is not None and due < timezone.localdate():
        return Status(status.state, LATE)
    return Status(status.state, _what_next(case, status, coming, asked=due is not None), due)


def _before_meeting(status: Status, meeting: str, due: date | None) -> Status:
    """Return where a case with an appointment stands; a day only where something was asked beside it."""
    if due is None:
        return Status(status.state, meeting)
    if due < timezone.localdate():
        return Status(status.state, f"{meeting} {LATE}")
    return Status(status.state, f"{meeting} {ASKED_MORE}", due)


def _what_next(case: Case, status: Status, coming: Appointment | None, *, asked: bool) -> str:
    requested = coming is not None and coming.state == AppointmentState.REQUESTED
    if requested and case.state != CaseState.WAITING:
        return "Wir prüfen Ihren Terminwunsch und bestätigen ihn, oder schlagen einen anderen vor."
    if case.state in HEARD and asked:
        return ASKED_MORE
    if case.state != CaseState.RECEIVED:
        return status.what_next
    if case.format is not None and case.format.kind == Format.Kind.WRITTEN:
        return "Wir sehen Ihre Frage durch und sagen Ihnen, bis wann Sie die Antwort haben."
    return status.what_next
