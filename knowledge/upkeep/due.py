"""When a page is due for review, and what follows from it: days, stages, situations. No database here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import models

from knowledge.models import ReviewReminder

Stage = ReviewReminder.Stage

SOON_DAYS = 30
WEEK_DAYS = 7
ESCALATE_AFTER_DAYS = 14

REVIEW_DUE = "review"


class Situation(models.TextChoices):
    """What may be wrong with a page's upkeep; a page can be in several situations."""

    OVERDUE = "ueberfaellig", "Überfällig"
    SOON = "bald", f"In {SOON_DAYS} Tagen fällig"
    NEVER = "nie", "Nie geprüft"
    OWNERLESS = "ohne", "Ohne verantwortliche Person"


@dataclass(frozen=True)
class DuePage:
    """A live page whose review is due soon or overdue; `people` are owner and deputy, in this order.

    `interval` are the days from one review to the next.
    """

    pk: int
    title: str
    due_on: date
    people: tuple[int | None, int | None]
    interval: int = 365

    def days_left(self, today: date) -> int:
        """Return the days until the review is due; negative when it is overdue."""
        return (self.due_on - today).days


def work_key(page_id: int) -> str:
    """Return the cause of a page's work item, so that there is one open item for each page."""
    return f"due:{page_id}"


def stage_on(page: DuePage, today: date) -> Stage | None:
    """Return how far the reminders to owner and deputy have come: the last stage reached, missed days or not.

    A stage that comes before half of the interval is left out: with 30 days, the next review would be due the
    morning after each.
    """
    left = page.days_left(today)
    if left <= 0:
        return Stage.DUE
    for stage, days in ((Stage.WEEK, WEEK_DAYS), (Stage.MONTH, SOON_DAYS)):
        if left <= days and days * 2 <= page.interval:
            return stage
    return None


def is_escalated(page: DuePage, today: date) -> bool:
    """True when the Leitung has to hear of the page."""
    return page.days_left(today) <= -ESCALATE_AFTER_DAYS
