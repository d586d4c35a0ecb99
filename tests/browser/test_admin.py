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
EDITOR = "redaktion@demo.example"

SignedIn = Callable[[str], Any]


def test_admin_speaks_german(open_context: OpenContext, signed_in: SignedIn) -> None:
    page = open_context(storage_state=signed_in(ADMINISTRATOR)).new_page()
    page.goto("/cms/")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.locator("body")).to_contain_text("Seiten")


def test_a_change_reaches_the_reader_through_two_people(
    portal: Portal, open_context: OpenContext, signed_in: SignedIn
) -> None:
    """An editor changes and submits, a reviewer releases: page cache and search show it within five seconds."""
    reader = open_context().new_page()
    reader.goto("/themen/civento/civento-in-der-kommune/")
    page = open_context(viewport=WIDE, storage_state=signed_in(EDITOR)).new_page()
    page.goto(f"/cms/pages/{portal.facts['changed_article']}/edit/")
    page.locator("[name=title]").fill("civento im Rathaus von Musterstadt")
    page.get_by_role("tab", name="Zuständigkeit").click()
    page.locator("[name=responsible_person]").select_option(index=1)
    page.get_by_role("tab", name="Veröffentlichung").click()
    page.locator("[name=change_significance]").select_option("minor")
    page.get_by_role("button", name="Mehr Aktionen").click()
    page.locator("[name=action-submit]").first.click()
    expect(page.get_by_text("eingereicht").first).to_be_visible()
    reader.reload()
    expect(reader.locator("h1")).not_to_have_text("civento im Rathaus von Musterstadt")
    _release(open_context, signed_in, "civento im Rathaus von Musterstadt")
    reader.reload()
    expect(reader.locator("h1")).to_have_text("civento im Rathaus von Musterstadt")
    found_within_five_seconds(reader, "civento im Rathaus von Musterstadt")


def _release(open_context: OpenContext, signed_in: SignedIn, title: str) -> None:
    """Release as a reviewer, by keyboard alone from the start page on."""
    page = open_context(viewport=WIDE, storage_state=signed_in(REVIEWER)).new_page()
    page.goto("/cms/")
    page.locator("[id^=portal-releases]").get_by_role("link", name=title).first.focus()
    page.keyboard.press("Enter")
    button = page.get_by_role("button", name="Freigeben")
    expect(button).to_be_visible()
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("ist freigegeben und veröffentlicht")).to_be_visible(timeout=20_000)


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
