from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from search.analysis import analyse, light_stem, normalise, tokens
from search.compounds import Splitter, count_words

STARTER = Path(__file__).resolve().parents[2] / "knowledge" / "starter"


@pytest.fixture(scope="module")
def splitter() -> Splitter:
    """The splitter with the vocabulary of the starter content, as a rebuild would make it."""
    return Splitter(count_words(path.read_text(encoding="utf-8") for path in STARTER.rglob("*.md")))


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("Größe", "grosse"),
        ("Groesse", "grosse"),
        ("Behörde", "behorde"),
        ("Behoerde", "behorde"),
        ("für", "fur"),
        ("fuer", "fur"),
        ("Quelle", "quelle"),
        ("neue", "neue"),
        ("Bürgerbüro", "burgerburo"),
        ("CAFÉ", "cafe"),
        ("ẞ", "ss"),
    ],
)
def test_spellings_of_one_word_meet(typed: str, folded: str) -> None:
    assert normalise(typed) == folded


@pytest.mark.parametrize(
    "words",
    [
        ("Register", "Registern"),
        ("Behörde", "Behörden"),
        ("Gesetz", "Gesetze", "Gesetzes", "Gesetzen"),
        ("Kommune", "Kommunen"),
        ("Antrag", "Antrags", "Antrages"),
        ("digitale", "digitalen", "digitaler", "digitales", "digital"),
        ("Häuser", "Hauses"),
    ],
)
def test_inflections_share_a_stem(words: tuple[str, ...]) -> None:
    assert len({light_stem(normalise(word)) for word in words}) == 1


def test_genitive_and_noun_ending_meet_as_roots(splitter: Splitter) -> None:
    assert splitter.parts("registers") == splitter.parts("register")
    assert splitter.parts("anmeldung") == splitter.parts("anmelden")


def test_hyphens_split_and_join() -> None:
    analysis = analyse("OZG-Umsetzung mit Bund-ID und E-Akte")
    assert analysis.exact == ["ozg", "umsetzung", "mit", "bund", "id", "und", "e", "akte"]
    assert analysis.joined == ["ozgumsetzung", "bundid", "eakte"]


def test_sections_and_numbers_stay_whole() -> None:
    found = analyse("Nach § 9a Abs. 1 OZG und VO (EU) 2018/1724 bis 31.12.2027").exact
    assert "§9a" in found
    assert "2018/1724" in found
    assert "31.12.2027" in found


def test_offsets_point_into_the_text() -> None:
    text = "Die „Identifikationsnummer“ – § 139b AO."
    assert [text[token.start : token.end] for token in tokens(text)] == [
        "Die",
        "Identifikationsnummer",
        "§ 139b",
        "AO",
    ]


PIECES = ["Größe", "OZG", "e", "a", "§", "§§ ", "9a", "2018/1724", "31.12.", "-", "‑", "–", "\u00ad", "'", "’",
          "_", " ", "\n", "\u200b", "ﬁ", "É", "x-y-z", "Straße", "ſ", "²", ".", "№", "漢"]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
@example("E-Akte-Einführung nach § 9a-b OZG")
@example("a-§ 5 und §-5, 1.2.-3 und 1.2-3")
def test_whole_texts_are_read_as_single_words_are(text: str) -> None:
    splitter = Splitter({"akte": 5, "einführung": 5})
    analysis = analyse(text)
    made = {name: words.split() for name, words in splitter.readings(text).items()}
    assert made["exact"] == [*analysis.exact, *analysis.joined]
    assert made["stem"] == analysis.stems
    assert made["parts"] == [part for token in analysis.tokens for part in splitter.parts(token.exact)]
    assert made["grams"] == analysis.grams
    assert set(count_words([text])) == set(analysis.exact)


def test_question_words_carry_no_topic() -> None:
    assert analyse("Bis wann müssen wir die E-Akte einführen?").content_stems == ["e", "akt", "einfuhr"]
    assert analyse("wer wie was").content_stems == ["wer", "wie", "was"]


@pytest.mark.parametrize(
    ("compound", "parts"),
    [
        ("Registermodernisierungsgesetz", "regist modernisi gesetz"),
        ("Beratungsanfragen", "berat anfrag"),
        ("Personenstandsregister", "person stand regist"),
        ("Fahrzeugzulassungsbehörde", "fahrzeug zulass behord"),
        ("Baugenehmigungsverfahren", "bau genehmig verfahr"),
        ("Verwaltungsdigitalisierung", "verwalt digitalisi"),
        ("Onlinezugangsgesetz", "onlin zugang gesetz"),
        ("Verwaltungsleistungen", "verwalt leist"),
        ("Identifikationsnummer", "identifikation numm"),
        ("Kompetenzstelle", "kompetenz stell"),
        ("Nutzerkonto", "nutz konto"),
        ("Gewerbeanmeldung", "gewerb anmeld"),
        ("Hundesteuer", "hund steu"),
        ("Meldebescheinigung", "meld bescheinig"),
        ("Bürgerbüro", "burg buro"),
        ("Kommunalverwaltung", "kommunal verwalt"),
        ("Vertrauensniveau", "vertrau niveau"),
        ("Datenschutzbeauftragte", "dat schutz beauftragt"),
        ("Einwohnermeldeamt", "einwohn meld amt"),
        ("Verwaltungsverfahrensgesetz", "verwalt verfahr gesetz"),
        ("Staatsvertrag", "staat vertrag"),
        ("Rechtsgrundlage", "recht grundlag"),
        ("Wohnsitzanmeldung", "wohnsitz anmeld"),
        ("Leistungskatalog", "leist katalog"),
        ("Meldebehörden", "meld behord"),
        ("Zuständigkeitsfinder", "zustandigkeit find"),
    ],
)
def test_compounds_are_split(splitter: Splitter, compound: str, parts: str) -> None:
    assert " ".join(splitter.parts(normalise(compound))) == parts


@pytest.mark.parametrize(
    "words",
    [
        ("anmelden", "Anmeldung", "angemeldet", "Anmeldungen"),
        ("zulassen", "Zulassung", "zugelassen"),
        ("einreichen", "eingereicht", "Einreichung"),
        ("öffnen", "geöffnet", "Öffnung"),
        ("Konto", "Konten", "Kontos"),
        ("Gremium", "Gremien"),
        ("speichern", "Speicherung"),
    ],
)
def test_verbs_participles_and_nouns_meet_as_roots(splitter: Splitter, words: tuple[str, ...]) -> None:
    assert len({splitter.parts(normalise(word)) for word in words}) == 1
