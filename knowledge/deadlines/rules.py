"""What a deadline must say before readers see it; the same rules for the form, the review and the import."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from knowledge.models import Deadline

Status, Kind = Deadline.Status, Deadline.Kind

NO_DAY = "Geben Sie ein Datum an, oder sagen Sie, wovon der Termin abhängt."
TWO_DAYS = "Es gibt schon ein Datum. Lassen Sie das eine oder das andere leer."
NOBODY = "Wählen Sie, wen die Frist bindet."
NO_GROUND = "Nennen Sie die Rechtsgrundlage oder eine Quelle."
NO_DUTY = (
    "„Termin verstrichen – Pflicht gilt weiter“ passt nur zu einer Pflicht oder einem Geltungsbeginn mit Datum. "
    "Wählen Sie „zu prüfen“ oder „offen“."
)
BAD_YEAR = "Das Jahr {year} kann nicht stimmen. Schreiben Sie es mit vier Ziffern, zum Beispiel 2028."
YEARS = range(1949, 2150)
OPEN_TOO_EARLY = (
    "Der Tag der Schwelle kommt noch: Wählen Sie „kommt“. Ist er vorbei, stellt das Portal sie auf „offen“ um und "
    "erinnert an die Prüfung."
)
NOT_YET = "Der Termin ist noch nicht verstrichen. Wählen Sie „kommt“ oder „angekündigt“."

OPEN_BEFORE = (
    "Der Termin ist verstrichen. Bleibt danach offen, was gilt, nennen Sie einen Stand der Quelle von danach; "
    "sonst stellt das Portal die Frist wieder um."
)


def faults(values: dict[str, Any]) -> Iterable[tuple[str, str]]:
    """Yield what is missing or contradicts itself, by name of the field."""
    day, note = values.get("day"), str(values.get("day_note") or "").strip()
    if not day and not note:
        yield "day", NO_DAY
    if day and day.year not in YEARS:  # a browser makes the year 28 of what somebody typed in two digits
        yield "day", BAD_YEAR.format(year=day.year)
    if day and note:
        yield "day_note", TWO_DAYS
    if not values.get("binds"):
        yield "binds", NOBODY
    if not values.get("legal_basis") and not values.get("source"):
        yield "source", NO_GROUND
    status, kind = values.get("status") or Status.COMING, values.get("kind") or Kind.DUTY
    if status == Status.PASSED and (not day or kind not in (Kind.DUTY, Kind.START)):
        yield "status", NO_DUTY


def too_early(status: str, kind: str, day: date | None, today: date) -> str:
    """Return what to say where a deadline stands as after its day although that is still to come (local days).

    "Offen" is after its day for a threshold only: nothing would remind of it (`Deadline.Status.ends_with`).
    """
    if day is None or Kind(kind).passed(day, today):
        return ""
    if kind == Kind.THRESHOLD and status == Status.OPEN:
        return OPEN_TOO_EARLY
    return NOT_YET if status in (Status.PASSED, Status.CHECK) else ""


def open_before(deadline: Any, today: date) -> bool:
    """Tell whether "offen" stands after the day, but by a source of before: the next run would not keep it."""
    if deadline.status != Status.OPEN or deadline.day is None or not Status.OPEN.ends_with(Kind(deadline.kind)):
        return False
    return Kind(deadline.kind).passed(deadline.day, today) and not deadline.was_open_after_its_day
