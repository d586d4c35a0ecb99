"""A reader subscribes, confirms from the mail, changes the rhythm and leaves, without JavaScript."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import findings_in_all_forms
from tests.browser.mails import link_to
from tests.browser.served import Portal

ARTICLE = "/themen/registermodernisierung/idnr-in-registern-speichern/"


def subscribe(page: Page, address: str) -> None:
    page.goto(ARTICLE)
    page.get_by_role("link", name="Änderungen abonnieren").first.click()
    page.wait_for_url("**/abonnieren/?seite=**")
    page.locator("main input[name=email]").fill(address)
    page.locator("main input[name=frequency][value=daily]").check()
    page.get_by_role("button", name="Abonnieren").click()
    page.wait_for_url("**/abonnieren/angefordert/")


def test_subscribe_confirm_change_and_leave_without_javascript(without_js: Page, portal: Portal) -> None:
    page, address = without_js, f"ohne-{time.time_ns()}@gemeinde.example"
    subscribe(page, address)
    page.goto(link_to(portal, address, "/abonnieren/bestaetigen/"))
    expect(page.locator("main")).to_contain_text("Einmal am Tag")
    page.get_by_role("button", name="Abos bestätigen").click()
    page.wait_for_url("**/abonnieren/verwalten/**")
    expect(page.locator("main")).to_contain_text("Bestätigt.")
    page.get_by_label("Einmal in der Woche").check()
    page.get_by_role("button", name="Speichern").click()
    expect(page.locator("main")).to_contain_text("Gespeichert. Wir schreiben Ihnen: Einmal in der Woche.")
    expect(page.get_by_label("Einmal in der Woche")).to_be_checked()
    page.get_by_role("button", name=re.compile("^Beenden")).click()
    page.wait_for_url("**/abonnieren/beendet/")
    expect(page.locator("h1")).to_have_text("Sie haben keine Abos")


def test_a_wrong_address_is_explained(desktop: Page) -> None:
    desktop.goto("/abonnieren/")
    desktop.locator("main input[name=email]").fill("kaethe")
    desktop.locator("main input[name=email]").press("Enter")
    expect(desktop.locator("#fehler")).to_contain_text("vollständige E-Mail-Adresse")
    expect(desktop.locator("main input[name=email]")).to_have_value("kaethe")


LINKS = """
import json
from django.utils import timezone
from knowledge.models import TopicPage
from portal.core.models import Subscriber
from portal.core.subscriptions import tokens
now = timezone.now()
values = {"confirmed_at": now, "told_until": now}
row, _ = Subscriber.objects.update_or_create(address="axe@gemeinde.example", defaults=values)
row.subscriptions.get_or_create(kind="all", object_id=0, defaults={"confirmed_at": now})
topics = list(TopicPage.objects.live()[:2])
row.subscriptions.get_or_create(kind="topic", object_id=topics[0].pk, defaults={"confirmed_at": now})
row.subscriptions.get_or_create(kind="topic", object_id=topics[1].pk)
links = {purpose: tokens.url(row, purpose) for purpose in ("confirm", "manage", "unsubscribe")}
print("RESULT" + json.dumps(links))
"""
OTHERS = {
    "requested": "/abonnieren/angefordert/", "sent": "/abonnieren/verwalten/gesendet/",
    "ended": "/abonnieren/beendet/", "broken": "/abonnieren/verwalten/kaputt/",
}  # fmt: skip


@pytest.mark.once
@pytest.mark.parametrize("kind", ["confirm", "manage", "unsubscribe", *OTHERS])
def test_page_behind_a_link_is_accessible(kind: str, portal: Portal, desktop: Page) -> None:
    desktop.goto(OTHERS.get(kind) or portal.result(LINKS)[kind])
    assert findings_in_all_forms(desktop) == []
    assert desktop.locator("h1").count() == 1
