"""The desk of advice: axe-core finds nothing on its screens, and a case is worked by keyboard alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.axe import findings_in_all_forms
from tests.browser.conftest import OpenAs
from tests.browser.pages import DESK_SCREENS
from tests.browser.served import Portal


@pytest.mark.once
@pytest.mark.parametrize("screen", DESK_SCREENS)
def test_screen_is_accessible(screen: str, portal: Portal, open_as: OpenAs) -> None:
    page = open_as("coordinator").new_page()
    address = DESK_SCREENS[screen].format(**portal.facts)
    response = page.goto(address)
    assert response is not None
    assert response.status == 200
    assert page.url == portal.url + address
    assert findings_in_all_forms(page, reload=True) == []


def test_a_note_is_written_by_keyboard(portal: Portal, open_as: OpenAs) -> None:
    page = open_as("coordinator").new_page()
    page.goto(f"/cms/beratung/vorgang/{portal.facts['desk_case']}/")
    page.get_by_role("textbox", name="Interne Notiz").focus()
    page.keyboard.type("Mit der Tastatur geschrieben")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Notiz speichern")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Die interne Notiz ist gespeichert.")).to_be_visible()
    expect(page.get_by_text("Mit der Tastatur geschrieben")).to_be_visible()
