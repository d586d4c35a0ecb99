"""What the accounts do by themselves: forget what has ended or was never confirmed, ask for memberships."""

from __future__ import annotations

from datetime import timedelta

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef
from django.utils import timezone

from portal.accounts.models import User
from portal.accounts.renewal import ASK_AFTER, END_AFTER, ask_and_end
from portal.core import periods, schedule

UNCONFIRMED_LIFE = timedelta(days=14)
"""As shipped. The link that confirms an address is valid for three days; a new one can be had until then."""


def forget_ended_sessions() -> str:
    """Delete address and browser of sessions that no longer exist or have expired; says how many."""
    running = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    number, _ = UserSession.objects.exclude(session_key__in=running).delete()
    return f"{number} Angaben gelöscht"


def forget_unconfirmed_accounts() -> str:
    """Delete accounts opened by somebody who never confirmed the address; says how many.

    Accounts the centre has made are confirmed by their invitation and never among them.
    """
    before = timezone.now() - periods.life_of("forget_unconfirmed_accounts")
    confirmed = EmailAddress.objects.filter(user=OuterRef("pk"), verified=True)
    asked = EmailAddress.objects.filter(user=OuterRef("pk"), verified=False)
    rows = User.objects.filter(
        Exists(asked), ~Exists(confirmed), last_login__isnull=True, is_staff=False, is_superuser=False,
        groups__isnull=True, memberships__isnull=True, date_joined__lt=before,
    )  # fmt: skip
    number, _ = User.objects.filter(pk__in=rows.values("pk")).delete()
    return f"{number} Zeilen gelöscht" if number else ""


def register_jobs() -> None:
    periods.declare("forget_unconfirmed_accounts", UNCONFIRMED_LIFE.days, least=3)
    periods.declare_fixed("forget_ended_sessions", lambda: 1)  # the job runs once a day
    periods.declare_fixed("confirm_memberships", lambda: (ASK_AFTER + END_AFTER).days)
    schedule.register(
        "forget_ended_sessions", timedelta(days=1), forget_ended_sessions,
        title="Angaben zu beendeten Sitzungen löschen", offset=timedelta(hours=3),
    )  # fmt: skip
    schedule.register(
        "forget_unconfirmed_accounts", timedelta(days=1), forget_unconfirmed_accounts,
        title="Unbestätigte Konten löschen", offset=timedelta(hours=3, minutes=10),
    )  # fmt: skip
    schedule.register(
        "confirm_memberships", timedelta(days=1), ask_and_end, title="Zugehörigkeiten jährlich bestätigen lassen",
        offset=timedelta(hours=5), slow=True,
    )  # fmt: skip
