"""Indexes and the wording of acts as Markdown: complete, and blind to what the reader may not see."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from knowledge.law_markdown import section_markdown
from knowledge.models import Act, LawSection
from knowledge.views.as_markdown import first_sentence
from portal.core.content_io import frontmatter
from tests.factories import reading
from tests.people import PortalClient, make_user

pytestmark = pytest.mark.django_db
LISTS = ["/a-z.md", "/uebersicht.md", "/schlagwort/uebung.md"]
ALL = {
    "/glossar.md": "/glossar/", "/recht.md": "/recht/", "/recht/ozg/wortlaut.md": "/recht/ozg/wortlaut/",
    "/a-z.md": "/a-z/", "/uebersicht.md": "/uebersicht/", "/schlagwort/uebung.md": "/schlagwort/uebung/",
}  # fmt: skip


def text(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, url
    assert response.headers["Content-Type"] == "text/markdown; charset=utf-8"
    return response.content.decode()


def tagged(page: Any) -> Any:
    page.tags.add("Übung")
    page.save()
    return page


@pytest.fixture
def content() -> None:
    act = reading.act("OZG")
    reading.law_text(act, [("§ 9", "Bekanntgabe", "p-9")])
    reading.term("Übermittlung")
    tagged(reading.article(reading.topic("Ämter"), "Bescheide übermitteln"))


@pytest.mark.usefixtures("content")
@pytest.mark.parametrize(("markdown", "page"), ALL.items())
def test_html_and_markdown_name_each_other(client: Client, markdown: str, page: str) -> None:
    shown = text(client, markdown)

    assert shown.startswith("---\n# Allgemeine Information, keine Rechtsberatung.\n# Quelle: http")
    assert f"{page}\n" in shown.splitlines(keepends=True)[2]
    assert frontmatter.parse(shown).data["title"]
    assert f'<{page}>; rel="canonical"' in client.get(markdown)["Link"]
    assert f'<{markdown}>; rel="alternate"; type="text/markdown"' in client.get(page)["Link"]
    assert client.post(markdown).status_code == 405


def test_terms_have_their_long_form_or_first_sentence(client: Client) -> None:
    reading.term("OZG", expansion="Onlinezugangsgesetz")
    reading.term("Übermittlung", meaning="Daten gehen z. B. Ämtern zu & **mehr**. Zweiter Satz.")
    reading.term("Entwurfsbegriff", live=False)

    shown = text(client, "/glossar.md")

    assert "- [OZG](/glossar/ozg/): Onlinezugangsgesetz\n" in shown
    assert "- [Übermittlung](/glossar/uebermittlung/): Daten gehen z. B. Ämtern zu & mehr.\n" in shown
    assert shown.index("## O\n") < shown.index("## U\n")
    assert "Entwurfsbegriff" not in shown


def test_a_sentence_does_not_end_at_an_abbreviation() -> None:
    assert first_sentence("Gilt ggf. Ämtern am 1. März. Danach mehr.") == "Gilt ggf. Ämtern am 1. März."
    assert first_sentence("Gilt gem. § 1 OZG. § 2 gilt auch.") == "Gilt gem. § 1 OZG."


def test_acts_stand_by_level_with_whether_they_bind(client: Client) -> None:
    reading.act("SDG-VO", level=Act.Level.EU, state_date=None, title="Verordnung [EU]")
    reading.law_text(reading.act("VwVfG", binds=Act.Binds.STATE_LAW), [("§ 1", "", "p-1")])
    reading.act("Entwurfsgesetz", live=False)

    shown = text(client, "/recht.md")

    assert (
        "## Europäische Union\n\n- [SDG-VO](/recht/sdg-vo/): Verordnung \\[EU\\]; bindet Kommunen: Ja\n" in shown
    )
    assert (
        "bindet Kommunen: Nein – es gilt Landesrecht; Stand 19.08.2026; [Wortlaut](/recht/vwvfg/wortlaut/)"
        in shown
    )
    assert "Entwurfsgesetz" not in shown


def test_the_wording_says_what_it_is_and_keeps_its_numbers(client: Client) -> None:
    law = reading.law_text(
        reading.act("OZG", source_url="https://example.org/ozg"),
        [("§ 9", "Bekanntgabe", "p-9"), ("Anlage", "", "anlage")],
    )
    html = '<p id="p-9-abs-1">(1) Für *Ämter* gilt:<br>2. Übung</p>\n<p>3. Prüfung &amp; mehr</p>'
    LawSection.objects.filter(law_text=law, anchor="p-9").update(html=html, changed_on=date(2026, 8, 19))

    shown = text(client, "/recht/ozg/wortlaut.md")

    assert f"\n# {law.title}\n\nNichtamtliche Fassung, Stand 19.08.2026." in shown
    assert "<https://example.org/ozg>" in shown
    assert (
        "## § 9 – Bekanntgabe\n\n*Geändert mit Stand 19.08.2026*\n\n(1) Für \\*Ämter\\* gilt:\\\n2\\. Übung"
        in shown
    )
    assert "\n\n3\\. Prüfung & mehr\n\n## Anlage\n\nWortlaut von Anlage." in shown


def test_plain_tables_become_markdown_and_others_stay_html() -> None:
    table = '<div class="kern-table-responsive" tabindex="0"><table>{}</table></div>'
    plain = table.format("<thead><tr><th>Begriff</th><th>Größe</th></tr></thead><tr><td>a|b</td><td>1</td></tr>")
    merged = table.format('<tr><td colspan="2">Übung</td></tr>\n\n<tr><td>a</td><td>b</td></tr>')

    assert section_markdown(f"<p>Vor</p>\n{plain}") == "Vor\n\n| Begriff | Größe |\n| --- | --- |\n| a\\|b | 1 |"
    assert section_markdown(merged).startswith('<table><tr><td colspan="2">Übung</td></tr>\n<tr>')
    assert section_markdown("<dl><dt>1.</dt><dd>Übung</dd></dl>") == "<dl><dt>1.</dt><dd>Übung</dd></dl>"


def test_no_act_no_wording_no_tag_is_not_found(client: Client) -> None:
    reading.act("OZG")
    reading.law_text(reading.act("Entwurfsgesetz", live=False), [("§ 1", "", "p-1")])
    urls = ("/recht/ozg/wortlaut.md", "/recht/entwurfsgesetz/wortlaut.md", "/recht/nichts/wortlaut.md")

    assert {client.get(url).status_code for url in (*urls, "/schlagwort/nichts.md")} == {404}


@pytest.mark.parametrize("url", LISTS)
def test_restricted_and_unpublished_pages_are_not_listed(client: Client, url: str) -> None:
    topic = reading.topic("Ämter")
    tagged(reading.article(topic, "Öffentlicher Artikel"))
    reading.restrict(tagged(reading.article(topic, "Interner Vermerk")))
    tagged(reading.article(topic, "Entwurf Überarbeitung", live=False))
    closed = reading.topic("Verschlusssache")
    tagged(reading.article(closed, "Artikel darunter"))
    reading.restrict(closed)
    staff = PortalClient()
    staff.force_login(make_user("leitung@example.org", role="Redaktion"))

    shown, shown_to_staff = text(client, url), text(staff, url)

    assert "[Öffentlicher Artikel](/themen/aemter/oeffentlicher-artikel/)" in shown
    for word in ("Interner Vermerk", "Entwurf", "Verschlusssache", "Artikel darunter"):
        assert word not in shown
    assert "Interner Vermerk" in shown_to_staff
    assert "Entwurf" not in shown_to_staff


def test_a_tag_nobody_may_see_is_not_there(client: Client) -> None:
    page = tagged(reading.article(reading.topic(), "Interner Vermerk"))
    assert client.get("/schlagwort/uebung.md").status_code == 200
    reading.restrict(page)
    assert client.get("/schlagwort/uebung.md").status_code == 404


def test_the_overview_is_a_nested_list(client: Client) -> None:
    reading.article(reading.topic("Ämter"), "Öffnungszeiten")

    shown = text(client, "/uebersicht.md")

    assert "\n  - [Ämter](/themen/aemter/)\n    - [Öffnungszeiten](/themen/aemter/oeffnungszeiten/)\n" in shown
    assert "- [Glossar](/glossar/)" in shown


@pytest.mark.usefixtures("content")
@pytest.mark.parametrize("url", ALL)
def test_queries_do_not_grow(client: Client, url: str, settings: Any) -> None:
    settings.PAGE_CACHE_SECONDS = 0
    law = Act.objects.get(abbreviation="OZG").law_text
    topic = reading.topic("Größe")

    def count() -> int:
        text(client, url)
        with CaptureQueriesContext(connection) as captured:
            text(client, url)
        return len(captured)

    few = count()
    for number in range(10):
        tagged(reading.article(topic, f"Übung {number}"))
        reading.term(f"Begriff {number}")
        reading.law_text(reading.act(f"Gesetz {number}"), [("§ 1", "", "p-1")])
        LawSection.objects.create(
            law_text=law, position=number + 2, number=f"§ {number}", anchor=f"p-x{number}", html="<p>x</p>",
            text="x", text_hash="0",
        )  # fmt: skip
    assert count() == few <= 10
