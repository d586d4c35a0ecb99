"""„Geprüft, unverändert“: one person of the Fachprüfung confirms the live version of a page as it stands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from wagtail.models import Page, Revision

from knowledge.models import Upkept
from knowledge.services import record_review
from portal.accounts.models import User
from portal.core import audit

PERMISSION = "knowledge.confirm_pages"
WHO_MAY = "Bestätigen kann sie eine andere Person der Fachprüfung."


def may_confirm(user: Any) -> bool:
    """True for people who may confirm pages at all; whether one wrote a page is asked for each page."""
    return bool(user.is_active and user.has_perm(PERMISSION))


def version_of(page: Any) -> str:
    """Return a mark of the live version, so that nobody confirms one they have not seen."""
    return f"{page.live_revision_id or 0}"


def pages_of_author(pages: Iterable[Any], user: Any) -> set[int]:
    """Return the pages of which a person wrote the live version, or part of it since the last review; one query.

    `pages` carry `live_revision_id` and `review_done` (None: never reviewed).
    """
    wrote = Q(pk__in=[])
    for page in pages:
        if page.live_revision_id is not None:
            since = Q(created_at__gt=page.review_done) if page.review_done else Q()
            # Revision numbers grow: what was saved after the live revision is a draft and not confirmed here.
            earlier = Q(object_id=str(page.pk), pk__lte=page.live_revision_id) & since
            wrote |= Q(pk=page.live_revision_id) | earlier
    if not wrote:
        return set()
    rows = Revision.page_revisions.filter(wrote, user=user).values_list("object_id", flat=True)
    return {int(pk) for pk in rows}


def _refusal(page: Any, person: User, seen: str) -> str:
    """Return why a person may not confirm a page now; empty when they may."""
    if not may_confirm(person):
        return f"Ihre Rolle bestätigt keine Seiten. {WHO_MAY}"
    if not page.live:
        return f"„{page.title}“ ist nicht veröffentlicht. Bestätigt wird nur, was Leserinnen und Leser sehen."
    if page.alias_of_id:
        return f"„{page.title}“ ist ein Verweis auf eine andere Seite. Bestätigen Sie das Original."
    if seen != version_of(page):
        return (
            f"„{page.title}“ ist inzwischen neu veröffentlicht worden. "
            "Lesen Sie die neue Fassung und bestätigen Sie dann."
        )
    page.review_done = page.reviewed_at
    if pages_of_author([page], person):
        return f"Sie haben die veröffentlichte Fassung von „{page.title}“ selbst geschrieben. {WHO_MAY}"
    return ""


@transaction.atomic
def confirm_unchanged(*, page_id: int, person: User, seen: str) -> tuple[Any, bool]:
    """Record that the live version of a page is still right; returns the page, and False for a repeated click.

    A draft of the page is left alone. `seen` is `version_of` the page as the person saw it.

    Raises:
        ValidationError: with a German message when this person may not, or the page has changed or is gone.
    """
    locked = Page.objects.select_for_update().filter(pk=page_id).first()
    page: Any = locked.specific if locked is not None else None
    if not isinstance(page, Upkept):
        raise ValidationError("Diese Seite gibt es nicht mehr. Es wurde nichts bestätigt.")
    live_revision: Any = getattr(page, "live_revision_id", None)
    person = User.objects.get(pk=person.pk)
    message = _refusal(page, person, seen)
    if message:
        raise ValidationError(message)
    today = timezone.localdate()
    if (
        page.reviewed_at
        and timezone.localtime(page.reviewed_at).date() == today
        and page.reviewed_by_id == person.pk
    ):
        return page, False
    record_review(page=page, reviewer=person)
    audit.record("review.unchanged", actor=person, subject=page, revision=live_revision)
    return page, True
