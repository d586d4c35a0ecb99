"""Filters and order of the results page: plain links, with the keyboard, without scripts, on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import OVERFLOW

ADDRESS = "/suche/?q=Register"


def number_of_hits(page: Page) -> int:
    found = re.match(r"(\S+) Treffer", page.locator("#treffer").inner_text())
    assert found
    return int(found[1].replace(".", ""))


def test_every_filter_finds_what_it_promises_without_scripts(without_js: Page) -> None:
    for heading in ("Art", "Thema", "Für wen", "Rechtsvorschrift"):
        without_js.goto(ADDRESS)
        everything = number_of_hits(without_js)
        box = without_js.locator(".kp-aside-box", has=without_js.get_by_role("heading", name=heading, exact=True))
        choice = box.get_by_role("link").first
        label = choice.locator(".kp-facet__label").inner_text()
        promised = int(choice.locator(".kp-facet__count").inner_text().split()[0])
        choice.click()
        assert number_of_hits(without_js) == promised < everything
        chip = without_js.get_by_role("list", name="Gesetzte Filter").get_by_role("link", name=label)
        chip.click()
        assert number_of_hits(without_js) == everything


def test_order_by_date_stays_while_filters_change(without_js: Page) -> None:
    without_js.goto(ADDRESS)
    without_js.get_by_role("navigation", name="Treffer sortieren").get_by_role("link", name="Datum").click()
    expect(without_js.locator(".kp-orders [aria-current]")).to_have_text("Datum")
    dates = [time.get_attribute("datetime") or "" for time in without_js.locator(".kp-list__meta time").all()]
    assert dates == sorted(dates, reverse=True)
    without_js.locator(".kp-facet a").first.click()
    expect(without_js.locator(".kp-orders [aria-current]")).to_have_text("Datum")
    without_js.get_by_role("link", name="Weiter").click()
    expect(without_js).to_have_url(re.compile("sortierung=datum.*seite=2"))


def test_without_hits_a_filter_can_be_dropped(without_js: Page) -> None:
    without_js.goto(f"{ADDRESS}&fuer=kasse&recht=ozg&art=template")
    expect(without_js.locator("#treffer")).to_contain_text("Keine Treffer")
    link = without_js.locator(".kp-nothing").get_by_role("link", name="Ohne Filter suchen")
    promised = re.search(r"\((\d+) Treffer\)", link.locator("..").inner_text())
    assert promised
    link.click()
    assert number_of_hits(without_js) == int(promised[1])


def test_a_filter_is_set_with_the_keyboard(desktop: Page) -> None:
    desktop.goto(ADDRESS)
    desktop.locator(".kp-facet a").first.focus()
    desktop.keyboard.press("Enter")
    expect(desktop.locator(".kp-facet [aria-current=true]")).to_have_count(1)
    desktop.locator(".kp-chip").first.focus()
    desktop.keyboard.press("Enter")
    expect(desktop.locator(".kp-chip")).to_have_count(0)


@pytest.mark.parametrize("address", [ADDRESS, f"{ADDRESS}&fuer=datenschutz", "/wie-die-suche-sortiert/"])
def test_nothing_is_wider_than_a_phone(phone: Page, address: str) -> None:
    phone.goto(address)
    assert phone.evaluate(OVERFLOW) == 0


def test_on_a_phone_a_link_leads_to_the_filters(phone: Page) -> None:
    phone.goto(ADDRESS)
    phone.get_by_role("link", name="Treffer eingrenzen").click()
    expect(phone.get_by_role("complementary", name="Treffer eingrenzen")).to_be_in_viewport()


def test_a_search_can_be_subscribed_to_without_scripts(without_js: Page) -> None:
    without_js.goto(f"{ADDRESS}&art=article")
    without_js.get_by_role("link", name="Über neue Treffer informieren").click()
    expect(without_js.get_by_label("Neue Treffer: „Register“, Artikel")).to_be_checked()
    without_js.get_by_label("E-Mail-Adresse").fill("neu@gemeinde.example")
    without_js.get_by_role("main").get_by_role("button", name="Abonnieren").click()
    without_js.wait_for_url("**/abonnieren/**")
    expect(without_js.get_by_role("heading", level=1)).to_contain_text("bestätigen")
