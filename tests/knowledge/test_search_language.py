"""Acts and provisions in all the ways people type them."""

from datetime import date

import pytest

from knowledge.models import Act, GlossaryTerm
from knowledge.search_language import ActRecogniser, GlossarySynonyms, is_long_form
from search.analysis import analyse
from search.query import parse, plan
from search.synonyms import Synonyms


@pytest.fixture
def acts(db: None) -> None:
    rows = [
        ("OZG", "ozg", "Onlinezugangsgesetz", "bund", "Online-Zugangsgesetz"),
        ("SDG-VO", "sdg-vo", "Verordnung (EU) 2018/1724 zur Änderung der Verordnung (EU) Nr. 1024/2012", "eu", ""),
        ("IMI-VO", "imi-vo", "Verordnung (EU) Nr. 1024/2012 über das Binnenmarkt-Informationssystem", "eu", ""),
        ("SGB I", "sgb-i", "Sozialgesetzbuch Erstes Buch", "bund", "SGB 1"),
    ]
    for abbreviation, slug, title, level, aliases in rows:
        Act.objects.create(
            abbreviation=abbreviation, slug=slug, title=title, level=level, binds="ja", aliases=aliases,
            summary="–", state_date=date(2026, 8, 19),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "ref"),
    [
        ("§ 9 OZG", "ozg/9"),
        ("§9 abs 1 ozg", "ozg/9/1"),
        ("ozg 9", "ozg/9"),
        ("9 ozg", "ozg/9"),
        ("ozg §9", "ozg/9"),
        ("§9ozg", "ozg/9"),
        ("paragraph 9 ozg", "ozg/9"),
        ("paragraf 9 absatz 1 ozg", "ozg/9/1"),
        ("§ 9 Onlinezugangsgesetz", "ozg/9"),
        ("ozg § 9 (1)", "ozg/9/1"),
        ("art. 6 sdg-vo", "sdg-vo/art-6"),
        ("artikel 6 SDG VO", "sdg-vo/art-6"),
        ("sdg-vo art 6", "sdg-vo/art-6"),
        ("art. 6 verordnung (eu) 2018/1724", "sdg-vo/art-6"),
        ("art 6 vo 2018/1724", "sdg-vo/art-6"),
        ("art 6 2018/1724", "sdg-vo/art-6"),
        ("verordnung 2018/1724", "sdg-vo"),
        ("VO (EU) 2018/1724", "sdg-vo"),
        ("2018/1724", "sdg-vo"),
        ("verordnung 1024/2012", "imi-vo"),
        ("§ 36a SGB I", "sgb-i/36a"),
        ("sgb 1 36a", "sgb-i/36a"),
        ("onlinezugangsgesetz", "ozg"),
        ("online-zugangsgesetz", "ozg"),
        ("bescheid nach § 9 ozg", "ozg/9"),
        ("ozg 9 abs 1", "ozg/9/1"),
        ("ozg 9 (1)", "ozg/9/1"),
        ("ozg 9 abs. 1 satz 2 nr. 3", "ozg/9/1"),
        ("ozg 9 ff.", "ozg/9"),
        ("ozg 3a", "ozg/3a"),
        ("was gilt nach ozg 9?", "ozg/9"),
        ("ozg 9 was gilt", "ozg/9"),
        ("sdg-vo 6 abs 1", "sdg-vo/art-6/1"),
        ("OZG 575 Leistungen", "ozg"),
        ("OZG 2022", "ozg"),
        ("OZG 2.0", "ozg"),
        ("OZG bis 2022 umsetzen", "ozg"),
        ("ozg 72 h", "ozg"),
        ("ozg 72h", "ozg"),
        ("SDG-VO 72 Stunden", "sdg-vo"),
        ("SDG-VO 12345", "sdg-vo"),
        ("verordnung 2018/1724 12 Monate", "sdg-vo"),
    ],
)
def test_provisions_and_acts_are_recognised(acts: None, typed: str, ref: str) -> None:
    assert [found.ref for found in ActRecogniser().recognise(typed)] == [ref]


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ("frist § 9 (1) OZG 12 Monate", "§ 9 (1) OZG"),
        ("ozg 9 abs 1 was gilt", "ozg 9 abs 1"),
        ("frist art 6 verordnung 2018/1724 12 Monate", "art 6 verordnung 2018/1724"),
        ("9 ozg", "9 ozg"),
    ],
)
def test_the_place_of_a_provision_is_what_names_it(acts: None, typed: str, named: str) -> None:
    (found,) = ActRecogniser().recognise(typed)
    assert typed[found.start : found.end].strip() == named


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("OZG 575 Leistungen", ["ozg", "575", "leistungen"]),
        ("DSGVO 72 Stunden", ["dsgvo", "72", "stunden"]),
        ("OZG 2022", ["ozg", "2022"]),
        ("§ 9 OZG 12 Monate", ["§9", "ozg", "12", "monate"]),
        ("art 6 sdg-vo", ["sdg", "vo"]),
        ("ozg 9 abs 1", ["ozg"]),
        ('"Bescheid im Postfach" ozg 9 abs 1', ["ozg"]),
    ],
)
def test_a_number_that_is_no_provision_stays_a_word(acts: None, typed: str, words: list[str]) -> None:
    groups = plan(parse(typed), synonyms=Synonyms()).groups
    assert [word.exact for group in groups for word in group.words] == words


@pytest.mark.parametrize(
    "typed", ["§ 9", "9 Anträge", "2027", "31.12.2027", "1/2", "2018/9999", "24/7 erreichbar"]
)
def test_numbers_alone_name_nothing(acts: None, typed: str) -> None:
    assert ActRecogniser().recognise(typed) == []


@pytest.mark.parametrize(
    ("short", "long", "expected"),
    [
        ("NOOTS", "Nationales Once-Only-Technical-System", True),
        ("KKV", "Kompetenzstelle kommunale Verwaltungsdigitalisierung", True),
        ("IDNr", "Identifikationsnummer", True),
        ("eGovSAD", "eGovernment Service- und Analyse-Dashboard", True),
        ("XÖV", "XML in der oeffentlichen Verwaltung", True),
        ("E-Akte", "elektronische Akte", True),
        ("NdB-VN", "Netze des Bundes – Verbindungsnetz", True),
        ("ePayment", "elektronisches Bezahlen", False),
        ("eIDAS", "VO (EU) 910/2014", False),
        ("OZSV", "Verordnung über Standards für den Onlinezugang zu Verwaltungsleistungen", False),
        ("Digital only", "Digital und nur online", False),
        ("Siegel", "Siegel einer elektronischen Signatur", False),
        ("KKV", "", False),
        ("EfA", "EfA", False),
    ],
)
def test_a_long_form_has_the_letters_of_its_abbreviation(short: str, long: str, expected: bool) -> None:
    assert is_long_form(short, long) is expected


def test_long_forms_are_equal_to_their_abbreviation_both_ways(db: None) -> None:
    rows = [
        ("KKV", "Kompetenzstelle kommunale Verwaltungsdigitalisierung"),
        ("ePayment", "elektronisches Bezahlen"),
    ]
    for term, long in rows:
        GlossaryTerm.objects.create(term=term, slug=term.lower(), expansion=long, meaning="–")
    assert [*GlossarySynonyms().groups()] == [[*rows[0]], ["ePayment"]]
    synonyms = Synonyms(GlossarySynonyms().groups())
    for typed, other in ((rows[0][0], rows[0][1]), (rows[0][1], rows[0][0])):
        (group,) = plan(parse(typed), synonyms=synonyms).groups
        assert group.alternatives == (tuple(analyse(other).stems),)
    assert not any(
        group.alternatives for group in plan(parse("elektronisches Bezahlen"), synonyms=synonyms).groups
    )
