"""What of a search is masked before it is stored: names, numbers and addresses, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils.text import slugify

from knowledge.models import Act, GlossaryTerm
from portal.accounts.models import Municipality
from portal.core.visibility import Visibility
from search import index as search_index
from search.fresh import outdate
from search.insight.masking import masked
from search.rebuild import rebuild
from tests.search.conftest import Library

pytestmark = pytest.mark.django_db


@pytest.fixture
def numbered(library: Library) -> Iterator[Library]:
    """A content with standards, numbers and places."""
    for term in ("DIN SPEC 66336", "EfA-Marktplatz", "115"):
        GlossaryTerm.objects.create(term=term, slug=slugify(term), meaning="Ein Begriff.")
    Act.objects.create(
        abbreviation="SDG-VO", slug="sdg-vo", title="Verordnung (EU) 2018/1724", level="eu", summary="–"
    )
    library.add_article("Barrierefreiheit", "Es gilt die EN 301 549, auch für Geburtstage am 01.02.1980.")
    library.add_article("Intern", "Die Akte 778899 von jemandem.", visibility=Visibility.CENTRE)
    names = ("Kassel", "Frankfurt am Main", "Bergstraße", "Gießen", "Wetzlar", "Marburg", "Hanau", "Kirchhain")
    for number, name in enumerate(names, start=1):
        ags = f"9999000{number}"
        Municipality.objects.create(ags=ags, name=name, slug=ags, kind=Municipality.Kind.KREISFREIE_STADT)
    rebuild()
    outdate()
    yield library
    search_index._readers.index = None


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("bescheid max mustermann", "bescheid [Name]"),
        ("Herr Özdemir Register", "Herr [Name] Register"),
        ("Frau Dr. Müller-Lüdenscheidt", "Frau Dr. [Name]"),
        ("anna.schmidt@stadt.example postfach", "[E-Mail] postfach"),
        ("Aktenzeichen 4711-0815", "Aktenzeichen [Zahl]"),
        ("AZ-2023-44123 Bescheid", "[Zahl] Bescheid"),
        ("DE89 3704 0044 0532 0130 00", "[Zahl]"),
        ("0561 1234567", "[Zahl]"),
        ("Königsstraße 12 ummelden", "[Anschrift] ummelden"),
        ("geboren 03.05.1978", "geboren [Zahl]"),
        ("35037 Marburg", "[Zahl] Marburg"),
        ("Marburg", "Marburg"),
        ("bad homburg v.d. höhe", "bad homburg v.d. höhe"),
        ("§ 9 OZG", "§ 9 OZG"),
        ("verordnung 2018/1724", "verordnung 2018/1724"),
        ("Frist 31.12.2026", "Frist 31.12.2026"),
        ("Haushalt 2027", "Haushalt 2027"),
        ("EfA", "EfA"),
        ("Quastenflosser", "Quastenflosser"),
        ("wer ist zuständig für register", "wer ist zuständig für register"),
    ],
)
def test_names_numbers_and_addresses_are_masked(indexed: Library, typed: str, kept: str) -> None:
    for ags, name in (("99990001", "Marburg"), ("99990002", "Bad Homburg v. d. Höhe")):
        Municipality.objects.create(ags=ags, name=name, slug=ags, kind=Municipality.Kind.KREISFREIE_STADT)
    assert masked(typed) == kept


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        # The place before a street stays, and so do terms, years, and words that only end like streets.
        ("Kassel Friedrichsplatz 8", "Kassel [Anschrift]"),
        ("Frankfurt am Main 5 Dienste", "Frankfurt am Main 5 Dienste"),
        ("Frankfurt am Main Am Markt 5", "Frankfurt am Main [Anschrift]"),
        ("EfA-Marktplatz 2026", "EfA-Marktplatz 2026"),
        ("EfA-Marktplatz 8", "EfA-Marktplatz 8"),
        ("Monitoring 2025", "Monitoring 2025"),
        ("Monitoring 12 Dienste", "Monitoring 12 Dienste"),
        ("Kita-Platz 2026", "Kita-Platz 2026"),
        ("kita-platz 3", "kita-platz 3"),
        ("IT-Arbeitsplatz 4", "IT-Arbeitsplatz 4"),
        ("im Quartal 3", "im Quartal 3"),
        ("am montag 12 uhr", "am montag 12 uhr"),
        ("im Jahr 2026", "im Jahr 2026"),
        ("im Rahmen der 5 Dienste", "im Rahmen der 5 Dienste"),
        ("am Schalter 3 Tage", "am Schalter 3 Tage"),
        ("zum Stichtag 31.12.2026", "zum Stichtag 31.12.2026"),
        ("in der EfA 2", "in der EfA 2"),
        # Addresses as people write them.
        ("Hauptstr.12", "[Anschrift]"),
        ("hauptstr. 12 a ummelden", "[Anschrift] ummelden"),
        ("Am Markt 5", "[Anschrift]"),
        ("am markt 5 ummelden", "[Anschrift] ummelden"),
        ("Im Tal 3b", "[Anschrift]"),
        ("An der Alten Mühle 3", "[Anschrift]"),
        ("Unter den Eichen 77", "[Anschrift]"),
        ("Schlossstraße Nr. 5", "[Anschrift]"),
        ("Schlossstraße Hausnummer 5", "[Anschrift]"),
        ("Königsstraße, Nr. 12", "[Anschrift]"),
        ("Berliner Straße 12", "[Anschrift]"),
        ("in der Straße 12", "in der [Anschrift]"),
        ("Konrad-Adenauer-Platz 3-5", "[Anschrift]"),
        ("Dr.-Schumacher-Str. 7", "[Anschrift]"),
        ("Bergstraße 12", "[Anschrift]"),
        ("Hauptstr. 12 34117 Kassel", "[Anschrift] [Zahl] Kassel"),
        ("antrag Königsstraße 12", "antrag [Anschrift]"),
        ("am antrag Königsstraße 12", "am antrag [Anschrift]"),
        ("Hauptstraße 5,34117 Kassel", "[Anschrift],[Zahl] Kassel"),
        ("Am Markt 5,34117 Kassel", "[Anschrift],[Zahl] Kassel"),
        ("Straße des 17. Juni 135 ummelden", "[Anschrift] ummelden"),
        ("ummelden lindenhof 3", "ummelden [Anschrift]"),
        # Streets are named after towns; the towns themselves stay, in the genitive too.
        ("Kasseler Berg 12", "[Anschrift]"),
        ("kasseler berg 12 ummelden", "[Anschrift] ummelden"),
        ("Am Gießener Tor 5", "[Anschrift]"),
        ("Wetzlarer Hof 3", "[Anschrift]"),
        ("Zum Marburger Schloss 2", "[Anschrift]"),
        ("Hanauer Markt 4", "[Anschrift]"),
        ("Kasseler Straße 12", "[Anschrift]"),
        ("Kirchhainer Weg 7 Kirchhain", "[Anschrift] Kirchhain"),
        ("Kirchhain 12", "Kirchhain 12"),
        ("Kassels Haushalt", "Kassels Haushalt"),
        ("Kassels Haushalt 2027", "Kassels Haushalt 2027"),
        ("Kirchhains 12 Dienste", "Kirchhains 12 Dienste"),
        ("Kasseler Haushalt", "Kasseler Haushalt"),
        ("Marburger Dienste 2026", "Marburger Dienste 2026"),
        ("Hanauer Markt 2026", "Hanauer Markt 2026"),
        # Persons too.
        ("Frau Hanauer Bescheid", "Frau [Name] Bescheid"),
        ("Frau Hanau", "Frau Hanau"),
        # Capitals and short forms that are first names as well.
        ("DORA-Verordnung", "DORA-Verordnung"),
        ("SINA-Box beschaffen", "SINA-Box beschaffen"),
        ("max. Dateigröße", "max. Dateigröße"),
        ("MAX MUSTERMANN", "[Name]"),
        # What overlaps with an act is cut, not kept.
        ("OZG Königsstraße 12", "OZG [Anschrift]"),
        ("Königsstraße 12 § 9 OZG", "[Anschrift] § 9 OZG"),
        ("§ 9 OZG 0561 1234567", "§ 9 OZG [Zahl]"),
        ("2018/1724 0561 1234567", "2018/1724 [Zahl]"),
        ("ozg@stadt.example", "[E-Mail]"),
        ("https://x.example/ozg/4711", "[E-Mail]"),
        # Numbers that name nobody.
        ("din spec 66336 pflicht", "din spec 66336 pflicht"),
        ("DIN-SPEC 66336 4711-0815", "DIN-SPEC 66336 [Zahl]"),
        ("EN 301 549", "EN 301 549"),
        ("EN 301549 V3.2.1", "EN 301549 V3.2.1"),
        ("EN 301 549 2021", "EN 301 549 2021"),
        ("0561 301 549", "[Zahl]"),
        ("EN 301 548", "EN [Zahl]"),
        ("geboren 01.02.1980", "geboren [Zahl]"),
        ("akte 778899", "akte [Zahl]"),
        ("5 - 6 Jahre", "5 - 6 Jahre"),
        ("115", "115"),
        ("0561 115 2233", "[Zahl]"),
        # Number and year: acts until 2014, months and school years; files else, and all behind a word for a file.
        ("Aktenzeichen 4711/2024", "Aktenzeichen [Zahl]"),
        ("Az. 0815/2025 Wohngeld", "Az. [Zahl] Wohngeld"),
        ("bescheid 123/2025 widerspruch", "bescheid [Zahl] widerspruch"),
        ("4711/2024", "[Zahl]"),
        ("0815/2010", "[Zahl]"),
        ("2024/0815", "[Zahl]"),
        ("Az. 2024/815", "Az. [Zahl]"),
        ("az: 815/2012", "az: [Zahl]"),
        ("Bescheid Nr. 12/2025", "Bescheid Nr. [Zahl]"),
        ("geschäftszeichen 2024/12", "geschäftszeichen [Zahl]"),
        ("kind geboren am 12.03.2023", "kind geboren am [Zahl]"),
        ("geb. 12.03.2023 kita", "geb. [Zahl] kita"),
        ("Verordnung (EU) Nr. 910/2014", "Verordnung (EU) Nr. 910/2014"),
        ("765/2008", "765/2008"),
        ("2016/679", "2016/679"),
        ("Richtlinie 2014/55", "Richtlinie 2014/55"),
        ("Az. 2018/1724", "Az. 2018/1724"),
        ("Stand 06/2026", "Stand 06/2026"),
        ("Schuljahr 2025/26", "Schuljahr 2025/26"),
        ("Bescheid 2026", "Bescheid 2026"),
        ("Bescheid 2025/2026", "Bescheid 2025/2026"),
        ("Bescheid Frist 31.12.2026", "Bescheid Frist 31.12.2026"),
        ("geboren 2023", "geboren 2023"),
        # Papers and plates.
        ("Personalausweis L01X00T47", "Personalausweis [Zahl]"),
        ("reisepass c01x00t47 verloren", "reisepass [Zahl] verloren"),
        ("Reisepass C4TJ2RLKN", "Reisepass [Zahl]"),
        ("Führerschein B072RRE2I55", "Führerschein [Zahl]"),
        ("Kennzeichen KS-AB 123", "Kennzeichen [Zahl]"),
        ("ks-ab 12e abmelden", "[Zahl] abmelden"),
        ("KS-AB1234", "[Zahl]"),
        ("Wunschkennzeichen: KS AB 12", "Wunschkennzeichen: [Zahl]"),
        ("kennzeichen ksab12", "kennzeichen [Zahl]"),
        ("KÜN-X 7", "[Zahl]"),
        ("Kennzeichen im KW 3", "Kennzeichen im KW 3"),
        ("kennzeichen ab 5 Jahre", "kennzeichen ab 5 Jahre"),
        ("KI-VO 2024", "KI-VO 2024"),
        ("KI-VO 6", "KI-VO 6"),
        ("SDG-VO 6", "SDG-VO 6"),
        ("Wi-Fi 6", "Wi-Fi 6"),
        ("DIN-A 4", "DIN-A 4"),
        ("EN301549", "EN301549"),
        ("ISO-27001", "[Zahl]"),
        ("XÖV 3", "XÖV 3"),
        ("99107006001000", "99107006001000"),
        ("Krankenhaus2go", "Krankenhaus2go"),
        ("Windows10", "Windows10"),
        ("BSI TR-031", "BSI TR-031"),
    ],
)
def test_what_names_nobody_stays_and_the_rest_does_not(numbered: Library, typed: str, kept: str) -> None:
    assert masked(typed) == kept
