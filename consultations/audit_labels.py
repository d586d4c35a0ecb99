"""German names of what the log keeps of the calendar: ids and states."""

from __future__ import annotations

from consultations.mailing.kinds import KINDS
from consultations.models import CaseKeeping
from consultations.services import file_removal
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
    "case.task": "Aufgabe eingetragen",
    "mail_text.change": "E-Mail-Vorlage geändert", "mail_text.reset": "E-Mail-Vorlage zurückgesetzt",
    "municipality.contact": "Kontaktnotiz geschrieben", "municipality.invite": "Kommune zur Beratung eingeladen",
    "case.export": "Vorgang exportiert", "case.handed_over": "Vorgang an die E-Akte übergeben",
    "case.archive": "Entscheidung des Archivs", "case.anonymised": "Vorgang anonymisiert",
    "calendar.feed": "Kalenderabo angelegt oder erneuert", "calendar.feed_off": "Kalenderabo widerrufen",
    "calendar.source": "Quelle belegter Zeiten geändert",
    "case.mail_returned": "E-Mail zum Vorgang kam zurück",
    "case.return_checked": "Zurückgekommene E-Mail geprüft",
    "incoming.taken": "Eingegangene E-Mail übernommen", "incoming.dismissed": "Eingegangene E-Mail erledigt",
}  # fmt: skip


def register() -> None:
    """Called when the app is ready."""
    for action, label in labels().items():
        audit.register_action(action, label)
    for action, label in (("absence.plan", "Abwesenheit eingetragen"), ("absence.end", "Abwesenheit gelöscht")):
        audit.register_action(action, label)
    for action, label in {**DESK, **file_removal.LABELS}.items():
        audit.register_action(action, label)
    audit_labels.register_codes("side", {"municipality": "Kommune", "centre": "Kompetenzstelle"})
    decisions = {str(value): str(label) for value, label in CaseKeeping.Decision.choices if value}
    audit_labels.register_codes("new", decisions)
    audit_labels.register_codes("mail", {name: kind.title for name, kind in KINDS.items()})
    for detail in ("old", "new"):
        audit_labels.register_codes(detail, STATES)
