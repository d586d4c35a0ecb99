"""Our own screens in Wagtail's admin: axe-core finds nothing in them, and they work by keyboard."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenContext, Portal, axe_findings
from tests.browser.test_accessibility import WIDTHS

SCREENS = {
    "outbox": "/cms/betrieb/postausgang/",
    "schedule": "/cms/betrieb/zeitplan/",
    "work": "/cms/aufgaben/",
    "work item": "/cms/aufgaben/new/",
    "tags": "/cms/schlagwoerter/",
    "merge": "/cms/schlagwoerter/zusammenfuehren/{tag}/",
    "correction": "/cms/korrekturhinweis/{page}/",
    "release": "/cms/freigabe/{flow}/zurueckgeben/",
    "withdraw": "/cms/freigabe/{flow}/zurueckziehen/",
}

# A session as the login with a second factor leaves it, and something to show on each screen.
PREPARE = """
import json
from datetime import timedelta
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.utils import timezone
from portal.accounts.second_factor import SET_UP_KEY
from portal.core import outbox, work
from portal.core.models import OutboxMessage, Tag
user = get_user_model().objects.filter(groups__name="Administration", is_active=True).first()
from faq.models import QuestionPage
from knowledge.models import GlossaryTerm
from portal.core.review import corrections
page = QuestionPage.objects.live().first()
corrections.publish(page=page, text="Die Frist endet am 31. Dezember.", user=user)
term = GlossaryTerm.objects.first()
term.meaning = "Geändert."
term.save_revision()
flow = term.get_workflow().start(term, get_user_model().objects.get(email="redaktion@demo.example"))
session = import_module(settings.SESSION_ENGINE).SessionStore()
session[SESSION_KEY] = str(user.pk)
session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session[SET_UP_KEY] = user.pk
session.save()
message = outbox.enqueue(kind="browser", key="browser", payload={}, not_before=timezone.now() + timedelta(days=9))
OutboxMessage.objects.filter(pk=message.pk).update(attempts=6, error="ConnectionError: nicht erreichbar")
work.open_item(kind="review", title="Größenklassen prüfen", dedupe_key="browser", due_on=timezone.localdate())
tag, _ = Tag.objects.get_or_create(name="Prüfstein")
found = {"page": page.pk, "flow": flow.pk, "session": session.session_key, "tag": tag.pk, "message": message.pk}
print("RESULT" + json.dumps(found))
"""


@pytest.fixture(scope="module")
def prepared(portal: Portal) -> dict[str, str]:
    lines = portal.manage("shell", code=PREPARE).splitlines()
    result: dict[str, str] = json.loads(next(line.removeprefix("RESULT") for line in lines if "RESULT" in line))
    return result


def _open(open_context: OpenContext, portal: Portal, prepared: dict[str, str], width: str, theme: str) -> Page:
    context = open_context(viewport=WIDTHS[width], color_scheme=theme)
    context.add_cookies([{"name": "session", "value": prepared["session"], "url": portal.url}])
    return context.new_page()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
def test_screen_is_accessible(
    screen: str, theme: str, width: str, open_context: OpenContext, portal: Portal, prepared: dict[str, str]
) -> None:
    page = _open(open_context, portal, prepared, width, theme)
    response = page.goto(SCREENS[screen].format(**prepared))
    assert response is not None
    assert response.status == 200
    assert page.url.startswith(f"{portal.url}/cms/")
    assert axe_findings(page) == []


def test_a_message_is_tried_again_by_keyboard(
    open_context: OpenContext, portal: Portal, prepared: dict[str, str]
) -> None:
    page = _open(open_context, portal, prepared, "wide", "light")
    page.goto("/cms/betrieb/postausgang/?situation=stuck")
    button = page.get_by_role("button", name=f"Nachricht {prepared['message']} erneut versuchen")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("wird gleich noch einmal versucht")).to_be_visible()
