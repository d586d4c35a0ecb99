"""What goes wrong in a review, on a page, a term and an act: said in German, and nothing is lost or published."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Revision

from knowledge.models import Act, ArticlePage, GlossaryTerm
from portal.core import publications
from portal.core.models import Approval
from portal.core.review import services, validation
from tests import factories
from tests.factories.review import REVIEWER, draft_article, draft_term, person, save, submit
from tests.forms import editor_data
from tests.people import signed_in

pytestmark = pytest.mark.django_db


def draft_act(author: Any) -> Act:
    made = factories.act(live=False)
    made.save_revision(user=author)
    return Act.objects.get(pk=made.pk)


@pytest.fixture(params=[draft_article, draft_term, draft_act], ids=["page", "term", "act"])
def draft(request: pytest.FixtureRequest, anna: Any) -> Any:
    return request.param(anna)


def now(subject: Any) -> Any:
    return type(subject).objects.get(pk=subject.pk)


def decide(state: Any, action: str = "freigeben") -> str:
    return reverse("review_decide", args=[state.workflow_state_id, action])


def edit_url(subject: Any) -> str:
    if isinstance(subject, ArticlePage):
        return reverse("wagtailadmin_pages:edit", args=[subject.pk])
    return reverse(f"wagtailsnippets_knowledge_{subject._meta.model_name}:edit", args=[subject.pk])


def test_a_person_deactivated_meanwhile_is_signed_out_and_releases_nothing(
    draft: Any, anna: Any, bernd: Any
) -> None:
    state = submit(draft, anna)
    browser = signed_in(bernd)
    type(bernd).objects.filter(pk=bernd.pk).update(is_active=False)
    for answer in (browser.get(edit_url(draft)), browser.post(decide(state), {"comment": ""})):
        assert answer.status_code == 403
        text = answer.content.decode()
        assert "Ihr Konto ist geschlossen" in text
        assert "Wenden Sie sich an die Administration" in text
        assert answer.headers["Cache-Control"].startswith("max-age=0")
    assert "nicht ausgeführt" in text
    assert "Eine laufende Prüfung bleibt, wie sie ist" in text
    short = browser.post(decide(state), {"comment": ""}, headers={"x-requested-with": "XMLHttpRequest"})
    assert (short.status_code, short.headers["Content-Type"]) == (403, "text/plain; charset=utf-8")
    assert "Ihr Konto geschlossen" in short.content.decode()
    assert browser.get("/").status_code == 200  # what is public stays readable
    assert not now(draft).live
    assert now(draft).current_workflow_state.status == "in_progress"
    assert not Approval.objects.exists()


@pytest.mark.parametrize("action", ["freigeben", "zurueckgeben", "zurueckziehen"])
def test_what_was_deleted_meanwhile_is_said(draft: Any, anna: Any, bernd: Any, action: str) -> None:
    state = submit(draft, anna)
    browser = signed_in(bernd)
    assert browser.get(decide(state, action)).status_code == 200
    now(draft).delete()
    answer = browser.post(decide(state, action), {"comment": "Bitte die Quelle nennen."})
    assert answer.status_code == 410
    assert services.GONE in answer.content.decode()
    assert "Bitte die Quelle nennen.</textarea>" in answer.content.decode()
    empty = browser.post(decide(state, action), follow=True)
    assert services.GONE in empty.content.decode()
    assert empty.redirect_chain == [("/cms/", 302)]


def test_the_second_of_two_reviewers_is_told(draft: Any, anna: Any, bernd: Any) -> None:
    state = submit(draft, anna)
    first, second = signed_in(bernd), signed_in(person("Clara", REVIEWER))
    assert second.get(decide(state)).status_code == 200
    first.post(decide(state), {"comment": ""})
    for action in ("freigeben", "zurueckgeben", "zurueckziehen"):
        answer = second.post(decide(state, action), {"comment": "Noch ein Wort."})
        assert services.ENDED in answer.content.decode(), action
    assert publications.of(draft).count() == 1


def test_a_schedule_in_the_past_is_said_before_and_goes_live_at_once(draft: Any, anna: Any, bernd: Any) -> None:
    save(draft, anna, go_live_at=timezone.now() - timedelta(hours=3))
    state = submit(draft, anna)
    browser = signed_in(bernd)
    assert "Dieser Zeitpunkt ist vorbei" in browser.get(decide(state)).content.decode()
    answer = browser.post(decide(state), {"comment": ""}, follow=True)
    assert "ist freigegeben und veröffentlicht" in answer.content.decode()
    assert now(draft).live


def test_a_schedule_to_come_is_not_called_past(draft: Any, anna: Any, bernd: Any) -> None:
    save(draft, anna, go_live_at=timezone.now() + timedelta(hours=3))
    state = submit(draft, anna)
    browser = signed_in(bernd)
    assert "Dieser Zeitpunkt ist vorbei" not in browser.get(decide(state)).content.decode()
    assert "geht zur geplanten Zeit online" in browser.post(decide(state), follow=True).content.decode()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"change_significance": ""}, validation.SIGNIFICANCE_MISSING),
        ({"change_significance": "major", "change_summary": " "}, validation.NOTE_MISSING),
    ],
)
def test_a_missing_note_stops_the_submission_and_keeps_the_input(
    draft: Any, anna: Any, bernd: Any, change: dict[str, str], message: str
) -> None:
    services.approve(task_state=submit(draft, anna), user=bernd)
    name = {ArticlePage: "short_answer", GlossaryTerm: "meaning", Act: "summary"}[type(draft)]
    data = editor_data(now(draft), anna, **change, **{name: "Ja. Ganz neu gefasst."})
    answer = signed_in(anna).post(edit_url(draft), {**data, "action-submit": "1"})
    text = answer.content.decode()
    assert message in text
    assert "Ganz neu gefasst." in text
    assert now(draft).current_workflow_state is None


def test_an_act_is_written_submitted_and_released_by_its_forms(anna: Any, bernd: Any) -> None:
    act = draft_act(anna)
    services.approve(task_state=submit(act, anna), user=bernd)
    editor, reviewer = signed_in(anna), signed_in(bernd)
    change = {"summary": "Neu beschrieben.", "change_significance": "major", "change_summary": "Neue Fassung."}
    answer = editor.post(edit_url(act), {**editor_data(now(act), anna, **change), "action-submit": "1"})
    assert answer.status_code == 302
    state = now(act).current_workflow_task_state
    assert state is not None
    assert now(act).summary != "Neu beschrieben."
    refused = editor.post(decide(state), {"comment": ""}).content.decode()
    assert "stammen von Ihnen" in refused
    answer = reviewer.post(decide(state), {"comment": ""}, follow=True)
    assert "ist freigegeben und veröffentlicht" in answer.content.decode()
    assert now(act).summary == "Neu beschrieben."
    newest = publications.of(act).first()
    assert newest is not None
    assert (newest.version, newest.significance, newest.note) == (2, "major", "Neue Fassung.")
    assert Revision.objects.for_instance(act).count() == 2
