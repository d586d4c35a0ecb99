"""Random sequences of what four people do never publish what only its authors have confirmed.

The oracle is not the code under test: it keeps its own record of who changed the text in which revision and who
said yes to which revision, and looks at what readers see after each step. That it sees anything is tested too: a
fair share of the sequences publishes, and each of several broken rules is found out.

`REVIEW_SEQUENCES` sets the number (1,000; docs/testing.md).
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from wagtail.models import Revision

from knowledge.models import GlossaryTerm
from portal.accounts.models import User
from portal.core import jobs
from portal.core.review import changes, guard, rule, services
from tests.factories.review import EDITOR, REVIEWER, draft_article, draft_term, person, save, submit
from tests.quiet import quiet

pytestmark = pytest.mark.django_db

START = datetime(2027, 3, 27, 8, 0, tzinfo=UTC)
SEQUENCES = int(os.environ.get("REVIEW_SEQUENCES", "1000"))
ON_PAGES = SEQUENCES // 20  # pages are three times as slow, and follow the same rule
PARTS = 3  # so that several processes can share the work
PERSON = st.integers(0, 3)
EDITORS = st.sampled_from([0, 3])
STEP = st.one_of(
    st.tuples(st.just("round"), PERSON, PERSON),
    st.tuples(st.just("round"), PERSON, PERSON),
    st.tuples(st.just("round"), EDITORS, EDITORS),
    st.tuples(st.just("pair"), PERSON, PERSON),
    st.tuples(st.just("save"), PERSON, st.integers(0, 3)),
    st.tuples(st.just("brought"), PERSON, st.integers(0, 3)),
    st.tuples(st.just("gone"), PERSON, PERSON),
    st.tuples(st.just("leave"), PERSON, st.just(0)),
    st.tuples(st.just("come_back"), PERSON, st.just(0)),
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


@dataclass(frozen=True)
class Room:
    """Four people and the object they work on, made once; each sequence is undone afterwards."""

    people: list[Any]
    subject: Any


@pytest.fixture
def prepared() -> Iterator[dict[bool, Room]]:
    """A page (True) and a term (False) somebody has written."""
    people = [
        person("Anna", EDITOR), person("Bernd", REVIEWER), person("Clara", REVIEWER), person("Dora", EDITOR),
    ]  # fmt: skip
    with time_machine.travel(START, tick=False):
        rooms = {True: Room(people, draft_article(people[0])), False: Room(people, draft_term(people[0]))}
    with quiet():
        yield rooms


# Steps that belong together: (step, whether the other of the two takes it).
MOSTLY = {
    "round": (("save", False), ("submit", False), ("approve", True)),
    "pair": (("save", False), ("save", True), ("submit", False), ("approve", False), ("approve", True)),
    "brought": (("arrive", False), ("submit", False), ("approve", False), ("approve", True)),
    "gone": (("save", True), ("leave", True), ("submit", False), ("approve", False)),
}


class Desk:
    """One object, four people, a clock, and the record of the oracle."""

    def __init__(self, clock: Any, room: Room, *, page: bool) -> None:
        self.clock = clock
        self.people = room.people
        self.subject = room.subject
        self.field = "short_answer" if page else "meaning"
        self.states: list[Any] = []
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
        submitter = state.workflow_state.requested_by_id
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
        """Who changed what readers see, from one revision to the next, since the version before."""
        rows = list(Revision.objects.for_instance(self.subject).filter(pk__lte=live).order_by("pk"))
        found, before = set(), None
        for row in rows:
            now = (row.content[self.field], row.content["go_live_at"])
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


def calm(count: int, *phases: Phase) -> Any:
    return settings(
        max_examples=count, deadline=None, suppress_health_check=list(HealthCheck), database=None,
        phases=phases or (Phase.generate, Phase.shrink),
    )  # fmt: skip


STEPS = st.lists(STEP, min_size=3, max_size=6)


def run_many(count: int, room: Room, *, page: bool) -> None:
    """Run random sequences, other ones each time, and count what came of them."""
    seen: Counter[str] = Counter()

    @calm(count)
    @given(steps=STEPS)
    def sequences(steps: list[tuple[str, int, int]]) -> None:
        desk = run(steps, room, page=page)
        seen.update(sequences=1, published=desk.versions > 0, again=desk.versions > 1, refused=desk.refused > 0)

    sequences()
    # Otherwise the sequences could pass because nothing is ever published, or nothing refused.
    assert seen["sequences"] >= count
    if count >= 200:  # of a few, chance decides
        assert seen["published"] >= count // 12, seen
        assert seen["again"] >= 1, seen
        assert seen["refused"] >= count // 4, seen


@pytest.mark.once
def test_forty_sequences_on_a_term(prepared: dict[bool, Room]) -> None:
    run_many(40, prepared[False], page=False)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_a_thousand_sequences_on_a_term(prepared: dict[bool, Room], part: int) -> None:
    run_many((SEQUENCES - ON_PAGES) // PARTS, prepared[False], page=False)


@pytest.mark.slow
def test_a_thousand_sequences_on_a_page(prepared: dict[bool, Room]) -> None:
    run_many(ON_PAGES, prepared[True], page=True)


@pytest.mark.parametrize("page", [True, False])
def test_the_oracle_sees_publications(prepared: dict[bool, Room], page: bool) -> None:
    steps = [
        ("submit", 0, 0), ("approve", 1, 0),
        ("save", 1, 1), ("submit", 1, 0), ("approve", 1, 0), ("approve", 2, 0),
        ("unpublish", 1, 0), ("submit", 0, 0), ("approve", 0, 0), ("approve", 1, 0),
        ("schedule", 0, 2), ("submit", 0, 0), ("approve", 2, 0), ("clock", 0, 3),
    ]  # fmt: skip
    desk = run(steps, prepared[page], page=page)
    assert desk.versions == 4
    assert isinstance(desk.subject, GlossaryTerm) is not page


def test_two_people_release_what_the_system_and_somebody_gone_wrote(prepared: dict[bool, Room]) -> None:
    """Anna and Bernd are the whole team of today: neither is enough, both together are."""
    steps = [
        ("submit", 0, 0), ("approve", 1, 0), ("save", 3, 1), ("leave", 3, 0), ("leave", 2, 0),
        ("arrive", 0, 1), ("save", 1, 2), ("submit", 1, 0), ("approve", 1, 0),
    ]  # fmt: skip
    assert run(steps, prepared[False], page=False).versions == 1
    assert run([*steps, ("approve", 0, 0)], prepared[False], page=False).versions == 2
    sent_by_the_one_who_left = [
        ("submit", 0, 0), ("approve", 1, 0), ("save", 3, 1), ("submit", 3, 0), ("leave", 3, 0), ("approve", 1, 0),
    ]  # fmt: skip
    assert run(sent_by_the_one_who_left, prepared[False], page=False).versions == 1
    assert run([*sent_by_the_one_who_left, ("approve", 0, 0)], prepared[False], page=False).versions == 2


def _own_yes_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule.Standing, "confirmed", lambda self, author: bool(self.approvals))


def _nobody_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule.Standing, "refusal", lambda self, person, reviewer: "")
    monkeypatch.setattr(rule.Standing, "released", property(lambda self: bool(self.approvals)))


def _only_the_last_author_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        changes, "authors_of", lambda revisions, base: {row.user_id for row in list(revisions)[-1:]}
    )


def _views_may_publish(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "refusal", lambda action: "")


def _no_reviewer_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule.Standing, "reviewed", property(lambda self: True))


def _one_of_today_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule.Standing, "by_two", property(lambda self: True))


BROKEN = [
    _own_yes_counts, _nobody_is_refused, _only_the_last_author_counts, _views_may_publish, _no_reviewer_is_needed,
    _one_of_today_is_enough,
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.parametrize("breaks", BROKEN, ids=lambda breaks: breaks.__name__.strip("_"))
def test_a_broken_rule_is_found_out(
    prepared: dict[bool, Room], monkeypatch: pytest.MonkeyPatch, breaks: Any
) -> None:
    """The same sequences against a rule that lets through what it must not."""
    breaks(monkeypatch)

    @calm(1000, Phase.generate)  # ends with the first one found out
    @given(steps=STEPS)
    def sequences(steps: list[tuple[str, int, int]]) -> None:
        run(steps, prepared[False], page=False)

    with pytest.raises(AssertionError):
        sequences()
