"""Editors take in Word files: accessible screens, a journey by keyboard alone, one with pasted text.

The dialog that picks a file is the browser's, and headless Chromium does not always report it: what is ours ends
at a native field that the keyboard reaches and that takes a file.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import WIDE, findings_in_all_forms
from tests.browser.conftest import OpenAs
from tests.factories import word


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "bericht.docx"
    path.write_bytes(word.report().read())
    return path


def _tab_to(page: Page, selector: str) -> None:
    """Press Tab until the element has the focus, as somebody without a mouse does."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement?.matches(selector) ?? false", selector):
            return
    raise AssertionError(f"{selector} is not reached by Tab")


def _discard(page: Page) -> None:
    page.get_by_role("button", name="Verwerfen").click()
    page.wait_for_url("**/cms/word/")


@pytest.mark.once
def test_the_screens_are_accessible(open_as: OpenAs, report: Path) -> None:
    page = open_as("editor").new_page()
    page.goto("/cms/word/")
    assert findings_in_all_forms(page, reload=True) == []
    page.set_viewport_size(WIDE)
    page.locator("select[name=topic]").select_option(index=1)
    page.locator("input[type=file]").set_input_files(report)
    page.get_by_role("button", name="Weiter", exact=True).click()
    page.wait_for_url("**/cms/word/*/1/")
    assert findings_in_all_forms(page, reload=True) == []
    page.set_viewport_size(WIDE)
    page.get_by_role("button", name="Entwurf anlegen").click()
    expect(page.get_by_text("Beschreiben Sie, was auf dem Bild zu sehen ist")).to_be_visible()
    assert findings_in_all_forms(page) == []
    page.set_viewport_size(WIDE)
    page.goto("/cms/word/")
    assert findings_in_all_forms(page, reload=True) == []
    _discard(page)


@pytest.mark.once
def test_the_list_of_a_folder_is_accessible(open_as: OpenAs, tmp_path: Path) -> None:
    folder = tmp_path / "ordner.zip"
    folder.write_bytes(word.zipped({"a.docx": word.report().read(), "b.docx": b"kaputt"}).read())
    page = open_as("editor").new_page()
    page.goto("/cms/word/")
    page.locator("select[name=topic]").select_option(index=1)
    page.locator("input[type=file]").set_input_files(folder)
    page.get_by_role("button", name="Weiter", exact=True).click()
    expect(page.get_by_text("Nicht übernommen.")).to_be_visible()
    assert findings_in_all_forms(page) == []
    page.set_viewport_size(WIDE)
    page.get_by_role("button", name="Übrige verwerfen").click()


def test_a_file_becomes_a_draft_by_keyboard_alone(open_as: OpenAs, report: Path) -> None:
    page = open_as("editor").new_page()
    page.goto("/cms/word/")
    _tab_to(page, "select[name=topic]")
    page.keyboard.press("ArrowDown")
    _tab_to(page, "input[type=file]")
    page.locator("input[type=file]:focus").set_input_files(report)
    _tab_to(page, "button[type=submit].button:not(.no)")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cms/word/*/1/")
    _tab_to(page, "input[name=licence]")
    page.keyboard.type("eigenes Bild")
    _tab_to(page, "textarea[name=alt_0]")
    page.keyboard.type("Ablauf der Prüfung in drei Schritten")
    _tab_to(page, "main button[type=submit]:not(.no)")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cms/pages/*/edit/**")
    expect(page.get_by_text("Er ist noch nicht veröffentlicht.")).to_be_visible()
    assert page.locator("[name=title]").input_value() == "Prüfung der Größe"


@pytest.mark.once
def test_a_file_becomes_a_draft_by_mouse(open_as: OpenAs, report: Path) -> None:
    """What was lost is listed, a picture without text is asked about and nothing forgotten, the draft opens."""
    page = open_as("editor").new_page()
    page.goto("/cms/")
    page.get_by_role("link", name="Aus Word").click()
    page.locator("select[name=topic]").select_option(index=1)
    page.get_by_label("Datei", exact=False).set_input_files(report)
    page.get_by_role("button", name="Weiter", exact=True).click()
    page.wait_for_url("**/cms/word/*/1/")
    expect(page.locator("main")).to_contain_text("Tabellen ohne gekennzeichnete Kopfzeile")
    page.locator("[name=title]").fill("Prüfung mit der Maus")
    page.locator("input[name=licence]").fill("eigenes Bild")
    page.get_by_role("button", name="Entwurf anlegen").click()
    expect(page.get_by_text("Beschreiben Sie, was auf dem Bild zu sehen ist")).to_be_visible()
    expect(page.locator("[name=title]")).to_have_value("Prüfung mit der Maus")
    expect(page.locator("input[name=licence]")).to_have_value("eigenes Bild")
    page.locator("textarea[name=alt_0]").fill("Ablauf der Prüfung in drei Schritten")
    page.get_by_role("button", name="Entwurf anlegen").click()
    page.wait_for_url("**/cms/pages/*/edit/**")
    expect(page.get_by_text("Er ist noch nicht veröffentlicht.")).to_be_visible()
    expect(page.locator("[name=title]")).to_have_value("Prüfung mit der Maus")


def test_pasted_text_keeps_its_form(open_as: OpenAs) -> None:
    page = open_as("editor").new_page()
    page.goto("/cms/word/")
    page.locator("select[name=topic]").select_option(index=1)
    page.locator("[data-word-paste]").evaluate(
        """field => {
            const data = new DataTransfer();
            data.setData("text/html", "<h1>Öffnungszeiten</h1><ul><li>Montag</li></ul>");
            data.setData("text/plain", "Öffnungszeiten\\nMontag");
            const init = {clipboardData: data, bubbles: true, cancelable: true};
            field.dispatchEvent(new ClipboardEvent("paste", init));
        }"""
    )
    expect(page.get_by_text("mit Überschriften, Listen und Tabellen eingefügt")).to_be_visible()
    page.get_by_role("button", name="Weiter", exact=True).click()
    page.wait_for_url("**/cms/word/*/1/")
    assert page.locator("[name=title]").input_value() == "Öffnungszeiten"
    expect(page.get_by_text("Es wurde alles übernommen.")).to_be_visible()
    page.get_by_role("button", name="Entwurf anlegen").click()
    page.wait_for_url("**/cms/pages/*/edit/**")
