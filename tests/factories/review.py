"""People and drafts for the review, through the same saves and submissions as in the admin."""

from __future__ import annotations

from typing import Any

from wagtail.models import Workflow

from knowledge.models import ArticlePage, GlossaryTerm
from portal.accounts.models import User
from tests.factories.content import article
from tests.people import make_user

EDITOR, REVIEWER = "Redaktion", "Fachprüfung"


def person(name: str, role: str = EDITOR, **extra: Any) -> User:
    """Somebody of the centre; the name becomes the last name and the address."""
    return make_user(f"{name.lower()}@kkv.example", role=role, first_name="", last_name=name, **extra)


def save(subject: Any, user: Any, **changes: Any) -> Any:
    """Save a new revision as a person does in the editor, and return it."""
    fresh = type(subject).objects.get(pk=subject.pk)
    draft = fresh.get_latest_revision_as_object()
    for name, value in changes.items():
        setattr(draft, name, value)
    return draft.save_revision(user=user, log_action=True, clean=False)


def draft_article(author: Any, title: str = "Anträge für Bürger prüfen", **fields: Any) -> ArticlePage:
    """A complete article nobody has published, written by one person."""
    page = article(title, live=False, responsible_person=author, owner=author, **fields)
    page.save_revision(user=author)
    return ArticlePage.objects.get(pk=page.pk)


def draft_term(author: Any, name: str = "Größenklasse") -> GlossaryTerm:
    """A complete term nobody has published, written by one person."""
    from portal.core.text import german_slug

    term = GlossaryTerm.objects.create(
        term=name, slug=german_slug(name), meaning="Einteilung nach Größe.", live=False
    )
    term.save_revision(user=author)
    return GlossaryTerm.objects.get(pk=term.pk)


def submit(subject: Any, user: Any) -> Any:
    """Submit the latest revision for review and return the state of its task."""
    fresh = type(subject).objects.get(pk=subject.pk)
    state = fresh.current_workflow_state
    if state is not None and state.status == state.STATUS_NEEDS_CHANGES:
        state.resume(user)
    else:
        workflow = fresh.get_workflow()
        assert isinstance(workflow, Workflow)
        workflow.start(fresh, user)
    return type(subject).objects.get(pk=subject.pk).current_workflow_task_state
