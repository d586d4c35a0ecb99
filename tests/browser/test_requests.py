"""A municipality asks for advice: without JavaScript, and by keyboard alone; each page is seen by axe-core."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import holidays
import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import findings_in_all_forms
from tests.browser.conftest import OpenAs, OpenContext
from tests.browser.served import Portal
from tests.browser.test_journeys import tab_to

START = "/beratung/anfragen/"
SUBJECT = "Anbindung der Wohnsitzanmeldung an das Fachverfahren"
LATER = 3  # the next free time may pass while the page is looked at


def _wished() -> str:
    """Return a day in a month on which somebody advises: no weekend, no holiday, no closure of the demo."""
    closed = holidays.country_holidays("DE", subdiv="HE")
    day = (datetime.now(tz=UTC) + timedelta(days=30)).date()
    while day.weekday() > 4 or day in closed or (day.month, day.day) in ((12, 24), (12, 31)):
        day += timedelta(days=1)
    return day.isoformat()


WISHED = _wished()


def check(page: Page) -> None:
    assert findings_in_all_forms(page) == []


@pytest.fixture
def without_js(open_context: OpenContext) -> Page:
    return open_context(viewport={"width": 1280, "height": 900}, java_script_enabled=False).new_page()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).first.click()


@pytest.mark.once
def test_a_guest_asks_without_javascript(portal: Portal, without_js: Page, open_context: OpenContext) -> None:
    page = without_js
    page.goto("/")
    page.locator(f"a[href^='{START}']:visible").first.click()
    page.get_by_label("Um welches Thema geht es?").select_option("0")
    page.get_by_label("Ihre Kommune oder Einrichtung").select_option(label="Musterstadt (Demo)")
    press(page, "Weiter")
    page.get_by_label("Worum geht es, in einem Satz?").fill(SUBJECT)
    press(page, "Weiter")
    expect(page.locator("h1")).to_have_text("Passende Hilfen")
    press(page, "Weiter zum Termin")
    page.get_by_label(re.compile(r"Erstgespräch \(")).check()
    press(page, "Weiter mit diesem Format")
    page.get_by_label(re.compile("Was möchten Sie erreichen")).fill("Im Sommer live gehen.")
    page.locator("button[name=slot]").nth(LATER).click()
    expect(page.locator("main")).to_contain_text(SUBJECT)
    page.get_by_label("Ihr Name").fill("Käthe Größe")
    page.get_by_label("Ihre dienstliche E-Mail-Adresse").fill("kaethe@rathaus.example")
    press(page, "Adresse bestätigen und senden")
    expect(page.locator("h1")).to_contain_text("Fast geschafft")
    link = portal.result(
        "import json; from consultations.models import RequestDraft; from consultations.wizard import sending;"
        "print('RESULT', json.dumps(sending.link_of(RequestDraft.objects.latest('pk'))))"
    )
    page.goto(link)
    press(page, "Adresse bestätigen und Anfrage senden")
    expect(page.locator("h1")).to_have_text("Ihr Termin ist gebucht")
    page.get_by_role("link", name="Termin ändern oder absagen").click()
    press(page, "Termin absagen")
    expect(page.locator("main")).to_contain_text("Der Termin ist abgesagt")
    reminders = portal.result(
        "import json; from consultations.mailing import choices; from consultations.models import Case;"
        "print('RESULT', json.dumps(choices.path_for(Case.objects.latest('pk'))))"
    )
    seen = open_context().new_page()
    seen.goto(reminders)
    check(seen)  # needs scripts of its own
    page.goto(reminders)
    press(page, "Erinnerungen ausschalten")
    expect(page.locator("main")).to_contain_text("Sie bekommen keine Erinnerungen")


@pytest.mark.once
def test_enter_in_a_wish_goes_on_with_it_without_javascript(portal: Portal, without_js: Page) -> None:
    page = without_js
    page.goto(START)
    page.get_by_label("Um welches Thema geht es?").select_option("0")
    page.get_by_label("Ihre Kommune oder Einrichtung").select_option(label="Musterstadt (Demo)")
    press(page, "Weiter")
    page.get_by_label("Worum geht es, in einem Satz?").fill(SUBJECT)
    page.keyboard.press("Enter")
    press(page, "Weiter zum Termin")
    page.get_by_label(re.compile(r"Erstgespräch \(")).check()
    press(page, "Weiter mit diesem Format")
    page.get_by_label(re.compile("Was möchten Sie erreichen")).fill("Im Sommer live gehen.")
    day = page.locator("[name=day1]")
    day.fill(WISHED)
    press(page, "Format ändern")
    expect(day).to_have_value(WISHED)
    day.press("Enter")
    page.wait_for_url("**/pruefen/")
    expect(page.locator("main")).to_contain_text("Wunsch")


@pytest.mark.once
def test_a_member_books_by_keyboard_and_every_step_is_accessible(open_as: OpenAs) -> None:
    page = open_as("municipality").new_page()
    page.goto(START)
    tab_to(page, "main [name=topic]", limit=150)
    page.keyboard.press("End")
    tab_to(page, "main form [type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/anliegen/")
    check(page)
    tab_to(page, "main [name=subject]", limit=150)
    page.keyboard.type(SUBJECT)
    tab_to(page, "main [name=goal]")
    page.keyboard.type("Im Sommer live gehen.")
    tab_to(page, "main form [type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/hilfen/")
    check(page)
    tab_to(page, "main button[value=on]", limit=150)
    page.keyboard.press("Enter")
    page.wait_for_url("**/termin/")
    check(page)
    tab_to(page, "main [name=format]", limit=150)
    page.keyboard.press("Space")
    tab_to(page, "main button[value=format]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/termin/#format-gewaehlt")
    check(page)
    later = page.locator("main button[name=slot]").nth(LATER).get_attribute("value")
    tab_to(page, f"main button[name=slot][value='{later}']", limit=150)
    page.keyboard.press("Enter")
    page.wait_for_url("**/pruefen/")
    check(page)
    tab_to(page, "main form [type=submit]", limit=150)
    page.keyboard.press("Enter")
    page.wait_for_url("**/bestaetigung/")
    expect(page.locator("h1")).to_have_text("Ihr Termin ist gebucht")
    check(page)


@pytest.mark.once
def test_the_page_that_waits_for_the_address_is_accessible(portal: Portal, desktop: Page) -> None:
    address = portal.result(
        "import json; from django.urls import reverse; from consultations.models import RequestDraft;"
        "from consultations.wizard import drafts;"
        "draft = RequestDraft.objects.create(answers={'email': 'a@b.example'});"
        "print('RESULT', json.dumps(reverse('consultation_mail_sent', args=[drafts.token_of(draft)])))"
    )
    desktop.goto(address)
    expect(desktop.locator("h1")).to_contain_text("Fast geschafft")
    check(desktop)
