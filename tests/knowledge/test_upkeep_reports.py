"""The report of reviews and the figures that lead to it: right, filtered, exported, cheap."""

from __future__ import annotations

import io
import time
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from knowledge.facts.queries import trusted_models, upkept_models
from knowledge.models import ArticlePage
from knowledge.upkeep.confirming import may_confirm
from knowledge.upkeep.due import Situation
from knowledge.upkeep.panels import ReviewsPanel, figures
from knowledge.upkeep.queries import in_situation, pages_by_situation, upkeep_pages
from portal.accounts.models import User
from portal.core.dashboard import count_all
from portal.core.models import WorkItem
from tests import factories
from tests.factories import bulk
from tests.people import PortalClient, make_user

pytestmark = pytest.mark.django_db
MOST_QUERIES = 15


@pytest.fixture
def reviewer() -> User:
    return make_user("petra@kkv.example", role="Fachprüfung", factor=True)


@pytest.fixture
def reviewing(reviewer: User) -> Client:
    client = PortalClient()
    client.force_login(reviewer)
    return client


def page(title: str, *, days: int, reviewed: bool = True, owner: User | None = None, make: Any = None) -> Any:
    made = (make or factories.article)(title, responsible_person=owner)
    due = timezone.localdate() + timedelta(days=days)
    type(made).objects.filter(pk=made.pk).update(
        next_review_on=due, reviewed_at=timezone.now() if reviewed else None
    )
    return made


@pytest.fixture
def pages(reviewer: User) -> None:
    page("Überfälliger Artikel", days=-1, owner=reviewer)
    page("Bald fällige Frage", days=30, owner=reviewer, make=factories.question)
    page("Nie geprüfte Vorlage", days=31, reviewed=False, owner=reviewer, make=factories.template)
    page("Herrenlos", days=200)
    page("Verlassen", days=200, owner=make_user("weg@kkv.example", role="Redaktion", is_active=False))
    factories.article("Entwurf", live=False)
    settle_others(reviewer)


def settle_others(owner: User) -> None:
    """Topics and overviews, which come with every page, are reviewed and owned."""
    due = timezone.localdate() + timedelta(days=200)
    for model in set(upkept_models()) - set(trusted_models()):
        model.objects.update(next_review_on=due, reviewed_at=timezone.now(), responsible_person=owner)


def titles(rows: Any) -> set[str]:
    """Return the titles of pages with a trust line."""
    kinds = set(trusted_models())
    return {row.title for row in rows if row.specific_class in kinds}


@pytest.mark.parametrize(("days", "soon"), [(20, False), (7, False), (0, True)])
def test_what_is_reviewed_each_fortnight_is_not_always_soon(reviewing: Client, days: int, soon: bool) -> None:
    made = page("Kurze Frist", days=days)
    type(made).objects.filter(pk=made.pk).update(review_interval_days=13)
    found = upkeep_pages().filter(in_situation(Situation.SOON, today=timezone.localdate()))
    assert found.exists() is soon


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("situation=ueberfaellig", {"Überfälliger Artikel"}),
        ("situation=bald", {"Bald fällige Frage"}),
        ("situation=nie", {"Nie geprüfte Vorlage"}),
        ("situation=ohne", {"Herrenlos", "Verlassen"}),
        ("title=vorlage", {"Nie geprüfte Vorlage"}),
        ("", {"Überfälliger Artikel", "Bald fällige Frage", "Nie geprüfte Vorlage", "Herrenlos", "Verlassen"}),
    ],
)
def test_each_situation_shows_its_pages(pages: None, reviewing: Client, query: str, shown: set[str]) -> None:
    answer = reviewing.get(f"{reverse('knowledge_reviews')}?{query}")
    assert titles(answer.context["object_list"]) == shown
    assert "Entwurf" not in answer.content.decode()


def test_the_report_names_people_and_days(pages: None, reviewing: Client, reviewer: User) -> None:
    text = reviewing.get(f"{reverse('knowledge_reviews')}?person={reviewer.pk}").content.decode()
    assert "überfällig seit 1 Tag" in text
    assert "in 30 Tagen fällig" in text
    assert "nie geprüft" in text
    assert "Herrenlos" not in text
    text = reviewing.get(f"{reverse('knowledge_reviews')}?situation=ohne").content.decode()
    assert "ohne Verantwortliche" in text
    assert "(Konto geschlossen)" in text


def test_who_has_no_role_any_more_owns_no_page_in_list_and_export(reviewing: Client) -> None:
    owner = make_user("ohne@kkv.example", role="Redaktion")
    page("Rolle entzogen", days=200, owner=owner)
    owner.groups.clear()
    settle_others(make_user("bleibt@kkv.example", role="Redaktion"))
    assert count_all(owner, pages_by_situation())[Situation.OWNERLESS] == 1
    [row] = reviewing.get(f"{reverse('knowledge_reviews')}?situation=ohne").context["object_list"]
    assert (row.situation, row.owner_name) == ("ohne Verantwortliche", f"{owner} (ohne Rolle)")
    csv = reviewing.get(f"{reverse('knowledge_reviews')}?export=csv&situation=ohne")
    text = b"".join(csv.streaming_content).decode()  # type: ignore[attr-defined]
    assert ",ohne Verantwortliche," in text
    assert "in Ordnung" not in text


def test_rows_can_be_ordered(pages: None, reviewing: Client) -> None:
    for ordering in ("review_due", "-review_due", "review_done", "-review_done", "title", "unit", "unbekannt"):
        answer = reviewing.get(f"{reverse('knowledge_reviews')}?ordering={ordering}")
        assert len(titles(answer.context["object_list"])) == 5


def test_wrong_filters_show_everything(pages: None, reviewing: Client) -> None:
    answer = reviewing.get(f"{reverse('knowledge_reviews')}?situation=x&person=0&content_type=999999")
    assert answer.status_code == 200


def test_the_export_has_german_headings_and_days(pages: None, reviewing: Client) -> None:
    answer = reviewing.get(f"{reverse('knowledge_reviews')}?export=xlsx&situation=ueberfaellig")
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    rows = list(sheet.values)
    assert rows[0][:4] == ("Seite", "Art", "Lage", "Nächste Prüfung")
    assert rows[1][0] == "Überfälliger Artikel"
    assert len(rows) == 2
    csv = reviewing.get(f"{reverse('knowledge_reviews')}?export=csv")
    text = b"".join(csv.streaming_content).decode()  # type: ignore[attr-defined]
    assert text.startswith("Seite,Art,Lage,Nächste Prüfung,Zuletzt geprüft,Geprüft von,Verantwortlich,Vertretung")
    assert text.count("\n") == 1 + upkeep_pages().count() > 5


def test_figures_lead_to_the_report(pages: None, reviewer: User) -> None:
    found = {
        figure.url.partition("=")[2]: (figure.count, figure.urgent)
        for figure in figures(count_all(reviewer, pages_by_situation()))
    }
    assert found == {"ueberfaellig": (1, True), "bald": (1, False), "nie": (1, False), "ohne": (2, False)}


def test_everybody_of_the_centre_reads_it_and_nobody_else(pages: None) -> None:
    for role in ("Redaktion", "Beratung", "Koordination", "Leitung", "Administration"):
        client = PortalClient()
        client.force_login(make_user(f"{role.lower()}@kkv.example".replace("ü", "ue"), role=role))
        assert client.get(reverse("knowledge_reviews")).status_code == 200, role
    client = PortalClient()
    client.force_login(make_user("kommune@gemeinde.example"))
    assert client.get(reverse("knowledge_reviews")).status_code in {302, 403}


def vary(reviewer: User) -> Any:
    today = timezone.localdate()

    def fields(number: int) -> dict[str, Any]:
        due: date = today + timedelta(days=number % 400 - 40)
        reviewed = timezone.now() if number % 3 else None
        owner = reviewer.pk if number % 5 else None
        return {"next_review_on": due, "reviewed_at": reviewed, "responsible_person_id": owner}

    return fields


def queries_of(client: Client, url: str) -> int:
    client.get(url)  # what is kept by the process is kept
    with CaptureQueriesContext(connection) as found:
        assert client.get(url).status_code == 200
    return len(found)


def test_more_pages_cost_no_more_queries(reviewing: Client, reviewer: User) -> None:
    topic = factories.topic()
    bulk.articles(60, parent=topic, vary=vary(reviewer))
    report = reverse("knowledge_reviews")
    urls = [report, f"{report}?situation=ueberfaellig", f"{report}?situation=ohne", "/cms/"]
    few = [queries_of(reviewing, url) for url in urls]
    bulk.articles(200, parent=topic, vary=vary(reviewer))
    assert [queries_of(reviewing, url) for url in urls] == few
    assert max(few[:-1]) <= MOST_QUERIES, few


def test_the_start_page_pays_little_for_reviews(reviewer: User) -> None:
    """Wagtail's own start page costs its queries; the figures cost one, the list of pages three."""
    bulk.articles(60, parent=factories.topic(), vary=vary(reviewer))
    request = RequestFactory().get("/cms/")
    request.user = reviewer
    may_confirm(reviewer)
    with CaptureQueriesContext(connection) as found:
        assert len(list(figures(count_all(reviewer, pages_by_situation())))) == 4
    assert len(found) == 1
    with CaptureQueriesContext(connection) as found:
        assert "Zu prüfende Seiten" in ReviewsPanel(request).render_html()
    assert len(found) <= 3


@pytest.mark.slow
@pytest.mark.once
def test_ten_thousand_pages_and_five_thousand_items(reviewing: Client, reviewer: User) -> None:
    pks = bulk.articles(10_000, parent=factories.topic(), vary=vary(reviewer))
    WorkItem.objects.bulk_create(
        [WorkItem(kind="review", title="Prüfung fällig", page_id=pk, dedupe_key=f"due:{pk}") for pk in pks[:5000]],
        batch_size=500,
    )
    assert ArticlePage.objects.filter(live=True).count() == 10_000
    overviews = upkeep_pages().count() - 10_000
    for url in (reverse("knowledge_reviews"), f"{reverse('knowledge_reviews')}?situation=ohne&p=3"):
        assert queries_of(reviewing, url) <= MOST_QUERIES
    started = time.monotonic()
    with CaptureQueriesContext(connection) as found:
        assert count_all(reviewer, pages_by_situation())["nie"] == 3334 + overviews
    assert len(found) == 1
    assert time.monotonic() - started < 5
    answer = reviewing.get(f"{reverse('knowledge_reviews')}?export=csv")
    assert b"".join(answer.streaming_content).count(b"\n") == 10_001 + overviews  # type: ignore[attr-defined]
