"""Readability of pages: beside the preview on the draft, stored on publishing, as a list of the hardest."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from knowledge.models import PageReadability
from knowledge.reading.legibility import readability_of
from knowledge.reading.passes import read_all
from tests import factories
from tests.factories import bulk
from tests.people import PortalClient, make_user

pytestmark = pytest.mark.django_db
REPORT = "/cms/berichte/lesbarkeit/"
EASY = "Das Amt prüft den Antrag. Es schreibt dann einen Brief. Der Brief kommt bald an. " * 5
HARD = (
    "Die Inanspruchnahme datenschutzrechtlicher Informationspflichten erfordert die Durchführung "
    "ordnungsgemäßer Verwaltungsverfahren unter Berücksichtigung verfassungsrechtlicher Anforderungen. "
) * 3


def page(title: str, text: str, **fields: Any) -> Any:
    return factories.article(title, body=factories.markdown(text), short_answer="Ja.", **fields)


@pytest.fixture
def editing() -> Client:
    client = PortalClient()
    client.force_login(make_user("redaktion@kkv.example", role="Redaktion"))
    return client


def test_terms_and_acts_do_not_count() -> None:
    subject = page("Begriffe", "Der Informationszugang nach § 9 Abs. 1 OZG gilt. Das Onlinezugangsgesetz hilft.")
    before = readability_of(subject).words
    factories.term("Informationszugang")
    factories.act(title="Onlinezugangsgesetz")
    assert readability_of(subject).words == before - 2


def test_grades_are_stored_for_live_pages_with_enough_text() -> None:
    hard, easy = page("Schwer", HARD), page("Leicht", EASY)
    page("Entwurf", HARD, live=False)
    page("Kurz", "Nur das.")
    read_all()
    grades = dict(PageReadability.objects.values_list("page__title", "grade"))
    assert grades.keys() >= {"Schwer", "Leicht"}
    assert not grades.keys() & {"Entwurf", "Kurz"}
    assert grades["Schwer"] > 14
    assert grades["Leicht"] < 9
    hard.body = easy.body
    hard.save()
    easy.unpublish()
    read_all()
    assert PageReadability.objects.get(page=hard).grade < 9
    assert not PageReadability.objects.filter(page=easy).exists()


def test_the_panel_measures_the_saved_draft(editing: Client) -> None:
    subject = page("Panel", EASY)
    subject.body = factories.markdown(HARD + " Siehe [dort](/weg/).")
    subject.save_revision()
    text = editing.get(reverse("wagtailadmin_pages:edit", args=[subject.pk])).content.decode()
    assert "sehr schwer" in text
    assert "Die schwersten Sätze" in text
    assert text.count("Inanspruchnahme datenschutzrechtlicher") >= 2
    assert "(/weg/) führt ins Leere" in text
    assert "data-content-readability-score" not in text
    new = reverse("wagtailadmin_pages:add", args=["knowledge", "articlepage", subject.get_parent().pk])
    assert "Die schwersten Sätze" not in editing.get(new).content.decode()


def test_the_report_lists_the_hardest_first(editing: Client) -> None:
    page("Schwer", HARD)
    page("Leicht", EASY)
    read_all()
    rows = [row.page.title for row in editing.get(REPORT).context["object_list"]]
    assert rows.index("Schwer") < rows.index("Leicht")
    for query, titles in (
        ("band=sehr schwer&title=e", {"Schwer"}), ("band=gut lesbar", {"Leicht"}), ("title=leicht", {"Leicht"}),
        ("ordering=words&title=Schwer", {"Schwer"}), ("ordering=unfug&title=Schwer", {"Schwer"}),
    ):  # fmt: skip
        assert {row.page.title for row in editing.get(f"{REPORT}?{query}").context["object_list"]} == titles, query
    csv = b"".join(editing.get(f"{REPORT}?export=csv&title=Schwer").streaming_content).decode()  # type: ignore[attr-defined]
    assert csv.startswith("Seite,Art,Stufe,Lesbarkeit,Wörter,Sätze,Pfad,Gemessen")
    assert "Schwer,Artikel" in csv


def test_who_reads_it() -> None:
    for role, status in (("Fachprüfung", 200), ("Koordination", 200), ("Leitung", 200), ("Beratung", 302)):
        client = PortalClient()
        client.force_login(make_user(f"{role[:4].lower()}@kkv.example", role=role))
        assert client.get(REPORT).status_code == status, role


def grades(count: int, parent: Any) -> None:
    pks = bulk.articles(count, parent=parent)
    PageReadability.objects.bulk_create(
        [PageReadability(page_id=pk, grade=number % 16, words=100, sentences=9) for number, pk in enumerate(pks)],
        batch_size=500,
    )


def queries_of(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as found:
        assert client.get(url).status_code == 200
    return len(found)


def test_more_pages_cost_no_more_queries(editing: Client) -> None:
    topic = factories.topic()
    grades(60, topic)
    few = queries_of(editing, REPORT)
    grades(200, topic)
    assert queries_of(editing, REPORT) == few
    assert few <= 15


@pytest.mark.slow
@pytest.mark.once
def test_ten_thousand_pages(editing: Client) -> None:
    grades(10_000, factories.topic())
    assert queries_of(editing, f"{REPORT}?p=100") <= 15
