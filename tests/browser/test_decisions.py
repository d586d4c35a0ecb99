"""Decision helps in a browser: by keyboard alone, without JavaScript on a narrow screen, and on paper."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.axe import OVERFLOW
from tests.browser.test_journeys import tab_to

HELP = "/entscheidungshilfen/unterschrift-pruefen/"


def test_a_decision_is_reached_by_keyboard_alone_and_taken_back(desktop: Page) -> None:
    desktop.goto(HELP)
    tab_to(desktop, "input[name='antwort']")
    desktop.keyboard.press("Space")
    desktop.keyboard.press("Enter")
    expect(desktop).to_have_url(f"{desktop.url.split('/entscheidungshilfen')[0]}{HELP}?weg=recht.bundesrecht")
    expect(desktop.get_by_role("group", name="Ordnet eine Rechtsvorschrift die Schriftform an?")).to_be_visible()
    tab_to(desktop, "button[name='weiter']")
    desktop.keyboard.press("Enter")  # without an answer
    desktop.wait_for_url("**weiter=ja**")
    expect(desktop.locator(".kp-error-summary")).to_be_focused()
    tab_to(desktop, ".kp-error-summary a")
    desktop.keyboard.press("Enter")
    expect(desktop.locator("#kp-antwort-1")).to_be_focused()
    desktop.keyboard.press("Space")
    desktop.keyboard.press("Enter")
    desktop.wait_for_url("**form-bund.ja")
    tab_to(desktop, "input[name='antwort']")
    desktop.keyboard.press("Space")
    desktop.keyboard.press("Enter")
    desktop.wait_for_url("**mehr.nein-nur-die-schriftform")
    tab_to(desktop, "input[name='antwort']")
    desktop.keyboard.press("Space")
    desktop.keyboard.press("Enter")
    desktop.wait_for_url("**weg.ja-beides")
    expect(desktop.locator("#kp-ergebnis")).to_contain_text("Sie brauchen keine Unterschrift")
    result = desktop.url
    tab_to(desktop, ".kp-decision__back a")
    desktop.keyboard.press("Enter")
    desktop.wait_for_url("**frage=weg")
    expect(desktop.locator("#kp-antwort-1")).to_be_checked()
    tab_to(desktop, "button[name='weiter']")
    desktop.keyboard.press("Enter")
    expect(desktop).to_have_url(result)


def test_a_decision_needs_no_javascript_and_fits_a_narrow_screen(without_js: Page) -> None:
    without_js.set_viewport_size({"width": 320, "height": 640})
    without_js.goto(HELP)
    for answer in ("Bundesrecht", "Ja", "Nein, nur die Schriftform", "Nein"):
        expect(without_js.get_by_label(answer, exact=True)).to_be_visible()
        assert without_js.evaluate(OVERFLOW) == 0
        without_js.get_by_label(answer, exact=True).check()
        without_js.get_by_role("button", name="Weiter").click()
    expect(without_js.locator("#kp-ergebnis")).to_contain_text("ersetzt § 9a OZG die Schriftform nicht")
    assert without_js.evaluate(OVERFLOW) == 0
    without_js.locator(".kp-decision__stops a", has_text="Welches Recht").click()
    expect(without_js.get_by_label("Bundesrecht", exact=True)).to_be_checked()
    without_js.get_by_label("Nur Landesrecht").check()
    without_js.get_by_role("button", name="Weiter").click()
    expect(without_js.locator("#kp-ergebnis")).to_contain_text("Gesondert prüfen")
    without_js.get_by_role("link", name="Beratung anfragen").last.click()
    without_js.get_by_label("Um welches Thema geht es?").select_option(index=1)
    without_js.get_by_label("Ihre Kommune oder Einrichtung").select_option(index=1)
    without_js.get_by_role("button", name="Weiter").click()
    expect(without_js.get_by_label("Worum geht es, in einem Satz?")).to_have_value("Schriftform bei Landesrecht")


def test_a_result_on_paper_says_how_it_came_about(desktop: Page) -> None:
    desktop.goto(f"{HELP}?weg=recht.nur-landesrecht")
    desktop.emulate_media(media="print")
    expect(desktop.locator(".kp-decision__stops dd")).to_contain_text("Nur Landesrecht")
    expect(desktop.locator(".kp-decision__address")).to_contain_text("?weg=recht.nur-landesrecht")
    for gone in (".kp-decision__back", ".kp-decision__stops a", ".kp-next"):
        expect(desktop.locator(gone).first).to_be_hidden()
