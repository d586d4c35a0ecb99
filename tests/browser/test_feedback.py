"""War diese Seite hilfreich? Readers vote without script and by keyboard; editors answer by mouse and by keys."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenAs
from tests.browser.served import Portal
from tests.browser.test_journeys import ARTICLE, tab_to

ITEMS = """
import json
from datetime import timedelta
from django.utils import timezone
from knowledge.feedback import services
from knowledge.models import ArticlePage
from portal.core import work
page = ArticlePage.objects.get(slug="civento-in-der-kommune")
mouse = services.report(page=page, reason="Veraltet", text="Größe fehlt", email="ute@stadt.example")
services.report(page=page, text="Frist unklar", email="jens@stadt.example")
due = timezone.localdate() + timedelta(days=42)
keys = work.open_item(kind="barrier", title="Barriere: Tabelle", source="Barriere melden", due_on=due)
work.add_report(item=keys, text="Die Tabelle wird nicht vorgelesen.", reply_to="nele@stadt.example")
print("RESULT" + json.dumps({"mouse": mouse.pk, "keys": keys.pk, "title": mouse.title}))
"""


def _items(portal: Portal) -> dict[str, Any]:
    """Feedback of two readers on one page, and a barrier; new ones, since the journeys end them."""
    return portal.result(ITEMS)


def _wait_for_person() -> None:
    """Forms sent within two seconds count as sent by a machine."""
    import time

    time.sleep(2.2)


def test_a_reader_says_no_and_why_without_javascript(without_js: Page) -> None:
    page = without_js
    page.goto(ARTICLE)
    page.get_by_role("button", name="Nein").click()
    page.wait_for_url("**/rueckmeldung/*/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Was hat nicht geholfen?")
    page.get_by_label("Die Angaben sind veraltet").check()
    page.get_by_label("Was fehlt, ist falsch oder unklar?").fill("Die Übersicht nennt § 9 alt.")
    page.get_by_label("E-Mail-Adresse").fill("ute(at)stadt")
    _wait_for_person()
    page.get_by_role("button", name="Rückmeldung senden").click()
    expect(page.get_by_role("alert")).to_contain_text("vollständige E-Mail-Adresse")
    expect(page.get_by_label("Was fehlt, ist falsch oder unklar?")).to_have_value("Die Übersicht nennt § 9 alt.")
    page.get_by_label("E-Mail-Adresse").fill("ute@stadt.example")
    _wait_for_person()
    page.get_by_role("button", name="Rückmeldung senden").click()
    page.wait_for_url("**/danke/**")
    expect(page.get_by_role("status").first).to_contain_text("angekommen")
    page.get_by_role("link", name=re.compile("Zurück zur Seite")).click()
    page.wait_for_url(f"**{ARTICLE}")


def test_a_reader_says_yes_by_keyboard(desktop: Page) -> None:
    desktop.goto(ARTICLE)
    tab_to(desktop, "button[name=antwort][value=ja]", limit=150)
    desktop.keyboard.press("Enter")
    desktop.wait_for_url("**/danke/")
    expect(desktop.locator("main")).to_contain_text("Schön, dass die Seite geholfen hat")
    tab_to(desktop, f"main a[href='{ARTICLE}']")
    desktop.keyboard.press("Enter")
    desktop.wait_for_url(f"**{ARTICLE}")


def test_an_editor_answers_feedback_by_mouse(portal: Portal, open_as: OpenAs) -> None:
    items = _items(portal)
    page = open_as("editor").new_page()
    page.goto("/cms/aufgaben/?state=open&kind=feedback")
    page.get_by_role("link", name=items["title"]).click()
    expect(page.locator("main")).to_contain_text("Größe fehlt")
    page.locator("#answer_text").fill("Danke, wir haben die Übersicht ergänzt.")
    page.get_by_role("button", name="Antwort senden").click()
    expect(page.locator("body")).to_contain_text(re.compile("Die Antwort geht an [23] Adressen"))
    expect(page.locator("main")).to_contain_text("Beendet: Erledigt")


def test_an_editor_answers_a_barrier_by_keyboard(portal: Portal, open_as: OpenAs) -> None:
    items = _items(portal)
    page = open_as("editor").new_page()
    page.goto("/cms/aufgaben/?state=open&kind=barrier")
    expect(page.locator("main")).to_contain_text("noch 42 Tage von 42")
    tab_to(page, f"a[href='/cms/aufgaben/edit/{items['keys']}/']", limit=120)
    page.keyboard.press("Enter")
    page.wait_for_url("**/edit/**")
    expect(page.locator("main")).to_contain_text("noch 42 Tage von 42")
    tab_to(page, "#answer_text", limit=120)
    page.keyboard.type("Die Tabelle ist jetzt beschriftet.")
    tab_to(page, "form[action*=antworten] button[type=submit]")
    page.keyboard.press("Enter")
    expect(page.locator("body")).to_contain_text("Die Antwort geht an eine Adresse")
    expect(page.locator("main")).to_contain_text("Antwort gesendet an 1 Adresse")
