"""Our own screens in the admin and the forms of our content: axe-core finds nothing, the keyboard suffices."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.axe import NARROW, findings_in_all_forms
from tests.browser.conftest import OpenAs
from tests.browser.pages import ADMIN_SCREENS
from tests.browser.served import Portal


@pytest.mark.once
@pytest.mark.parametrize("screen", ADMIN_SCREENS)
def test_screen_is_accessible(screen: str, portal: Portal, open_as: OpenAs) -> None:
    page = open_as("administration").new_page()
    address = ADMIN_SCREENS[screen].format(**portal.facts)
    response = page.goto(address)
    assert response is not None
    assert response.status == 200
    assert page.url == portal.url + address
    assert findings_in_all_forms(page, reload=True) == []


def test_who_else_has_opened_a_page_has_a_name(portal: Portal, open_as: OpenAs) -> None:
    address = ADMIN_SCREENS["topic"].format(**portal.facts)
    open_as("editor").new_page().goto(address)
    page = open_as("administration").new_page()
    page.goto(address)
    other = page.locator(".w-editing-sessions__session")
    expect(other).to_be_visible(timeout=30_000)
    assert other.get_attribute("aria-label")
    assert findings_in_all_forms(page) == []


def test_decision_of_who_asked_is_accessible(portal: Portal, open_as: OpenAs) -> None:
    page = open_as("second administration").new_page()
    page.goto(f"/cms/zweiter-faktor/{portal.facts['reset']}/")
    expect(page.get_by_text("Freigeben muss eine andere Person")).to_be_visible()
    assert findings_in_all_forms(page, reload=True) == []


def test_a_message_is_tried_again_by_keyboard(portal: Portal, open_as: OpenAs) -> None:
    page = open_as("administration").new_page()
    page.goto("/cms/betrieb/postausgang/?situation=stuck")
    button = page.get_by_role("button", name=f"Nachricht {portal.facts['message']} erneut versuchen")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("wird gleich wiederholt")).to_be_visible()


def test_a_review_is_accessible_to_who_may_withdraw_it(portal: Portal, open_as: OpenAs) -> None:
    """The link in the bar of the lock, and the long button of the release on a narrow screen."""
    page = open_as("reviewer").new_page()
    page.set_viewport_size(NARROW)
    page.goto(f"/cms/freigabe/{portal.facts['flow']}/freigeben/")
    box = page.get_by_role("link", name="Mit der veröffentlichten Fassung vergleichen").bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= NARROW["width"]
    page.get_by_role("link", name="Abbrechen").click()
    expect(page.get_by_role("link", name="Zurückziehen und bearbeiten").first).to_be_visible()
    assert findings_in_all_forms(page, reload=True) == []
