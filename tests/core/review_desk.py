"""The desk of the random sequences: four people at one object, and the record of the oracle.

It is not the code under test: it keeps its own record of who changed the text in which revision, who submitted and
who said yes to which one, and looks at what readers see after each step.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from wagtail.models import Revision

from portal.accounts import belongings
from portal.accounts.models import User
from portal.core import jobs
from portal.core.review import services
from tests.factories.review import save, submit

START = datetime(2027, 3, 27, 8, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Room:
    """Four people and the object they work on, made once; each sequence is undone afterwards."""

    people: list[Any]
    subject: Any


# Steps that belong together: (step, whether the other of the two takes it).
MOSTLY = {
    "round": (("save", False), ("submit", False), ("approve", True)),
    "pair": (("save", False), ("save", True), ("submit", False), ("approve", False), ("approve", True)),
    "brought": (("arrive", False), ("submit", False), ("approve", False), ("approve", True)),
    "gone": (("save", True), ("leave", True), ("submit", False), ("approve", False)),
    "returned": (
        ("save", False), ("submit", False), ("reject", True), ("save", False), ("submit", True), ("approve", True),
    ),
    "again": (
        ("arrive", False), ("submit", False), ("reject", True), ("arrive", False), ("submit", True),
        ("approve", True),
    ),
    "followed": (("save", False), ("submit", False), ("hand_over", False), ("approve", True)),
}  # fmt: skip


class Desk:
    """One object, four people, a clock, and the record of the oracle."""

    def __init__(self, clock: Any, room: Room, *, page: bool) -> None:
        self.clock = clock
        self.people = room.people
        self.subject = room.subject
        self.field = "short_answer" if page else "meaning"
        self.states: list[Any] = []
        self.submitters: dict[int, int] = {}  # by round of review; a hand-over changes nothing about it
        self.published: int | None = None  # the revision readers last saw
        self.yes: dict[int, set[int]] = {}  # who said yes, by round of review
        self.here: dict[int, set[int]] = {}  # who was not away when the last one said yes
        self.online = False
        self.versions = 0
        self.refused = 0

    def now(self) -> Any:
        return type(self.subject).objects.get(pk=self.subject.pk)

    def do(self, name: str, who: int, number: int) -> None:
        if name in MOSTLY:  # what mostly happens; single steps may well be refused
            for step, by_other in MOSTLY[name]:
                self.do(step, number if by_other else who, 4 + number if step == "save" else 0)
            return
        if name == "clock":
            self.clock_forward(number)
            self.check()
            return
        user = User.objects.get(pk=self.people[who].pk)
        self.clock.shift(timedelta(seconds=1))
        try:
            with transaction.atomic():
                getattr(self, name)(user, number)
        except PermissionDenied:
            self.refused += 1
        self.check()

    def _may_edit(self) -> bool:
        return self.now().get_lock() is None

    def arrive(self, user: Any, number: int) -> None:
        """A change without a person, as the operator's import makes it."""
        if self._may_edit():
            save(self.subject, None, change_significance="minor", **{self.field: f"Import {number}."})

    def leave(self, user: Any, number: int) -> None:
        User.objects.filter(pk=user.pk).update(is_active=False)

    def hand_over(self, user: Any, number: int) -> None:
        """Somebody leaves, and somebody who need not know of it is told of their reviews from now on."""
        successor = User.objects.get(pk=self.people[(number + 1) % 4].pk)
        if successor.pk == user.pk or not successor.is_active:
            return
        reviews = next(kind for kind in belongings.all_kinds() if kind.name == "reviews")
        reviews.hand_over(user, successor)
        self.leave(user, number)

    def come_back(self, user: Any, number: int) -> None:
        User.objects.filter(pk=user.pk).update(is_active=True)

    def save(self, user: Any, number: int) -> None:
        if self._may_edit() and user.is_active:
            save(self.subject, user, change_significance="minor", **{self.field: f"Fassung {number}."})

    def open(self, user: Any, number: int) -> None:
        if self._may_edit() and user.is_active:
            save(self.subject, user)

    def submit(self, user: Any, number: int) -> None:
        current = self.now()
        if self._may_edit() and user.is_active and not current.workflow_in_progress:
            self.states.append(submit(self.subject, user))
            self.submitters[self.states[-1].pk] = user.pk

    def approve(self, user: Any, number: int) -> None:
        if len(self.states) <= number:
            return
        state = self.states[-1 - number]
        services.approve(task_state=state, user=user)
        self.yes.setdefault(state.pk, set()).add(user.pk)
        self.here[state.pk] = set(User.objects.filter(is_active=True).values_list("pk", flat=True))

    def reject(self, user: Any, number: int) -> None:
        if self.states:
            services.reject(task_state=self.states[-1], user=user, comment="Bitte ändern.")

    def withdraw(self, user: Any, number: int) -> None:
        if self.states:
            services.withdraw(workflow_state=self.states[-1].workflow_state, user=user)

    def revert(self, user: Any, number: int) -> None:
        rows = list(Revision.objects.for_instance(self.subject).order_by("pk"))
        if self._may_edit():
            old = rows[number % len(rows)].as_object()
            save(self.subject, user, change_significance="minor", **{self.field: getattr(old, self.field)})

    def schedule(self, user: Any, number: int) -> None:
        if self._may_edit():
            at = timezone.now() + timedelta(hours=number)
            save(self.subject, user, change_significance="minor", go_live_at=at)

    def clock_forward(self, number: int) -> None:
        self.clock.shift(timedelta(hours=number))
        jobs.publish_scheduled()

    def unpublish(self, user: Any, number: int) -> None:
        current = self.now()
        if current.live and not current.approved_schedule:
            current.unpublish(user=user)

    def publish(self, user: Any, number: int) -> None:
        """Go around the review as a view would that has forgotten to ask."""
        current = self.now()
        current.latest_revision.publish(user=user, skip_permission_checks=True)

    def check(self) -> None:
        rows = type(self.subject).objects.filter(pk=self.subject.pk)
        is_live, live = rows.values_list("live", "live_revision_id").get()
        was_online, self.online = self.online, is_live
        if live is None or (live == self.published and was_online):
            return
        state = next((state for state in reversed(self.states) if state.revision_id == live), None)
        assert state is not None, f"revision {live} was published without a review"
        submitter = self.submitters[state.pk]
        here = self.here.get(state.pk, set())
        writers = self._writers(live) or {submitter}
        confirmed = self.yes.get(state.pk, set()) & here
        today = (writers & here or {submitter} & here) | confirmed
        assert len(today) >= 2, (writers, confirmed, here)
        for writer in writers:
            assert confirmed - {writer}, (writers, confirmed)
        reviewers = {self.people[1].pk, self.people[2].pk}
        assert confirmed & reviewers or writers <= reviewers & here, (writers, confirmed)
        self.published = live
        self.versions += 1

    def _writers(self, live: int) -> set[int]:
        """Who changed what readers see or are told of it, from one revision to the next, since the version before.

        What they were told of that version is over with it, so saying the same again is a change.
        """
        rows = list(Revision.objects.for_instance(self.subject).filter(pk__lte=live).order_by("pk"))
        found, before = set(), None
        for row in rows:
            told = "" if row.pk == self.published else row.content["change_significance"]
            now = (row.content[self.field], row.content["go_live_at"], told)
            if (self.published is None or row.pk > self.published) and now != before:
                found.add(row.user_id)
            before = now
        return found


def run(steps: list[tuple[str, int, int]], room: Room, *, page: bool) -> Desk:
    with time_machine.travel(START, tick=False) as clock, transaction.atomic():
        desk = Desk(clock, room, page=page)
        for step in steps:
            desk.do(*step)
        transaction.set_rollback(True)
    return desk
