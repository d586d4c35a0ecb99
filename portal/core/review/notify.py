"""Mails of the review, plain and in German, through the outbox; those of one review keep their order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import timezone
from wagtail.models import WorkflowState
from wagtail.signals import workflow_approved, workflow_rejected, workflow_submitted

from portal.core.models import ReviewTask
from portal.core.review import links, people, queries, rule


def _decision_url(flow: Any) -> str:
    return f"{settings.BASE_URL}{reverse('review_decide', args=[flow.pk, 'freigeben'])}"


def _edit_url(subject: Any) -> str:
    return f"{settings.BASE_URL}{links.edit_url(subject)}"


def _send(flow: Any, recipients: Iterable[Any], subject: str, text: str) -> None:
    for person in recipients:
        if person.is_active and person.email:
            EmailMessage(
                subject=subject, body=f"Guten Tag {person},\n\n{text}\n", to=[person.email],
                headers={"X-Outbox-Key": f"review:{flow.pk}", "Auto-Submitted": "auto-generated"},
            ).send()  # fmt: skip


def _people(ids: Iterable[int]) -> list[Any]:
    return list(get_user_model()._default_manager.filter(pk__in=list(ids), is_active=True).order_by("pk"))


def _ours(flow: Any) -> bool:
    state = flow.current_task_state
    return state is not None and isinstance(state.task.specific, ReviewTask)


def submitted(instance: Any, user: Any = None, **kwargs: Any) -> None:
    """Tell the people of the Fachprüfung whose approval would count; where only they wrote, else the Redaktion."""
    if not _ours(instance) or instance.status != WorkflowState.STATUS_IN_PROGRESS:
        return
    subject = queries.subject_of(instance)
    standing = queries.standing_of(instance.current_task_state)
    asked = _asked(standing)
    text = (
        f"„{subject}“ liegt zur fachlichen Freigabe vor"
        f"{f', eingereicht von {user}' if user else ''}.\n\nPrüfen und entscheiden: {_decision_url(instance)}"
    )
    _send(instance, asked, f"Zur Freigabe: {subject}", text)


def _asked(standing: rule.Standing) -> list[Any]:
    """Return the people of the Fachprüfung whose approval would count, else those of the Redaktion."""
    asked = [person for person in people.reviewers() if may_confirm(standing, person)]
    return asked or [person for person in people.editors() if may_confirm(standing, person)]


def next_confirmation(state: Any, subject: Any, standing: rule.Standing, *, by: Any, comment: str) -> None:
    """Tell those whose confirmation is still missing that it is their turn."""
    flow = state.workflow_state
    authors = [person for person in _people(standing.authors) if may_confirm(standing, person)]
    asked = authors or _asked(standing)
    missing = ", ".join(str(person) for person in _people(standing.unconfirmed))
    until = f"auch die Änderungen von {missing} bestätigt sind" if missing else "eine zweite Person zustimmt"
    said = f"\n\nAnmerkung: {comment}" if comment.strip() else ""
    text = (
        f"{by} hat „{subject}“ bestätigt. Veröffentlicht wird erst, wenn {until}. "
        f"Bitte lesen Sie die Fassung und bestätigen Sie sie: {_decision_url(flow)}{said}"
    )
    _send(flow, asked, f"Bitte bestätigen: {subject}", text)


def may_confirm(standing: rule.Standing, person: Any) -> bool:
    return standing.may_approve(person.pk, reviewer=people.is_reviewer(person))


def _concerned(flow: Any, user: Any) -> list[Any]:
    """Return the submitter and all authors but the one who has just acted.

    A release leaves its authors on the workflow state: once the version is live, nothing is left to confirm.
    """
    authors = getattr(flow, "review_authors", None)
    if authors is None:
        authors = queries.standing_of(flow.current_task_state).authors
    ids = {flow.requested_by_id, *authors} - {None, getattr(user, "pk", None)}
    return _people(int(pk) for pk in ids if pk)


def approved(instance: Any, user: Any = None, **kwargs: Any) -> None:
    """Tell submitter and authors that their version was released, and since or from when it is live."""
    if not _ours(instance):
        return
    subject, revision = queries.subject_of(instance), instance.current_task_state.revision
    if subject is None:
        return
    revision.refresh_from_db()
    when = "ist veröffentlicht"
    if revision.approved_go_live_at:
        when = f"geht am {timezone.localtime(revision.approved_go_live_at):%d.%m.%Y um %H:%M Uhr} online"
    comment = instance.current_task_state.comment
    said = f"\n\nAnmerkung: {comment}" if comment.strip() else ""
    text = f"„{subject}“ wurde freigegeben{f' von {user}' if user else ''} und {when}.{said}"
    _send(instance, _concerned(instance, user), f"Freigegeben: {subject}", text)


def rejected(instance: Any, user: Any = None, **kwargs: Any) -> None:
    """Tell submitter and authors what is to be changed."""
    if not _ours(instance):
        return
    subject, state = queries.subject_of(instance), instance.current_task_state
    if subject is None:
        return
    text = (
        f"„{subject}“ wurde{f' von {user}' if user else ''} zurückgegeben. Bitte ändern:\n\n{state.comment}\n\n"
        f"Bearbeiten und neu einreichen: {_edit_url(subject)}"
    )
    _send(instance, _concerned(instance, user), f"Zurückgegeben: {subject}", text)


def connect() -> None:
    """Take the places of Wagtail's own mails (same keys, and connected first, so that theirs never are)."""
    for signal, handler, name in (
        (workflow_submitted, submitted, "submitted"),
        (workflow_approved, approved, "approved"),
        (workflow_rejected, rejected, "rejected"),
    ):
        signal.connect(handler, sender=WorkflowState, dispatch_uid=f"workflow_state_{name}_email_notification")
