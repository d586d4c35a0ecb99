"""What was returned and is submitted again: a review of its own, by whoever submits, with an address of its own.

All of it through the forms of the admin, since what they call is Wagtail's.
"""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from django.apps import apps
from django.contrib.messages import get_messages
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.db import SessionStore
from django.core import mail
from django.test import RequestFactory
from django.urls import reverse
from wagtail.admin.auth import require_admin_access
from wagtail.log_actions import log
from wagtail.models import WorkflowState

from knowledge.models import ArticlePage, Deadline
from portal.core.models import Submission
from portal.core.review import links, queries, rounds, services
from tests.factories.deadlines import deadline
from tests.factories.review import REVIEWER, draft_article, draft_term, person, save, submit
from tests.forms import editor_data
from tests.people import PortalClient, signed_in

pytestmark = pytest.mark.django_db

KINDS = ["page", "term", "deadline"]
FIELDS = {"page": "short_answer", "term": "meaning", "deadline": "text"}


@pytest.fixture
def clara() -> Any:
    return person("Clara", REVIEWER)


def now(subject: Any) -> Any:
    return type(subject).objects.get(pk=subject.pk)


def latest(subject: Any) -> Any:
    return now(subject).get_latest_revision_as_object()


def form(subject: Any, user: Any, **changes: Any) -> dict[str, Any]:
    """Return what a browser sends of the form as it stands: with the marks of what has been saved before."""
    draft = latest(subject)
    data = editor_data(draft, user, **changes)
    if isinstance(subject, Deadline):
        return data | {"binds": "kommune"}
    if isinstance(subject, ArticlePage):
        data |= {f"body-{number}-id": block["id"] for number, block in enumerate(draft.body.raw_data)}
        for source in draft.sources.all()[:1]:
            data |= {"sources-INITIAL_FORMS": "1", "sources-0-id": str(source.pk or "")}
    return data


def send(browser: PortalClient, subject: Any, user: Any, **changes: Any) -> Any:
    """Submit the editing form as it stands, with some fields changed."""
    browser.post(links.edit_url(subject), form(subject, user, **changes) | {"action-submit": "1"})
    assert now(subject).workflow_in_progress
    return now(subject).current_workflow_task_state


def decide(state: Any, action: str) -> str:
    return reverse("review_decide", args=[state.workflow_state_id, action])


def give_back(browser: PortalClient, state: Any) -> None:
    browser.post(decide(state, "zurueckgeben"), {"comment": "Bitte genauer."})
    state.refresh_from_db()
    assert state.status == "rejected"


def draft_of(kind: str, author: Any) -> Any:
    if kind == "deadline":
        made = deadline("Frist zur Größe", live=False, responsible_person=author)
        made.save_revision(user=author)
        return made
    return draft_article(author) if kind == "page" else draft_term(author)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def imported(kind: str, anna: Any) -> Any:
    """Something live in the form in which the editor stores it, and a draft of it by an import."""
    subject = draft_of(kind, anna)
    browser = signed_in(anna)
    browser.post(links.edit_url(subject), form(subject, anna))
    now(subject).latest_revision.publish()
    arrive(subject, kind, "Erste Lieferung.")
    return subject, browser


def arrive(subject: Any, kind: str, text: str) -> None:
    save(subject, None, change_significance="minor", **{FIELDS[kind]: text})


def test_who_submits_again_cannot_release_alone_what_an_import_brought(kind: str, anna: Any, bernd: Any) -> None:
    subject, annas = imported(kind, anna)
    bernds = signed_in(bernd)
    text = {FIELDS[kind]: "Erste Lieferung.", "change_significance": "minor"}
    first = send(annas, subject, anna, **text)
    give_back(bernds, first)
    arrive(subject, kind, "Zweite Lieferung.")
    text[FIELDS[kind]] = "Zweite Lieferung."
    state = send(bernds, subject, anna, **text)
    assert queries.standing_of(state).present == {bernd.pk}
    screen = bernds.get(decide(state, "freigeben")).content.decode()
    assert "Eingereicht von Bernd" in screen
    assert "Geschrieben von Anna" not in screen
    bernds.post(decide(state, "freigeben"), {"comment": ""})
    assert getattr(now(subject), FIELDS[kind]) != "Zweite Lieferung."
    annas.post(decide(state, "freigeben"), {"comment": ""})
    assert getattr(now(subject), FIELDS[kind]) == "Zweite Lieferung."


def test_what_was_returned_is_changed_submitted_again_and_released(kind: str, anna: Any, bernd: Any) -> None:
    subject = draft_of(kind, anna)
    annas, bernds = signed_in(anna), signed_in(bernd)
    first = send(annas, subject, anna)
    give_back(bernds, first)
    state = send(annas, subject, anna, **{FIELDS[kind]: "Jetzt genauer."})
    assert state.revision_id == now(subject).latest_revision_id
    assert state.workflow_state_id != first.workflow_state_id
    first.workflow_state.refresh_from_db()
    assert first.workflow_state.status == "cancelled"
    assert (first.comment, state.workflow_state.requested_by) == ("Bitte genauer.", anna)
    answer = bernds.post(decide(state, "freigeben"), {"comment": ""}, follow=True)
    assert "ist freigegeben und veröffentlicht" in answer.content.decode()
    assert getattr(now(subject), FIELDS[kind]) == "Jetzt genauer."


@pytest.mark.parametrize("action", ["freigeben", "zurueckgeben", "zurueckziehen"])
def test_a_decision_holds_for_the_version_seen(kind: str, action: str, anna: Any, bernd: Any, clara: Any) -> None:
    """Bernd reads, Clara returns it, Anna changes and submits again, and Bernd decides in the page still open."""
    subject = draft_of(kind, anna)
    annas, bernds = signed_in(anna), signed_in(bernd)
    first = send(annas, subject, anna)
    assert bernds.get(decide(first, action)).status_code == 200
    give_back(signed_in(clara), first)
    state = send(annas, subject, anna, **{FIELDS[kind]: "Nie gelesen."})
    answer = bernds.post(decide(first, action), {"comment": "Mein Grund."}).content.decode()
    assert "inzwischen entschieden" in answer
    assert decide(state, "freigeben") in answer
    assert "Mein Grund." in answer or action == "zurueckziehen"
    state.refresh_from_db()
    assert (state.status, now(subject).live) == ("in_progress", False)


@pytest.mark.parametrize("action", ["freigeben", "zurueckgeben", "zurueckziehen"])
def test_the_form_names_its_version_and_another_one_is_refused(action: str, anna: Any, bernd: Any) -> None:
    subject = draft_term(anna)
    state = submit(subject, anna)
    browser = signed_in(bernd)
    screen = browser.get(decide(state, action)).content.decode()
    assert f'name="fassung" value="{state.revision_id}"' in screen
    data = {"comment": "Mein Grund.", "fassung": str(state.revision_id + 1)}
    answer = browser.post(decide(state, action), data).content.decode()
    assert "liegt nicht die Fassung, die Sie vor sich hatten" in answer
    state.refresh_from_db()
    assert state.status == "in_progress"
    browser.post(decide(state, action), {**data, "fassung": str(state.revision_id)})
    state.refresh_from_db()
    assert state.status != "in_progress"


def test_each_submission_is_told_by_mail(kind: str, anna: Any, bernd: Any) -> None:
    subject = draft_of(kind, anna)
    annas = signed_in(anna)
    first = send(annas, subject, anna)
    assert len(_mails_to(bernd, "Zur Freigabe")) == 1
    give_back(signed_in(bernd), first)
    assert len(_mails_to(anna, "Zurückgegeben")) == 1
    state = send(annas, subject, anna, **{FIELDS[kind]: "Jetzt genauer."})
    told = _mails_to(bernd, "Zur Freigabe")
    assert len(told) == 2
    assert decide(state, "freigeben") in told[1]


def _mails_to(user: Any, subject: str) -> list[str]:
    return [str(m.body) for m in mail.outbox if user.email in m.to and m.subject.startswith(subject)]


def test_a_review_returned_before_this_rule_can_be_submitted_again(anna: Any, bernd: Any) -> None:
    """Where nobody has noted who submitted what an import brought, two more people are asked."""
    subject = draft_term(None)
    first = submit(subject, anna)
    first.submission.delete()
    first = type(first).objects.get(pk=first.pk)
    assert queries.standing_of(first).present == frozenset()
    assert not services.approve(task_state=first, user=bernd)
    services.reject(task_state=first, user=bernd, comment="Bitte ändern.")
    state = submit(subject, anna)
    assert queries.standing_of(state).present == {anna.pk}


def test_an_update_notes_who_submitted_last(kind: str, anna: Any, bernd: Any, clara: Any) -> None:
    """By the log, since what was taken up again kept the first submitter, and a hand-over another one."""
    subject = draft_of(kind, anna)
    state = submit(subject, anna)
    log(instance=now(subject), action="wagtail.workflow.resume", user=clara, revision=state.revision)
    WorkflowState.objects.update(requested_by=bernd)
    Submission.objects.all().delete()
    migration = importlib.import_module("portal.core.migrations.0010_submissions")
    migration.note_submitters(apps, None)
    assert [(row.task_state_id, row.user) for row in Submission.objects.all()] == [(state.pk, clara)]


def test_who_submits_again_too_late_is_told_so(anna: Any, rf: RequestFactory) -> None:
    """Between the check of the form and the submission somebody else has submitted."""
    flow = submit(draft_article(anna), anna).workflow_state
    request = rf.post("/cms/")
    request.user = person("Eva")
    request.session = SessionStore()
    request._messages = FallbackStorage(request)  # type: ignore[attr-defined]
    answer = require_admin_access(lambda request: rounds.submit_again(flow, request.user))(request)
    assert answer.status_code == 302
    assert [str(message).strip() for message in get_messages(request)] == [rounds.NOT_RETURNED]
