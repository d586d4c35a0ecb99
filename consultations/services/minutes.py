"""Minutes of a case, from a template, and the tasks that come of them (what becomes of these: `case_tasks`)."""

from __future__ import annotations

import string
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from consultations import topics
from consultations.models import Appointment, Case, CaseTask, Message, Minutes, MinutesTemplate
from consultations.refusals import NotPossible
from consultations.services import cases, notices, record, repeated
from portal.core import audit

PLACEHOLDERS = {
    "vorgang": "Vorgangsnummer", "kommune": "Name der Kommune", "betreff": "Betreff",
    "thema": "Thema, wenn es öffentlich ist", "format": "Format",
    "datum": "Tag des Termins", "uhrzeit": "Beginn", "ort": "Ort",
    "beratende": "Name der Person, die den Termin leitet, sonst der zuständigen",
}  # fmt: skip
DEFAULT = (
    "Termin: {datum}, {uhrzeit} Uhr, {ort}\nBeraten durch: {beratende}\nTeilgenommen haben: \n\n"
    "Ergebnisse:\n- \n\nVereinbart:\n- \n"
)


def check_template(text: str) -> None:
    """Refuse a template with placeholders nobody fills, or with a lone brace.

    Raises:
        ValidationError: with a German sentence that names them.
    """
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError as error:
        raise ValidationError(
            "Eine geschweifte Klammer steht allein. Platzhalter stehen in { und }, z. B. {kommune}."
        ) from error
    named = [name if not spec and not turn else f"{name}…" for _, name, spec, turn in parts if name is not None]
    unknown = sorted({f"{{{name}}}" for name in named if name not in PLACEHOLDERS})
    if unknown:
        known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        raise ValidationError(f"Diese Platzhalter gibt es nicht: {', '.join(unknown)}. Möglich sind: {known}.")


def draft(case: Case, appointment: Appointment | None = None) -> str:
    """Return the beginning of minutes: the template of the format, one for all, or a plain one, filled in."""
    form = appointment.format if appointment is not None else case.format
    rows = (
        MinutesTemplate.objects.filter(format__in=[form]) if form is not None else MinutesTemplate.objects.none()
    )
    template = rows.first() or MinutesTemplate.objects.filter(format=None).first()
    return (template.text if template is not None else DEFAULT).format_map(_values(case, appointment))


def _values(case: Case, appointment: Appointment | None) -> dict[str, str]:
    starts = (
        timezone.localtime(appointment.starts_at) if appointment is not None and appointment.starts_at else None
    )
    form = appointment.format if appointment is not None else case.format
    leads = (record.led_by(appointment) if appointment is not None else None) or case.lead
    return {
        "vorgang": case.reference,
        "kommune": case.municipality.name,
        "betreff": case.subject,
        "thema": topics.public_title(case.topic),
        "format": form.name if form is not None else "",
        "datum": f"{starts:%d.%m.%Y}" if starts else "",
        "uhrzeit": f"{starts:%H:%M}" if starts else "",
        "ort": appointment.get_place_display() if appointment is not None and appointment.place else "",
        "beratende": str(leads) if leads is not None else "",
    }


class Overwritten(NotPossible):
    """Somebody else has written meanwhile; `row` is what they have kept."""

    def __init__(self, row: Minutes) -> None:
        super().__init__(
            "Das Protokoll ist inzwischen von jemand anderem geschrieben oder geändert worden. Ihr Text steht "
            "noch hier, der gespeicherte darüber. Übernehmen Sie, was fehlt; noch einmal gespeichert, gilt Ihrer."
        )
        self.row = row


def version_of(row: Minutes | None) -> str:
    """Return what changes with every change of minutes; empty while there are none."""
    return row.changed_at.isoformat() if row is not None else ""


def as_seen(minutes: Minutes | None, appointment: Appointment | None, *, seen: str) -> Minutes | None:
    """Return minutes as they are now, locked: those that were opened, or those the appointment has got meanwhile.

    `seen` is the version that was opened (`version_of`). Called in the transaction that writes.

    Raises:
        Overwritten: Somebody else has written since.
    """
    rows, current = Minutes.objects.select_for_update(of=("self",)), None
    if minutes is not None:
        current = rows.filter(pk=minutes.pk).first()
    elif appointment is not None:
        current = rows.filter(appointment=appointment).first()
    if current is not None and version_of(current) != seen:
        raise Overwritten(current)
    return current


@transaction.atomic
def write(
    *, case: Case, by: Any, question: str, answer: str, text: str, minutes: Minutes | None = None,
    appointment: Appointment | None = None, release: bool = False,
) -> Minutes:  # fmt: skip
    """Keep minutes, new or changed; `release` shows them to the municipality, which is told once.

    New ones without appointment that were written with the same words just now are those (`repeated`).

    Raises:
        ValidationError: Nothing is written, or too much, or the appointment has minutes already.
        NotPossible: The appointment is of another case.
    """
    if appointment is not None and appointment.case_id != case.pk:
        raise NotPossible("Dieser Termin gehört zu einem anderen Vorgang.")
    if minutes is None and appointment is None:
        minutes = repeated.minutes(
            cases.locked(case), question=question.strip(), answer=answer.strip(), text=text.strip(), by=by
        )
    row = minutes or Minutes(case=case, appointment=appointment, author=by)
    row.question, row.answer, row.text = question.strip(), answer.strip(), text.strip()
    if not (row.question or row.answer or row.text):
        raise ValidationError("Bitte schreiben Sie etwas ins Protokoll.")
    row.full_clean()
    fresh = release and row.released_at is None
    if fresh:
        row.released_at = timezone.now()
    row.save()
    audit.record("case.minutes", actor=by, subject=row, case=case.pk)
    if fresh:
        notices.tell_municipality(case, "minutes")
    return row


@transaction.atomic
def add_task(
    *, case: Case, by: Any, side: str, text: str, due_on: date | None = None, minutes: Minutes | None = None
) -> CaseTask:
    """Note what one side has promised, with a local day; the same once more at once changes nothing.

    Raises ValidationError when it says nothing.
    """
    if (known := repeated.task(cases.locked(case), side=side, text=text, due_on=due_on)) is not None:
        return known
    task = CaseTask(case=case, minutes=minutes, side=side, text=text.strip(), due_on=due_on)
    task.full_clean()
    task.save()
    audit.record("case.task", actor=by, subject=task, case=case.pk)
    if side == Message.Side.MUNICIPALITY:
        notices.tell_municipality(case, "task")
    return task
