"""A new article from nothing: written, submitted, released by somebody else, read, by mouse and by keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenAs
from tests.browser.hands import WAYS, Hands
from tests.browser.served import Portal

MORE = "footer [data-w-dropdown-target=toggle], footer button[aria-label='Mehr Aktionen']"
NOTE = "Neu: wann die Frist beginnt."


def _open_form(hands: Hands, topic: int) -> None:
    """From the list of a topic's pages to the empty form."""
    hands.page.goto(f"/cms/pages/{topic}/")
    hands.press(f"a[href='/cms/pages/{topic}/add_subpage/']")
    hands.page.wait_for_url("**/add_subpage/")
    hands.press(f"a[href='/cms/pages/add/knowledge/articlepage/{topic}/']")
    hands.page.wait_for_url("**/add/knowledge/articlepage/**")
    hands.wait_until_watched()


def _write(hands: Hands, title: str, *, responsible: bool = True) -> None:
    """Fill in what a complete article needs, tab by tab."""
    hands.write("[name=title]", title)
    hands.write("[name=short_answer]", "Mit der Bekanntgabe.")
    hands.add_block("Markdown")
    hands.write("textarea[name^=body-]", "Der erste Tag zählt **nicht**.")
    hands.tab("Recht und Quellen")
    hands.write("[name=legal_basis]", "§ 9 Abs. 1 OZG")
    hands.write("[name=sources-0-title]", "Amtsblatt, 19.08.2026")
    hands.write("[name=content_as_of]", "2026-08-19")
    hands.tab("Zuständigkeit")
    hands.write("[name=responsible_unit]", "Kompetenzstelle")
    hands.write("[name=contact_email]", "fragen@example.org")
    if responsible:
        hands.choose("[name=responsible_person]", "Demo Redaktion")
    hands.tab("Veröffentlichung")
    hands.choose("[name=change_significance]", "Wesentliche Änderung")
    hands.write("[name=change_summary]", NOTE)


def _submit(hands: Hands) -> None:
    hands.wait_until_saved()
    hands.press(MORE)
    hands.press("[name=action-submit]")


def _release(hands: Hands, title: str) -> None:
    """Find what waits on the start page and release it."""
    hands.page.goto("/cms/")
    link = hands.page.locator("[id^=portal-releases]").get_by_role("link", name=title).first
    hands.press(f"a[href='{link.get_attribute('href')}']")
    hands.page.wait_for_url("**/freigabe/**")
    hands.press("main form[method=post] button[type=submit]")
    expect(hands.page.get_by_text("ist freigegeben und veröffentlicht")).to_be_visible()


@pytest.mark.once
@pytest.mark.parametrize("way", WAYS)
def test_an_article_from_nothing_reaches_the_reader(
    portal: Portal, open_as: OpenAs, desktop: Page, way: str
) -> None:
    editor, reviewer = (WAYS[way](open_as(name).new_page()) for name in ("editor", "reviewer"))
    title = f"Wann beginnt die Frist ({way})"
    _open_form(editor, portal.facts["topic"])
    _write(editor, title)
    _submit(editor)
    expect(editor.page.get_by_text("eingereicht").first).to_be_visible()
    _release(reviewer, title)
    desktop.goto(f"/themen/civento/wann-beginnt-die-frist-{way}/")
    expect(desktop.locator("h1")).to_have_text(title)
    expect(desktop.locator("main")).to_contain_text("zählt nicht")
    expect(desktop.locator("main")).to_contain_text("fachlich geprüft am")


@pytest.mark.once
@pytest.mark.parametrize("way", WAYS)
def test_a_missing_field_of_the_trust_line_is_named_there_and_nothing_is_lost(
    portal: Portal, open_as: OpenAs, way: str
) -> None:
    hands = WAYS[way](open_as("editor").new_page())
    _open_form(hands, portal.facts["topic"])
    _write(hands, f"Niemand zuständig ({way})", responsible=False)
    _submit(hands)
    page = hands.page
    wrong = page.locator("[name=responsible_person]")
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(page.locator(f"[id='{wrong.get_attribute('aria-describedby')}']")).to_contain_text("Wählen Sie, wer")
    assert page.locator("[name=title]").input_value() == f"Niemand zuständig ({way})"
    assert page.locator("[name=change_summary]").input_value() == NOTE
    assert "zählt **nicht**" in page.locator("textarea[name^=body-]").first.input_value()
    assert page.locator("[name=sources-0-title]").input_value() == "Amtsblatt, 19.08.2026"
    hands.tab("Zuständigkeit")
    hands.choose("[name=responsible_person]", "Demo Redaktion")
    _submit(hands)
    expect(page.get_by_text("eingereicht").first).to_be_visible()
