"""Reminders of reviews: one mail a person and day, each stage of each due date told once, missed days made up."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from knowledge.models import ReviewReminder
from knowledge.upkeep.due import DuePage, Stage, is_escalated, stage_on
from knowledge.upkeep.queries import due_pages, expiring_pages
from portal.accounts.models import User
from portal.accounts.queries import active_staff
from portal.accounts.roles import ADMINISTRATOR, LEADER, REVIEWER
from portal.core.mail import KEY_HEADER

log = logging.getLogger(__name__)

LISTED = 50
Entry = tuple[DuePage, Stage]


@dataclass(frozen=True)
class Staff:
    """Who of the centre can be told, and who stands in when a page has nobody."""

    everybody: frozenset[int]
    reviewers: tuple[int, ...]
    leaders: tuple[int, ...]

    @classmethod
    def now(cls) -> Staff:
        """Read the people at work; without Leitung the Administration hears what nobody has done."""
        people = active_staff()

        def having(role: str) -> tuple[int, ...]:
            return tuple(people.filter(groups__name=role).values_list("pk", flat=True))

        leaders = having(LEADER) or having(ADMINISTRATOR)
        return cls(frozenset(people.values_list("pk", flat=True)), having(REVIEWER), leaders)

    def of(self, page: DuePage) -> tuple[int, ...]:
        """Return who is told of a page: owner and deputy, else the Fachprüfung, else the Leitung."""
        own = dict.fromkeys(pk for pk in page.people if pk in self.everybody)
        return tuple(pk for pk in own if pk is not None) or self.reviewers or self.leaders

    def first_of(self, page: DuePage) -> int | None:
        """Return whose task the review is: the owner's, else the deputy's, else nobody's yet."""
        return next((pk for pk in page.people if pk in self.everybody), None)


def plan(
    pages: Iterable[DuePage], staff: Staff, today: date, expiring: Iterable[DuePage] = ()
) -> dict[int, list[Entry]]:
    """Return for each person what they have to know today, told already or not."""
    found: dict[int, list[Entry]] = {}
    for page in pages:
        stage = stage_on(page, today)
        if stage is not None:
            for pk in staff.of(page):
                found.setdefault(pk, []).append((page, stage))
        if is_escalated(page, today):
            for pk in staff.leaders:
                found.setdefault(pk, []).append((page, Stage.ESCALATED))
    for page in expiring:
        for pk in staff.of(page):
            found.setdefault(pk, []).append((page, Stage.EXPIRES))
    return found


@dataclass
class Letter:
    """What one mail says."""

    own: list[DuePage] = field(default_factory=list)
    escalated: list[DuePage] = field(default_factory=list)
    expiring: list[DuePage] = field(default_factory=list)

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Letter:
        letter = cls()
        for page, stage in entries:
            lists = {Stage.ESCALATED: letter.escalated, Stage.EXPIRES: letter.expiring}
            lists.get(stage, letter.own).append(page)
        return letter

    def subject(self) -> str:
        if self.expiring and not (self.own or self.escalated):
            count = len(self.expiring)
            return "Geht bald offline: 1 Seite" if count == 1 else f"Gehen bald offline: {count} Seiten"
        count = len({page.pk for page in (*self.own, *self.escalated)})
        if not self.own:
            return "Überfällige Prüfung: 1 Seite" if count == 1 else f"Überfällige Prüfungen: {count} Seiten"
        return "Prüfung fällig: 1 Seite" if count == 1 else f"Prüfungen fällig: {count} Seiten"


def _lines(pages: list[DuePage], today: date, *, expiring: bool = False) -> list[dict[str, str]]:
    def when(page: DuePage) -> str:
        if expiring:
            return f"geht am {page.due_on:%d.%m.%Y} offline"
        word = "überfällig seit" if page.due_on < today else "fällig am"
        return f"{word} {page.due_on:%d.%m.%Y}"

    return [
        {
            "title": page.title,
            "when": when(page),
            "url": settings.BASE_URL + reverse("wagtailadmin_pages:edit", args=[page.pk]),
        }
        for page in pages[:LISTED]
    ]


def _post(person: User, letter: Letter, today: date) -> None:
    context = {
        "person": person,
        "own": _lines(letter.own, today),
        "own_more": max(0, len(letter.own) - LISTED),
        "escalated": _lines(letter.escalated, today),
        "escalated_more": max(0, len(letter.escalated) - LISTED),
        "expiring": _lines(letter.expiring, today, expiring=True),
        "expiring_more": max(0, len(letter.expiring) - LISTED),
        "report": settings.BASE_URL + reverse("knowledge_reviews"),
    }
    body = render_to_string("knowledge/email/review_reminder.txt", context)
    EmailMessage(letter.subject(), body, to=[person.email], headers={KEY_HEADER: f"upkeep:{person.pk}"}).send()


@transaction.atomic
def remind(*, recipient: int, entries: list[Entry], today: date) -> bool:
    """Tell one person what they have not been told yet, mail and rows in one transaction; True when sent."""
    person = User.objects.select_for_update().filter(pk=recipient, is_active=True).first()
    told = ReviewReminder.objects.filter(recipient=recipient)
    if person is None or told.filter(sent_on=today).exists():
        return False
    earliest = min(page.due_on for page, _ in entries)
    known = set(told.filter(due_on__gte=earliest).values_list("page_id", "due_on", "stage"))
    new = [(page, stage) for page, stage in entries if (page.pk, page.due_on, stage.value) not in known]
    if not new:
        return False
    ReviewReminder.objects.bulk_create(
        ReviewReminder(page_id=page.pk, due_on=page.due_on, stage=stage, recipient=person, sent_on=today)
        for page, stage in new
    )
    _post(person, Letter.of(new), today)
    return True


def hold_due(now: datetime) -> list[str]:
    """After a restore, note every stage reached by now as told: the reminder may have gone out already."""
    today = timezone.localdate(now)
    before = ReviewReminder.objects.count()
    ReviewReminder.objects.bulk_create(
        (
            ReviewReminder(page_id=page.pk, due_on=page.due_on, stage=stage, recipient_id=recipient, sent_on=today)
            for recipient, entries in plan(due_pages(today), Staff.now(), today, expiring_pages(today)).items()
            for page, stage in entries
        ),
        ignore_conflicts=True,
    )
    held = ReviewReminder.objects.count() - before
    if not held:
        return []
    return [
        f"Erinnerungen an fällige Prüfungen, die nicht hinausgehen: {held}, denn vielleicht sind sie schon "
        "gesendet. Die Seiten stehen unter Berichte → Prüfungen."
    ]


def remind_all(today: date | None = None) -> str:
    """Remind everybody; one person's trouble holds up no other, and fails the run so that it is repeated."""
    today = today or timezone.localdate()
    sent, broken = 0, 0
    entries_of_all = plan(due_pages(today), Staff.now(), today, expiring_pages(today))
    for recipient, entries in entries_of_all.items():
        try:
            sent += remind(recipient=recipient, entries=entries, today=today)
        except Exception:  # the next person must still be told
            broken += 1
            log.exception("reminder.failed", extra={"recipient": recipient})
    if broken:
        raise RuntimeError(f"{broken} people could not be reminded")
    return f"{sent} Erinnerungen" if sent else ""
