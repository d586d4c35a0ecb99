"""The privacy dialogues and the three levels."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from wagtail.models import Collection, CollectionViewRestriction, PageViewRestriction

from portal.core.visibility import STAFF_GROUPS, Visibility, level_of_page
from tests import factories
from tests.people import PortalClient, add_totp, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> PortalClient:
    root = make_user("root@kkv.example", is_superuser=True)
    add_totp(root)
    client = PortalClient()
    client.force_login(root)
    return client


def groups(*names: str) -> list[int]:
    return [Group.objects.get_or_create(name=name)[0].pk for name in names]


def privacy(page: Any) -> str:
    return reverse("wagtailadmin_pages:set_privacy", args=[page.pk])


def test_a_page_is_not_restricted_to_chosen_groups(browser: PortalClient) -> None:
    page = factories.article("Öffnung")
    assert 'value="groups"' not in browser.get(privacy(page)).json()["html"]
    browser.post(privacy(page), {"restriction_type": "groups", "groups": groups("Leitung")})
    assert not PageViewRestriction.objects.exists()
    assert browser.post(privacy(page), {"restriction_type": "login"}).json()["step"] == "set_privacy_done"
    assert level_of_page(page) is Visibility.MUNICIPALITY
    browser.post(privacy(page), {"restriction_type": "none"})
    assert level_of_page(page) is Visibility.PUBLIC


@pytest.mark.parametrize("kind", ["none", "login", "groups"])
def test_the_dialogue_leaves_alone_what_the_field_says(browser: PortalClient, kind: str) -> None:
    page = factories.article("Öffnung", visibility=Visibility.CENTRE)
    assert browser.get(privacy(page)).status_code == 200
    data = {"restriction_type": kind, "password": "geheim", "groups": groups("Leitung")}
    answer = browser.post(privacy(page), data).json()
    assert answer["step"] == "set_privacy"
    if kind in {"none", "login"}:
        assert "Feld „Sichtbarkeit“" in answer["html"]
    assert level_of_page(page) is Visibility.CENTRE
    page.visibility = Visibility.PUBLIC
    page.save()
    assert level_of_page(page) is Visibility.PUBLIC


def test_a_page_once_restricted_to_some_of_the_centre_stands_in_no_list(browser: PortalClient) -> None:
    topic = factories.topic("Ämter")
    page = factories.article("Nur für die Leitung", parent=topic)
    restriction = PageViewRestriction.objects.create(page=page, restriction_type="groups")
    restriction.groups.set(groups("Leitung"))
    adviser = PortalClient()
    adviser.force_login(make_user("b@kkv.example", role="Beratung"))
    for client in (Client(), adviser):
        for address in (topic.url, "/a-z/", "/uebersicht/"):
            assert "Nur für die Leitung" not in client.get(address).content.decode()
    assert browser.post(privacy(page), {"restriction_type": "none"}).json()["step"] == "set_privacy_done"
    assert "Nur für die Leitung" in adviser.get(topic.url).content.decode()


def test_a_collection_is_restricted_to_a_whole_level(browser: PortalClient) -> None:
    collection = Collection.get_first_root_node().add_child(name="Vermerke")
    address = reverse("wagtailadmin_collections:set_privacy", args=[collection.pk])
    answer = browser.post(address, {"restriction_type": "groups", "groups": groups("Leitung")}).json()
    assert "alle Gruppen der Kompetenzstelle" in answer["html"]
    assert not CollectionViewRestriction.objects.exists()
    answer = browser.post(address, {"restriction_type": "groups", "groups": groups(*STAFF_GROUPS)}).json()
    assert answer["step"] == "set_privacy_done"
