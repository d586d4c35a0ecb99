"""Every write of the review: approve, reject, withdraw, release. All checks happen inside the transaction."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.dispatch import Signal
from django.utils import timezone
from wagtail.models import AbstractPage, Page, TaskState, WorkflowState

from portal.core import audit
from portal.core.models import Approval, Release
from portal.core.review import guard, notify, people, queries, rule, validation
from portal.core.review.errors import ReviewInvalid, ReviewRefused

# kwargs: subject, reviewer (may be None), at (aware). Sent when a released version has gone live.
released = Signal()

GONE = "Die Seite oder der Eintrag wurde inzwischen gelöscht. Es gibt nichts mehr freizugeben."
ENDED = "Über diese Fassung ist inzwischen entschieden worden. Öffnen Sie die Seite, um den Stand zu sehen."
OUTDATED = (
    "Seit der Einreichung ist eine neuere Fassung entstanden. "
    "Ziehen Sie die Einreichung zurück und reichen Sie die neue Fassung ein."
)
OTHER_VERSION = (
    "Zur Freigabe liegt nicht die Fassung, die Sie vor sich hatten. "
    "Lesen Sie die Fassung, die hier jetzt steht, und entscheiden Sie dann."
)
NO_ACCESS = "Ihr Konto darf diese Seite nicht bearbeiten und deshalb auch nicht freigeben."
NO_REASON = "Schreiben Sie, was zu ändern ist, damit die Fassung verbessert werden kann."


def _locked(task_state: Any, seen: int | None) -> tuple[Any, Any, Any]:
    """Lock the review and its object, and return (task state, object, revision) as they are now.

    `seen` is the revision the person had before them, where the form that was sent names it.
    """
    flow = WorkflowState.objects.select_for_update().filter(pk=task_state.workflow_state_id).first()
    state = TaskState.objects.select_for_update().filter(pk=task_state.pk).first()
    if flow is None or state is None:
        raise ReviewRefused(GONE)
    state.workflow_state = flow
    subject = queries.subject_of(flow)
    if subject is None:
        raise ReviewRefused(GONE)
    subject = _lock(subject)
    current = flow.status == WorkflowState.STATUS_IN_PROGRESS and flow.current_task_state_id == state.pk
    if state.status != TaskState.STATUS_IN_PROGRESS or not current:
        raise ReviewRefused(ENDED)
    _require_seen(state, seen)
    return state, subject, state.revision


def _require_seen(state: Any, seen: int | None) -> None:
    if seen is not None and seen != state.revision_id:
        raise ReviewRefused(OTHER_VERSION)


def _lock(subject: Any) -> Any:
    """Lock an object's row; a page's common one, which every save writes."""
    if isinstance(subject, AbstractPage):
        return Page.objects.select_for_update().get(pk=subject.pk).specific
    return type(subject)._default_manager.select_for_update().get(pk=subject.pk)


def _person(user: Any, subject: Any) -> Any:
    """Return the person as the database has them now; refuse who may not open the object."""
    person = get_user_model()._default_manager.filter(pk=user.pk).first() if user else None
    if person is None or not queries.has_access(subject, person):
        raise ReviewRefused(NO_ACCESS)
    return person


def _require_latest(subject: Any, revision: Any, state: Any) -> None:
    overwritten = revision.created_at > state.started_at
    if subject.latest_revision_id != revision.pk or overwritten:
        raise ReviewRefused(OUTDATED)


@transaction.atomic
def approve(*, task_state: Any, user: Any, comment: str = "", seen: int | None = None) -> bool:
    """Record a person's approval of the revision under review; True when it has released it.

    Raises ReviewRefused with the reason, ReviewInvalid when the version is incomplete; then nothing has changed.
    """
    state, subject, revision = _locked(task_state, seen)
    person = _person(user, subject)
    _require_latest(subject, revision, state)
    standing = queries.standing_of(state)
    reviewer = people.is_reviewer(person)
    refusal = standing.refusal(person.pk, reviewer=reviewer)
    if refusal:
        raise ReviewRefused(refusal)
    try:
        with transaction.atomic():
            Approval.objects.create(
                revision=revision, task_state=state, user=person, as_reviewer=reviewer,
                revision_at=revision.created_at,
            )  # fmt: skip
    except IntegrityError as error:
        raise ReviewRefused(ENDED) from error
    audit.record("review.approve", actor=person, subject=subject, revision=revision.pk)
    standing = queries.standing_of(state)
    if standing.released:
        state.specific.approve(user=person, comment=comment)
        return True
    notify.next_confirmation(state, subject, standing, by=person, comment=comment)
    return False


@transaction.atomic
def reject(*, task_state: Any, user: Any, comment: str, seen: int | None = None) -> None:
    """Give a version back to its authors with the reason."""
    if not comment.strip():
        raise ReviewRefused(NO_REASON)
    state, subject, revision = _locked(task_state, seen)
    person = _person(user, subject)
    if not queries.may_reject(state, person):
        raise ReviewRefused("Zurückgeben darf die Fachprüfung oder wer an der Fassung mitgeschrieben hat.")
    audit.record("review.reject", actor=person, subject=subject, revision=revision.pk)
    state.specific.reject(user=person, comment=comment)


@transaction.atomic
def withdraw(*, workflow_state: Any, user: Any, seen: int | None = None) -> None:
    """End a review without a decision, so that the object can be edited again."""
    flow = WorkflowState.objects.select_for_update().filter(pk=workflow_state.pk).first()
    if flow is None or queries.subject_of(flow) is None:
        raise ReviewRefused(GONE)
    if not flow.is_active or flow.current_task_state is None:
        raise ReviewRefused(ENDED)
    _require_seen(flow.current_task_state, seen)
    subject = queries.subject_of(flow)
    person = _person(user, subject)
    if not queries.may_withdraw(flow, person):
        raise ReviewRefused("Zurückziehen darf, wer eingereicht oder mitgeschrieben hat, und die Fachprüfung.")
    audit.record("review.withdraw", actor=person, subject=subject, revision=flow.current_task_state.revision_id)
    flow.cancel(user=person)


def _expert(standing: rule.Standing) -> int | None:
    """Return the person of the Fachprüfung whose work counts as the subject review.

    That is whoever approved last; where the Fachprüfung has written all of it and an editor confirmed, one of
    those who wrote: what an expert has written and a second person read needs no further expert.
    """
    experts = [row.person for row in standing.approvals if row.reviewer and standing.authors - {row.person}]
    if not experts and standing.by_experts:
        return min(standing.experts)
    return experts[-1] if experts else None


@transaction.atomic
def finish(workflow_state: Any, user: Any = None) -> None:
    """`WAGTAIL_FINISH_WORKFLOW_ACTION`: publish or schedule exactly the reviewed revision, or refuse.

    Whatever way led here (another task, a workflow without tasks, a deactivated one), the rule is computed anew.
    """
    state = workflow_state.current_task_state
    subject = queries.subject_of(workflow_state)
    if state is None or subject is None:
        raise ReviewRefused(GONE)
    revision = state.revision
    subject.refresh_from_db()
    _require_latest(subject, revision, state)
    standing = queries.standing_of(state)
    if not standing.released:
        raise ReviewRefused("Die Fassung ist noch nicht von einer zweiten Person freigegeben.")
    found = validation.problems(revision.as_object())
    if found:
        raise ReviewInvalid(found)
    Release.objects.update_or_create(
        revision=revision,
        defaults={
            "released_at": timezone.now(),
            "released_by": user,
            "reviewer_id": _expert(standing),
        },
    )
    audit.record("review.release", actor=user, subject=subject, revision=revision.pk)
    workflow_state.review_authors = standing.authors
    with guard.releasing(revision):
        revision.publish(user=user, skip_permission_checks=True)
