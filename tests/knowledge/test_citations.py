"""Citations of German and European law, as lawyers write them and as people type them."""

from __future__ import annotations

import time

import pytest

from knowledge.act_names import names_of
from knowledge.acts import ActIndex, ActInfo
from knowledge.citations import (
    anchor_of,
    find_citations,
    parse_basis,
    provision_key,
    search_citations,
    unknown_acts,
)
from knowledge.models import Act, LegalReference
from portal.core.text import german_slug
from tests import factories


def _act(pk: int, short: str, title: str, *aliases: str, level: str = "bund") -> tuple[ActInfo, list[str]]:
    return ActInfo(pk, german_slug(short), short, title, level, "ja", "Ja"), names_of(short, title, aliases)


INDEX = ActIndex(
    [
        _act(1, "OZG", "Onlinezugangsgesetz"),
        _act(2, "IDNrG", "Identifikationsnummerngesetz"),
        _act(3, "SDG-VO", "Verordnung (EU) 2018/1724 des Rates", "SDG-Verordnung", level="eu"),
        _act(4, "DSGVO", "Datenschutz-Grundverordnung", level="eu"),
        _act(5, "VwVfG", "Verwaltungsverfahrensgesetz"),
        _act(6, "HVwVfG", "Hessisches Verwaltungsverfahrensgesetz"),
        _act(7, "EGovG", "E-Government-Gesetz", "E-Government-Gesetz des Bundes"),
        _act(8, "SGB I", "Erstes Buch Sozialgesetzbuch"),
        _act(9, "AufenthV", "Aufenthaltsverordnung"),
    ]
)


def _found(text: str) -> list[tuple[str, str]]:
    return [(citation.act.abbreviation, citation.key) for citation in find_citations(text, INDEX)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("§ 9 Abs. 1 OZG", [("OZG", "9/1")]),
        ("§§ 3, 4 OZG", [("OZG", "3"), ("OZG", "4")]),
        ("§§ 27b, 72a, 73 VwVfG", [("VwVfG", "27b"), ("VwVfG", "72a"), ("VwVfG", "73")]),
        ("§ 1a Abs. 1 Satz 2–3 OZG", [("OZG", "1a/1")]),
        ("§ 2 Nr. 3 IDNrG", [("IDNrG", "2")]),
        ("Art. 6 Abs. 1 VO (EU) 2018/1724", [("SDG-VO", "art-6/1")]),
        ("Art. 13, 28 DSGVO", [("DSGVO", "art-13"), ("DSGVO", "art-28")]),
        ("Artikel 6 Absatz 1 Buchstabe e der Datenschutz-Grundverordnung", [("DSGVO", "art-6/1")]),
        ("§ 9 Onlinezugangsgesetz", [("OZG", "9")]),
        ("Paragraf 9 Absatz 1 des Onlinezugangsgesetzes", [("OZG", "9/1")]),
        ("den Paragraphen 3 und 4 OZG", [("OZG", "3"), ("OZG", "4")]),
        ("§ 9 des Onlinezugangsgesetzes", [("OZG", "9")]),
        ("§ 5 Abs. 1, 3 EGovG", [("EGovG", "5/1"), ("EGovG", "5/3")]),
        ("§ 4 Abs. 1 des E-Government-Gesetzes des Bundes", [("EGovG", "4/1")]),
        ("§ 36a Abs. 5 des Ersten Buchs Sozialgesetzbuch, SGB I", [("SGB I", "36a/5")]),
        ("§ 2 Abs. 2 der Verordnung über vieles Größere (OZG)", [("OZG", "2/2")]),
        ("§ 6 Abs. 4 und § 7 IDNrG", [("IDNrG", "6/4"), ("IDNrG", "7")]),
        ("§§ 3 bis 5 OZG", [("OZG", "3"), ("OZG", "4"), ("OZG", "5")]),
        ("§§ 3a bis 3c OZG", [("OZG", "3a"), ("OZG", "3b"), ("OZG", "3c")]),
        ("§§ 3 bis 3b OZG", [("OZG", "3"), ("OZG", "3a"), ("OZG", "3b")]),
        ("§§ 3a bis d OZG", [("OZG", "3a"), ("OZG", "3b"), ("OZG", "3c"), ("OZG", "3d")]),
        ("§§ 3a bis 5b OZG", [("OZG", key) for key in ("3a", "4", "5", "5a", "5b")]),
        ("§§ 1 bis 60 OZG", [("OZG", str(number)) for number in range(1, 61)]),
        ("§ 3 Abs. 1a bis 1c OZG", [("OZG", "3/1a"), ("OZG", "3/1b"), ("OZG", "3/1c")]),
        ("§ 1 HVwVfG", [("HVwVfG", "1")]),
        ("Anlage IDNrG, Anhang II der SDG-VO", [("IDNrG", "anlage"), ("SDG-VO", "anhang-ii")]),
        ("§\u00a09\u00a0OZG", [("OZG", "9")]),
        ("§ 9 und vieles andere. Das OZG", []),
        ("§ 1 XYZG", []),
        ("§ 9 Abs. 1 i. V. m. § 2 OZG", [("OZG", "9/1"), ("OZG", "2")]),
        ("§ 9 i.V.m. § 2 OZG", [("OZG", "9"), ("OZG", "2")]),
        ("§ 9 Abs. 1 Satz 2 in Verbindung mit § 2 Abs. 3 OZG", [("OZG", "9/1"), ("OZG", "2/3")]),
        ("§ 9 OZG i. V. m. § 2 IDNrG", [("OZG", "9"), ("IDNrG", "2")]),
        ("§ 9 ff. OZG", [("OZG", "9")]),
        ("§§ 9ff OZG", [("OZG", "9")]),
        ("§ 9 f. OZG", [("OZG", "9"), ("OZG", "10")]),
        ("§ 9 Abs. 1 f. OZG", [("OZG", "9/1"), ("OZG", "9/2")]),
        ("§ 9 (1) OZG", [("OZG", "9/1")]),
        ("Art. 6 (1) Buchst. e DSGVO", [("DSGVO", "art-6/1")]),
        ("§ 3 a OZG", [("OZG", "3a")]),
        ("§ 3 a Abs. 2 OZG", [("OZG", "3a/2")]),
        ("§ 9 I OZG", [("OZG", "9/1")]),
        ("§ 9 IV 2 OZG", [("OZG", "9/4")]),
        ("§ 36 II SGB I", [("SGB I", "36/2")]),
    ],
)
def test_citations_are_recognised(text: str, expected: list[tuple[str, str]]) -> None:
    assert _found(text) == expected


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("§ 9 Abs. 1 Ziff. 2 OZG", "9/1"),
        ("§ 9 Abs. 1 Ziffer 2 OZG", "9/1"),
        ("§ 9 Abs. 1 Nr. 1 a OZG", "9/1"),
        ("§ 9 Abs. 1 Nr. 1 a) aa) OZG", "9/1"),
        ("§ 9 Nr. 1 Buchst. a Doppelbuchstabe aa OZG", "9"),
        ("§ 9 Abs. 1 Nr. 1, 3 a und 4 OZG", "9/1"),
        ("§ 9 Abs. 1 Satz 1 Nr. 1 und Nr. 3 OZG", "9/1"),
        ("§ 9 Abs. 1 Satz 1 und 3 sowie Abs. 3 OZG", "9/1 9/3"),
        ("§ 9 Abs. 1, Satz 2 OZG", "9/1"),
        ("§ 9, Abs. 1 OZG", "9/1"),
        ("§ 9 Abs. 1 Satz 1, 2. Halbsatz OZG", "9/1"),
        ("§ 9 Abs. 1 Satz 1 2. Alt. OZG", "9/1"),
        ("§ 9 Abs. 1 S. 1 Hs. 2 OZG", "9/1"),
        ("§ 9 Abs. 1 erster Halbsatz OZG", "9/1"),
        ("§ 9 Abs. 1 Nr. 2 f. OZG", "9/1"),
        ("§ 9 I 1 OZG", "9/1"),
        ("§ 9 I 1, 2 OZG", "9/1"),
        ("§ 9 I, II OZG", "9/1 9/2"),
        ("§ 9 I 1 und II 2 OZG", "9/1 9/2"),
        ("§ 9 I-III OZG", "9/1 9/2 9/3"),
        ("§ 9 Ia OZG", "9/1a"),
        ("§ 9 und 10 OZG", "9 10"),
        ("§ 9, 10 und 11 OZG", "9 10 11"),
        ("§ 9 bzw. § 10 OZG", "9 10"),
        ("§ 9 Abs. 1 in Verbindung mit den §§ 3 und 4 OZG", "9/1 3 4"),
        ("§§ 3 Abs. 1 Satz 1, 5 Abs. 2 OZG", "3/1 5/2"),
        ("§ 3 Abs. 1 bis § 5 OZG", "3/1 4 5"),
        ("§ 3 Abs. 1 bis § 5 Abs. 2 OZG", "3/1 4 5/2"),
        ("§ 9 Abs. 1 bis 3 Satz 1 OZG", "9/1 9/2 9/3"),
        ("§\u20099 Abs.\u20091\u202fOZG", "9/1"),
        ("§ 9 des Online\u00adzugangs\u00adgesetzes", "9"),
        ("Art. 5 Abs. 1 Buchst. a) DSGVO", "art-5/1"),
        ("Art. 5 Abs. 1 lit. a) DSGVO", "art-5/1"),
        ("Art. 5 Abs. 1 lit a DSGVO", "art-5/1"),
        ("Art. 6 Abs. 1 e) DSGVO", "art-6/1"),
        ("Art. 6(1)(e) DSGVO", "art-6/1"),
        ("Art. 6 I 1 lit. e DSGVO", "art-6/1"),
        ("Art. 6 Abs. 1 UAbs. 1 Buchst. e, Abs. 3 DSGVO", "art-6/1 art-6/3"),
        ("Art. 6 Abs. 1 lit. c und lit. e DSGVO", "art-6/1"),
        ("Anhang I und II SDG-VO", "anhang-i anhang-ii"),
        ("Anhänge I bis III der SDG-VO", "anhang-i anhang-ii anhang-iii"),
        ("Anhang I Teil A Nr. 3 SDG-VO", "anhang-i"),
        ("Art. 6 und Anhang II der SDG-VO", "art-6 anhang-ii"),
        ("Anlagen 1 und 2 AufenthV", "anlage-1 anlage-2"),
        ("Anlagen D1 bis D3 AufenthV", "anlage-d1 anlage-d2 anlage-d3"),
        ("Anlage A Nr. 3 AufenthV", "anlage-a"),
        ("Anlage 1 (zu § 3 Abs. 2) AufenthV", "anlage-1"),
        ("Anlage 6 E AufenthV", "anlage-6-e"),
        ("Anlage 6 E-Government-Gesetz", "anlage-6"),
        ("Anlage zu § 1 IDNrG", "anlage"),
        ("Anlage zu § 1 und Anlage 2 IDNrG", "anlage anlage-2"),
    ],
)  # fmt: skip
def test_the_ways_of_citing_are_known(text: str, keys: str) -> None:
    found = find_citations(text, INDEX)
    assert [citation.key for citation in found] == keys.split()
    assert (found[0].start, found[-1].end) == (0, len(text))


@pytest.mark.parametrize(
    ("text", "ref"),
    [("§ 9 I 1 OZG", "§ 9 Abs. 1 Satz 1"), ("§ 9 Abs. 1, Satz 2 OZG", "§ 9 Abs. 1, Satz 2"),
     ("Anlage zu § 1 IDNrG", "Anlage zu § 1"), ("Anlagen D2a bis D4b AufenthV", "Anlage D2a bis D4b"),
     ("§ 3 Abs. 1 bis § 5 OZG", "§ 3 Abs. 1 bis § 5")],
)  # fmt: skip
def test_the_wording_names_all_details(text: str, ref: str) -> None:
    assert find_citations(text, INDEX)[0].ref == ref


@pytest.mark.parametrize(
    "piece", ["§ 1 Nr. 1, ", "§ 1 Satz 1 2. ", "Anlage 1 (zu § 1, ", "Anhang I, II, ", "1, ", "a) ", "1.1.", " ",
              "§ 1 des a-", "§", "Nr. 1 bis ", "a\u00ad"]
)  # fmt: skip
@pytest.mark.once
def test_a_hostile_text_costs_no_more_than_its_length(piece: str) -> None:
    text = f"§ 1 Nr. 1 {piece * (100_000 // len(piece))}"
    started = time.process_time()
    assert find_citations(text, INDEX) == []
    assert isinstance(unknown_acts(text, INDEX), list)
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("text", "key"),
    [("art 6 sdg vo", "art-6"), ("idnrg §2", "2"), ("§9ozg", "9"), ("ozg 9", "9"), ("dsgvo 28", "art-28"),
     ("paragraf 9 ozg", "9"), ("onlinezugangsgesetz paragraph 3", "3"),
     ("was sagt das ozg § 3 abs 1", "3/1"), ("ozg 9 abs 1", "9/1"), ("dsgvo 28 abs. 3 satz 2", "art-28/3"),
     ("dsgvo 28 was ist das", "art-28")],
)  # fmt: skip
def test_search_boxes_are_understood(text: str, key: str) -> None:
    assert [citation.key for citation in search_citations(text, INDEX)] == [key]


@pytest.mark.parametrize(
    "text",
    ["OZG 575 Leistungen", "OZG 2022", "ozg 1999", "DSGVO 72 Stunden", "DSGVO 72 h", "OZG 2.0", "ozg 12345",
     "dsgvo 25 jahre", "ozg 31.12.2022", "ozg 9 bescheid postfach"],
)  # fmt: skip
def test_numbers_that_count_something_are_no_provisions(text: str) -> None:
    assert search_citations(text, INDEX) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "§",
        "§ § §",
        "ozg",
        "Art.",
        "§ 99999999999 OZG",
        "§ 1-" * 500,
        "§ 3 bis ٣٤",
        "§§ 3 bis ３４ OZG",
        "§ 3 bis 𝟗 OZG",
        "Anlage 1 bis ٣٤ OZG",
    ],
)
def test_fragments_do_no_harm(text: str) -> None:
    search_citations(text, INDEX)
    find_citations(text, INDEX)


def test_long_text_without_acts_is_quick() -> None:
    assert find_citations("§ 1 Abs. 2 Satz 3, § 4 und §§ 5 bis 6, " * 2_000, INDEX) == []


@pytest.mark.parametrize(
    "piece", ["§ 1 i. V. m. ", "§ 1 f. ", "§ 1 (1", "§ 1 I i. ", "§ 1 a ", "§ 1 in Verbindung "]
)
def test_other_forms_are_quick_too(piece: str) -> None:
    started = time.process_time()
    find_citations(piece * 4_000, INDEX)
    assert time.process_time() - started < 4


def test_what_follows_stays_in_the_wording() -> None:
    assert [item.ref for item in find_citations("§ 9 Abs. 1 ff. OZG", INDEX)] == ["§ 9 Abs. 1 ff."]


def test_ranges_without_end_are_bounded() -> None:
    assert len(find_citations("§§ 1 bis 9999 OZG, " * 2_000, INDEX)) < 10_000
    assert {citation.ref for citation in find_citations("§§ 3 bis 5 OZG", INDEX)} == {"§§ 3 bis 5"}


def test_span_encloses_the_words() -> None:
    text = "Nach § 9 Abs. 1 OZG gilt das."
    citation = find_citations(text, INDEX)[0]
    assert text[citation.start : citation.end] == "§ 9 Abs. 1 OZG"
    assert citation.url == "/recht/ozg/#p-9-abs-1"


def test_basis_may_name_an_act_alone() -> None:
    assert [(item.act.abbreviation, item.key) for item in parse_basis("Onlinezugangsgesetz", INDEX)] == [
        ("OZG", "")
    ]
    assert parse_basis("Ratsbeschluss", INDEX) == []


def test_unknown_acts_are_named() -> None:
    assert unknown_acts("Nach § 1 XYZG und § 9 OZG.", INDEX) == ["§ 1 XYZG"]


def test_keys_and_anchors() -> None:
    assert provision_key("§ 9 Absatz 1") == "9/1"
    assert provision_key("Art. 6") == "art-6"
    assert provision_key("irgendwas") == ""
    assert [anchor_of(key) for key in ("9/1", "9a", "art-6/1", "anlage")] == [
        "p-9-abs-1", "p-9a", "art-6-abs-1", "anlage",
    ]  # fmt: skip


@pytest.mark.django_db
def test_references_are_kept_with_the_page() -> None:
    act = factories.act()
    page = factories.article(body=factories.markdown("§ 3 OZG und § 3 Satz 2 OZG"), legal_basis="§ 9 Abs. 1 OZG")
    rows = LegalReference.objects.filter(page=page).order_by("key").values_list("key", "origin")
    assert list(rows) == [("3", "body"), ("9/1", "basis")]
    page.body = factories.markdown("Nichts mehr.")
    page.save()
    assert list(page.legal_references.values_list("key", flat=True)) == ["9/1"]
    Act.objects.get(pk=act.pk).delete()
    assert not LegalReference.objects.exists()
