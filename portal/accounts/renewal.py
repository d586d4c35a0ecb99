"""Memberships are confirmed once a year by whoever reads the mail of the address; the others end.

The link of the mail is signed, made for this purpose only and bound to person and address: it works without login
and dies with the address. It only shows what is to be confirmed; a POST confirms.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from portal.accounts import centre_tasks, memberships, services
from portal.accounts.models import Membership, User
from portal.core.keyed import KeyedHash

SALT = "portal.accounts.renewal"
_MARK = KeyedHash(SALT, 20, "sha1")
ASK_AFTER = timedelta(days=365)
REMIND_AFTER = timedelta(days=45)
END_AFTER = timedelta(days=60)
LINK_LIFE = END_AFTER + timedelta(days=5)
ESCALATE_AFTER = timedelta(days=14)


class LinkError(Exception):
    """The link is too old, was made for another address, or is not ours."""


def _marked(user: User) -> str:
    return f"{user.pk}:{user.email}"


def make_link(user: User) -> str:
    """Return the whole address of a person's link."""
    token = signing.dumps([user.pk, _MARK.of(_marked(user))], salt=SALT)
    return settings.BASE_URL + reverse("membership_renewal", args=[token])


def person_of(token: str) -> User:
    """Return whose link this is.

    Raises:
        LinkError: too old, of another address, or made up.
    """
    try:
        value: Any = signing.loads(token, salt=SALT, max_age=LINK_LIFE)
        pk, mark = int(value[0]), str(value[1])
    except (signing.BadSignature, ValueError, TypeError, IndexError) as error:
        raise LinkError from error
    user = User.objects.filter(pk=pk, is_active=True).first()
    if user is None or not _MARK.fits(mark, _marked(user)):
        raise LinkError
    return user


def to_confirm(user: User) -> QuerySet[Membership]:
    """Return the memberships a person has been asked about."""
    rows = Membership.objects.filter(user=user, state=Membership.State.CONFIRMED, asked_at__isnull=False)
    return rows.select_related("municipality").order_by("municipality__name")


@transaction.atomic
def renew(*, membership: Membership) -> Membership:
    """The person confirms that they still belong there."""
    membership = Membership.objects.select_for_update(of=("self",)).select_related("user").get(pk=membership.pk)
    if membership.state == Membership.State.CONFIRMED and membership.asked_at is not None:
        membership.renewed_at, membership.asked_at, membership.reminded_at = timezone.now(), None, None
        membership.save()
        details = {"municipality": membership.municipality_id}
        services.log_account(membership.user, "accounts.membership_renewed", by=membership.user, data=details)
    return membership


# -- the daily job -----------------------------------------------------------------------------------


def _confirmed() -> QuerySet[Membership]:
    return Membership.objects.filter(state=Membership.State.CONFIRMED)


def _unasked(before: datetime) -> QuerySet[Membership]:
    """Return what was last confirmed before a time and is not asked about yet."""
    held = _confirmed().filter(asked_at__isnull=True).annotate(held_since=Coalesce("renewed_at", "confirmed_at"))
    return held.filter(held_since__lt=before)


def _people(rows: QuerySet[Membership]) -> list[int]:
    return list(rows.order_by("user_id").values_list("user_id", flat=True).distinct())


@transaction.atomic
def send_question(*, user: User, rows: QuerySet[Membership], first: bool) -> int:
    """Ask a person about some of their memberships by one mail; returns how many they are."""
    found = list(rows.filter(user=user).select_for_update(of=("self",)).select_related("municipality"))
    now = timezone.now()
    for membership in found:
        if first:
            membership.asked_at = now
        else:
            membership.reminded_at = now
        membership.save()
        if first:
            details = {"municipality": membership.municipality_id}
            services.log_account(user, "accounts.membership_asked", by=None, data=details)
    if found and user.is_active:
        mail_question(user)
    return len(found)


def mail_question(user: User) -> None:
    """Send the link; the mail names the first day on which a membership would end."""
    rows = list(to_confirm(user))
    if not rows:
        return
    ends = min(ends_at(row) for row in rows)
    values = {"user": user, "rows": rows, "url": make_link(user), "ends_on": timezone.localtime(ends)}
    get_adapter().send_mail("accounts/email/membership_renewal", user.email, values)


def ends_at(membership: Membership) -> datetime:
    """Return when a membership ends that the person has been asked about and does not confirm (UTC)."""
    assert membership.asked_at is not None  # noqa: S101 - callers have filtered
    return membership.asked_at + END_AFTER


def ask_and_end(now: datetime | None = None) -> str:
    """Ask after a year, remind after 45 days, end after 60; each person in a transaction of their own."""
    now = now or timezone.now()
    counts = {"gefragt": 0, "erinnert": 0, "beendet": 0}
    unasked = _unasked(now - ASK_AFTER)
    asked = _confirmed().filter(asked_at__lt=now - REMIND_AFTER, reminded_at__isnull=True)
    silent = _confirmed().filter(asked_at__lt=now - END_AFTER)
    for row in silent.select_related("user"):
        counts["beendet"] += memberships.end_without_answer(membership=row, asked_before=now - END_AFTER)
    for name, rows, first in (("gefragt", unasked, True), ("erinnert", asked, False)):
        for user in User.objects.filter(pk__in=_people(rows)):
            counts[name] += send_question(user=user, rows=rows, first=first)
    escalated = _escalate(now)
    said = ", ".join(f"{number} {name}" for name, number in counts.items() if number)
    return ", ".join(part for part in (said, f"{escalated} an die Kompetenzstelle" if escalated else "") if part)


def _escalate(now: datetime) -> int:
    """Give the centre, once, what the administrators of a municipality have not decided within two weeks."""
    before = now - ESCALATE_AFTER
    waiting = Q(state=Membership.State.REQUESTED, created_at__lt=before) | Q(admin_requested_at__lt=before)
    number = 0
    for row in Membership.objects.filter(waiting, user__is_active=True).select_related("municipality"):
        number += centre_tasks.ask_the_centre_once(row)
    return number
