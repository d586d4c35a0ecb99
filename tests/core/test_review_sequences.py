"""Random sequences of what four people do never publish what only its authors have confirmed.

The oracle (`review_desk.py`) is not the code under test. That it sees anything is tested too: a fair share of the
sequences publishes, and each of several broken rules is found out by a sequence that the rule itself withstands.

`REVIEW_SEQUENCES` sets the number (1,000; docs/testing.md).
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from knowledge.models import GlossaryTerm
from portal.core.models import Submission
from portal.core.review import changes, guard, queries, rule
from tests.core.review_desk import START, Room, run
from tests.factories.review import EDITOR, REVIEWER, draft_article, draft_term, person
from tests.quiet import quiet

pytestmark = pytest.mark.django_db

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
    st.tuples(st.just("returned"), PERSON, PERSON),
    st.tuples(st.just("again"), PERSON, PERSON),
    st.tuples(st.just("followed"), PERSON, PERSON),
    st.tuples(st.just("leave"), PERSON, st.just(0)),
    st.tuples(st.just("hand_over"), PERSON, PERSON),
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


def calm(count: int) -> Any:
    return settings(
        max_examples=count, deadline=None, suppress_health_check=list(HealthCheck), database=None,
        phases=(Phase.generate, Phase.shrink),
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
        ("unpublish", 1, 0), ("save", 0, 2), ("submit", 0, 0), ("approve", 0, 0), ("approve", 1, 0),
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


def test_who_submits_again_is_the_one_who_has_submitted(prepared: dict[bool, Room]) -> None:
    """Anna submits what an import brought, Bernd returns it, a second import comes, Bernd submits and releases."""
    steps = [
        ("submit", 0, 0), ("approve", 1, 0), ("arrive", 0, 1), ("submit", 0, 0), ("reject", 1, 0),
        ("arrive", 0, 2), ("submit", 1, 0), ("approve", 1, 0),
    ]  # fmt: skip
    for page in (True, False):
        assert run(steps, prepared[page], page=page).versions == 1
        assert run([*steps, ("approve", 0, 0)], prepared[page], page=page).versions == 2


def test_who_follows_somebody_is_no_second_person(prepared: dict[bool, Room]) -> None:
    """Anna writes, submits and leaves; Dora is told of it, and Bernd alone releases nothing."""
    steps = [("save", 0, 1), ("submit", 0, 0), ("hand_over", 0, 2), ("approve", 1, 0)]
    assert run(steps, prepared[False], page=False).versions == 0
    assert run([*steps, ("approve", 3, 0)], prepared[False], page=False).versions == 1


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


def _who_is_told_counts_as_submitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "submitter_of", lambda state: state.workflow_state.requested_by_id)


def _the_first_submitter_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when a returned review is taken up again instead of ended."""

    def first(state: Any) -> int | None:
        rounds = Submission.objects.filter(task_state__workflow_state__object_id=state.workflow_state.object_id)
        return rounds.order_by("pk").values_list("user_id", flat=True).first()

    monkeypatch.setattr(queries, "submitter_of", first)


# Each with the shortest sequence that finds it out, as `hypothesis` found and shrank it among the ones above.
BROKEN = [
    (_own_yes_counts, [("round", 1, 1), ("round", 0, 0)]),
    (_nobody_is_refused, [("submit", 0, 0), ("approve", 0, 0)]),
    (_only_the_last_author_counts, [("round", 1, 0)]),
    (_views_may_publish, [("publish", 0, 0)]),
    (_no_reviewer_is_needed, [("round", 3, 3), ("round", 0, 0)]),
    (_one_of_today_is_enough, [("followed", 0, 0), ("come_back", 1, 0), ("round", 0, 1)]),
    (_who_is_told_counts_as_submitter, [("round", 0, 0), ("round", 0, 0), ("followed", 0, 2)]),
    (_the_first_submitter_stays, [("round", 0, 1), ("brought", 1, 0)]),
]


@pytest.mark.parametrize(("breaks", "steps"), BROKEN, ids=lambda part: getattr(part, "__name__", "").strip("_"))
def test_a_broken_rule_is_found_out(
    prepared: dict[bool, Room], monkeypatch: pytest.MonkeyPatch, breaks: Any, steps: list[tuple[str, int, int]]
) -> None:
    """The same steps against the rule, and against one that lets through what it must not."""
    run(steps, prepared[False], page=False)
    breaks(monkeypatch)
    with pytest.raises(AssertionError):
        run(steps, prepared[False], page=False)
