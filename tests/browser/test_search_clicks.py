"""A result that is opened is told of, and the link stays what it is: a plain address."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, Request, Route, expect

from tests.browser.conftest import OpenContext

RESULT = ".kp-list--results .kp-list__title a"


@pytest.fixture
def context(open_context: OpenContext) -> BrowserContext:
    return open_context(viewport={"width": 1280, "height": 900})


def messages(context: BrowserContext) -> list[Request]:
    """The messages that the pages of a context send from now on."""
    sent: list[Request] = []
    context.on(
        "request", lambda request: sent.append(request) if request.url.endswith("/suche/geoeffnet/") else None
    )
    return sent


def open_third(page: Page) -> str:
    page.goto("/suche/?q=Register&art=article")
    link = page.locator(RESULT).nth(2)
    address = link.get_attribute("href") or ""
    link.click()
    page.wait_for_url(f"**{address}")
    return address


def test_a_click_is_told_with_search_and_path_and_nothing_else(context: BrowserContext) -> None:
    sent = messages(context)
    page = context.new_page()
    address = open_third(page)
    assert len(sent) == 1
    message = sent[0]
    assert message.method == "POST"
    assert parse_qs(message.post_data or "") == {
        "von": ["?q=Register&art=article"],
        "zu": [urlsplit(address).path],
    }
    assert "cookie" not in message.all_headers()
    assert context.cookies() == []
    response = message.response()
    assert response is not None
    assert response.status == 204


def test_a_browser_that_names_no_page_is_answered_alike(context: BrowserContext) -> None:
    def without_name(route: Route) -> None:
        headers = {name: value for name, value in route.request.headers.items() if name != "referer"}
        route.continue_(headers=headers)

    context.route("**/*", without_name)
    sent = messages(context)
    page = context.new_page()
    open_third(page)
    assert len(sent) == 1
    expect(page.locator("h1")).to_be_visible()


def test_a_result_in_a_new_tab_is_told_of_too(context: BrowserContext) -> None:
    sent = messages(context)
    page = context.new_page()
    page.goto("/suche/?q=Register")
    with context.expect_page():
        page.locator(RESULT).first.click(button="middle")
    with context.expect_page():
        page.locator(RESULT).nth(1).click(modifiers=["ControlOrMeta"])
    page.wait_for_timeout(300)
    assert len(sent) == 2
    expect(page).to_have_url("/suche/?q=Register")


def test_other_links_of_the_page_are_not_told_of(context: BrowserContext) -> None:
    sent = messages(context)
    page = context.new_page()
    page.goto("/suche/?q=Register")
    page.locator(".kp-facet a").first.click()
    page.get_by_role("link", name="Wie die Suche sortiert").first.click()
    expect(page.locator("h1")).to_contain_text("sortiert")
    assert sent == []


def test_without_scripts_the_link_works(without_js: Page) -> None:
    open_third(without_js)
    expect(without_js.locator("h1")).to_be_visible()
