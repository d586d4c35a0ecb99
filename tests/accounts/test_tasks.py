"""Addresses and browsers of sessions are forgotten once the session has ended."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.utils import timezone

from portal.accounts.models import User
from portal.accounts.tasks import forget_ended_sessions

pytestmark = pytest.mark.django_db


def _session(user: User, key: str, hours: int | None) -> None:
    UserSession.objects.create(user=user, ip="192.0.2.1", session_key=key, user_agent="Prüfbrowser")
    if hours is not None:
        Session.objects.create(
            session_key=key, session_data="", expire_date=timezone.now() + timedelta(hours=hours)
        )


def test_only_running_sessions_are_remembered() -> None:
    user = User.objects.create_user("jörg@kommune.example")
    _session(user, "running", 2)
    _session(user, "expired", -2)
    _session(user, "gone", None)
    assert forget_ended_sessions() == "2 Angaben gelöscht"
    assert list(UserSession.objects.values_list("session_key", flat=True)) == ["running"]
