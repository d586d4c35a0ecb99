"""The screens of the review and of correction notices, and what readers see of the latter."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from knowledge.models import ArticlePage
from portal.core import jobs
from portal.core.models import AuditEntry, CorrectionNotice
from portal.core.review import links, services
from portal.core.screens.review_menus import waiting_for
from tests import factories
from tests.factories.review import draft_article, draft_term, person, save, submit
from tests.forms import editor_data
from tests.people import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["page", "snippet"])
def draft(request: pytest.FixtureRequest, anna: Any) -> Any:
    return draft_article(anna) if request.param == "page" else draft_term(anna)


def decide(state: Any, action: str) -> str:
    return reverse("review_decide", args=[state.workflow_state_id, action])


def edit_url(subject: Any) -> str:
    if isinstance(subject, ArticlePage):
        return reverse("wagtailadmin_pages:edit", args=[subject.pk])
    return reverse("wagtailsnippets_knowledge_glossaryterm:edit", args=[subject.pk])


def test_a_reviewer_finds_reads_and_releases(draft: Any, anna: Any, bernd: Any) -> None:
    state = submit(draft, anna)
    browser = signed_in(bernd)
    assert decide(state, "freigeben") in browser.get("/cms/").content.decode()
    editor = browser.get(edit_url(draft)).content.decode()
    assert decide(state, "freigeben") in editor
    assert decide(state, "zurueckgeben") in editor
    assert "für alle gesperrt" in editor
    screen = browser.get(decide(state, "freigeben")).content.decode()
    assert "Geschrieben von Anna" in screen
    assert "noch nicht bestätigt" in screen
    assert "Wesentliche Änderung: Erstveröffentlichung" in screen
    answer = browser.post(decide(state, "freigeben"), {"comment": ""}, follow=True)
    assert "ist freigegeben und veröffentlicht" in answer.content.decode()
    assert type(draft).objects.get(pk=draft.pk).live


def unpublish_url(subject: Any) -> str:
    return edit_url(subject).replace("edit", "unpublish")


@pytest.mark.parametrize("role", ["Fachprüfung", "Administration"])
def test_what_is_locked_by_a_schedule_goes_offline_directly_and_stays_so(
    draft: Any, anna: Any, bernd: Any, role: str
) -> None:
    services.approve(task_state=submit(draft, anna), user=bernd)
    at = timezone.now() + timedelta(hours=1)
    save(draft, anna, go_live_at=at, change_significance="minor")
    services.approve(task_state=submit(draft, anna), user=bernd)
    emil = person("Emil", role)
    browser = signed_in(emil)
    if role == "Fachprüfung" or isinstance(draft, ArticlePage):
        assert unpublish_url(draft) in browser.get(edit_url(draft)).content.decode()
    assert "Dieser Termin entfällt" in browser.get(unpublish_url(draft)).content.decode()
    browser.post(unpublish_url(draft))
    assert not type(draft).objects.get(pk=draft.pk).live
    entry = AuditEntry.objects.get(action__contains="unpublish")
    assert (entry.object_id, entry.actor) == (str(draft.pk), emil.pk)
    with time_machine.travel(at + timedelta(minutes=1), tick=True):
        jobs.publish_scheduled()
    assert not type(draft).objects.get(pk=draft.pk).live


def test_taking_a_section_offline_names_what_is_planned_below(anna: Any, bernd: Any) -> None:
    page = draft_article(anna)
    services.approve(task_state=submit(page, anna), user=bernd)
    at = timezone.now() + timedelta(hours=1)
    save(page, anna, go_live_at=at, change_significance="minor")
    services.approve(task_state=submit(page, anna), user=bernd)
    topic = page.get_parent()
    html = signed_in(bernd).get(reverse("wagtailadmin_pages:unpublish", args=[topic.pk])).content.decode()
    assert f"<li>{page.title}, {timezone.localtime(at):%d.%m.%Y %H:%M} Uhr</li>" in html


def test_what_is_under_review_offers_to_go_offline(draft: Any, anna: Any, bernd: Any) -> None:
    services.approve(task_state=submit(draft, anna), user=bernd)
    save(draft, anna, change_significance="minor")
    submit(draft, anna)
    assert unpublish_url(draft) in signed_in(bernd).get(edit_url(draft)).content.decode()
    assert unpublish_url(draft) not in signed_in(anna).get(edit_url(draft)).content.decode()


def test_an_editor_sees_how_to_withdraw_but_nothing_to_release(draft: Any, anna: Any) -> None:
    state = submit(draft, anna)
    browser = signed_in(anna)
    editor = browser.get(edit_url(draft)).content.decode()
    assert decide(state, "zurueckziehen") in editor
    assert decide(state, "freigeben") not in editor
    assert "wartet seit" in browser.get("/cms/").content.decode()
    answer = browser.post(decide(state, "zurueckziehen"), follow=True)
    assert "kann bearbeitet werden" in answer.content.decode()


def test_returning_without_a_reason_says_what_is_missing_and_keeps_the_review(
    draft: Any, anna: Any, bernd: Any
) -> None:
    state = submit(draft, anna)
    browser = signed_in(bernd)
    assert "Schreiben Sie, was zu ändern ist" in browser.post(decide(state, "zurueckgeben")).content.decode()
    browser.post(decide(state, "zurueckgeben"), {"comment": "Bitte die Quelle nennen."})
    assert type(draft).objects.get(pk=draft.pk).current_workflow_state.status == "needs_changes"


def test_a_confirmation_is_asked_of_the_one_who_wrote_with_the_reviewer(draft: Any, anna: Any, bernd: Any) -> None:
    field = "short_answer" if isinstance(draft, ArticlePage) else "meaning"
    save(draft, bernd, **{field: "Bernd schreibt mit."})
    state = submit(draft, anna)
    answer = signed_in(bernd).post(decide(state, "freigeben"), {"comment": ""}, follow=True)
    assert "Es fehlt noch eine weitere Person" in answer.content.decode()
    todo, _ = waiting_for(anna)
    assert [row["confirming"] for row in todo] == [True]
    assert "Bestätigen Sie die Änderungen" in signed_in(anna).get("/cms/").content.decode()


def test_an_incomplete_version_names_its_fields_and_publishes_nothing(anna: Any, bernd: Any) -> None:
    page = draft_article(anna)
    save(page, anna, responsible_unit="")
    state = submit(page, anna)
    answer = signed_in(bernd).post(decide(state, "freigeben"), {"comment": "Gut."})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "Zuständige Stelle: Nennen Sie die Stelle" in text
    assert "Gut." in text
    assert edit_url(page) in text
    assert not ArticlePage.objects.get(pk=page.pk).live


@pytest.mark.parametrize("role", ["Beratung", "Koordination", "Leitung"])
def test_other_roles_do_not_get_in(anna: Any, role: str) -> None:
    state = submit(draft_article(anna), anna)
    answer = signed_in(person("Dora", role)).post(decide(state, "freigeben"))
    assert answer.status_code == 302


@pytest.mark.parametrize("role", ["Koordination", "Leitung"])
def test_the_list_offers_nothing_a_role_cannot_open(bernd: Any, role: str) -> None:
    """Whatever only the Fachprüfung wrote is open to any second person, but only to one who may read the draft."""
    for draft in (draft_article(bernd), draft_term(bernd)):
        submit(draft, bernd)
    assert waiting_for(person("Dora", role)) == ([], [])
    assert len(waiting_for(person("Eva", "Redaktion"))[0]) == 2


def test_submitting_an_act_twice_is_answered_with_a_sentence(anna: Any) -> None:
    act = factories.act(live=False)
    save(act, anna)
    data = editor_data(act, anna) | {"action-submit": "1"}
    state = submit(act, anna)
    answer = signed_in(anna).post(links.edit_url(act), data, follow=True)
    assert answer.status_code == 200
    assert "konnte nicht gespeichert werden, da es gesperrt ist" in answer.content.decode()
    assert type(act).objects.get().current_workflow_task_state == state


def test_the_list_costs_the_same_for_one_and_for_many(
    anna: Any, bernd: Any, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(12):
        submit(draft_term(anna, f"Begriff {number}"), anna)
    submit(draft_article(anna), anna)
    with django_assert_max_num_queries(11):
        todo, waiting = waiting_for(bernd)
    assert (len(todo), len(waiting)) == (13, 0)


def test_a_correction_stands_on_the_page_at_once_and_is_logged(anna: Any) -> None:
    page = factories.article("Fristen prüfen")
    reader, browser = Client(), signed_in(anna)
    assert "Korrektur vom" not in reader.get(page.url).content.decode()
    address = reverse("page_correction", args=[page.pk])
    assert address in browser.get(edit_url(page)).content.decode()
    assert "was falsch war" in browser.post(address, {"text": " "}).content.decode()
    browser.post(address, {"text": "Die Frist endet am 31. Dezember,\nnicht am 30."})
    assert "Die Frist endet am 31. Dezember" in reader.get(page.url).content.decode()
    markdown = reader.get(f"{page.url.rstrip('/')}.md").content.decode()
    assert "Die Frist endet am 31. Dezember, nicht am 30." in markdown
    notice = CorrectionNotice.objects.get()
    withdraw = reverse("page_correction_withdraw", args=[notice.pk])
    assert browser.get(withdraw).status_code == 405
    for _ in range(2):
        browser.post(withdraw)
    assert "Die Frist endet" not in reader.get(page.url).content.decode()
    found = AuditEntry.objects.filter(action__startswith="correction.").order_by("pk")
    assert [(row.action, row.actor) for row in found] == [
        ("correction.publish", anna.pk), ("correction.withdraw", anna.pk),
    ]  # fmt: skip


def test_a_correction_needs_a_live_page_and_a_role(anna: Any) -> None:
    draft, page = draft_article(anna), factories.article("Fristen prüfen")
    assert signed_in(anna).get(reverse("page_correction", args=[draft.pk])).status_code == 404
    stranger = signed_in(person("Dora", "Beratung"))
    stranger.post(reverse("page_correction", args=[page.pk]), {"text": "Falsch."})
    assert not CorrectionNotice.objects.exists()


def test_the_next_change_starts_with_an_empty_note(anna: Any, bernd: Any) -> None:
    page = draft_article(anna)
    save(page, anna, change_significance="major", change_summary="Ganz neu.")
    services.approve(task_state=submit(page, anna), user=bernd)
    fresh = ArticlePage.objects.get(pk=page.pk).get_latest_revision_as_object()
    assert (fresh.change_significance, fresh.change_summary) == ("", "")


@pytest.mark.parametrize("ended", ["by a person", "by its end"])
def test_a_note_that_was_told_does_not_come_back_from_offline(
    draft: Any, anna: Any, bernd: Any, ended: str
) -> None:
    save(draft, anna, change_significance="major", change_summary="Ganz neu.")
    services.approve(task_state=submit(draft, anna), user=bernd)
    current = type(draft).objects.get(pk=draft.pk)
    current.unpublish(set_expired=ended == "by its end")
    assert "Ganz neu." not in signed_in(anna).get(edit_url(draft)).content.decode()
    fresh = type(draft).objects.get(pk=draft.pk).get_latest_revision_as_object()
    assert (fresh.change_significance, fresh.change_summary) == ("", "")


def test_an_older_version_comes_back_without_its_note(draft: Any, anna: Any, bernd: Any) -> None:
    save(draft, anna, change_significance="major", change_summary="Ganz neu.")
    old = submit(draft, anna)
    services.approve(task_state=old, user=bernd)
    save(draft, anna, change_significance="minor")
    services.approve(task_state=submit(draft, anna), user=bernd)
    name = "wagtailadmin_pages" if isinstance(draft, ArticlePage) else "wagtailsnippets_knowledge_glossaryterm"
    revert = reverse(f"{name}:revisions_revert", args=[draft.pk, old.revision_id])
    assert "Ganz neu." not in signed_in(anna).get(revert).content.decode()


def test_a_correction_of_a_page_taken_offline_meanwhile_is_given_back(anna: Any) -> None:
    page, browser = factories.article("Fristen prüfen"), signed_in(anna)
    address = reverse("page_correction", args=[page.pk])
    type(page).objects.filter(pk=page.pk).update(live=False)
    answer = browser.post(address, {"text": "Die Frist war falsch."})
    assert answer.status_code == 410
    html = answer.content.decode()
    assert "inzwischen offline genommen" in html
    assert "Die Frist war falsch.</textarea>" in html
    stranger = signed_in(person("Dora", "Beratung")).post(address, {"text": "Falsch."})
    assert "offline" not in stranger.content.decode()
    page.delete()
    html = browser.post(address, {"text": "Die Frist war falsch."}).content.decode()
    assert "inzwischen gelöscht" in html
    assert "Die Frist war falsch.</textarea>" in html
    assert browser.get(address).status_code == 404
    assert not CorrectionNotice.objects.exists()


def test_the_same_correction_sent_twice_appears_once(anna: Any) -> None:
    page, browser = factories.article("Fristen prüfen"), signed_in(anna)
    address = reverse("page_correction", args=[page.pk])
    for text in ("Die Frist\r\nwar falsch.", "Die Frist\nwar falsch. "):
        answer = browser.post(address, {"text": text}, follow=True)
    assert "kein zweites Mal" in answer.content.decode()
    assert CorrectionNotice.objects.count() == 1
    browser.post(reverse("page_correction_withdraw", args=[CorrectionNotice.objects.get().pk]))
    browser.post(address, {"text": "Die Frist\nwar falsch."})
    assert CorrectionNotice.objects.filter(withdrawn_at=None).count() == 1
