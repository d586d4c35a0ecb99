"""What has become of an invitation, which revision its expert sees, and what experts have said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from django.db.models import Prefetch
from django.utils import timezone
from wagtail.models import Revision

from portal.core import publications
from portal.core.models import ExpertComment, ExpertInvitation, ExpertVote, ReviewTask


class State(Enum):
    """Whether a link still opens its draft."""

    OPEN = "offen"
    EXPIRED = "abgelaufen"
    REVOKED = "zurückgezogen"
    PUBLISHED = "veröffentlicht"


def state_of(invitation: ExpertInvitation, *, now: datetime | None = None) -> State:
    """Return the state; an invitation ends with the first version published after it, whichever that is."""
    if invitation.revoked_at is not None:
        return State.REVOKED
    if invitation.expires_at <= (now or timezone.now()):
        return State.EXPIRED
    page = invitation.page.specific
    if publications.of(page).filter(published_at__gte=invitation.created_at).exists():
        return State.PUBLISHED
    return State.OPEN


def revision_under_review(page: Any) -> Revision | None:
    """Return the revision that lies with the reviewers, if any."""
    state = page.current_workflow_task_state
    if state is None or not isinstance(state.task.specific, ReviewTask):
        return None
    found: Revision | None = state.revision
    return found


@dataclass(frozen=True)
class Draft:
    """What an expert is shown: a stored revision as a page, and whether somebody has edited on since."""

    revision: Revision
    page: Any
    moved_on: bool


def draft_of(invitation: ExpertInvitation) -> Draft | None:
    """Return the revision under review, else the one the expert was invited to; None when it is gone."""
    page = invitation.page.specific
    revision = revision_under_review(page) or invitation.revision
    if revision is None:
        return None
    return Draft(revision, revision.as_object(), moved_on=page.latest_revision_id != revision.pk)


def vote_on(invitation: ExpertInvitation, revision: Revision) -> ExpertVote | None:
    return ExpertVote.objects.filter(invitation=invitation, revision=revision).first()


@dataclass(frozen=True)
class Opinion:
    """Everything one expert has said, for editors and reviewers."""

    invitation: ExpertInvitation
    state: State
    comments: list[ExpertComment]
    votes: list[ExpertVote]


def opinions(page: Any, *, only_said: bool = False) -> list[Opinion]:
    """Return the invitations of a page with what came of them, newest first; four queries."""
    rows = ExpertInvitation.objects.filter(page_id=page.pk).select_related("created_by").prefetch_related(
        Prefetch("comments", ExpertComment.objects.select_related("revision")),
        Prefetch("votes", ExpertVote.objects.select_related("revision")),
    )  # fmt: skip
    last = publications.of(page).order_by("-published_at").values_list("published_at", flat=True).first()
    found = [
        Opinion(row, _listed_state(row, last), list(row.comments.all()), list(row.votes.all())) for row in rows
    ]
    return [opinion for opinion in found if opinion.comments or opinion.votes] if only_said else found


def _listed_state(row: ExpertInvitation, last_published: datetime | None) -> State:
    if row.revoked_at is not None:
        return State.REVOKED
    if row.expires_at <= timezone.now():
        return State.EXPIRED
    if last_published is not None and last_published >= row.created_at:
        return State.PUBLISHED
    return State.OPEN
