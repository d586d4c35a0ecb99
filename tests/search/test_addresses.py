"""Which part of a search is taken for an address: streets of many endings, words of administration never."""

from __future__ import annotations

import pytest

from search.insight.addresses import addresses
from search.insight.lists import listed
from search.rated import read_rated
from tests.search.test_rated import HALVES


def seen(text: str) -> list[str]:
    return [text[start:end] for start, end in addresses(text)]


@pytest.mark.parametrize(
    "street",
    [
        "Schlossberg", "Mühlgraben", "Sonnenhang", "Rosengarten", "Lindenhof", "Wiesenpfad", "Rosensteig",
        "Mühlsteg", "Lindenstieg", "Kirchstiege", "Stadtwall", "Wiesengrund", "Mühltal", "Kornmarkt", "Roßmarkt",
        "Sandkamp", "Rosenwinkel", "Seeblick", "Rheinblick", "Erlenhain", "Dorfanger", "Mainkai", "Wiesenrain",
        "Rosenhügel", "Pfingstwiese", "Waldsiedlung", "Papenbrink", "Uferpromenade", "Steinstieg",
        "Klostermarkt", "Blumental", "Lindental", "Rathausgarten", "Theodor-Heuss-Garten", "Dr.-Schumacher-Hof",
        "Festungsgraben", "Alter Markt", "Hinterer Graben", "Kasseler Berg", "Neuer Wall", "Konradweg",
        "Ostring", "Straße des 17. Juni", "Straße des Friedens", "Straße der Deutschen Einheit",
        "Platz der Republik", "Allee der Kosmonauten", "Am Bahnhof", "Zum Friedhof",
        "Vor dem Steintor", "Bei der Kirche", "Bei der Linde", "Beim Andreasbrunnen", "Zu den Eichen",
        "Unter der Burg", "Unter den Eichen", "Über der Kirche", "Ueber der Kirche", "Zwischen den Bächen",
        "Neben der Alten Mühle", "Vorm Tor", "Zu dem Anger", "Bei der Siedlung", "In der Lichtung",
    ],
)  # fmt: skip
def test_a_street_with_a_number_is_an_address_however_it_ends(street: str) -> None:
    for name in (street, street.lower()):
        assert seen(f"{name} 12") == [f"{name} 12"]
        assert seen(f"ummelden {name} 7a") == [f"{name} 7a"]
        assert seen(f"{name} Nr. 3,34117 Kassel") == [f"{name} Nr. 3"]
        assert seen(f"{name} 2026") == []


@pytest.mark.parametrize(
    "words",
    [
        "Kindergarten", "Waldkindergarten", "Kleingarten", "Wertstoffhof", "Bauhof", "Friedhof", "Bahnhof",
        "Hauptbahnhof", "Betriebshof", "Recyclinghof", "Bundesgerichtshof", "Landesrechnungshof", "Schulhof",
        "Bischof", "Anlage", "Vertrag", "Anhang", "Zusammenhang", "Aushang", "Personalüberhang", "Portal",
        "Bürgerportal", "Onlineportal", "EU-Portal", "digital", "Kapital", "Quartal", "Hospital", "total",
        "horizontal", "Firewall", "Lärmschutzwall", "Arbeitsmarkt", "Wohnungsmarkt", "Binnenmarkt",
        "Wochenmarkt", "Weihnachtsmarkt", "Supermarkt", "Überblick", "Einblick", "im Hinblick", "Blickwinkel",
        "Blockchain", "Supply-Chain", "Lernpfad", "Migrationspfad", "Bahnsteig", "Bürgersteig", "Einstieg",
        "Quereinstieg", "Kostenanstieg", "Hintergrund", "Rechtsgrund", "Ablehnungsgrund", "Erwägungsgrund",
        "Ausschlussgrund", "aufgrund", "vergraben", "Straßengraben", "schwanger", "Terrain", "Ansiedlung",
        "Baden-Württemberg", "Streuobstwiese", "Bewohnerparkplatz", "Energiemonitoring",
        "Bildschirmarbeitsplatz", "dieser Markt", "im Kindergarten", "in der Firewall", "in der Steuerklasse",
        "im Pflegegrad", "bei der Frage", "zu den Fragen", "vor dem Termin", "beim Schritt", "unter der Nummer",
        "unter der Rufnummer", "unter dem Aktenzeichen", "bei der Anmeldung", "in der Verwaltung",
        "beim Kindergarten", "über den Antrag", "zwischen den Stufen", "neben dem Portal", "beim Elterngeld",
        "bei der Kita",
        "bei der Bundestagswahl", "Modul", "Antrag", "Formular", "Gebäude",
    ],
)  # fmt: skip
def test_words_of_administration_with_a_number_are_none(words: str) -> None:
    for name in (words, words.lower()):
        assert seen(f"{name} 3") == []
        assert seen(f"{name} 12 anmelden") == []


@pytest.mark.parametrize(
    "text",
    [
        "Kindergarten 3 Jahre", "Wertstoffhof 2025", "Lindenhof 12 Plätze", "Rosengarten 3 Tage",
        "Sonnenhang 15 Uhr", "Platz der Kita 3 Jahre", "Platz des Antrags 3", "Hof 3", "Markt 12",
        "neuer Grund 3", "Hauptstraße 5,3", "Schlossberg", "Straße des 17. Juni",
    ],
)  # fmt: skip
def test_units_years_and_words_alone_are_none(text: str) -> None:
    assert seen(text) == []


def test_no_rated_query_is_taken_for_an_address() -> None:
    texts = [row["text"] for half in HALVES for row in read_rated(half).queries]
    assert [text for text in texts if seen(text)] == []


def test_no_ending_undoes_another_of_its_list() -> None:
    endings = sorted(listed("no_street_endings"))
    assert len(endings) > 80
    assert [(one, other) for one in endings for other in endings if one != other and one.endswith(other)] == []
    spared = [word for word in listed("no_streets") if word.endswith(tuple(endings))]
    assert spared == []
