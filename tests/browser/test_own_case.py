"""A municipality follows its case: writes, sends a file, ticks off a task, invites; who is invited answers."""

from __future__ import annotations

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.axe import findings_in_all_forms
from tests.browser.conftest import OpenAs, OpenContext
from tests.browser.served import Portal
from tests.browser.test_journeys import tab_to

IBAN = "Erstattung auf DE89 3704 0044 0532 0130 00"


def check(page: Page) -> None:
    assert findings_in_all_forms(page) == []


@pytest.mark.once
def test_a_member_writes_and_invites_and_each_page_is_accessible(
    portal: Portal, open_as: OpenAs, open_context: OpenContext
) -> None:
    page = open_as("municipality").new_page()
    address = f"/beratung/vorgang/{portal.facts['case']}/"
    page.goto(address)
    tab_to(page, "main [name=text]", limit=200)
    page.keyboard.type(IBAN)
    tab_to(page, "main form[enctype] [type=submit]")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("eine IBAN")
    expect(page.locator("main [name=text]")).to_have_value(IBAN)
    check(page)
    page.get_by_label("Ich habe den Text geprüft").check()
    page.locator("main [name=uploads]").set_input_files(
        FilePayload(name="Ablauf.txt", mimeType="text/plain", buffer="Schritt für Schritt".encode())
    )
    page.get_by_role("button", name="Nachricht senden").click()
    expect(page.locator("main")).to_contain_text("Ihre Nachricht ist angekommen")
    expect(page.locator(".kp-said")).to_contain_text("Ablauf.txt")
    if page.get_by_role("button", name="Erledigt", exact=True).count():
        page.get_by_role("button", name="Erledigt", exact=True).first.click()
        expect(page.locator("main")).to_contain_text("Die Aufgabe ist erledigt")
    page.get_by_role("link", name="Teilnehmende und Tagesordnung").first.click()
    page.get_by_role("button", name="Einladen").click()
    expect(page.locator("main")).to_contain_text("Bitte geben Sie den Namen der Person an.")
    check(page)
    page.get_by_label("Name", exact=True).fill("Zoë Klär")
    page.get_by_role("button", name="Einladen").click()
    expect(page.locator("main")).to_contain_text("Die Person ist eingeladen")
    link = page.locator("li", has_text="Zoë Klär").get_by_role("link").get_attribute("href")
    assert link is not None
    guest = open_context(viewport={"width": 320, "height": 800}, java_script_enabled=False).new_page()
    guest.goto(link[link.index("/beratung/") :])
    guest.get_by_role("button", name="Zusagen").click()
    expect(guest.locator("main")).to_contain_text("Ihre Antwort ist gespeichert")
    page.reload()
    expect(page.locator("li", has_text="Zoë Klär")).to_contain_text("zugesagt")
