"""German names of what the log keeps of the calendar: ids and states."""

from __future__ import annotations

from consultations.mailing.kinds import KINDS
from consultations.states import AppointmentState, CaseState, SessionState, WaitingState, labels
from portal.core import audit, audit_labels

STATES = {
    str(state.value): str(state.label)
    for states in (WaitingState, SessionState, CaseState, AppointmentState)
    for state in states
}

DESK = {
    "case.assignment": "Zuordnung entschieden", "case.claim": "Vorgang von der Kommune übernommen",
    "case.file": "Datei zum Vorgang hochgeladen", "case.message": "Nachricht im Vorgang",
    "case.minutes": "Protokoll geschrieben", "case.note": "Interne Notiz geschrieben",
    "case.page": "Seite verknüpft", "case.page_off": "Verknüpfung einer Seite entfernt",
    "case.task": "Aufgabe eingetragen", "case.task_done": "Aufgabe erledigt",
    "mail_text.change": "E-Mail-Vorlage geändert", "mail_text.reset": "E-Mail-Vorlage zurückgesetzt",
    "municipality.contact": "Kontaktnotiz geschrieben",
}  # fmt: skip


def register() -> None:
    """Called when the app is ready."""
    for action, label in labels().items():
        audit.register_action(action, label)
    for action, label in (("absence.plan", "Abwesenheit eingetragen"), ("absence.end", "Abwesenheit gelöscht")):
        audit.register_action(action, label)
    for action, label in DESK.items():
        audit.register_action(action, label)
    audit_labels.register_codes("side", {"municipality": "Kommune", "centre": "Kompetenzstelle"})
    audit_labels.register_codes("mail", {name: kind.title for name, kind in KINDS.items()})
    for detail in ("old", "new"):
        audit_labels.register_codes(detail, STATES)
