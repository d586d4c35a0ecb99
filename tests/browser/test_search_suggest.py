"""The combobox of the search field: list autocomplete with manual selection, as the W3C pattern describes it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenContext

OPTION = "[role=option]"


@pytest.fixture
def page(open_context: OpenContext) -> Page:
    page = open_context().new_page()
    page.goto("/suche/")
    return page


def test_field_says_what_it_is_and_how_it_is_used(page: Page) -> None:
    field = page.get_by_role("combobox")
    expect(field).to_have_attribute("aria-expanded", "false")
    expect(field).to_have_attribute("aria-autocomplete", "list")
    hint = field.get_attribute("aria-describedby") or ""
    assert "Pfeiltasten" in page.locator(f"#{hint.split()[-1]}").inner_text()


def test_suggestions_appear_and_are_announced_without_one_chosen(page: Page) -> None:
    field = page.get_by_role("combobox")
    field.press_sequentially("noots")
    expect(page.locator(OPTION).first).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "true")
    assert page.locator(OPTION).count() <= 8
    assert page.locator("[aria-selected=true]").count() == 0
    expect(page.locator("form[role=search] [role=status]")).to_contain_text("verfügbar")


def test_arrows_choose_escape_closes_and_typing_goes_on(page: Page) -> None:
    field = page.get_by_role("combobox")
    field.fill("noots")  # one change: letter by letter a slow machine shows a list for each
    expect(page.locator(OPTION).first).to_be_visible()
    field.press("ArrowDown")
    chosen = page.locator("[aria-selected=true]")
    expect(field).to_have_attribute("aria-activedescendant", chosen.get_attribute("id") or "-")
    expect(field).to_be_focused()
    field.press("ArrowUp")
    expect(page.locator("[aria-selected=true]")).to_have_count(0)
    field.press("ArrowUp")
    assert page.locator(OPTION).last.get_attribute("aria-selected") == "true"
    field.press("Escape")
    expect(page.locator("[role=listbox]")).to_be_hidden()
    expect(field).to_have_value("noots")
    field.press_sequentially("-a")
    expect(page.locator(OPTION).first).to_be_visible()


def test_enter_opens_what_is_chosen(page: Page) -> None:
    field = page.get_by_role("combobox")
    field.fill("noots")
    expect(page.locator(OPTION).first).to_be_visible()
    field.press("ArrowDown")
    address = page.locator("[aria-selected=true]").get_attribute("data-url") or "-"
    field.press("Enter")
    page.wait_for_url(f"**{address}")


def test_enter_without_a_choice_searches(page: Page) -> None:
    field = page.get_by_role("combobox")
    field.fill("noots")
    expect(page.locator(OPTION).first).to_be_visible()
    field.press("Enter")
    page.wait_for_url("**/suche/?q=noots")
    expect(page.locator(".kp-list--results mark").first).to_be_visible()


def test_pointer_opens_and_leaving_closes(page: Page) -> None:
    field = page.get_by_role("combobox")
    field.fill("noots")
    expect(page.locator(OPTION).first).to_be_visible()
    field.press("Tab")
    expect(page.locator("[role=listbox]")).to_be_hidden()
    field.focus()
    field.press("ArrowDown")
    expect(page.locator(OPTION).first).to_be_visible()
    address = page.locator(OPTION).first.get_attribute("data-url") or "-"
    page.locator(OPTION).first.click()
    page.wait_for_url(f"**{address}")


def test_nothing_is_suggested_for_one_letter(page: Page) -> None:
    field = page.get_by_role("combobox")
    field.press_sequentially("n")
    page.wait_for_timeout(400)
    expect(page.locator("[role=listbox]")).to_be_hidden()


def test_search_works_without_scripts(open_context: OpenContext) -> None:
    page = open_context(java_script_enabled=False).new_page()
    page.goto("/")
    page.locator("input[name=q]").first.fill("registermodernisierung")
    page.locator("input[name=q]").first.press("Enter")
    page.wait_for_url("**/suche/?q=registermodernisierung")
    assert page.locator(".kp-list--results li").count() == 10
    page.locator(".kp-facet a").first.click()
    expect(page.locator(".kp-chip").first).to_be_visible()
