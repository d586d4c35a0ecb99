"""Metadata, sitemap and search description, parsed as their readers parse them."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from defusedxml import ElementTree
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.models import Site

from portal.core.models import Operator
from portal.core.seo import json_script, plain
from tests.factories import reading
from tests.people import PortalClient, make_user

SITEMAP = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
OPENSEARCH = {"o": "http://a9.com/-/spec/opensearch/1.1/"}
LATER = datetime(2026, 9, 1, 7, 30, tzinfo=UTC)


class Head(HTMLParser):
    """Collects meta, link and JSON-LD of a page the way a crawler does."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.meta: dict[str, str] = {}
        self.links: list[dict[str, str | None]] = []
        self.scripts: list[str] = []
        self._collecting = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "meta":
            self.meta[values.get("name") or values.get("property") or ""] = values.get("content") or ""
        elif tag == "link":
            self.links.append(values)
        elif tag == "script" and values.get("type") == "application/ld+json":
            self._collecting = True
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self._collecting:
            self.scripts[-1] += data

    def handle_endtag(self, tag: str) -> None:
        self._collecting = False

    def link(self, rel: str) -> str:
        return next((link.get("href") or "" for link in self.links if link.get("rel") == rel), "")

    @property
    def graph(self) -> dict[str, Any]:
        nodes = [node for script in self.scripts for node in json.loads(script)["@graph"]]
        return {node["@type"]: node for node in nodes}


def head_of(address: str, client: Client | None = None) -> Head:
    response = (client or Client()).get(address)
    assert response.status_code == 200
    return Head(response.content.decode())


def locations(response: Any) -> dict[str, str | None]:
    root = ElementTree.fromstring(response.content)
    found = {}
    for url in root.findall("s:url", SITEMAP):
        found[url.findtext("s:loc", "", SITEMAP)] = url.findtext("s:lastmod", None, SITEMAP)
    return found


@pytest.mark.django_db
def test_an_article_is_described_for_machines() -> None:
    topic = reading.topic("Ämter")
    reading.article(topic, "Überblick „Bürgeramt“", changed=LATER, responsible_unit="Kompetenzstelle Süd")
    head = head_of("/themen/aemter/ueberblick-buergeramt/")
    address = "http://testserver/themen/aemter/ueberblick-buergeramt/"
    assert head.link("canonical") == address
    assert head.meta["og:url"] == address
    assert head.meta["og:type"] == "article"
    assert head.meta["og:title"] == "Überblick „Bürgeramt“"
    assert head.meta["description"] == "Prüfen Sie zuerst, welche Register betroffen sind."
    article = head.graph["Article"]
    assert article["headline"] == "Überblick „Bürgeramt“"
    assert datetime.fromisoformat(article["dateModified"]) == LATER
    assert datetime.fromisoformat(article["datePublished"]) == reading.FIRST
    assert article["author"] == {"@type": "GovernmentOrganization", "name": "Kompetenzstelle Süd"}
    assert "robots" not in head.meta


@pytest.mark.django_db
def test_reviewed_is_only_said_after_a_review() -> None:
    page = reading.article(reading.topic("Ämter"), "Überblick")
    assert "lastReviewed" not in head_of("/themen/aemter/ueberblick/").graph["WebPage"]
    page.reviewed_at = timezone.make_aware(datetime(2026, 10, 5, 12))  # noqa: DTZ001 - made aware here
    page.save()
    assert head_of("/themen/aemter/ueberblick/").graph["WebPage"]["lastReviewed"] == "2026-10-05"


@pytest.mark.django_db
def test_the_start_page_names_site_search_and_centre() -> None:
    Operator.objects.create(site=Site.objects.get(), name="Kompetenzstelle Süd", email="post@süd.example")
    graph = head_of("/").graph
    assert graph["WebSite"]["potentialAction"]["target"]["urlTemplate"].endswith("/suche/?q={search_term_string}")
    assert graph["GovernmentOrganization"]["url"] == "http://testserver/"
    assert graph["GovernmentOrganization"]["name"] == "Kompetenzstelle Süd"
    assert graph["GovernmentOrganization"]["email"] == "post@süd.example"
    assert "BreadcrumbList" not in graph


@pytest.mark.django_db
def test_breadcrumbs_end_at_the_page() -> None:
    reading.term("Öffnungsklausel", expansion="Öffnung")
    steps = head_of("/glossar/oeffnungsklausel/").graph["BreadcrumbList"]["itemListElement"]
    assert [step["item"] for step in steps] == [
        "http://testserver/", "http://testserver/glossar/", "http://testserver/glossar/oeffnungsklausel/",
    ]  # fmt: skip
    assert [step["position"] for step in steps] == [1, 2, 3]


@pytest.mark.django_db
def test_a_term_is_a_defined_term() -> None:
    reading.term("EfA", expansion="Einer für Alle", synonyms="EfA-Prinzip")
    node = head_of("/glossar/efa/").graph["DefinedTerm"]
    assert node["name"] == "EfA"
    assert node["alternateName"] == ["Einer für Alle", "EfA-Prinzip"]


@pytest.mark.django_db
def test_no_title_closes_the_script_element() -> None:
    title = "</script><script>alert('Übergriff')</script><!--"
    page = reading.article(reading.topic("Ämter"), title, slug="uebergriff")
    assert page.title == title
    response = Client().get("/themen/aemter/uebergriff/")
    html = response.content.decode()
    assert "<script>alert" not in html
    assert Head(html).graph["Article"]["headline"] == title


def test_json_ld_is_safe_and_true() -> None:
    text = json_script([{"name": "a</script>&\u2028<!-- ä"}])
    assert not re.search("[<>&\u2028]", text)
    assert json.loads(text)["@graph"] == [{"name": "a</script>&\u2028<!-- ä"}]


def test_descriptions_are_cut_at_a_word() -> None:
    cut = plain("<p>Überörtliche  Zusammenarbeit</p> " * 20)
    assert len(cut) <= 162
    assert cut.endswith(" …")
    assert "  " not in cut


@pytest.mark.django_db
def test_what_is_not_public_is_kept_from_search_engines() -> None:
    topic = reading.topic("Ämter")
    hidden = reading.article(topic, "Interner Vermerk")
    reading.restrict(hidden)
    below = reading.topic("Verschlusssache")
    reading.article(below, "Darunter")
    reading.restrict(below)
    staff = PortalClient()
    staff.force_login(make_user("leitung@example.org", role="Redaktion"))
    for address in ("/themen/aemter/interner-vermerk/", "/themen/verschlusssache/darunter/"):
        head = head_of(address, staff)
        assert head.meta["robots"] == "noindex, nofollow"
        assert not head.scripts
        assert not head.link("canonical")
    assert "robots" not in head_of("/themen/aemter/", staff).meta


@pytest.mark.django_db
def test_a_preview_is_kept_from_search_engines(rf: Any) -> None:
    page = reading.article(reading.topic("Ämter"), "Überblick")
    response = page.make_preview_request()
    assert Head(response.content.decode()).meta["robots"] == "noindex, nofollow"


@pytest.mark.django_db
def test_the_sitemap_lists_what_is_public_with_its_last_change() -> None:
    topic = reading.topic("Ämter")
    reading.article(topic, "Überblick", changed=LATER)
    reading.restrict(reading.article(topic, "Interner Vermerk"))
    reading.article(topic, "Entwurf", live=False)
    reading.term("EfA", last_published_at=LATER)
    act = reading.act("OZG")
    reading.law_text(act, [("§ 1", "", "p-1")])
    found = locations(Client().get("/sitemap.xml"))
    assert found["http://testserver/themen/aemter/ueberblick/"] == "2026-09-01"
    assert found["http://testserver/glossar/efa/"] == "2026-09-01"
    for path in ("/", "/recht/ozg/", "/recht/ozg/wortlaut/", "/glossar/", "/recht/"):
        assert f"http://testserver{path}" in found
    assert not [url for url in found if "vermerk" in url or "entwurf" in url]


@pytest.mark.django_db
def test_the_sitemap_says_the_same_to_staff() -> None:
    reading.restrict(reading.article(reading.topic("Ämter"), "Interner Vermerk"))
    staff = PortalClient()
    staff.force_login(make_user("leitung@example.org", role="Redaktion"))
    assert locations(staff.get("/sitemap.xml")) == locations(Client().get("/sitemap.xml"))


@pytest.mark.django_db
def test_the_sitemap_needs_as_many_queries_for_many_pages(settings: Any) -> None:
    settings.PAGE_CACHE_SECONDS = 0
    topic = reading.topic("Ämter")

    def count() -> int:
        Client().get("/sitemap.xml")
        with CaptureQueriesContext(connection) as captured:
            assert Client().get("/sitemap.xml").status_code == 200
        return len(captured)

    reading.article(topic, "Übung")
    few = count()
    for number in range(15):
        reading.article(topic, f"Übung {number}")
        reading.term(f"Begriff {number}")
    assert count() == few <= 12


@pytest.mark.django_db
def test_browsers_find_the_search() -> None:
    response = Client().get(head_of("/").link("search"))
    assert response["Content-Type"].startswith("application/opensearchdescription+xml")
    root = ElementTree.fromstring(response.content)
    assert 1 <= len(root.findtext("o:ShortName", "", OPENSEARCH)) <= 16
    templates = [url.get("template") for url in root.findall("o:Url", OPENSEARCH)]
    assert templates[0] == "http://testserver/suche/?q={searchTerms}"


@pytest.mark.django_db
def test_only_staff_see_the_way_to_the_editor() -> None:
    page = reading.article(reading.topic("Ämter"), "Überblick")
    staff = PortalClient()
    staff.force_login(make_user("redaktion@example.org", role="Redaktion"))
    link = f"/cms/pages/{page.pk}/edit/"
    assert link in staff.get("/themen/aemter/ueberblick/").content.decode()
    reader = Client()
    reader.force_login(make_user("leserin@example.org"))
    assert link not in reader.get("/themen/aemter/ueberblick/").content.decode()
