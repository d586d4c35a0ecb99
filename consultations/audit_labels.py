"""German names of what the log keeps of the calendar: ids and states."""

from __future__ import annotations

from consultations.states import AppointmentState, CaseState, SessionState, WaitingState, labels
from portal.core import audit, audit_labels

STATES = {
    str(state.value): str(state.label)
    for states in (WaitingState, SessionState, CaseState, AppointmentState)
    for state in states
}


def register() -> None:
    """Called when the app is ready."""
    for action, label in labels().items():
        audit.register_action(action, label)
    for action, label in (("absence.plan", "Abwesenheit eingetragen"), ("absence.end", "Abwesenheit gelöscht")):
        audit.register_action(action, label)
    for detail in ("old", "new"):
        audit_labels.register_codes(detail, STATES)
