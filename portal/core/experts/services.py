"""Every write about outside experts. Nothing here approves or releases: that takes an account (docs/review.md)."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from wagtail.models import Revision

from portal.core import audit
from portal.core.experts import queries, tokens
from portal.core.models import ExpertComment, ExpertInvitation, ExpertVote

log = logging.getLogger(__name__)

READ_AGAIN = timedelta(hours=1)
MAX_OPEN = 20  # invitations of one page at once
MAX_COMMENTS = 200  # of one expert

CLOSED = "Dieser Link gilt nicht mehr. Bitte wenden Sie sich an die Stelle, die Sie eingeladen hat."


class ExpertRefused(Exception):  # noqa: N818 - said to people, like ReviewRefused
    """Something is not possible (any more); the text says so in German."""


def _open(invitation: ExpertInvitation) -> ExpertInvitation:
    """Return the invitation, locked; refuse when it has ended meanwhile."""
    found = ExpertInvitation.objects.select_for_update().filter(pk=invitation.pk).first()
    if found is None or queries.state_of(found) is not queries.State.OPEN:
        raise ExpertRefused(CLOSED)
    return found


@transaction.atomic
def invite(
    *, page: Any, name: str, email: str, purpose: str, user: Any, expires_at: datetime | None = None
) -> ExpertInvitation:
    """Invite an expert to the latest draft of a page and send the link; it stands in that mail alone."""
    now = timezone.now()
    running = ExpertInvitation.objects.filter(page_id=page.pk, revoked_at=None, expires_at__gt=now)
    if running.count() >= MAX_OPEN:
        raise ExpertRefused(f"Für diese Seite gelten schon {MAX_OPEN} Einladungen. Ziehen Sie erst eine zurück.")
    revision = queries.revision_under_review(page) or page.latest_revision
    if revision is None or revision.pk == page.live_revision_id:
        raise ExpertRefused("Diese Seite hat keinen Entwurf. Speichern Sie erst die Änderung, um die es geht.")
    secret = tokens.new_secret()
    invitation = ExpertInvitation.objects.create(
        page_id=page.pk, revision=revision, name=name.strip(), email=email.strip(), purpose=purpose.strip(),
        secret_hash=tokens.hash_of(secret), created_by=user, created_at=now,
        expires_at=expires_at or now + timedelta(days=settings.EXPERT_LINK_DAYS),
    )  # fmt: skip
    audit.record("expert.invite", actor=user, subject=page, invitation=invitation.pk, revision=revision.pk)
    _send(invitation, str(revision.object_str), tokens.url(invitation, secret))
    return invitation


def _send(invitation: ExpertInvitation, title: str, url: str) -> None:
    until = f"{timezone.localtime(invitation.expires_at):%d.%m.%Y}"
    purpose = f"\n\n{invitation.purpose}" if invitation.purpose else ""
    EmailMessage(
        subject=f"Bitte um Ihre fachliche Einschätzung: {' '.join(title.split())}"[:150],
        body=(
            f"Guten Tag {invitation.name},\n\nwir bitten Sie um Ihre fachliche Einschätzung zum Entwurf „{title}“."
            f"{purpose}\n\nEntwurf lesen und Stellung nehmen: {url}\n\n"
            f"Der Link gilt bis zum {until} und ist nur für Sie bestimmt. Der Entwurf ist nicht veröffentlicht; "
            f"bitte geben Sie ihn nicht weiter.\n\n{settings.SITE_NAME}\n{settings.BASE_URL}\n"
        ),
        to=[invitation.email],
        headers={"X-Outbox-Key": f"expert:{invitation.pk}", "Auto-Submitted": "auto-generated"},
    ).send()


@transaction.atomic
def revoke(*, invitation: ExpertInvitation, user: Any) -> None:
    """End an invitation at once; a second time changes nothing."""
    done = ExpertInvitation.objects.filter(pk=invitation.pk, revoked_at=None).update(revoked_at=timezone.now())
    if done:
        audit.record("expert.revoke", actor=user, subject=invitation.page, invitation=invitation.pk)
        log.info("expert.revoked", extra={"invitation": invitation.pk})  # not taken back by a restore


@transaction.atomic
def note_read(*, invitation: ExpertInvitation, revision: Revision) -> None:
    """Remember and log that the link was opened, at most once an hour: the one thing a GET leaves behind."""
    now = timezone.now()
    fresh = Q(last_read_at=None) | Q(last_read_at__lt=now - READ_AGAIN)
    if ExpertInvitation.objects.filter(fresh, pk=invitation.pk).update(last_read_at=now):
        audit.record("expert.read", subject=invitation.page, invitation=invitation.pk, revision=revision.pk)


@transaction.atomic
def comment(*, invitation: ExpertInvitation, revision: Revision, place: str, text: str) -> ExpertComment:
    """Keep what an expert says about the draft they were shown."""
    found = _open(invitation)
    if found.comments.count() >= MAX_COMMENTS:
        raise ExpertRefused("Sie haben sehr viele Anmerkungen geschrieben. Bitte schreiben Sie uns eine E-Mail.")
    row = ExpertComment.objects.create(invitation=found, revision=revision, place=place[:200], text=text.strip())
    audit.record("expert.comment", subject=found.page, invitation=found.pk, comment=row.pk, revision=revision.pk)
    return row


@transaction.atomic
def vote(*, invitation: ExpertInvitation, revision: Revision, choice: ExpertVote.Choice) -> ExpertVote:
    """Keep an expert's vote on a revision; a new one takes the place of the one before. It releases nothing."""
    found = _open(invitation)
    row, _ = ExpertVote.objects.update_or_create(
        invitation=found, revision=revision, defaults={"vote": choice, "at": timezone.now()}
    )
    audit.record(
        "expert.vote", subject=found.page, invitation=found.pk, revision=revision.pk, vote=str(choice.value)
    )
    return row


def erase() -> str:
    """Erase name, address and purpose EXPERT_KEEP_DAYS after an invitation has ended; what was said stays."""
    now = timezone.now()
    before = now - timedelta(days=settings.EXPERT_KEEP_DAYS)
    ended = Q(expires_at__lt=before) | Q(revoked_at__lt=before)
    with transaction.atomic():
        ids = list(ExpertInvitation.objects.filter(ended, erased_at=None).values_list("pk", flat=True)[:1000])
        ExpertInvitation.objects.filter(pk__in=ids).update(name="", email="", purpose="", erased_at=now)
        for pk in ids:
            audit.record("expert.erase", invitation=pk)
    log.info("expert.erased", extra={"count": len(ids)})
    return f"Personendaten von {len(ids)} Einladungen gelöscht" if ids else ""
