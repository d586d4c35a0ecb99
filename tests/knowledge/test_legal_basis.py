"""The law a page names: recorded, shown, refused where an act is unknown, and warned of before an act goes."""

from __future__ import annotations

from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from knowledge.content_io.keys import LegalBasisKey
from knowledge.content_io.load import Loaded
from knowledge.content_io.tree import PageTree
from knowledge.models import Act, LegalReference
from knowledge.review import trust_errors
from knowledge.tasks import render_pages_naming
from knowledge.upkeep.usage import dependents_of
from knowledge.validation import legal_basis_error
from tests import factories

pytestmark = pytest.mark.django_db


def test_the_short_answer_cites_too() -> None:
    act = factories.act()
    page = factories.article(
        short_answer="Ja, nach § 9 Abs. 1 OZG und § 5 HVwVfG.", body=factories.markdown("Text")
    )
    cited = page.legal_references.values_list("act__slug", "key", "origin")
    assert list(cited) == [(act.slug, "9/1", LegalReference.Origin.BODY)]
    later = factories.act("HVwVfG", "Hessisches Verwaltungsverfahrensgesetz")
    render_pages_naming.func(later.names_changed())
    assert set(cited.all()) == {("ozg", "9/1", "body"), ("hvwvfg", "5", "body")}


def test_a_line_that_cites_known_acts_only_is_accepted() -> None:
    factories.act()
    factories.act("IDNrG", "Identifikationsnummerngesetz")
    lines = ["§ 9 OZG", "Onlinezugangsgesetz", "§ 9 Abs. 1 Ziff. 2 OZG", "§ 9 Abs. 1 OZG und § 3 Ziff. 4 IDNrG",
             "§ 9 OZG (Bekanntgabe), Anlage zu § 1 IDNrG"]  # fmt: skip
    assert legal_basis_error("\n".join(lines)) == ""


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("§ 9 OZG in Verbindung mit § 1 XYZG", "§ 1 XYZG"),
        ("§ 9 OZG, § 3 des Fantasiegesetzes", "§ 3 des Fantasiegesetzes"),
        ("§ 3 Fantasiegesetz, § 9 OZG", "§ 3 Fantasiegesetz"),
        ("§ 9 OZG, Anlage 2 Fantasiegesetz", "Anlage 2 Fantasiegesetz"),
        ("Art. 3 Buchst. b Fantasie, § 9 OZG", "Art. 3 Buchst. b Fantasie"),
        ("§ 9 OZG und § drei", "§"),
    ],
)
def test_a_line_with_one_unknown_act_is_refused_as_the_import_refuses_it(line: str, fault: str) -> None:
    factories.act()
    error = legal_basis_error(f"§ 9 OZG\n{line}")
    assert error.startswith(f"In der Angabe „{line}“ gehört „{fault}“ zu keiner bekannten Rechtsvorschrift. ")
    page = factories.article(legal_basis=line, body=factories.markdown("Text"))
    assert ("legal_basis", error) in list(trust_errors(page))
    known, world = LegalBasisKey("legal_basis"), Loaded(Path(), PageTree())
    found = [problem.message for problem in known.check([line], world)]
    assert len(found) == 1
    assert found[0].startswith(error)


def test_all_that_is_unknown_in_a_line_is_named() -> None:
    factories.act()
    assert "„§ 1 XYZG“ nennt keine" in legal_basis_error("§ 1 XYZG")
    error = legal_basis_error("§ 1 XYZG, § 9 OZG, § 2 ABCG")
    assert "gehören „§ 1 XYZG“ und „§ 2 ABCG“ zu keiner" in error
    assert "Nennen Sie zuerst die Stelle" in legal_basis_error("OZG § 9")


def test_every_citation_of_a_line_is_linked_and_every_act_named() -> None:
    factories.act()
    factories.act("EGovG", "E-Government-Gesetz", binds=Act.Binds.FEDERAL_LAW_ONLY)
    page = factories.article(legal_basis="§§ 3, 4 OZG i. V. m. § 5 EGovG (Nachweise)\n§ 9 OZG")
    soup = BeautifulSoup(Client().get(page.url).content, "html.parser")
    links = {"§§ 3": "/recht/ozg/#p-3", "4 OZG": "/recht/ozg/#p-4", "§ 5 EGovG": "/recht/egovg/#p-5"}
    for place in (
        soup.select_one(".kp-answer__facts li"),
        soup.select_one(".kp-trust dd:has(.kp-facts__note) li"),
    ):
        assert place is not None
        assert {link.get_text(): link["href"] for link in place.find_all("a")} == links
        assert "4 OZG i. V. m. § 5 EGovG (Nachweise)" in " ".join(place.get_text().split())
    notes = [note.get_text() for note in soup.select(".kp-facts__note")]
    assert notes == [
        "Onlinezugangsgesetz. Bindet Kommunen: Ja",
        "E-Government-Gesetz. Bindet Kommunen: Nur bei Ausführung von Bundesrecht",
        "Onlinezugangsgesetz. Bindet Kommunen: Ja",
    ]


def test_before_an_act_is_deleted_all_that_name_it_are_listed() -> None:
    act = factories.act()
    factories.article("Kurzantwort", short_answer="Ja, § 9 OZG.", body=factories.markdown("Text"))
    factories.article("Grundlage", legal_basis="§ 3 OZG", body=factories.markdown("Text"))
    found = {item.title: item.how for item in dependents_of([act])}
    assert found == {"Kurzantwort": ["Text: § 9"], "Grundlage": ["Rechtsgrundlage: § 3"]}
