"""States of appointments, cases and the waiting list, and every way from one to another: the only place for it.

An appointment blocks its range while it is held, requested or confirmed; the database protects exactly these
(`consultations.overlap`). A case has any number of appointments, and none of their states closes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db import models

HOLD = timedelta(minutes=15)
"""How long a slot is kept while somebody fills in the form."""
LONGEST_HOLD = timedelta(hours=2)
"""How long at most, until somebody without account has confirmed the address."""
REOPENS_WITHIN = timedelta(days=60)
"""A message within this time after the end of a case opens it again."""


class Party(models.TextChoices):
    """Who may go a way; which person of them is a matter of rights, checked where somebody asks for it."""

    MUNICIPALITY = "municipality", "Kommune"
    CENTRE = "centre", "Kompetenzstelle"
    SYSTEM = "system", "System"


class AppointmentState(models.TextChoices):
    HELD = "held", "Vorgemerkt"
    REQUESTED = "requested", "Angefragt"
    CONFIRMED = "confirmed", "Bestätigt"
    MOVED = "moved", "Verschoben"
    CANCELLED = "cancelled", "Abgesagt"
    DECLINED = "declined", "Abgelehnt"
    WITHDRAWN = "withdrawn", "Zurückgezogen"
    EXPIRED = "expired", "Verfallen"
    DONE = "done", "Durchgeführt"
    NO_SHOW = "no_show", "Nicht erschienen"

    @property
    def blocks(self) -> bool:
        """True while nobody else may have the time."""
        return self in BLOCKING

    @property
    def took_place(self) -> bool:
        """True for what used up an adviser's time, and counts for the limits of a day."""
        return self in (AppointmentState.DONE, AppointmentState.NO_SHOW)


BLOCKING = (AppointmentState.HELD, AppointmentState.REQUESTED, AppointmentState.CONFIRMED)
COUNTED = (*BLOCKING, AppointmentState.DONE, AppointmentState.NO_SHOW)


class CaseState(models.TextChoices):
    RECEIVED = "received", "Eingegangen"
    ASSIGNED = "assigned", "Zugeordnet"
    IN_PROGRESS = "in_progress", "In Bearbeitung"
    WAITING = "waiting", "Wartet auf Kommune"
    ADVISED = "advised", "Beraten"
    ANSWERED = "answered", "Schriftlich beantwortet"
    MEASURES_OPEN = "measures_open", "Maßnahmen offen"
    CLOSED = "closed", "Abgeschlossen"
    DECLINED = "declined", "Abgelehnt"
    WITHDRAWN = "withdrawn", "Zurückgezogen"

    @property
    def is_open(self) -> bool:
        return self in OPEN_CASES


ENDED_CASES = (CaseState.CLOSED, CaseState.DECLINED, CaseState.WITHDRAWN)
CAME_TO_NOTHING = frozenset({CaseState.DECLINED, CaseState.WITHDRAWN})
"""Cases whose tasks nobody has to do any more; those of a closed one are still to be done."""
OPEN_CASES = tuple(state for state in CaseState if state not in ENDED_CASES)
OWING_CASES = tuple(state for state in OPEN_CASES if state != CaseState.WAITING)
"""In which the centre can owe the municipality a word (`Case.answer_due`); while it waits it owes none."""


class SessionState(models.TextChoices):
    """A date of a group format; its seats are appointments of their own."""

    CONFIRMED = AppointmentState.CONFIRMED.value, "Findet statt"
    CANCELLED = AppointmentState.CANCELLED.value, "Abgesagt"
    DONE = AppointmentState.DONE.value, "Durchgeführt"


class WaitingState(models.TextChoices):
    WAITING = "waiting", "Wartet"
    OFFERED = "offered", "Platz angeboten"
    TAKEN = "taken", "Platz angenommen"
    PASSED = "passed", "Angebot verstrichen"
    LEFT = "left", "Ausgetragen"


WAITING_OPEN = (WaitingState.WAITING, WaitingState.OFFERED)


@dataclass(frozen=True)
class Way:
    """One way: from which states (None: from nothing), where to, who may go it, its name in the log."""

    sources: frozenset[str | None]
    target: str
    by: frozenset[Party]
    label: str


def _way(sources: Iterable[str | None], target: str, by: Iterable[Party], label: str) -> Way:
    return Way(frozenset(sources), target, frozenset(by), label)


_MUNICIPALITY, _CENTRE, _SYSTEM = (Party.MUNICIPALITY,), (Party.CENTRE,), (Party.SYSTEM,)
_BOTH = (Party.MUNICIPALITY, Party.CENTRE)
_A, _C = AppointmentState, CaseState

APPOINTMENT_WAYS: Mapping[str, Way] = {
    "hold": _way([None], _A.HELD, [*_BOTH, Party.SYSTEM], "Termin vorgemerkt"),
    "request": _way([None, _A.HELD], _A.REQUESTED, _BOTH, "Termin angefragt"),
    "book": _way([None, _A.HELD], _A.CONFIRMED, _BOTH, "Termin gebucht"),
    "confirm": _way([_A.REQUESTED], _A.CONFIRMED, _CENTRE, "Termin bestätigt"),
    "decline": _way([_A.REQUESTED], _A.DECLINED, _CENTRE, "Terminanfrage abgelehnt"),
    "withdraw": _way([_A.REQUESTED], _A.WITHDRAWN, _MUNICIPALITY, "Terminanfrage zurückgezogen"),
    "release": _way([_A.HELD], _A.EXPIRED, _BOTH, "Vormerkung aufgegeben"),
    "expire": _way([_A.HELD], _A.EXPIRED, _SYSTEM, "Vormerkung verfallen"),
    "move": _way([_A.CONFIRMED], _A.MOVED, _BOTH, "Termin verschoben"),
    "cancel": _way([_A.CONFIRMED], _A.CANCELLED, _BOTH, "Termin abgesagt"),
    "complete": _way([_A.CONFIRMED], _A.DONE, _CENTRE, "Termin durchgeführt"),
    "no_show": _way([_A.CONFIRMED], _A.NO_SHOW, _CENTRE, "Nicht erschienen"),
}
CASE_WAYS: Mapping[str, Way] = {
    "receive": _way([None], _C.RECEIVED, _BOTH, "Vorgang eingegangen"),
    "assign": _way([_C.RECEIVED], _C.ASSIGNED, [Party.CENTRE, Party.SYSTEM], "Vorgang zugeordnet"),
    "start": _way([_C.ASSIGNED], _C.IN_PROGRESS, _CENTRE, "Bearbeitung begonnen"),
    "ask": _way([_C.IN_PROGRESS], _C.WAITING, _CENTRE, "Rückfrage an die Kommune"),
    "resume": _way([_C.WAITING], _C.IN_PROGRESS, [*_BOTH, Party.SYSTEM], "Bearbeitung fortgesetzt"),
    "advise": _way([_C.IN_PROGRESS], _C.ADVISED, _CENTRE, "Beraten"),
    "answer": _way([_C.IN_PROGRESS], _C.ANSWERED, _CENTRE, "Schriftlich beantwortet"),
    "leave_measures": _way([_C.ADVISED, _C.ANSWERED], _C.MEASURES_OPEN, _CENTRE, "Maßnahmen offen"),
    "continue": _way(
        [_C.ADVISED, _C.ANSWERED, _C.MEASURES_OPEN], _C.IN_PROGRESS, [*_BOTH, Party.SYSTEM],
        "Beratung weitergeführt",
    ),
    "close": _way([_C.ADVISED, _C.ANSWERED, _C.MEASURES_OPEN], _C.CLOSED, _CENTRE, "Vorgang abgeschlossen"),
    "decline": _way(OPEN_CASES, _C.DECLINED, _CENTRE, "Vorgang abgelehnt"),
    "withdraw": _way(OPEN_CASES, _C.WITHDRAWN, _MUNICIPALITY, "Vorgang zurückgezogen"),
    "reopen": _way([_C.CLOSED], _C.IN_PROGRESS, [*_BOTH, Party.SYSTEM], "Vorgang wieder geöffnet"),
}  # fmt: skip
SESSION_WAYS: Mapping[str, Way] = {
    "plan": _way([None], SessionState.CONFIRMED, _CENTRE, "Gruppentermin angelegt"),
    "cancel": _way([SessionState.CONFIRMED], SessionState.CANCELLED, _CENTRE, "Gruppentermin abgesagt"),
    "complete": _way([SessionState.CONFIRMED], SessionState.DONE, _CENTRE, "Gruppentermin durchgeführt"),
}
WAITING_WAYS: Mapping[str, Way] = {
    "join": _way([None], WaitingState.WAITING, _BOTH, "Auf die Warteliste gesetzt"),
    "offer": _way([WaitingState.WAITING], WaitingState.OFFERED, _SYSTEM, "Platz von der Warteliste angeboten"),
    "take": _way([WaitingState.OFFERED], WaitingState.TAKEN, _BOTH, "Platz von der Warteliste angenommen"),
    "pass": _way([WaitingState.OFFERED], WaitingState.PASSED, _SYSTEM, "Angebot der Warteliste verstrichen"),
    "leave": _way(
        [WaitingState.WAITING, WaitingState.OFFERED], WaitingState.LEFT, _BOTH, "Von der Warteliste genommen"
    ),
    "close": _way([WaitingState.WAITING], WaitingState.LEFT, _SYSTEM, "Warteliste geschlossen, kein Platz frei"),
    "cancel": _way(WAITING_OPEN, WaitingState.LEFT, _CENTRE, "Gruppentermin der Warteliste abgesagt"),
}
WAYS: Mapping[str, Mapping[str, Way]] = {
    "appointment": APPOINTMENT_WAYS, "case": CASE_WAYS, "session": SESSION_WAYS, "waiting": WAITING_WAYS,
}  # fmt: skip
# What changes an appointment and leaves its state as it is.
CHANGES: Mapping[str, str] = {
    "appointment.extend": "Vormerkung verlängert",
    "appointment.choose_again": "Angefragte Zeit geändert",
    "appointment.hand_over": "Termin an Kollegin oder Kollegen übergeben",
    "appointment.change_place": "Ort des Termins geändert",
    "session.hand_over": "Gruppentermin an Kollegin oder Kollegen übergeben",
    "case.reassign": "Vorgang neu zugeordnet",
    "case.further": "Weitere Beratende geändert",
    "case.propose": "Termine vorgeschlagen",
    "case.hand_to": "Vorgang an Kollegin oder Kollegen der Kommune übergeben",
    "case.share": "Sichtbarkeit in der Kommune geändert",
    "case.task_done": "Aufgabe erledigt",
    "case.task_change": "Aufgabe geändert",
    "case.task_drop": "Aufgabe entfällt",
    "case.task_reopen": "Aufgabe wieder offen",
    "invitation.invite": "Zum Termin eingeladen",
    "invitation.take_back": "Einladung zurückgezogen",
    "invitation.accept": "Eingeladene Person hat zugesagt",
    "invitation.refuse": "Eingeladene Person hat abgesagt",
    "invitation.hesitate": "Eingeladene Person antwortet mit Vorbehalt",
    "session.change": "Titel oder Ort des Gruppentermins geändert",
    "session.move": "Gruppentermin verschoben",
    "waiting.move": "Gruppentermin der Warteliste verschoben",
    "session.capacity": "Plätze des Gruppentermins geändert",
}


class WrongState(Exception):  # noqa: N818 - a refusal of the rules, no fault of the program
    """A way does not begin at the state something is in."""

    def __init__(self, kind: str, action: str, state: str | None) -> None:
        super().__init__(f"{kind}.{action} from {state}")
        self.kind, self.action, self.state = kind, action, state


def target(kind: str, action: str, state: str | None) -> str:
    """Return the state an action leads to.

    Raises:
        WrongState: There is no such way from this state.
    """
    way = WAYS[kind][action]
    if state not in way.sources:
        raise WrongState(kind, action, state)
    return way.target


def possible(kind: str, state: str, party: Party) -> list[str]:
    """Return the actions a party can take in a state, in the order of the table: what buttons are shown."""
    return [name for name, way in WAYS[kind].items() if state in way.sources and party in way.by]


def labels() -> dict[str, str]:
    """Return the German names of all actions as the log knows them ("appointment.book")."""
    named = {f"{kind}.{name}": way.label for kind, ways in WAYS.items() for name, way in ways.items()}
    return {**named, **CHANGES}
