"""Random sequences of what three people do never publish what only its authors have confirmed.

The oracle is not the code under test: it keeps its own record of who changed the text in which revision and who
said yes to which revision, and looks at what readers see after each step.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wagtail.models import Revision

from knowledge.models import GlossaryTerm
from portal.core import jobs
from portal.core.review import services
from tests.factories.review import EDITOR, REVIEWER, draft_article, draft_term, person, save, submit

pytestmark = pytest.mark.django_db

START = datetime(2027, 3, 27, 8, 0, tzinfo=UTC)
PERSON = st.integers(0, 2)
STEP = st.one_of(
    st.tuples(st.just("save"), PERSON, st.integers(0, 3)),
    st.tuples(st.just("open"), PERSON, st.just(0)),
    st.tuples(st.just("submit"), PERSON, st.just(0)),
    st.tuples(st.just("approve"), PERSON, st.integers(0, 1)),
    st.tuples(st.just("approve"), PERSON, st.just(0)),
    st.tuples(st.just("reject"), PERSON, st.just(0)),
    st.tuples(st.just("withdraw"), PERSON, st.just(0)),
    st.tuples(st.just("revert"), PERSON, st.integers(0, 5)),
    st.tuples(st.just("schedule"), PERSON, st.integers(1, 3)),
    st.tuples(st.just("clock"), PERSON, st.integers(1, 4)),
    st.tuples(st.just("unpublish"), PERSON, st.just(0)),
    st.tuples(st.just("publish"), PERSON, st.just(0)),
)


class Desk:
    """One object, three people, a clock, and the record of the oracle."""

    def __init__(self, clock: Any, *, page: bool) -> None:
        self.clock = clock
        self.people = [person("Anna", EDITOR), person("Bernd", REVIEWER), person("Clara", REVIEWER)]
        self.subject = (draft_article if page else draft_term)(self.people[0])
        self.field = "short_answer" if page else "meaning"
        self.states: list[Any] = []
        self.published: int | None = None  # the revision readers last saw
        self.yes: dict[int, set[int]] = {}  # who said yes, by round of review
        self.online = False
        self.versions = 0

    def now(self) -> Any:
        return type(self.subject).objects.get(pk=self.subject.pk)

    def do(self, name: str, who: int, number: int) -> None:
        user = self.people[who]
        self.clock.shift(timedelta(seconds=1))
        try:
            with transaction.atomic():
                getattr(self, name)(user, number)
        except PermissionDenied:
            pass
        self.check()

    def _may_edit(self) -> bool:
        return self.now().get_lock() is None

    def save(self, user: Any, number: int) -> None:
        if self._may_edit():
            save(self.subject, user, change_significance="minor", **{self.field: f"Fassung {number}."})

    def open(self, user: Any, number: int) -> None:
        if self._may_edit():
            save(self.subject, user)

    def submit(self, user: Any, number: int) -> None:
        current = self.now()
        if self._may_edit() and not current.workflow_in_progress:
            self.states.append(submit(self.subject, user))

    def approve(self, user: Any, number: int) -> None:
        if len(self.states) <= number:
            return
        state = self.states[-1 - number]
        services.approve(task_state=state, user=user)
        self.yes.setdefault(state.pk, set()).add(user.pk)

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
        current = self.now()
        live, was_online, self.online = current.live_revision_id, self.online, current.live
        if live is None or (live == self.published and was_online):
            return
        state = next(state for state in reversed(self.states) if state.revision_id == live)
        writers = self._writers(live) or {state.workflow_state.requested_by_id}
        confirmed = self.yes.get(state.pk, set())
        assert len(writers | confirmed) >= 2, (writers, confirmed)
        for writer in writers:
            assert confirmed - {writer}, (writers, confirmed)
        reviewers = {self.people[1].pk, self.people[2].pk}
        assert confirmed & reviewers
        self.published = live
        self.versions += 1

    def _writers(self, live: int) -> set[int]:
        """Who changed what readers see, from one revision to the next, since the version before."""
        rows = list(Revision.objects.for_instance(self.subject).filter(pk__lte=live).order_by("pk"))
        found, before = set(), None
        for row in rows:
            now = (row.content[self.field], row.content["go_live_at"])
            if (self.published is None or row.pk > self.published) and now != before:
                found.add(row.user_id)
            before = now
        return found


def run(steps: list[tuple[str, int, int]], *, page: bool) -> Desk:
    with time_machine.travel(START, tick=False) as clock, transaction.atomic():
        desk = Desk(clock, page=page)
        for name, who, number in steps:
            if name == "clock":
                desk.clock_forward(number)
                desk.check()
            else:
                desk.do(name, who, number)
        transaction.set_rollback(True)
    return desk


def calm(count: int) -> Any:
    return settings(max_examples=count, deadline=None, suppress_health_check=list(HealthCheck), database=None)


STEPS = st.lists(STEP, min_size=4, max_size=14)


@calm(40)
@given(steps=STEPS)
def test_forty_sequences_on_a_term(steps: list[tuple[str, int, int]]) -> None:
    run(steps, page=False)


@pytest.mark.slow
@calm(760)
@given(steps=STEPS)
def test_760_sequences_on_a_term(steps: list[tuple[str, int, int]]) -> None:
    run(steps, page=False)


@pytest.mark.slow
@calm(200)
@given(steps=STEPS)
def test_200_sequences_on_a_page(steps: list[tuple[str, int, int]]) -> None:
    run(steps, page=True)


@pytest.mark.parametrize("page", [True, False])
def test_the_oracle_sees_publications(page: bool) -> None:
    """Without this the sequences could pass because nothing is ever published."""
    steps = [
        ("submit", 0, 0), ("approve", 1, 0),
        ("save", 1, 1), ("submit", 1, 0), ("approve", 1, 0), ("approve", 2, 0),
        ("unpublish", 1, 0), ("submit", 0, 0), ("approve", 0, 0), ("approve", 1, 0),
        ("schedule", 0, 2), ("submit", 0, 0), ("approve", 2, 0), ("clock", 0, 3),
    ]  # fmt: skip
    desk = run(steps, page=page)
    assert desk.versions == 4
    assert isinstance(desk.subject, GlossaryTerm) is not page
