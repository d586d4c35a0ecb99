"""Ranges of provisions hold the lettered ones between their ends, whenever the wording of the act comes."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from knowledge.law_import import store_law
from knowledge.law_text import ParsedLaw, parse_law
from knowledge.models import LegalReference
from portal.core.models import WorkItem
from tests import factories

pytestmark = pytest.mark.django_db
NUMBERS = ("1", "1a", "2", "3", "3a", "4", "5", "5a", "6")


def _law(*changed: str, without: str = "", extra: tuple[str, ...] = ()) -> ParsedLaw:
    numbers = [number for number in (*NUMBERS, *extra) if number != without]
    words = [f"# § {number} – Titel\n\n{'Neuer' if number in changed else 'Alter'} Text.\n" for number in numbers]
    return parse_law("% Gesetz über Zugänge  (Onlinezugangsgesetz - OZG)\n% Stand\n\n" + "\n".join(words))


def _import(law: ParsedLaw, day: int = 1) -> None:
    store_law(law, state=date(2026, 11, day))


def _keys(page: object) -> list[str]:
    return sorted(LegalReference.objects.filter(page=page).values_list("key", flat=True))


def _items() -> dict[int, str]:
    return {item.page_id or 0: item.note for item in WorkItem.objects.filter(kind="review-law")}


def test_a_range_written_after_the_wording_holds_what_lies_between() -> None:
    factories.act()
    _import(_law())
    page = factories.article(body=factories.markdown("Siehe §§ 3 bis 5 OZG."))
    assert _keys(page) == ["3", "3a", "4", "5"]
    assert list(page.legal_references.filter(key="3a").values_list("ref", flat=True)) == ["§§ 3 bis 5"]


def test_a_range_written_before_the_wording_is_completed_by_it() -> None:
    factories.act()
    places = [
        factories.article("Text", body=factories.markdown("Erst § 3, § 4, § 5 OZG, dann §§ 3–5 OZG.")),
        factories.article("Kurz", short_answer="Ja, §§ 3 bis 5 OZG.", body=factories.markdown("Text")),
        factories.article("Basis", legal_basis="§ 3 Abs. 1 bis § 5 OZG", body=factories.markdown("Text")),
        factories.article("Folgend", body=factories.markdown("§ 3 f. OZG")),
    ]
    assert not LegalReference.objects.filter(key="3a").exists()
    _import(_law())
    assert set(LegalReference.objects.filter(key="3a").values_list("page_id", flat=True)) == {
        page.pk for page in places
    }
    assert not LegalReference.objects.filter(key__in=["1a", "5a"]).exists()


def test_a_change_between_the_ends_is_given_to_whoever_cites_the_range() -> None:
    act = factories.act()
    _import(_law())
    page = factories.article(body=factories.markdown("Siehe §§ 3 bis 5 OZG."))
    named = factories.article("Nennt", body=factories.markdown("Siehe § 3a OZG."))
    factories.article("Anderes", body=factories.markdown("Siehe §§ 1 bis 2 OZG und § 5a OZG."))
    _import(_law("3a"), day=2)
    assert _items() == dict.fromkeys([page.pk, named.pk], "§ 3a OZG: Text geändert, Stand 02.11.2026.")
    html = Client().get(f"/recht/{act.slug}/").content.decode()
    entry = html[html.index('id="p-3a"') : html.index('id="p-4"')]
    assert page.title in entry
    assert named.title in entry


def test_what_comes_and_what_goes_between_the_ends_is_reviewed_too() -> None:
    factories.act()
    _import(_law())
    page = factories.article(body=factories.markdown("Siehe §§ 3 bis 5 OZG."))
    _import(_law(extra=("4a",)), day=2)
    assert _items() == {page.pk: "§ 4a OZG: Text geändert, Stand 02.11.2026."}
    assert _keys(page) == ["3", "3a", "4", "4a", "5"]
    _import(_law(extra=("4a",), without="3a"), day=3)
    assert "§ 3a OZG: Text geändert, Stand 03.11.2026." in _items()[page.pk]
    assert _keys(page) == ["3", "4", "4a", "5"]


def test_a_section_of_several_numbers_stands_for_each() -> None:
    factories.act()
    _import(_law())
    page = factories.article(body=factories.markdown("Siehe § 8 OZG."))
    source = "% Gesetz über Zugänge  (Onlinezugangsgesetz - OZG)\n\n# §§ 7 bis 9 – (weggefallen)\n"
    _import(parse_law(source), day=2)
    assert _items() == {page.pk: "§§ 7 bis 9 OZG: Text geändert, Stand 02.11.2026."}
