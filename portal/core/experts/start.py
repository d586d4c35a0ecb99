"""Connects outside experts with the rest of the portal; called when the app is ready."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings

from portal.core import audit, audit_labels, periods, schedule
from portal.core.backup import afterwards
from portal.core.experts import restored, services
from portal.core.models import ExpertVote

ACTIONS = {
    "expert.invite": "Fachperson eingeladen",
    "expert.revoke": "Einladung einer Fachperson zurückgezogen",
    "expert.read": "Entwurf von Fachperson gelesen",
    "expert.comment": "Anmerkung einer Fachperson",
    "expert.vote": "Votum einer Fachperson",
    "expert.erase": "Personendaten einer Fachperson gelöscht",
}


def register_all() -> None:
    """Register the names in the log, and the daily job."""
    for action, label in ACTIONS.items():
        audit.register_action(action, label)
    audit_labels.register_codes("vote", {code: str(label) for code, label in ExpertVote.Choice.choices})
    afterwards.register(restored.remind)
    periods.declare_fixed("erase_experts", lambda: settings.EXPERT_KEEP_DAYS)
    schedule.register(
        "erase_experts", timedelta(days=1), services.erase, title="Personendaten externer Fachleute löschen",
        offset=timedelta(hours=2, minutes=20), slow=True,
    )  # fmt: skip
