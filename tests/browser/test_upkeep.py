"""Upkeep in a real browser: a page confirmed with one click, an account handed over by keyboard alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenContext, Portal, axe_findings
from tests.browser.test_accessibility import WIDTHS
from tests.browser.test_admin import ADMINISTRATOR, REVIEWER, WAGTAIL_FRAME

SignedIn = Callable[[str], Any]
PREPARE = """
import json
from datetime import timedelta
from django.contrib.auth.models import Group
from django.utils import timezone
from knowledge.models import ArticlePage
from portal.accounts.models import User
from portal.core import work
group = Group.objects.get(name="Redaktion")
def person(email, first, last):
    user, _ = User.objects.get_or_create(email=email, defaults={"first_name": first, "last_name": last})
    User.objects.filter(pk=user.pk).update(is_active=True)
    user.groups.add(group)
    return user
leaving, staying = person("geht@demo.example", "Gerda", "Größer"), person("bleibt@demo.example", "Björn", "Bleibt")
article = ArticlePage.objects.live().order_by("pk").first()
long_ago = timezone.localdate() - timedelta(days=45)
ArticlePage.objects.filter(pk=article.pk).update(
    next_review_on=long_ago, reviewed_at=None, responsible_person=leaving, deputy=None)
work.open_item(kind="manual", title="Aufgabe einer Person, die geht", dedupe_key="geht", owner=leaving)
from portal.core.signals import announce
announce(article)
other = ArticlePage.objects.live().order_by("pk")[1]
result = {"page": article.pk, "title": article.title, "url": article.get_url(), "leaving": leaving.pk,
          "linked": other.pk}
print("RESULT" + json.dumps(result))
"""


@pytest.fixture
def prepared(portal: Portal) -> dict[str, Any]:
    lines = portal.manage("shell", "-v0", code=PREPARE).splitlines()
    found: dict[str, Any] = json.loads(next(line.partition("RESULT")[2] for line in lines if "RESULT" in line))
    return found


SCREENS = {
    "report": "/cms/berichte/pruefungen/",
    "overdue": "/cms/berichte/pruefungen/?situation=ueberfaellig",
    "hand over": "/cms/uebergabe/{leaving}/",
    "unpublish": "/cms/pages/{page}/unpublish/",
    "delete": "/cms/pages/{page}/delete/",
}


def _ours(page: Page) -> list[str]:
    return [finding for finding in axe_findings(page) if not any(part in finding for part in WAGTAIL_FRAME)]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
def test_screens_are_accessible(
    screen: str, theme: str, width: str, open_context: OpenContext, signed_in: SignedIn, prepared: dict[str, Any]
) -> None:
    state = signed_in(ADMINISTRATOR)
    page = open_context(viewport=WIDTHS[width], color_scheme=theme, storage_state=state).new_page()
    response = page.goto(SCREENS[screen].format(**prepared))
    assert response is not None
    assert response.status == 200
    assert _ours(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_start_page_of_a_reviewer_is_accessible(
    theme: str, open_context: OpenContext, signed_in: SignedIn, prepared: dict[str, Any]
) -> None:
    state = signed_in(REVIEWER)
    page = open_context(viewport=WIDTHS["narrow"], color_scheme=theme, storage_state=state).new_page()
    page.goto("/cms/")
    expect(page.get_by_role("heading", name="Zu prüfende Seiten")).to_be_visible()
    assert _ours(page) == []


def test_readers_are_warned_until_a_reviewer_confirms(
    open_context: OpenContext, signed_in: SignedIn, prepared: dict[str, Any]
) -> None:
    reader = open_context(viewport=WIDTHS["wide"]).new_page()
    reader.goto(prepared["url"])
    expect(reader.get_by_role("region", name="Prüfung überfällig")).to_contain_text("Diese Seite sollte bis")
    assert axe_findings(reader) == []
    page = open_context(viewport=WIDTHS["wide"], storage_state=signed_in(REVIEWER)).new_page()
    page.goto("/cms/")
    page.get_by_role("link", name="überfälliger Prüfung").click()
    page.get_by_role("button", name=f"Geprüft, unverändert: {prepared['title']}").click()
    expect(page.get_by_text("als geprüft und unverändert bestätigt")).to_be_visible()
    reader.goto(prepared["url"])
    expect(reader.get_by_role("region", name="Prüfung überfällig")).to_have_count(0)
    expect(reader.locator(".kp-trust")).not_to_contain_text("Noch nicht fachlich geprüft")


def test_the_status_panel_offers_the_click(
    open_context: OpenContext, signed_in: SignedIn, prepared: dict[str, Any]
) -> None:
    page = open_context(viewport=WIDTHS["wide"], storage_state=signed_in(REVIEWER)).new_page()
    page.goto(f"/cms/pages/{prepared['page']}/edit/")
    button = page.get_by_role("button", name=f"Geprüft, unverändert: {prepared['title']}")
    if not button.is_visible():
        page.locator("[data-side-panel-toggle=status]").click()
    assert _ours(page) == []
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("als geprüft und unverändert bestätigt")).to_be_visible()
    expect(page).to_have_url(f"/cms/pages/{prepared['page']}/edit/")


def test_an_account_is_handed_over_by_keyboard_alone(
    open_context: OpenContext, signed_in: SignedIn, prepared: dict[str, Any]
) -> None:
    page = open_context(viewport=WIDTHS["wide"], storage_state=signed_in(ADMINISTRATOR)).new_page()
    page.goto(f"/cms/users/edit/{prepared['leaving']}/")
    page.get_by_label("Aktiv").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Control+s")
    link = page.get_by_role("link", name="Übergeben und deaktivieren")
    link.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Übergeben und deaktivieren")).to_be_visible()
    choice = page.get_by_label("Nachfolge für alles")
    choice.focus()
    page.keyboard.type("Björn")
    expect(choice.locator("option:checked")).to_have_text("Björn Bleibt")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == "Übergeben und deaktivieren":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_text("Alles Offene ist übergeben")).to_be_visible()
