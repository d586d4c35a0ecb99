"""Law as readers see it: whom it binds, who cites it, and its wording."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from knowledge.models import Act, LawSection, Provision
from knowledge.provisions import label_of, provision_order
from knowledge.search_sources import SectionSource
from tests import factories
from tests.factories import reading

pytestmark = pytest.mark.django_db


def main_of(address: str) -> str:
    response = Client().get(address)
    assert response.status_code == 200
    return response.content.decode().split("<main")[1].split("</main>")[0]


def provision(act: Act, ref: str, key: str, **fields: Any) -> Provision:
    found = Provision(act=act, ref=ref, key=key, **fields)
    found.save()
    return found


def test_provisions_have_a_natural_order() -> None:
    keys = ["10", "9a", "9/2", "9", "anlage-1", "9/10", "9a/1"]
    assert sorted(keys, key=provision_order) == ["9", "9/2", "9/10", "9a", "9a/1", "10", "anlage-1"]
    assert sorted(["anhang-ii", "art-14", "art-6/1"], key=provision_order) == ["art-6/1", "art-14", "anhang-ii"]


@pytest.mark.parametrize(
    ("key", "label"),
    [
        ("9/1", "§ 9 Abs. 1"), ("9a", "§ 9a"), ("art-6/1", "Art. 6 Abs. 1"), ("anlage", "Anlage"),
        ("anhang-ii", "Anhang II"), ("anlage-d2a", "Anlage D2a"), ("anlage-6-e", "Anlage 6 E"),
    ],
)  # fmt: skip
def test_a_key_can_be_read(key: str, label: str) -> None:
    assert label_of(key) == label


def test_acts_stand_by_level_with_whether_they_bind() -> None:
    reading.act("SDG-VO", level=Act.Level.EU)
    reading.act("EGovG", binds=Act.Binds.FEDERAL_LAW_ONLY)
    reading.act("VwVfG", binds=Act.Binds.STATE_LAW)
    reading.act("HVwVfG", level=Act.Level.LAND)
    reading.act("NOOTS-Staatsvertrag", level=Act.Level.BOTH)
    reading.act("Entwurfsgesetz", live=False)
    html = main_of("/recht/")
    order = ["Europäische Union", "SDG-VO", "Bund", "EGovG", "VwVfG", "Land", "HVwVfG"]
    order += ["Bund und Länder", "NOOTS-Staatsvertrag"]
    positions = [html.index(f">{word}<") for word in order]
    assert positions == sorted(positions)
    assert "Nur bei Ausführung von Bundesrecht" in html
    assert "Entwurfsgesetz" not in html


def test_an_act_says_whom_it_binds_and_what_holds_instead() -> None:
    land = reading.act("HVwVfG", level=Act.Level.LAND)
    reading.act("VwVfG", binds=Act.Binds.STATE_LAW, counterpart=land, source_url="https://example.org/vwvfg")
    html = main_of("/recht/vwvfg/")
    assert "bindet Kommunen nicht" in html
    assert 'href="/recht/hvwvfg/"' in html
    assert "19.08.2026" in html
    assert "https://example.org/vwvfg" in html
    assert "<strong>Gemeinden</strong>" in html


def test_an_act_lists_who_cites_it_by_provision() -> None:
    act = reading.act("OZG")
    provision(act, "§ 9 Abs. 1", "9/1", summary="Bekanntgabe über das Postfach.", in_force_from=date(2024, 7, 24))
    topic = reading.topic()
    article = reading.article(topic, "Bescheid übermitteln")
    question = reading.question(topic, "Wann gilt er als zugestellt?")
    hidden = reading.article(topic, "Interner Vermerk")
    reading.restrict(hidden)
    for page in (article, question, hidden):
        reading.cite(page, act, "9/1", "§ 9 Abs. 1")
    reading.cite(article, act, "1a", "§ 1a")
    reading.cite(question, act)
    html = main_of("/recht/ozg/")
    assert "2 Seiten nennen" in html
    assert html.index('id="p-1a"') < html.index('id="p-9-abs-1"')
    section = html.split('id="p-9-abs-1"')[1].split("</section>")[0]
    assert "Bescheid übermitteln" in section
    assert "Wann gilt er als zugestellt?" in section
    assert "Bekanntgabe über das Postfach." in section
    assert "In dieser Fassung in Kraft ab 24.07.2024" in section
    assert "Interner Vermerk" not in html
    assert "Wann gilt er als zugestellt?" in html.split('id="ganze-vorschrift"')[1]


def test_the_wording_has_one_anchor_per_section_and_marks_changes() -> None:
    act = reading.act("OZG")
    provision(act, "§ 9a Abs. 1", "9a/1")
    text = reading.law_text(act, [("§ 9", "Bekanntgabe", "p-9"), ("§ 9a", "Überleitung", "p-9a")])
    LawSection.objects.filter(law_text=text, anchor="p-9a").update(changed_on=date(2026, 8, 19))
    html = main_of("/recht/ozg/wortlaut/")
    assert "Nichtamtliche Fassung" in html
    assert "19.08.2026" in html
    assert html.count('id="p-9"') == html.count('id="p-9a"') == 1
    assert '<a href="#p-9a">§ 9a Überleitung</a>' in html
    assert "geändert mit Stand 19.08.2026" in html
    assert "Wortlaut von § 9a." in html
    assert 'href="/recht/ozg/wortlaut/#p-9a"' in main_of("/recht/ozg/")


def test_each_of_several_repealed_sections_leads_to_the_one_that_stands_for_them() -> None:
    act = factories.act(provisions=[("§ 11", "11"), ("§ 12 Abs. 1", "12/1")])
    reading.law_text(act, [("§§ 10 bis 12", "(weggefallen)", "p-10")])
    assert main_of("/recht/ozg/").count('href="/recht/ozg/wortlaut/#p-10"') == 2
    (section,) = LawSection.objects.all()
    assert SectionSource().document(section).defines == ("ozg/10", "ozg/11", "ozg/12")


def test_no_wording_no_page() -> None:
    reading.act("OZG")
    hidden = reading.act("Entwurfsgesetz", live=False)
    reading.law_text(hidden, [("§ 1", "", "p-1")])
    assert Client().get("/recht/ozg/wortlaut/").status_code == 404
    assert Client().get("/recht/entwurfsgesetz/wortlaut/").status_code == 404
    assert Client().get("/recht/entwurfsgesetz/").status_code == 404


@pytest.mark.parametrize("address", ["/recht/", "/recht/ozg/", "/recht/ozg/wortlaut/"])
def test_queries_do_not_grow(address: str, settings: Any) -> None:
    settings.PAGE_CACHE_SECONDS = 0
    client = Client()
    act = reading.act("OZG")
    text = reading.law_text(act, [("§ 1", "Geltungsbereich", "p-1")])
    topic = reading.topic()

    def count() -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    def grow(start: int, number: int) -> None:
        for index in range(start, start + number):
            page = reading.article(topic, f"Übung {index}")
            reading.cite(page, act, f"{index}/1", f"§ {index} Abs. 1")
            provision(act, f"§ {index} Abs. 2", f"{index}/2")
            reading.act(f"Gesetz {index}")
            LawSection.objects.create(
                law_text=text, position=index, number=f"§ {index}", anchor=f"p-{index}", html="<p>x</p>", text="x",
                text_hash="0",
            )  # fmt: skip

    grow(2, 1)
    few = count()
    grow(3, 12)
    assert count() == few <= 14
