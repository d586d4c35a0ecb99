"""Every read of the review: the standing of a revision, and what a person may do about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

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


def standings(task_states: Iterable[Any]) -> dict[int, rule.Standing]:
    """Return the standing of reviews by the id of their task state, in a fixed number of queries."""
    states = list(task_states)
    authors = changes.authors((state.revision, state.workflow_state.requested_by_id) for state in states)
    approvals = approvals_of(states)
    return {
        state.pk: rule.Standing.of(written.people, approvals.get(state.pk, []), written.experts)
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
    """True for the Fachprüfung, and for authors: who must confirm may also refuse."""
    subject = subject_of(task_state.workflow_state)
    if subject is None or not has_access(subject, user):
        return False
    return people.is_reviewer(user) or user.pk in standing_of(task_state).authors


def may_withdraw(workflow_state: Any, user: Any) -> bool:
    """True for whoever submitted, wrote or reviews; withdrawing publishes nothing."""
    subject = subject_of(workflow_state)
    state = workflow_state.current_task_state
    if subject is None or state is None or not has_access(subject, user):
        return False
    if workflow_state.requested_by_id == user.pk or people.is_reviewer(user):
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
        .select_related("workflow_state__requested_by", "revision__content_type", "task")
        .order_by("started_at")
    )


def approvable(user: Any) -> list[Any]:
    """Return the open reviews a person's approval would bring further; access is checked when they open one."""
    states = open_reviews()
    found = standings(states)
    reviewer = people.is_reviewer(user)
    return [state for state in states if found[state.pk].may_approve(user.pk, reviewer=reviewer)]
