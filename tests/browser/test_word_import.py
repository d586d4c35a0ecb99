"""Editors take in Word files: accessible screens, a journey by keyboard alone, one with pasted text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import WIDTHS, axe_findings
from tests.browser.conftest import OpenContext
from tests.browser.served import Portal
from tests.factories import word

# A session as the login with a second factor leaves it.
PREPARE = """
import json
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from portal.accounts.second_factor import SET_UP_KEY
user = get_user_model().objects.get(email="redaktion@demo.example")
session = import_module(settings.SESSION_ENGINE).SessionStore()
session[SESSION_KEY] = str(user.pk)
session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session[SET_UP_KEY] = user.pk
session.save()
print("RESULT" + json.dumps(session.session_key))
"""


@pytest.fixture(scope="module")
def session(portal: Portal) -> str:
    lines = portal.manage("shell", code=PREPARE).splitlines()
    return str(json.loads(next(line.removeprefix("RESULT") for line in lines if "RESULT" in line)))


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "bericht.docx"
    path.write_bytes(word.report().read())
    return path


def _open(open_context: OpenContext, portal: Portal, session: str, width: str, theme: str) -> Page:
    context = open_context(viewport=WIDTHS[width], color_scheme=theme)
    context.add_cookies([{"name": "session", "value": session, "url": portal.url}])
    return context.new_page()


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


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_screens_are_accessible(
    theme: str, width: str, open_context: OpenContext, portal: Portal, session: str, report: Path
) -> None:
    page = _open(open_context, portal, session, width, theme)
    page.goto("/cms/word/")
    assert axe_findings(page) == []
    page.locator("select[name=topic]").select_option(index=1)
    page.locator("input[type=file]").set_input_files(report)
    page.get_by_role("button", name="Weiter", exact=True).click()
    page.wait_for_url("**/cms/word/*/1/")
    assert axe_findings(page) == []
    page.get_by_role("button", name="Entwurf anlegen").click()
    expect(page.get_by_text("Beschreiben Sie, was auf dem Bild zu sehen ist")).to_be_visible()
    assert axe_findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.goto("/cms/word/")
    assert axe_findings(page) == []
    _discard(page)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_list_of_a_folder_is_accessible(
    theme: str, width: str, open_context: OpenContext, portal: Portal, session: str, tmp_path: Path
) -> None:
    folder = tmp_path / "ordner.zip"
    folder.write_bytes(word.zipped({"a.docx": word.report().read(), "b.docx": b"kaputt"}).read())
    page = _open(open_context, portal, session, width, theme)
    page.goto("/cms/word/")
    page.locator("select[name=topic]").select_option(index=1)
    page.locator("input[type=file]").set_input_files(folder)
    page.get_by_role("button", name="Weiter", exact=True).click()
    expect(page.get_by_text("Nicht übernommen.")).to_be_visible()
    assert axe_findings(page) == []
    page.get_by_role("button", name="Übrige verwerfen").click()


def test_a_file_becomes_a_draft_by_keyboard_alone(
    open_context: OpenContext, portal: Portal, session: str, report: Path
) -> None:
    page = _open(open_context, portal, session, "wide", "light")
    page.goto("/cms/word/")
    _tab_to(page, "select[name=topic]")
    page.keyboard.press("ArrowDown")
    _tab_to(page, "input[type=file]")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files(report)
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
def test_a_file_becomes_a_draft_by_mouse(
    open_context: OpenContext, portal: Portal, session: str, report: Path
) -> None:
    """What was lost is listed, a picture without text is asked about and nothing forgotten, the draft opens."""
    page = _open(open_context, portal, session, "wide", "light")
    page.goto("/cms/")
    page.get_by_role("link", name="Aus Word").click()
    page.locator("select[name=topic]").select_option(index=1)
    with page.expect_file_chooser() as chooser:
        page.locator("input[type=file]").click()
    chooser.value.set_files(report)
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


def test_pasted_text_keeps_its_form(open_context: OpenContext, portal: Portal, session: str) -> None:
    page = _open(open_context, portal, session, "wide", "light")
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
