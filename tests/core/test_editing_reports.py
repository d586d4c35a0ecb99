"""Reports of editing and the person's own pages on the start page."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from wagtail.log_actions import registry
from wagtail.models import Page, PageViewRestriction

from portal.core.review import services
from tests.factories.review import draft_article, draft_term, person, save, submit
from tests.people import make_user, signed_in

pytestmark = pytest.mark.django_db


def test_my_pages_say_where_each_stands(bernd: Any) -> None:
    anna = person("Anna")
    names = ("Erste", "Zweite", "Dritte", "Vierte")
    first, second, third, fourth = (draft_article(anna, f"{name} Seite") for name in names)
    browser = signed_in(anna)
    for page in (first, second, third):
        save(page, anna, short_answer="Neu.")
    submit(second, anna)
    services.approve(task_state=submit(third, anna), user=bernd)
    PageViewRestriction.objects.create(page=Page.objects.get(pk=third.pk), restriction_type="login")
    Page.objects.filter(pk=fourth.pk).update(locked=True, locked_by=anna, locked_at=timezone.now())
    text = browser.get("/cms/").content.decode()
    for shown in ("Entwurf", "in der Freigabe", "veröffentlicht, nicht öffentlich", "Von Ihnen gesperrt"):
        assert shown in text
    assert "Vierte Seite" in text
    assert "Entsperren" not in text  # editors may lock nothing and unlock nothing


def test_a_lock_is_taken_off_from_the_start_page(bernd: Any) -> None:
    page = draft_article(bernd)
    Page.objects.filter(pk=page.pk).update(locked=True, locked_by=bernd, locked_at=timezone.now())
    browser = signed_in(bernd)
    address = reverse("wagtailadmin_pages:unlock", args=[page.pk])
    assert f'action="{address}"' in browser.get("/cms/").content.decode()
    assert browser.post(address, {"next": "/cms/"}).headers["Location"] == "/cms/"
    assert "Von Ihnen gesperrt" not in browser.get("/cms/").content.decode()


def test_open_reviews_locks_and_history_are_listed(bernd: Any) -> None:
    anna = person("Anna")
    page, term = draft_article(anna, "Fristen prüfen"), draft_term(anna)
    save(page, anna, short_answer="Neu.")
    state = submit(page, anna)
    submit(term, anna)
    Page.objects.filter(pk=page.pk).update(locked=True, locked_by=bernd, locked_at=timezone.now())
    browser = signed_in(bernd)
    reviews = browser.get(reverse("core_open_reviews")).content.decode()
    assert reverse("review_decide", args=[state.workflow_state_id, "freigeben"]) in reviews
    assert "Größenklasse" in reviews
    filtered = browser.get(f"{reverse('core_open_reviews_results')}?title=Fristen").content.decode()
    assert "Größenklasse" not in filtered
    assert "Bernd" in browser.get(reverse("core_locked_pages")).content.decode()
    history = browser.get(reverse("core_history")).content.decode()
    assert "Fristen prüfen" in history
    assert "Größenklasse" not in history
    others = browser.get(f"{reverse('core_history')}?kind=andere&person=Anna").content.decode()
    assert "Größenklasse" in others
    for name in ("core_open_reviews", "core_locked_pages", "core_history"):
        answer = browser.get(f"{reverse(name)}?export=csv")
        assert "Fristen" in b"".join(answer.streaming_content).decode(), name  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["core_open_reviews", "core_locked_pages", "core_history"])
def test_reports_of_editing_are_for_those_who_edit(name: str) -> None:
    browser = signed_in(person("Dora", "Beratung"))
    assert browser.get(reverse(name)).status_code in {302, 403}
    assert signed_in(make_user("root@kkv.example", is_superuser=True)).get(reverse(name)).status_code == 200


def test_the_history_is_the_first_page_of_a_fresh_process(bernd: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wagtail reads the names of actions late, and fails for a label asked before."""
    page = draft_article(bernd)
    save(page, bernd, short_answer="Neu.")
    monkeypatch.setattr(registry, "has_scanned_for_actions", False)
    monkeypatch.setattr(registry, "formatters", {})
    monkeypatch.setattr(registry, "choices", [])
    assert "Bürger prüfen" in signed_in(bernd).get(reverse("core_history")).content.decode()
