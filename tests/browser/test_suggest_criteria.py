"""The 18 acceptance criteria of accessible-autocomplete, one test each, and the keys of the W3C combobox pattern.

https://github.com/alphagov/accessible-autocomplete/blob/main/accessibility-criteria.md
https://www.w3.org/WAI/ARIA/apg/patterns/combobox/ (editable, list autocomplete with manual selection)
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import axe_findings
from tests.browser.conftest import OpenContext

WORDS = "noots"


@pytest.fixture
def page(open_context: OpenContext) -> Page:
    page = open_context().new_page()
    page.goto("/suche/")
    return page


@pytest.fixture
def field(page: Page) -> Locator:
    return page.get_by_role("combobox")


def options(page: Page) -> Locator:
    return page.get_by_role("option")


def chosen(page: Page) -> Locator:
    return page.get_by_role("option", selected=True)


def said(page: Page) -> Locator:
    """What a screen reader is told: the live region of the form."""
    return page.locator("form[role=search] [role=status]")


def opened(page: Page, field: Locator, words: str = WORDS) -> int:
    """Type until suggestions stand there; returns their number."""
    field.press_sequentially(words)
    expect(options(page).first).to_be_visible()
    return options(page).count()


def test_01_can_be_focused_with_the_keyboard(page: Page, field: Locator) -> None:
    for _ in range(30):  # behind the links of the header
        page.keyboard.press("Tab")
        if field.evaluate("field => field === document.activeElement"):
            return
    pytest.fail("the field is not in the tab order")


def test_02_shows_that_it_has_the_focus(page: Page, field: Locator) -> None:
    drawn = (
        "field => ['outlineStyle', 'outlineWidth', 'boxShadow', 'borderColor'].map("
        "name => [field, field.parentElement].map(item => getComputedStyle(item)[name])).join()"
    )
    before = field.evaluate(drawn)
    field.focus()
    assert field.evaluate(drawn) != before


def test_03_says_that_it_can_be_edited(field: Locator) -> None:
    expect(field).to_be_editable()
    expect(field).to_have_accessible_name("Portal durchsuchen")
    assert field.evaluate("field => field.tagName + field.type") == "INPUTtext"


def test_04_says_what_it_is_filled_with(page: Page, field: Locator) -> None:
    page.goto("/suche/?q=postfach")
    expect(field).to_have_value("postfach")
    assert 'combobox "Portal durchsuchen"' in field.aria_snapshot()
    assert "postfach" in field.aria_snapshot()


def test_05_says_that_there_are_suggestions(field: Locator) -> None:
    expect(field).to_have_attribute("aria-autocomplete", "list")
    expect(field).to_have_attribute("aria-haspopup", "listbox")


def test_06_explains_its_use(field: Locator) -> None:
    expect(field).to_have_accessible_description(re.compile("Vorschläge.*Pfeiltasten.*Eingabetaste"))


def test_07_says_that_the_list_is_open(page: Page, field: Locator) -> None:
    expect(field).to_have_attribute("aria-expanded", "false")
    opened(page, field)
    expect(field).to_have_attribute("aria-expanded", "true")
    listed = field.get_attribute("aria-controls") or "-"
    expect(page.locator(f"#{listed}")).to_have_role("listbox")
    expect(page.locator(f"#{listed}")).to_have_accessible_name("Vorschläge")


def test_08_says_whether_there_are_matches(page: Page, field: Locator) -> None:
    opened(page, field)
    expect(said(page)).to_contain_text("verfügbar")
    field.press_sequentially("qqq")
    expect(said(page)).to_have_text("Keine Vorschläge.")
    expect(field).to_have_attribute("aria-expanded", "false")


def test_09_says_how_many_matches_there_are(page: Page, field: Locator) -> None:
    number = opened(page, field)
    assert 1 < number <= 8
    expect(said(page)).to_have_text(f"{number} Vorschläge verfügbar.")


def test_10_says_when_their_number_changes(page: Page, field: Locator) -> None:
    opened(page, field)
    field.press_sequentially("-anschluss")
    expect(options(page)).not_to_have_count(8)
    number = options(page).count()
    word = "Vorschlag" if number == 1 else "Vorschläge"
    expect(said(page)).to_have_text(f"{number} {word} verfügbar." if number else "Keine Vorschläge.")


def test_11_one_means_of_input_is_enough(page: Page, field: Locator) -> None:
    number = opened(page, field)
    for place in range(number):  # keys alone
        field.press("ArrowDown")
        expect(options(page).nth(place)).to_have_attribute("aria-selected", "true")
    options(page).last.click()  # pointer alone
    page.wait_for_url(lambda url: "/suche/" not in url)


def test_11_touch_is_enough_too(phone: Page) -> None:
    phone.goto("/suche/")
    phone.get_by_role("combobox").tap()
    opened(phone, phone.get_by_role("combobox"))
    expect(options(phone).first).to_be_in_viewport()
    options(phone).first.tap()
    phone.wait_for_url(lambda url: "/suche/" not in url)


def test_12_one_action_at_a_time(page: Page, field: Locator) -> None:
    opened(page, field)
    box = options(page).first.bounding_box()
    assert box
    assert box["height"] >= 24  # WCAG 2.5.8: no dragging, no fine aim
    for key in ("ArrowDown", "ArrowDown", "ArrowUp"):
        field.press(key)
    expect(options(page).first).to_have_attribute("aria-selected", "true")


def test_13_says_which_match_is_selected(page: Page, field: Locator) -> None:
    opened(page, field)
    field.press("ArrowDown")
    expect(chosen(page)).to_have_count(1)
    expect(field).to_have_attribute("aria-activedescendant", chosen(page).get_attribute("id") or "-")
    outline = chosen(page).evaluate("option => getComputedStyle(option).outlineStyle")
    assert outline == "solid"  # by more than a colour


def test_14_says_the_number_of_the_selected_match(page: Page, field: Locator) -> None:
    number = opened(page, field)
    for place in range(1, number + 1):
        field.press("ArrowDown")
        expect(chosen(page)).to_have_attribute("aria-posinset", str(place))
        expect(chosen(page)).to_have_attribute("aria-setsize", str(number))


def test_15_nothing_is_selected_beforehand(page: Page, field: Locator) -> None:
    opened(page, field)
    expect(chosen(page)).to_have_count(0)
    assert field.get_attribute("aria-activedescendant") is None
    field.press("Enter")
    page.wait_for_url(f"**/suche/?q={WORDS}")


def test_16_the_selected_match_can_be_confirmed(page: Page, field: Locator) -> None:
    opened(page, field)
    field.press("ArrowDown")
    address = chosen(page).get_attribute("data-url") or "-"
    field.press("Enter")
    page.wait_for_url(f"**{address}")


def test_17_says_that_a_match_is_confirmed(page: Page, field: Locator) -> None:
    opened(page, field)
    field.press("ArrowDown")
    address, name = chosen(page).get_attribute("data-url") or "-", chosen(page).inner_text()
    page.route(f"**{address}", lambda route: route.fulfill(status=204))  # the page stays, so that it can be heard
    field.press("Enter")
    expect(said(page)).to_have_text(f"„{name}“ wird geöffnet.")


def test_18_the_focus_is_in_the_field_when_a_match_is_confirmed(page: Page, field: Locator) -> None:
    opened(page, field)
    address = options(page).first.get_attribute("data-url") or "-"
    page.route(f"**{address}", lambda route: route.fulfill(status=204))
    options(page).first.click()
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-expanded", "false")


def test_w3c_arrows_open_at_the_first_and_the_last(page: Page, field: Locator) -> None:
    opened(page, field)
    field.press("Escape")
    field.press("ArrowDown")
    expect(options(page).first).to_have_attribute("aria-selected", "true")
    field.press("Escape")
    field.press("ArrowUp")
    expect(options(page).last).to_have_attribute("aria-selected", "true")


def test_w3c_alt_opens_without_a_choice_and_closes(page: Page, field: Locator) -> None:
    opened(page, field)
    field.press("Alt+ArrowUp")
    expect(field).to_have_attribute("aria-expanded", "false")
    field.press("Alt+ArrowDown")
    expect(options(page).first).to_be_visible()
    expect(chosen(page)).to_have_count(0)


def test_w3c_keys_of_the_text_go_back_to_the_field(page: Page, field: Locator) -> None:
    opened(page, field)
    for key in ("Home", "End", "ArrowLeft", "ArrowRight", "x"):
        field.press("ArrowDown")
        expect(chosen(page)).to_have_count(1)
        field.press(key)
        expect(chosen(page)).to_have_count(0)
        if key == "x":
            expect(field).to_have_value(re.compile("x"))


def test_w3c_escape_closes_and_leaves_the_text(page: Page, field: Locator) -> None:
    opened(page, field)
    field.press("Escape")
    expect(field).to_have_attribute("aria-expanded", "false")
    expect(field).to_have_value(WORDS)


def test_w3c_the_list_is_not_in_the_tab_order(page: Page, field: Locator) -> None:
    opened(page, field)
    assert page.locator("[role=listbox], [role=listbox] *").evaluate_all(
        "all => all.every(one => one.tabIndex < 0)"
    )
    field.press("Tab")
    expect(field).to_have_attribute("aria-expanded", "false")
    expect(page.get_by_role("button", name="Suchen")).to_be_focused()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_the_open_list(page: Page, field: Locator, theme: str) -> None:
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    opened(page, field)
    field.press("ArrowDown")
    assert axe_findings(page) == []
