"""Writing and reading correction notices; the page's text itself changes by review alone."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from portal.core import audit
from portal.core.generation import raise_on_commit
from portal.core.models import CorrectionNotice


def shown_on(page: Any) -> QuerySet[CorrectionNotice]:
    """Return what readers see above a page, newest first."""
    return CorrectionNotice.objects.filter(page_id=page.pk, withdrawn_at=None)


@transaction.atomic
def publish(*, page: Any, text: str, user: Any) -> CorrectionNotice:
    """Put a notice on a page at once."""
    notice = CorrectionNotice.objects.create(page_id=page.pk, text=text.strip(), by=user)
    audit.record("correction.publish", actor=user, subject=page, notice=notice.pk)
    raise_on_commit()
    return notice


@transaction.atomic
def withdraw(*, notice: CorrectionNotice, user: Any) -> None:
    """Take a notice off; a second time changes nothing."""
    done = CorrectionNotice.objects.filter(pk=notice.pk, withdrawn_at=None).update(withdrawn_at=timezone.now())
    if done:
        audit.record("correction.withdraw", actor=user, subject=notice.page, notice=notice.pk)
        raise_on_commit()
