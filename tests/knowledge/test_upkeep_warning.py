"""Readers are warned of a page that nobody has reviewed for long, in every form, and from the right day on."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client, RequestFactory

from knowledge.pdf import document_html
from knowledge.services import record_review
from knowledge.trust import trust_line
from portal.core.review import services
from tests import factories
from tests.factories.review import EDITOR, REVIEWER, draft_article, person, save, submit

pytestmark = pytest.mark.django_db
DUE = date(2027, 3, 1)
WARNING = "Diese Seite sollte bis 1. März 2027 geprüft werden."
MIDNIGHT = datetime(2027, 4, 1, tzinfo=ZoneInfo("Europe/Berlin"))


def due(make: Any) -> Any:
    page = make()
    type(page).objects.filter(pk=page.pk).update(next_review_on=DUE)
    page.refresh_from_db()
    return page


def test_the_warning_begins_after_thirty_days() -> None:
    page = due(factories.article)
    assert trust_line(page, today=DUE + timedelta(days=30)).warning == ""
    assert trust_line(page, today=DUE + timedelta(days=31)).warning.startswith(WARNING)
    assert trust_line(page, today=DUE + timedelta(days=30)).overdue


@pytest.mark.parametrize("make", [factories.article, factories.question, factories.template])
@time_machine.travel(MIDNIGHT, tick=False)
def test_page_and_markdown_warn(make: Any) -> None:
    page = due(make)
    url = page.get_url()
    assert WARNING in Client().get(url).content.decode()
    markdown = Client().get(f"{url.rstrip('/')}.md").content.decode()
    assert f"# {WARNING}" in markdown.split("---")[1]


@time_machine.travel(MIDNIGHT, tick=False)
def test_the_pdf_warns_until_the_page_is_reviewed() -> None:
    page = due(factories.article)
    request = RequestFactory().get("/")
    assert WARNING in document_html(page, request)
    record_review(page=page, reviewer=factories.staff())
    assert "sollte bis" not in document_html(page, request)
    assert "sollte bis" not in Client().get(page.get_url()).content.decode()


def test_a_page_in_the_cache_warns_from_the_first_minute() -> None:
    """Cached pages end at the next local midnight, which is when a page becomes overdue."""
    with time_machine.travel(MIDNIGHT - timedelta(minutes=3), tick=False) as traveller:
        page = due(factories.article)
        url = page.get_url()
        assert "sollte bis" not in Client().get(url).content.decode()
        assert "sollte bis" not in Client().get(url).content.decode()
        traveller.move_to(MIDNIGHT + timedelta(seconds=1))
        assert WARNING in Client().get(url).content.decode()


@pytest.mark.parametrize("writer", [EDITOR, REVIEWER])
@time_machine.travel(MIDNIGHT, tick=True)
def test_a_page_written_anew_and_released_warns_no_more(writer: str) -> None:
    """Whether the Fachprüfung has confirmed an editor's text, or has written it and an editor confirmed."""
    people = {EDITOR: person("Anna", EDITOR), REVIEWER: person("Bernd", REVIEWER)}
    page = draft_article(people[writer])
    page.latest_revision.publish()
    type(page).objects.filter(pk=page.pk).update(next_review_on=DUE)
    assert WARNING in Client().get(page.get_url()).content.decode()
    save(page, people[writer], change_significance="minor", short_answer="Ja, seit März in jedem Fall.")
    [other] = [user for role, user in people.items() if role != writer]
    assert services.approve(task_state=submit(page, people[writer]), user=other)
    assert "sollte bis" not in Client().get(page.get_url()).content.decode()
    page.refresh_from_db()
    assert page.reviewed_by == people[REVIEWER]
