"""Upkeep in a real browser: a page confirmed with one click, an account handed over by keyboard alone."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.axe import findings_in_all_forms
from tests.browser.conftest import OpenAs
from tests.browser.served import Portal

OVERDUE = """
import json
from datetime import timedelta
from django.utils import timezone
from knowledge.models import ArticlePage
from portal.core.signals import announce
page = ArticlePage.objects.get(slug="{slug}")
overdue = timezone.localdate() - timedelta(days=45)
ArticlePage.objects.filter(pk=page.pk).update(next_review_on=overdue, reviewed_at=None)
announce(page)
print("RESULT" + json.dumps({{"page": page.pk, "title": page.title, "url": page.get_url()}}))
"""


def _overdue(portal: Portal, slug: str) -> dict[str, Any]:
    return portal.result(OVERDUE.format(slug=slug))


def test_the_start_page_of_a_reviewer_is_accessible(portal: Portal, open_as: OpenAs) -> None:
    _overdue(portal, "civento-in-der-kommune")
    page = open_as("reviewer").new_page()
    page.goto("/cms/")
    expect(page.get_by_role("heading", name="Zu prüfende Seiten")).to_be_visible()
    assert findings_in_all_forms(page, reload=True) == []


def test_readers_are_warned_until_a_reviewer_confirms(portal: Portal, desktop: Page, open_as: OpenAs) -> None:
    prepared, reader = _overdue(portal, "civento-in-der-kommune"), desktop
    reader.goto(prepared["url"])
    expect(reader.get_by_role("region", name="Prüfung überfällig")).to_contain_text("Diese Seite sollte bis")
    assert findings_in_all_forms(reader) == []
    page = open_as("reviewer").new_page()
    page.goto("/cms/")
    page.get_by_role("link", name="überfälliger Prüfung").click()
    page.get_by_role("button", name=f"Geprüft, unverändert: {prepared['title']}").click()
    expect(page.get_by_text("als geprüft und unverändert bestätigt")).to_be_visible()
    reader.goto(prepared["url"])
    expect(reader.get_by_role("region", name="Prüfung überfällig")).to_have_count(0)
    expect(reader.locator(".kp-trust")).not_to_contain_text("Noch nicht fachlich geprüft")


def test_the_status_panel_offers_the_click(portal: Portal, open_as: OpenAs) -> None:
    prepared = _overdue(portal, "idnr-in-registern-speichern")
    page = open_as("reviewer").new_page()
    page.goto(f"/cms/pages/{prepared['page']}/edit/")
    button = page.get_by_role("button", name=f"Geprüft, unverändert: {prepared['title']}")
    if not button.is_visible():
        page.locator("[data-side-panel-toggle=status]").click()
    assert findings_in_all_forms(page) == []
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("als geprüft und unverändert bestätigt")).to_be_visible()
    expect(page).to_have_url(f"/cms/pages/{prepared['page']}/edit/")


def test_an_account_is_handed_over_by_keyboard_alone(portal: Portal, open_as: OpenAs) -> None:
    page = open_as("administration").new_page()
    page.goto(f"/cms/users/edit/{portal.facts['leaving']}/")
    page.get_by_label("Aktiv").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Control+s")
    link = page.get_by_role("link", name="Übergeben und deaktivieren")
    link.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Übergeben und deaktivieren")).to_be_visible()
    choice = page.get_by_label("Nachfolge für alles")
    choice.focus()
    page.keyboard.type("Demo Bleibt")
    expect(choice.locator("option:checked")).to_have_text("Demo Bleibt")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == "Übergeben und deaktivieren":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_text("Alles Offene ist übergeben")).to_be_visible()
