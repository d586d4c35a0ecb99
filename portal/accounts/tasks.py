"""What the accounts do by themselves: forget where sessions that have ended came from."""

from __future__ import annotations

from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.utils import timezone

from portal.core import schedule


def forget_ended_sessions() -> str:
    """Delete address and browser of sessions that no longer exist or have expired; says how many."""
    running = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    number, _ = UserSession.objects.exclude(session_key__in=running).delete()
    return f"{number} Angaben gelöscht"


def register_jobs() -> None:
    schedule.register(
        "forget_ended_sessions", timedelta(days=1), forget_ended_sessions,
        title="Angaben zu beendeten Sitzungen löschen", offset=timedelta(hours=3),
    )  # fmt: skip
