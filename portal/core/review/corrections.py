"""Writing and reading correction notices; the page's text itself changes by review alone."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from wagtail.models import Page

from portal.core import audit, generation
from portal.core.models import CorrectionNotice

MARK = "portal:corrections-mark"
KEPT = timedelta(hours=1)


class OfflineError(ValueError):
    """The page is not live: nobody would read a notice."""


class AlreadyShownError(ValueError):
    """The same notice is shown on the page already."""


def shown_on(page: Any) -> QuerySet[CorrectionNotice]:
    """Return what readers see above a page, newest first."""
    return CorrectionNotice.objects.filter(page_id=page.pk, withdrawn_at=None)


def texts_by_page() -> dict[int, list[tuple[datetime, str]]]:
    """Return all notices readers see, by page: one query until one of them changes, since few pages have any.

    They are kept apart from the content generation, so that publishing costs no reader a query for them.
    """
    if generation.has_uncommitted_changes():
        return _read()
    key = f"portal:corrections:{generation.fetch(MARK, '')}"
    found = generation.fetch(key)
    if found is None:
        found = _read()
        generation.keep(key, found, timezone.now() + KEPT)
    return found


def notices_of(page: Any) -> list[tuple[datetime, str]]:
    """Return the notices readers see above a page; an alias shows what its source shows."""
    return texts_by_page().get(getattr(page, "alias_of_id", None) or page.pk, [])


def _changed() -> None:
    """Forget the kept notices and every page that shows them, once the change is committed."""
    generation.raise_on_commit()
    transaction.on_commit(lambda: cache.set(MARK, secrets.token_hex(8), None), robust=True)


def _read() -> dict[int, list[tuple[datetime, str]]]:
    found: dict[int, list[tuple[datetime, str]]] = {}
    for row in CorrectionNotice.objects.filter(withdrawn_at=None):
        found.setdefault(row.page_id, []).append((row.published_at, row.text))
    return found


@transaction.atomic
def publish(*, page: Any, text: str, user: Any) -> CorrectionNotice:
    """Put a notice on a page at once.

    Raises:
        OfflineError: the page was taken offline or deleted meanwhile.
        AlreadyShownError: the same notice is on the page: a form sent twice.
    """
    text = "\n".join(text.strip().splitlines())
    # The row of the page is locked, so that of two equal requests at once the second sees the notice of the first.
    live = Page.objects.select_for_update(no_key=True).filter(pk=page.pk, live=True)
    if not list(live.values_list("pk", flat=True)):
        raise OfflineError
    if shown_on(page).filter(text=text).exists():
        raise AlreadyShownError
    notice = CorrectionNotice.objects.create(page_id=page.pk, text=text, by=user)
    audit.record("correction.publish", actor=user, subject=page, notice=notice.pk)
    _changed()
    return notice


@transaction.atomic
def withdraw(*, notice: CorrectionNotice, user: Any) -> None:
    """Take a notice off; a second time changes nothing."""
    done = CorrectionNotice.objects.filter(pk=notice.pk, withdrawn_at=None).update(withdrawn_at=timezone.now())
    if done:
        audit.record("correction.withdraw", actor=user, subject=notice.page, notice=notice.pk)
        _changed()
