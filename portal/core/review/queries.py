"""Every read of the review: the standing of a revision, and what a person may do about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import F
from wagtail.models import AbstractPage, TaskState, WorkflowState
from wagtail.permissions import policy_registry

from portal.core.models import Approval, ReviewTask
from portal.core.review import changes, people, rule


def subject_of(workflow_state: Any) -> Any:
    """Return the object under review as its own class; None when it has been deleted."""
    found = workflow_state.content_object
    return found.specific if isinstance(found, AbstractPage) else found


def approvals_of(task_states: Iterable[Any]) -> dict[int, list[rule.Approval]]:
    """Return the approvals of exactly the submitted revisions by people who are still active, by task state id."""
    found: dict[int, list[rule.Approval]] = {}
    rows = Approval.objects.filter(task_state__in=[state.pk for state in task_states], user__is_active=True)
    for row in rows.filter(revision=F("task_state__revision"), revision_at=F("revision__created_at")).order_by(
        "pk"
    ):
        found.setdefault(row.task_state_id, []).append(rule.Approval(row.user_id, row.as_reviewer))
    return found


def submitter_of(task_state: Any) -> int | None:
    """Return who submitted the revision of a round; None where nobody of today has, or nobody noted it."""
    submission = getattr(task_state, "submission", None)
    return submission.user_id if submission is not None else None


def standings(task_states: Iterable[Any]) -> dict[int, rule.Standing]:
    """Return the standing of reviews by the id of their task state, in a fixed number of queries."""
    states = list(task_states)
    authors = changes.authors((state.revision, submitter_of(state)) for state in states)
    approvals = approvals_of(states)
    return {
        state.pk: rule.Standing.of(written.people, approvals.get(state.pk, []), written.experts, written.absent)
        for state in states
        for written in [authors[state.revision_id]]
    }


def standing_of(task_state: Any) -> rule.Standing:
    return standings([task_state])[task_state.pk]


def has_access(subject: Any, user: Any) -> bool:
    """True for active people who may open the object's editor."""
    if not user.is_active or not user.has_perm("wagtailadmin.access_admin"):
        return False
    if isinstance(subject, AbstractPage):
        return bool(subject.permissions_for_user(user).can_edit())
    policy = policy_registry.get_by_type(type(subject))
    return bool(policy.user_has_permission_for_instance(user, "change", subject))


def may_approve(task_state: Any, user: Any) -> bool:
    subject = subject_of(task_state.workflow_state)
    if subject is None or not has_access(subject, user):
        return False
    return standing_of(task_state).may_approve(user.pk, reviewer=people.is_reviewer(user))


def may_reject(task_state: Any, user: Any) -> bool:
    """True for the Fachprüfung, for authors, and for who is asked to confirm: they may also refuse."""
    subject = subject_of(task_state.workflow_state)
    if subject is None or not has_access(subject, user):
        return False
    standing = standing_of(task_state)
    reviewer = people.is_reviewer(user)
    return reviewer or user.pk in standing.authors or standing.may_approve(user.pk, reviewer=reviewer)


def may_withdraw(workflow_state: Any, user: Any) -> bool:
    """True for whoever submitted, wrote or reviews; withdrawing publishes nothing."""
    subject = subject_of(workflow_state)
    state = workflow_state.current_task_state
    if subject is None or state is None or not has_access(subject, user):
        return False
    if user.pk in {workflow_state.requested_by_id, submitter_of(state)} or people.is_reviewer(user):
        return True
    return user.pk in standing_of(state).authors


def open_reviews() -> list[Any]:
    """Return the task states of our review in progress, oldest first, with what lists need."""
    return list(
        TaskState.objects.filter(
            task__in=ReviewTask.objects.all(),
            status=TaskState.STATUS_IN_PROGRESS,
            workflow_state__status=WorkflowState.STATUS_IN_PROGRESS,
        )
        .select_related("workflow_state", "revision__content_type", "task", "submission__user")
        .order_by("started_at")
    )


def openable(task_states: Iterable[Any], user: Any) -> set[int]:
    """Return the ids of the reviews whose object a person may open; no query for who may change all pages."""
    if not user.is_active or not user.has_perm("wagtailadmin.access_admin"):
        return set()
    found: set[int] = set()
    by_type: dict[int, dict[str, int]] = {}
    for state in task_states:
        key = changes.Key.of_revision(state.revision)
        by_type.setdefault(key.base_type, {})[key.object_id] = state.pk
    for base_type, states in by_type.items():
        model: Any = ContentType.objects.get_for_id(base_type).model_class()
        policy: Any = policy_registry.get_by_type(model)
        if not issubclass(model, AbstractPage):
            found |= set(states.values()) if policy.user_has_permission(user, "change") else set()
        elif user.is_superuser or _changes_all_pages(policy, user):
            found |= set(states.values())
        else:
            rows = policy.instances_user_has_permission_for(user, "change").filter(pk__in=states)
            found |= {states[str(pk)] for pk in rows.values_list("pk", flat=True)}
    return found


def _changes_all_pages(policy: Any, user: Any) -> bool:
    rows = policy.get_cached_permissions_for_user(user)
    return any(row.permission.codename == "change_page" and row.page.depth == 1 for row in rows)


def approvable(user: Any) -> list[Any]:
    """Return the open reviews a person's approval would bring further, of objects they may open."""
    states = open_reviews()
    found = standings(states)
    reviewer = people.is_reviewer(user)
    asked = [state for state in states if found[state.pk].may_approve(user.pk, reviewer=reviewer)]
    opened = openable(asked, user)
    return [state for state in asked if state.pk in opened]


def stuck_without(person: Any, team: Iterable[Any]) -> list[Any]:
    """Return the open reviews that could be released with this person, but not by the rest of the team alone."""
    states = open_reviews()
    found = standings(states)
    teams: dict[int, dict[int, bool]] = {state.pk: {} for state in states}
    for member in {user.pk: user for user in (*team, person)}.values():
        reviewer = people.is_reviewer(member)
        for pk in openable(states, member):
            teams[pk][member.pk] = reviewer
    return [state for state in states if _needs(found[state.pk], person.pk, teams[state.pk])]


def _needs(standing: rule.Standing, person: int, team: dict[int, bool]) -> bool:
    rest = {member: reviewer for member, reviewer in team.items() if member != person}
    return standing.can_be_released_by(team) and not standing.without(person).can_be_released_by(rest)
