"""Topics and articles without questions."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail.models import ReferenceIndex

from faq.reports import pages_without_questions
from tests import factories
from tests.factories import bulk
from tests.people import PortalClient, make_user

pytestmark = pytest.mark.django_db
REPORT = "/cms/berichte/ohne-fragen/"


@pytest.fixture
def reading() -> Client:
    client = PortalClient()
    client.force_login(make_user("koordination@kkv.example", role="Koordination"))
    return client


def test_what_belongs_together_is_left_out(reading: Client) -> None:
    full, upper, further = factories.topic("Mit"), factories.topic("Darüber"), factories.topic("Weiteres")
    empty = factories.topic("Leer")
    question = factories.question(parent=full)
    lower = factories.question(parent=factories.topic("Darunter", parent=upper))
    question.topics.set([further])
    question.save()
    hidden = factories.question(parent=empty, live=False)
    retired = factories.question(parent=empty)
    type(retired).objects.filter(pk=retired.pk).update(successor=question)
    factories.article("Verwandt", parent=empty, related=[question])
    back = factories.article("Rückverweis", parent=empty)
    factories.question(parent=full, related=[back])
    quoted = factories.article("Im Text", parent=empty, body=json.dumps([{"type": "question", "value": lower.pk}]))
    ReferenceIndex.create_or_update_for_object(quoted)
    factories.article("Ohne", parent=empty, related=[hidden, retired])
    factories.article("Entwurf", parent=empty, live=False)
    assert set(pages_without_questions().values_list("title", flat=True)) == {"Leer", "Ohne"}
    answer = reading.get(REPORT)
    assert [page.title for page in answer.context["object_list"]] == ["Leer", "Ohne"]
    assert len(reading.get(f"{REPORT}?content_type={quoted.content_type_id}").context["object_list"]) == 1
    csv = b"".join(reading.get(f"{REPORT}?export=csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert csv.startswith("Seite,Art,Veröffentlicht,Pfad")


def test_advisers_do_not_read_it() -> None:
    client = PortalClient()
    client.force_login(make_user("beratung@kkv.example", role="Beratung"))
    assert client.get(REPORT).status_code == 302


def queries_of(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as found:
        assert client.get(url).status_code == 200
    return len(found)


def test_more_pages_cost_no_more_queries(reading: Client) -> None:
    topic = factories.topic()
    bulk.articles(60, parent=topic)
    few = queries_of(reading, REPORT)
    bulk.articles(200, parent=topic)
    assert queries_of(reading, REPORT) == few
    assert few <= 15


@pytest.mark.slow
@pytest.mark.once
def test_ten_thousand_pages(reading: Client) -> None:
    topic = factories.topic()
    for _ in range(20):
        factories.question(parent=topic)
    bulk.articles(10_000, parent=topic)
    started: Any = time.monotonic()
    assert queries_of(reading, REPORT) <= 15
    assert time.monotonic() - started < 10
