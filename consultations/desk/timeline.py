"""The history of a case as people read it: steps, messages, notes, assignments, the latest first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from consultations import states
from consultations.models import (
    Assignment,
    Case,
    CaseEvent,
    CaseFile,
    CaseTask,
    InternalNote,
    Message,
    MessageMail,
)
from consultations.services import file_removal
from consultations.states import AppointmentState, CaseState

_LABELS = {**states.labels(), **file_removal.LABELS}


@dataclass(frozen=True)
class Entry:
    """One line. `kind`: "step", "message", "note"; `internal` ones stay in the centre."""

    at: datetime
    kind: str
    title: str
    who: str
    text: str = ""
    internal: bool = False
    quoted: str = ""
    left_out: str = ""
    files: list[CaseFile] = field(default_factory=list)


def _person(user: Any) -> str:
    return str(user) if user is not None else "Portal"


def _step(event: CaseEvent, tasks: Mapping[int, str], *, notes: bool) -> Entry:
    kind, _, _ = event.action.partition(".")
    names = CaseState if kind == "case" else AppointmentState if kind == "appointment" else None
    changed = names is not None and event.new and event.new != event.old
    after = f" ({names(event.new).label})" if changed and names is not None else ""
    title, text = f"{_LABELS.get(event.action, event.action)}{after}", tasks.get(event.detail.get("task"), "")
    if notes and not text:
        text = file_removal.reason_of(event)
    shown = file_removal.was_shown(event)
    return Entry(event.at, "step", title, _person(event.actor), text, internal=not shown)


def _message(row: Message) -> Entry:
    mail: MessageMail | None = getattr(row, "mail", None)
    way = mail.way if mail is not None else row.get_channel_display()
    title = "Nachricht der Kompetenzstelle" if row.from_centre else f"Nachricht der Kommune ({way})"
    who = row.author_name or (_person(row.author) if row.author is not None else "Kommune")
    return Entry(
        row.at, "message", title, who, row.text, quoted=mail.quoted if mail is not None else "",
        left_out=mail.left_out if mail is not None else "",
        files=[file for file in row.files.all() if not file.internal],
    )  # fmt: skip


def _assignment(row: Assignment) -> Entry:
    title = f"Zuordnung: {row.adviser}"
    if row.suggested is not None and row.suggested_id != row.adviser_id:
        title += f", vorgeschlagen war {row.suggested}"
    return Entry(row.at, "step", title, _person(row.by), row.reason, internal=True)


def of(case: Case, *, notes: bool) -> list[Entry]:
    """Return the history of a case, with or without what stays in the centre; 6 queries at most."""
    tasks = dict(CaseTask.objects.filter(case=case).values_list("pk", "text"))
    steps = CaseEvent.objects.filter(case=case).select_related("actor")
    entries = [_step(event, tasks, notes=notes) for event in steps if notes or file_removal.was_shown(event)]
    messages = Message.objects.filter(case=case).select_related("author", "mail").prefetch_related("files")
    entries += [_message(row) for row in messages]
    if notes:
        kept = InternalNote.objects.filter(case=case).select_related("author")
        entries += [
            Entry(row.at, "note", "Interne Notiz", _person(row.author), row.text, internal=True) for row in kept
        ]
        given = Assignment.objects.filter(case=case).select_related("adviser__user", "suggested__user", "by")
        entries += [_assignment(row) for row in given]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)
