"""Editors correct and archive what is live: each by mouse and by keyboard alone."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenAs
from tests.browser.served import Portal
from tests.browser.test_journeys import tab_to

PREPARE = """
import json
from django.contrib.auth import get_user_model
from knowledge.models import ArticlePage, TopicPage
people = get_user_model().objects
editor = people.get(email="redaktion@demo.example")
topic = TopicPage.objects.get(slug="civento")
slug = "{slug}"
page = ArticlePage.objects.filter(slug=slug).first()
if page is None:
    original = ArticlePage.objects.live().filter(short_answer__gt="").earliest("pk")
    page = original.copy(to=topic, update_attrs=dict(
        title="{title}", slug=slug, draft_title="{title}", live=False, responsible_person=editor, owner=editor,
    ), copy_revisions=False, keep_live=False, user=editor)
    page = ArticlePage.objects.get(pk=page.pk)
    page.save_revision(user=editor)
    page.get_latest_revision().publish()
citing = ArticlePage.objects.live().exclude(pk=page.pk).earliest("pk")
from wagtail.models import ReferenceIndex
citing.next_step_page = page
citing.next_step_label = "Weiter"
citing.save()
ReferenceIndex.create_or_update_for_object(citing)
page.refresh_from_db()
print("RESULT" + json.dumps({{"page": page.pk, "url": page.get_url(), "citing": citing.title}}))
"""

MORE = "footer [data-w-dropdown-target=toggle], footer button[aria-label='Mehr Aktionen']"


def _page(portal: Portal, title: str) -> dict[str, Any]:
    slug = title.lower().replace(" ", "-")
    return portal.result(PREPARE.format(slug=slug, title=title))


def _press(page: Page, selector: str, *, limit: int = 200) -> None:
    tab_to(page, selector, limit=limit)
    page.keyboard.press("Enter")


@pytest.mark.parametrize("way", ["mouse", "keyboard"])
def test_a_correction_notice_stands_above_the_page_at_once(
    portal: Portal, open_as: OpenAs, desktop: Page, way: str
) -> None:
    made = _page(portal, f"Zu korrigieren {way}")
    editor = open_as("editor").new_page()
    text = f"Die Frist endet am 31. Dezember ({way})."
    editor.goto(f"/cms/pages/{made['page']}/edit/")
    if way == "mouse":
        editor.get_by_role("button", name="Mehr Aktionen").click()
        editor.get_by_role("link", name="Korrekturhinweis").click()
        editor.locator("[name=text]").fill(text)
        editor.locator("main form[method=post] button[type=submit]").first.click()
    else:
        _press(editor, MORE, limit=400)
        _press(editor, "footer a[href*='/korrekturhinweis/']")
        editor.wait_for_url("**/korrekturhinweis/**")
        tab_to(editor, "[name=text]", limit=200)
        editor.keyboard.type(text)
        _press(editor, "main form[method=post] button[type=submit]")
    expect(editor.locator("main")).to_contain_text(text)
    desktop.goto(made["url"])
    expect(desktop.locator("main")).to_contain_text(text)


@pytest.mark.parametrize("way", ["mouse", "keyboard"])
def test_archiving_a_cited_page_names_what_cites_it(
    portal: Portal, open_as: OpenAs, desktop: Page, way: str
) -> None:
    made = _page(portal, f"Zu archivieren {way}")
    reviewer = open_as("reviewer").new_page()
    reviewer.goto(f"/cms/pages/{made['page']}/edit/")
    if way == "mouse":
        reviewer.get_by_role("button", name="Mehr Aktionen").click()
        reviewer.locator("footer a[href*='/unpublish/']").click()
    else:
        _press(reviewer, MORE, limit=400)
        _press(reviewer, "footer a[href*='/unpublish/']")
    reviewer.wait_for_url("**/unpublish/**")
    expect(reviewer.locator("main")).to_contain_text(made["citing"])
    if way == "mouse":
        reviewer.locator("main form[method=post] [type=submit]").first.click()
    else:
        _press(reviewer, "main form[method=post] [type=submit]")
    reviewer.wait_for_url(lambda url: "/unpublish/" not in url)
    answer = desktop.goto(made["url"])
    assert answer is not None
    assert answer.status in {404, 410}
