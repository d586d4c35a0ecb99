"""Votes are counted by page and day; a "Nein" with a reason or text becomes work, one open item per page."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from knowledge.models import FeedbackCount
from portal.core import work
from portal.core.models import WorkItem

log = logging.getLogger(__name__)

FEEDBACK_KIND = "feedback"
SOURCE = "War diese Seite hilfreich?"
ANSWER_WITHIN = timedelta(days=14)


@transaction.atomic
def count_vote(*, page: Any, helpful: bool) -> None:
    """Count one vote of today; nothing about the person is stored."""
    field = "yes" if helpful else "no"
    rows = FeedbackCount.objects.filter(page_id=page.pk, day=timezone.localdate())
    if rows.update(**{field: F(field) + 1}):
        return
    try:
        with transaction.atomic():
            FeedbackCount.objects.create(page_id=page.pk, day=timezone.localdate(), **{field: 1})
    except IntegrityError:  # somebody else has voted first today, at this very moment
        rows.update(**{field: F(field) + 1})


@transaction.atomic
def report(*, page: Any, reason: str = "", text: str = "", email: str = "") -> WorkItem:
    """Add what a reader says about a page to its open work item; neither text nor address is ever logged."""
    item = work.open_item(
        kind=FEEDBACK_KIND,
        dedupe_key=f"page:{page.pk}",
        title=f"Rückmeldung: {page.title}",
        page=page,
        owner=getattr(page, "responsible_person", None),
        source=SOURCE,
        due_on=timezone.localdate() + ANSWER_WITHIN,
    )
    if work.has_just_reported(item=item, text=text.strip(), reply_to=email):
        return item
    work.add_report(item=item, text=text.strip(), reason=reason, reply_to=email)
    log.info("feedback.reported", extra={"page": page.pk, "work_item": item.pk})
    return item
