"""The rule of four eyes by itself, without database."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.core.review.rule import SYSTEM, Approval, Standing

A, B, C = 1, 2, 3
REVIEWERS = {B, C}


def approve(standing: Standing, person: int, *, reviewer: bool | None = None) -> Standing:
    role = person in REVIEWERS if reviewer is None else reviewer
    assert standing.may_approve(person, reviewer=role), standing.refusal(person, reviewer=role)
    return Standing(standing.authors, (*standing.approvals, Approval(person, role)))


def test_an_editors_change_needs_one_reviewer() -> None:
    start = Standing.of({A})
    assert not start.released
    assert approve(start, B).released


def test_a_sole_author_is_refused_even_as_a_reviewer() -> None:
    start = Standing.of({B})
    assert not start.may_approve(B, reviewer=True)
    assert "stammen von Ihnen" in start.refusal(B, reviewer=True)
    assert approve(start, C).released


@pytest.mark.parametrize("order", [(A, B), (B, A)])
def test_a_team_of_two_confirms_each_other_in_any_order(order: tuple[int, int]) -> None:
    first = approve(Standing.of({A, B}), order[0])
    assert not first.released
    assert not first.may_approve(order[0], reviewer=order[0] in REVIEWERS)
    assert approve(first, order[1]).released


def test_a_third_reviewer_alone_suffices_for_two_authors() -> None:
    assert approve(Standing.of({A, B}), C).released


def test_editors_who_confirm_each_other_still_need_a_reviewer() -> None:
    """Two editors wrote: each may confirm the other, but only the Fachprüfung releases, and is not shut out."""
    both = approve(approve(Standing.of({A, 4}), A), 4)
    assert not both.unconfirmed
    assert not both.released
    assert approve(both, B).released


def test_an_editor_who_has_written_nothing_may_not_approve() -> None:
    assert "Freigeben darf nur die Fachprüfung" in Standing.of({B}).refusal(A, reviewer=False)


def test_what_the_system_wrote_is_confirmed_by_any_reviewer() -> None:
    assert approve(Standing.of({SYSTEM}), B).released
    assert not Standing.of({SYSTEM}).may_approve(A, reviewer=False)
    with_submitter = Standing.of({SYSTEM, B})
    assert not approve(with_submitter, B).released
    assert approve(with_submitter, C).released


def test_nothing_changed_is_never_released() -> None:
    assert not Standing.of([], [Approval(B, True)]).released


calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
people = st.integers(min_value=1, max_value=5)


@calm
@given(authors=st.sets(people, min_size=1), steps=st.lists(people, max_size=8), reviewers=st.sets(people))
def test_released_means_confirmed_by_others(authors: set[int], steps: list[int], reviewers: set[int]) -> None:
    standing = Standing.of(authors)
    for person in steps:
        if standing.may_approve(person, reviewer=person in reviewers):
            standing = Standing(standing.authors, (*standing.approvals, Approval(person, person in reviewers)))
    said_yes = {approval.person for approval in standing.approvals}
    if standing.released:
        assert all(said_yes - {author} for author in authors)
        assert any(person in reviewers and authors - {person} for person in said_yes)


@calm
@given(authors=st.sets(people, min_size=1), reviewers=st.sets(people, min_size=1))
def test_nobody_is_ever_stuck(authors: set[int], reviewers: set[int]) -> None:
    """Whatever the order, as soon as a reviewer other than a sole author exists, approvals lead to the release."""
    if not any(authors - {reviewer} for reviewer in reviewers):
        return
    if len(authors | reviewers) < 2:
        return
    standing = Standing.of(authors)
    for _ in range(10):
        able = [person for person in sorted(authors | reviewers)
                if standing.may_approve(person, reviewer=person in reviewers)]  # fmt: skip
        if standing.released or not able:
            break
        standing = Standing(standing.authors, (*standing.approvals, Approval(able[0], able[0] in reviewers)))
    assert standing.released
