"""An outside expert answers by keyboard alone, without scripts; the browser's own headers pass the CSRF check."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.served import Portal

UNHURRIED = 2_500  # the form takes nothing sent sooner than a person could


def test_a_remark_and_a_vote_by_keyboard_alone(portal: Portal, without_js: Page) -> None:
    page = without_js
    page.goto(portal.facts["expert"])
    page.wait_for_timeout(UNHURRIED)
    page.get_by_label("Ihre Anmerkung").focus()
    page.keyboard.type("Bitte die Quelle nennen.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Ihre Anmerkung ist gespeichert")).to_be_visible()
    expect(page.get_by_text("Bitte die Quelle nennen.")).to_be_visible()
    page.wait_for_timeout(UNHURRIED)
    page.get_by_label("Ich stimme mit Änderungen zu", exact=True).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Ihr Votum ist gespeichert: Ich lehne ab.")).to_be_visible()


def test_what_is_missing_is_said(portal: Portal, without_js: Page) -> None:
    without_js.goto(portal.facts["expert"])
    without_js.get_by_role("button", name="Anmerkung senden").click()
    expect(without_js.get_by_text("Bitte schreiben Sie Ihre Anmerkung.").first).to_be_visible()
