"""The trust line of a page: what readers see of its age, its review and who answers for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format

STARTER_LABEL = "Startinhalt, noch nicht fachlich geprüft"
WARN_READERS_AFTER = timedelta(days=30)
NOT_REVIEWED_LABEL = "Noch nicht fachlich geprüft"


@dataclass(frozen=True)
class TrustLine:
    """Everything the trust line shows; times are aware (UTC), dates are local to the portal."""

    published: datetime | None
    changed: datetime | None
    reviewed: datetime | None
    next_review: date | None
    overdue: bool
    unit: str
    contact_email: str
    version: int
    as_of: date | None
    is_starter: bool
    long_overdue: bool = False

    @property
    def warning(self) -> str:
        """Say to readers that nobody has looked after the page for long; empty while it is fine."""
        return overdue_words(self.next_review) if self.long_overdue and self.next_review else ""

    @property
    def review_label(self) -> str:
        """Say why there is no date of review; empty when there is one."""
        if self.reviewed:
            return ""
        return STARTER_LABEL if self.is_starter else NOT_REVIEWED_LABEL


def next_review_on(*, base: datetime | None, interval_days: int) -> date | None:
    """Return the local day on which a page is due again; None as long as it has never been published."""
    if base is None:
        return None
    return timezone.localtime(base).date() + timedelta(days=interval_days)


def is_long_overdue(due: date | None, today: date) -> bool:
    """True when readers are warned: a month has passed since the day of the review."""
    return due is not None and today > due + WARN_READERS_AFTER


def overdue_words(due: date) -> str:
    """Return what readers are told of a page whose review is long overdue."""
    return (
        f"Diese Seite sollte bis {date_format(due, 'j. F Y')} geprüft werden. Das ist nicht "
        "geschehen. Vergewissern Sie sich bei der zuständigen Stelle, ob die Angaben noch gelten."
    )


def overdue_warning(page: Any) -> str:
    """Return the warning of a page of any kind as of today; empty while it is fine."""
    due = getattr(page, "next_review_on", None)
    return overdue_words(due) if due and is_long_overdue(due, timezone.localdate()) else ""


def trust_line(page: Any, *, today: date | None = None) -> TrustLine:
    """Compute the trust line of a page."""
    today = today or timezone.localdate()
    due = page.next_review_on
    return TrustLine(
        published=page.first_published_at,
        changed=page.last_published_at,
        reviewed=page.reviewed_at,
        next_review=due,
        overdue=due is not None and due < today,
        unit=page.responsible_unit,
        contact_email=page.contact_email,
        version=page.version_number,
        as_of=page.content_as_of,
        is_starter=page.is_starter_content and page.reviewed_at is None,
        long_overdue=is_long_overdue(due, today),
    )
