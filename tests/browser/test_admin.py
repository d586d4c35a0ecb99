"""The centre's side: signing in, and an editor's change that reaches the reader."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from tests.browser.axe import WIDE
from tests.browser.conftest import OpenContext, found_within_five_seconds
from tests.browser.served import Portal

ADMINISTRATOR = "administration@demo.example"
REVIEWER = "pruefung@demo.example"

SignedIn = Callable[[str], Any]


def test_admin_speaks_german(open_context: OpenContext, signed_in: SignedIn) -> None:
    page = open_context(storage_state=signed_in(ADMINISTRATOR)).new_page()
    page.goto("/cms/")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.locator("body")).to_contain_text("Seiten")


def test_change_of_a_reviewer_reaches_the_reader(
    portal: Portal, open_context: OpenContext, signed_in: SignedIn
) -> None:
    """Edit, publish, read: the page cache and the search show the new title at once and within five seconds."""
    reader = open_context().new_page()
    reader.goto("/themen/civento/civento-in-der-kommune/")
    page = open_context(viewport=WIDE, storage_state=signed_in(REVIEWER)).new_page()
    page.goto(f"/cms/pages/{portal.facts['changed_article']}/edit/")
    page.locator("[name=title]").fill("civento im Rathaus von Musterstadt")
    page.get_by_role("button", name="Mehr Aktionen").click()
    page.locator("[name=action-publish]").first.click()
    page.wait_for_url("**/cms/pages/**")
    reader.reload()
    expect(reader.locator("h1")).to_have_text("civento im Rathaus von Musterstadt")
    found_within_five_seconds(reader, "civento im Rathaus von Musterstadt")


def test_preview_of_a_draft_works_under_the_policy(
    portal: Portal, open_context: OpenContext, signed_in: SignedIn
) -> None:
    page = open_context(viewport=WIDE, storage_state=signed_in(REVIEWER)).new_page()
    page.goto(f"/cms/pages/{portal.facts['question']}/edit/")
    page.get_by_role("button", name="Vorschau umschalten").or_(
        page.locator("[data-side-panel-toggle=preview]")
    ).first.click()
    frame = page.frame_locator("iframe#w-preview-iframe, iframe[title=Vorschau], .w-preview__iframe").first
    expect(frame.locator("h1")).to_be_visible()
