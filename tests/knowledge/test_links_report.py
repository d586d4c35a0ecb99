"""The report of links: right, filtered, exported, cheap, for those who may; and what can be done from it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from knowledge.models import ExternalLink, LinkPlace
from knowledge.models.links import url_key
from portal.core.models import WorkItem
from tests import factories
from tests.factories import bulk
from tests.factories.links import GONE, link, place
from tests.people import PortalClient, make_user

pytestmark = pytest.mark.django_db
REPORT = "/cms/berichte/links/"
MOST_QUERIES = 15


def signed_in(role: str) -> Client:
    client = PortalClient()
    client.force_login(make_user(f"{role.lower().replace('ü', 'ue')}@kkv.example", role=role))
    return client


@pytest.fixture
def editing() -> Client:
    return signed_in("Redaktion")


@pytest.fixture
def links() -> dict[str, ExternalLink]:
    page = factories.article("Größen prüfen")
    made = {
        "gone": link(failures=3, reported_at=timezone.now()),
        "unclear": link("https://unklar.example/", failures=12, verdict="unclear", reported_at=timezone.now()),
        "watched": link("https://neulich.example/", failures=1),
        "fine": link("https://gut.example/", verdict="ok"),
        "accepted": link("https://doch.example/", failures=5, accepted_until=timezone.localdate()),
    }
    for item in made.values():
        place(item, page)
    place(made["gone"], factories.article("Entwurf", live=False))
    place(made["gone"], None, act=factories.act())
    return made


def shown(client: Client, query: str) -> list[str]:
    rows = client.get(f"{REPORT}?{query}").context["object_list"]
    return [row.link.url.split("//")[1].split(".")[0] for row in rows]


@pytest.mark.parametrize(
    ("query", "hosts"),
    [
        ("", ["weg", "unklar", "weg"]),
        ("situation=defekt", ["weg", "weg"]),
        ("situation=unklar", ["unklar"]),
        ("situation=beobachtet", ["neulich"]),
        ("situation=ok", ["doch"]),
        ("situation=alle&title=Größen", ["weg", "unklar", "neulich", "gut", "doch"]),
        ("situation=alle&address=neulich", ["neulich"]),
        ("situation=unfug", ["weg", "unklar", "weg"]),
    ],
)
def test_each_filter_shows_its_links(links: Any, editing: Client, query: str, hosts: list[str]) -> None:
    assert sorted(shown(editing, query)) == sorted(hosts)


def test_page_and_sentence_are_shown(links: Any, editing: Client) -> None:
    text = editing.get(REPORT).content.decode()
    assert "Größen prüfen" in text
    assert "„Mehr steht im Leitfaden.“" in text
    assert "Abschnitt 1 (Markdown)" in text
    assert "Die Seite antwortet mit 404. Fehler bei 3 Prüfungen in Folge" in text
    csv = b"".join(editing.get(f"{REPORT}?export=csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert csv.startswith("Seite,Stelle,Satz,Adresse,Lage,Befund,Zuletzt geprüft")
    assert csv.count("\n") == 4


@pytest.mark.parametrize(
    ("role", "reads", "acts"),
    [
        ("Redaktion", 200, 302), ("Fachprüfung", 200, 302), ("Koordination", 200, 403), ("Leitung", 200, 403),
        ("Administration", 200, 302), ("Beratung", 403, 403),
    ],
)  # fmt: skip
def test_who_reads_and_who_acts(links: Any, role: str, reads: int, acts: int) -> None:
    """Wagtail answers a refusal of the admin with the way back to its start page."""
    client = signed_in(role)
    answer = client.get(REPORT)
    assert answer.status_code == (reads if reads == 200 else 302)
    if reads == 200:
        assert (b"Jetzt erneut" in answer.content) is (acts == 302)
    pk = links["gone"].pk
    answer = client.post(reverse("knowledge_link_recheck", args=[pk]))
    assert answer.url == (REPORT if acts == 302 else "/cms/")  # type: ignore[attr-defined]
    answer = client.get(reverse("knowledge_link_accept", args=[pk]))
    assert answer.status_code == (200 if acts == 302 else 302)


def test_asking_again_is_a_task(links: Any, editing: Client, drain: Any, settings: Any) -> None:
    """The address is internal here, so nobody is asked; the answer says so."""
    inner = link("http://10.0.0.1/", failures=3)
    place(inner, factories.article())
    answer = editing.post(reverse("knowledge_link_recheck", args=[inner.pk]), follow=True)
    assert "wird jetzt geprüft" in answer.content.decode()
    drain()
    inner.refresh_from_db()
    assert "internen Netz" in inner.problem
    assert editing.get(reverse("knowledge_link_recheck", args=[inner.pk])).status_code == 405
    answer = editing.post(reverse("knowledge_link_recheck", args=[99999]), follow=True)
    assert "auf keiner Seite mehr" in answer.content.decode()


def test_a_link_is_taken_to_be_fine(links: Any, editing: Client) -> None:
    address = reverse("knowledge_link_accept", args=[links["gone"].pk])
    page = editing.get(address).content.decode()
    assert GONE in page
    assert "Größen prüfen" in page
    day = timezone.localdate() + timedelta(days=10)
    for wrong, message in (
        ("", "bis wann"), ("unfug", "zum Beispiel"), ("2020-01-01", "Vergangenheit"), ("2099-01-01", "Jahres"),
    ):  # fmt: skip
        assert message in editing.post(address, {"until": wrong}).content.decode()
    answer = editing.post(address, {"until": f"{day:%d.%m.%Y}"}, follow=True)
    assert f"gilt bis zum {day:%d.%m.%Y} als in Ordnung" in answer.content.decode()
    assert sorted(shown(editing, "")) == ["unklar"]


def many(count: int, *, parent: Any, start: int = 0) -> None:
    pks = bulk.articles(count, parent=parent)
    now, today = timezone.now(), timezone.localdate()
    ExternalLink.objects.bulk_create(
        [
            ExternalLink(
                key=url_key(f"https://amt.example/{start + number}"), url=f"https://amt.example/{start + number}",
                verdict="broken", problem="Die Seite antwortet mit 404.", failures=3, first_failed_at=now,
                last_failed_on=today, last_checked=now,
            )
            for number in range(count)
        ],
        batch_size=500,
    )  # fmt: skip
    found = ExternalLink.objects.order_by("-pk").values_list("pk", flat=True)[:count]
    LinkPlace.objects.bulk_create(
        [
            LinkPlace(link_id=link_id, page_id=pk, spot="a", label="Abschnitt 1 (Markdown)", sentence="Satz.")
            for pk, link_id in zip(pks, found, strict=True)
        ],
        batch_size=500,
    )


def queries_of(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as found:
        assert client.get(url).status_code == 200
    return len(found)


def test_more_links_cost_no_more_queries(editing: Client) -> None:
    topic = factories.topic()
    many(60, parent=topic)
    few = [queries_of(editing, url) for url in (REPORT, f"{REPORT}?situation=alle&p=2")]
    many(150, parent=topic, start=60)
    assert [queries_of(editing, url) for url in (REPORT, f"{REPORT}?situation=alle&p=2")] == few
    assert max(few) <= MOST_QUERIES, few


@pytest.mark.slow
@pytest.mark.once
def test_ten_thousand_pages_and_five_thousand_items(editing: Client) -> None:
    many(10_000, parent=factories.topic())
    pks = list(LinkPlace.objects.values_list("page_id", flat=True)[:5000])
    WorkItem.objects.bulk_create(
        [WorkItem(kind="links", title="Defekte Links", page_id=pk, dedupe_key=f"page:{pk}") for pk in pks],
        batch_size=500,
    )
    assert queries_of(editing, f"{REPORT}?p=40") <= MOST_QUERIES
