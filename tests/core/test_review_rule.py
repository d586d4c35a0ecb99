"""The rule of four eyes by itself, without database."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.core.review.rule import SYSTEM, Approval, Standing

A, B, C, GONE = 1, 2, 3, 9
REVIEWERS = {B, C}


def approve(standing: Standing, person: int, *, reviewer: bool | None = None) -> Standing:
    role = person in REVIEWERS if reviewer is None else reviewer
    assert standing.may_approve(person, reviewer=role), standing.refusal(person, reviewer=role)
    return replace(standing, approvals=(*standing.approvals, Approval(person, role)))


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


def test_an_editor_who_has_written_nothing_may_not_approve_what_another_editor_wrote() -> None:
    assert "Freigeben darf nur die Fachprüfung" in Standing.of({4}).refusal(A, reviewer=False)
    assert not Standing.of({4, B}, experts={B}).may_approve(A, reviewer=False)


def test_what_the_only_reviewer_wrote_is_confirmed_by_an_editor() -> None:
    start = Standing.of({B}, experts={B})
    assert not start.may_approve(B, reviewer=True)
    assert start.refusal(B, reviewer=True).endswith("Bitten Sie eine andere Person um die Freigabe.")
    assert approve(start, A).released


def test_two_reviewers_who_wrote_confirm_each_other_or_are_confirmed_by_an_editor() -> None:
    start = Standing.of({B, C}, experts={B, C})
    assert not approve(start, B).released
    assert approve(approve(start, B), C).released
    assert approve(start, A).released


@pytest.mark.parametrize("nobody", [SYSTEM, GONE])
def test_what_nobody_present_wrote_takes_two_people_of_today(nobody: int) -> None:
    start = Standing.of({nobody}, absent={nobody})
    assert not approve(start, B).released
    assert approve(approve(start, B), A).released
    assert approve(approve(start, A), B).released
    assert not approve(approve(start, A), 4).released  # the Fachprüfung is missing
    submitted = Standing.of({nobody, A}, absent={nobody})
    assert approve(submitted, B).released
    assert not approve(submitted, A).released


@pytest.mark.parametrize("nobody", [SYSTEM, GONE])
@pytest.mark.parametrize("order", [(A, B), (B, A)])
def test_a_team_of_two_releases_what_its_reviewer_and_somebody_gone_wrote(
    nobody: int, order: tuple[int, int]
) -> None:
    start = Standing.of({nobody, B}, experts={B}, absent={nobody})
    first = approve(start, order[0])
    assert not first.released
    assert approve(first, order[1]).released
    assert approve(start, C).released


def test_who_has_left_takes_no_approval_and_no_role_along() -> None:
    both = approve(Standing.of({A, B}, experts={B}), B)
    left = both.without(B)
    assert left.absent == {B}
    assert not left.experts
    assert not left.approvals
    assert not left.can_be_released_by({A: False})
    assert left.can_be_released_by({A: False, C: True})


def test_nothing_changed_is_never_released() -> None:
    assert not Standing.of([], [Approval(B, True)]).released


calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
people = st.integers(min_value=1, max_value=5)
nobody = st.sets(st.sampled_from([SYSTEM, GONE]))


@calm
@given(
    present=st.sets(people), gone=nobody, steps=st.lists(people, max_size=8), reviewers=st.sets(people)
)  # fmt: skip
def test_released_means_confirmed_by_others(
    present: set[int], gone: set[int], steps: list[int], reviewers: set[int]
) -> None:
    authors = present | gone
    experts = present & reviewers
    standing = Standing.of(authors, experts=experts, absent=gone)
    for person in steps:
        if standing.may_approve(person, reviewer=person in reviewers):
            standing = with_yes(standing, person, reviewers)
    said_yes = {approval.person for approval in standing.approvals}
    if standing.released:
        assert all(said_yes - {author} for author in authors)
        assert len(present | said_yes) > 1
        assert authors <= experts or any(person in reviewers and authors - {person} for person in said_yes)


def with_yes(standing: Standing, person: int, reviewers: set[int]) -> Standing:
    return replace(standing, approvals=(*standing.approvals, Approval(person, person in reviewers)))


@calm
@given(
    present=st.sets(people), gone=nobody, reviewers=st.sets(people, min_size=1), editors=st.sets(people),
)  # fmt: skip
def test_nobody_is_ever_stuck(present: set[int], gone: set[int], reviewers: set[int], editors: set[int]) -> None:
    """Two people, one of them of the Fachprüfung, always suffice; whatever the order, they come to the release."""
    team = present | reviewers | editors
    authors = present | gone
    if len(team) < 2 or not authors:
        return
    standing = Standing.of(authors, experts=present & reviewers, absent=gone)
    for _ in range(10):
        able = [person for person in sorted(team) if standing.may_approve(person, reviewer=person in reviewers)]
        if standing.released or not able:
            break
        standing = with_yes(standing, able[-1], reviewers)
    assert standing.released
    fresh = Standing.of(authors, experts=present & reviewers, absent=gone)
    assert fresh.can_be_released_by({person: person in reviewers for person in team})
