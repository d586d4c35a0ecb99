"""First uses of terms become explanations that need no script."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from knowledge.glossary import MAX_TERMS, add_explanations
from tests import factories

pytestmark = pytest.mark.django_db


def _context(path: str) -> Any:
    return Client().get(path).context_data


def _explained(html: str) -> Any:
    return BeautifulSoup(add_explanations(html)[0], "html.parser")


def _words(html: str) -> list[str]:
    return [button.get_text() for button in _explained(html).select("button.kp-term")]


def test_first_use_opens_a_popover_inside_the_paragraph() -> None:
    factories.term("OZG", "Verpflichtet **Behörden**.", expansion="Onlinezugangsgesetz")
    soup = _explained("<p>Das OZG gilt. Das OZG bleibt.</p>")
    button = soup.select_one("p > button[type=button]")
    box = soup.find(id=button["popovertarget"])
    assert box.name == "span"
    assert box.has_attr("popover")
    assert box.get_text() == "OZG (Onlinezugangsgesetz): Verpflichtet Behörden. Im Glossar ansehen"
    assert box.a["href"] == "/glossar/ozg/"
    assert len(soup.select("button")) == 1


@pytest.mark.parametrize(
    "html",
    [
        "<h2>OZG</h2>", '<p><a href="/">OZG</a></p>', "<p><code>OZG</code></p>",
        "<table><tr><th>OZG</th></tr></table>",
        "<p><button>OZG</button></p>", "<summary>OZG</summary>", "<p>OZG-Leistung, BOZG, § OZG2</p>",
    ],
)  # fmt: skip
def test_none_in_headings_links_code_or_parts_of_words(html: str) -> None:
    factories.term("OZG", "Gesetz.")
    assert _words(html) == []


def test_synonyms_and_endings() -> None:
    factories.term("Fachverfahren", "Programm.", synonyms="Fachanwendung\nFV")
    assert _words("<p>des Fachverfahrens</p>") == ["Fachverfahrens"]
    assert _words("<p>zwei Fachanwendungen</p>") == ["Fachanwendungen"]
    assert _words("<p>ein FV</p>") == []  # shorter than three letters: no synonym is that certain


def test_longest_name_wins() -> None:
    factories.term("NOOTS", "System.")
    factories.term("NOOTS-Staatsvertrag", "Vertrag.")
    assert _words("<p>Der NOOTS-Staatsvertrag regelt NOOTS.</p>") == ["NOOTS-Staatsvertrag", "NOOTS"]


def test_at_most_eight_a_page() -> None:
    for number in range(12):
        factories.term(f"Begriff{chr(97 + number)}x", "Bedeutung.")
    text = " ".join(f"Begriff{chr(97 + number)}x" for number in range(12))
    assert len(_words(f"<p>{text}</p>")) == MAX_TERMS == 8


def test_terms_that_need_none_are_left_alone() -> None:
    factories.term("Größe", "Maß.", explain=False)
    factories.term("Länge", "Maß.", live=False)
    factories.term("115", "Behördennummer.")
    assert _words("<p>Größe, Länge, 115</p>") == []


def test_markup_in_a_meaning_stays_text() -> None:
    factories.term("Gefahr", "<script>alert(1)</script> & <b>Ü</b>")
    html, _ = add_explanations("<p>Gefahr</p>")
    assert "<script" not in html
    assert "<b>" not in html


def test_reader_can_switch_them_off() -> None:
    factories.term("Größenklasse", "Einteilung.")
    page = factories.article(body=factories.markdown("Die Größenklasse zählt."))
    shown = _context(page.url)
    assert "popovertarget" in shown["body_html"]
    assert shown["glossary"]["toggle_url"] == f"{page.url}?glossar=aus"
    plain = _context(shown["glossary"]["toggle_url"])
    assert "popovertarget" not in plain["body_html"]
    assert plain["glossary"] == {"count": 0, "off": True, "toggle_url": page.url}


def test_changed_meaning_is_shown_at_once() -> None:
    term = factories.term("Größenklasse", "Alt.")
    page = factories.article(body=factories.markdown("Die Größenklasse zählt."))
    assert "Alt." in _context(page.url)["body_html"]
    term.meaning = "Neu."
    term.save()
    assert "Neu." in _context(page.url)["body_html"]
