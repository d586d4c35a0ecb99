"""Which words of a search are taken for the name of a person: names in lower case too, ordinary words never."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from portal.accounts.models import Municipality
from search.analysis import analyse
from search.compounds import Splitter, count_words, possible_parts
from search.insight import names
from search.insight.lists import listed
from search.insight.masking import masked
from search.insight.names import everyday_words, name_places
from search.insight.recorder import recorder
from search.models import SearchDay
from search.rated import read_rated
from search.spelling import Spelling
from tests.search.conftest import Library
from tests.search.test_insight import look_for
from tests.search.test_rated import HALVES, STARTER

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def spelling() -> Spelling:
    """What the starter content knows: the words that are kept with an index."""
    files = [path for ending in ("md", "toml") for path in sorted(STARTER.rglob(f"*.{ending}"))]
    vocabulary = possible_parts(count_words(path.read_text(encoding="utf-8") for path in files))
    return Spelling(vocabulary, Splitter(vocabulary))


@pytest.fixture(autouse=True)
def _places() -> None:
    for ags, name in (("99990001", "Marburg"), ("99990002", "Spangenberg")):
        Municipality.objects.create(ags=ags, name=name, slug=ags, kind=Municipality.Kind.KREISFREIE_STADT)


def seen(text: str, spelling: Spelling | None) -> str:
    """The words of a text that are taken for a name."""
    tokens = analyse(text).tokens
    return " ".join(tokens[place].raw for place in sorted(name_places(text, tokens, spelling)))


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("max mustermann", "max mustermann"),
        ("bescheid gesine brodersen postfach", "gesine brodersen"),
        ("thadewald tolkmitt", "thadewald tolkmitt"),
        ("antrag hinrichsen petersdorff ozg", "hinrichsen petersdorff"),
        ("katarzyna zielinska", "katarzyna zielinska"),
        ("kwame asante", "kwame asante"),
        ("Kwame Asante", "Kwame Asante"),
        ("omar al haddad", "omar al haddad"),
        ("ursula von der leyen", "ursula von der leyen"),
        ("bescheid karl-heinz rübsam", "karl heinz rübsam"),
        ("gesine brodersen-klapp", "gesine brodersen klapp"),
        ("wischnewski hüttenrauch-möbus", "wischnewski hüttenrauch möbus"),
        ("herr koch", "koch"),
        ("frau tolkmitt", "tolkmitt"),
        ("Frau Beratung", "Beratung"),
        ("Familie Tolkmitt", "Tolkmitt"),
        ("familie tolkmitt ummelden", "tolkmitt"),
        ("Fam. Koch", "Koch"),
        ("Familie Kraft Elterngeld", "Kraft"),
        ("MAX MUSTERMANN", "MAX MUSTERMANN"),
        ("ANNA Tolkmitt", "ANNA Tolkmitt"),
        ("ANNA tolkmitt", "ANNA tolkmitt"),
        ("ANNA von Tolkmitt", "ANNA von Tolkmitt"),
        ("bescheid ANNA Koch", "ANNA Koch"),
        ("EVA-MARIA tolkmitt", "EVA MARIA tolkmitt"),
        ("ALEXANDRA Bescheid", "ALEXANDRA"),
        ("Frau ANNA", "ANNA"),
        ("anna-verordnung", "anna"),
        ("Anna-Tolkmitt", "Anna Tolkmitt"),
        ("max mustermann.", "max mustermann"),
        ("Widerspruch von Max. Bitte melden", "Max"),
        ("jan 2 tolkmitt", "jan"),
        ("Herr Marburger", "Marburger"),
        ("Frau Dr. Spangenberger", "Spangenberger"),
        # Over particles, degrees and initials.
        ("Frau von Storch", "von Storch"),
        ("Herr von Bülow", "von Bülow"),
        ("Frau von der Leyen", "von der Leyen"),
        ("frau von der leyen ummelden", "von der leyen"),
        ("Frau Dr. von Tolkmitt", "von Tolkmitt"),
        ("Fam. von Tolkmitt", "von Tolkmitt"),
        ("Frau von Bülow-Tolkmitt", "von Bülow Tolkmitt"),
        ("Herr van Dyk", "van Dyk"),
        ("herr el haddad", "el haddad"),
        ("Familie Al Haddad", "Al Haddad"),
        ("Herr von Berg", "von Berg"),
        ("Herr vom Bruch", "vom Bruch"),
        ("Herr Le", "Le"),
        ("Dr. med. Tolkmitt", "Tolkmitt"),
        ("Prof. Dr. med. dent. Tolkmitt bescheid", "Tolkmitt"),
        ("Dr.-Ing. Tolkmitt", "Tolkmitt"),
        ("Dr. h.c. Tolkmitt", "h c Tolkmitt"),
        ("herr m. tolkmitt", "m tolkmitt"),
        ("Anna M. Tolkmitt", "Anna M Tolkmitt"),
        ("Frau O'Brien", "O'Brien"),
        ("Anna O'Brien", "Anna O'Brien"),
        # Short, and in capitals.
        ("MAX KOCH", "MAX KOCH"),
        ("Anna WEBER", "Anna WEBER"),
        ("THOMAS MEYER", "THOMAS MEYER"),
        ("MEYER widerspruch", "MEYER"),
        ("Thomas Ott", "Thomas Ott"),
        ("THOMAS OTT ummelden", "THOMAS OTT"),
        ("anna rau", "anna rau"),
        ("anna-ott", "anna ott"),
        ("herr ott", "ott"),
        ("frau li", "li"),
        ("Familie Ott", "Ott"),
        ("Frau Kim Li", "Kim Li"),
        ("Anna OZG", "Anna"),
        ("Anna XTA", "Anna"),
        ("Anna App", "Anna"),
        ("anna e-akte", "anna"),
    ],
)
def test_names_are_seen(spelling: Spelling, typed: str, expected: str) -> None:
    assert seen(typed, spelling) == expected


@pytest.mark.parametrize(
    "typed",
    [
        "spangenberg marburg",
        "open source",
        "zero trust",
        "single sign on",
        "low code plattform",
        "microsoft teams telefonie",
        "kindergarten gebühren",
        "freibad eintritt senioren",
        "Freibad Eintritt",
        "hundehalter haftpflicht",
        "winter sommer",
        "frau erhalten",
        "Familie Elterngeld",
        "Ummeldung Familie Kinder",
        "Familie Umzug anmelden",
        "Fam. Kinder",
        "familie umzug",
        "ermäßigte entsorgung",
        "hundesteur anmeldn",
        "quastenflosser",
        "noots anschluß",
        "DORA-Verordnung",
        "DORA Verordnung",
        "DORA",
        "DORA umsetzng",
        "SINA-Box",
        "SINA Box",
        "SINA Workstation",
        "max. Dateigröße",
        "Max. Dateigröße",
        "dateigröße max. 10 MB",
        "max.10 MB",
        "ab Jan. 2026",
        "jan 2026",
        "marburger haushalt",
        "Spangenberger Haushalt",
        "Spangenbergs Haushalt",
        "frau spangenberg",
        "herr von spangenberg",
        "Frau vom Jugendamt",
        "Frau von der Verwaltung",
        "Frau zur Beratung",
        "familie von kindern",
        "Dr. med.",
        "Frau 2026",
        "frau kfz",
        "Familie neu",
        "Familie E-Akte",
        "Weber-Schule",
    ],
)
def test_other_words_are_not(spelling: Spelling, typed: str) -> None:
    assert seen(typed, spelling) == ""


def mistyped(text: str, chance: random.Random) -> str:
    """One mistake in the longest word."""
    word = max(text.split(), key=len)
    place = chance.randrange(1, max(2, len(word) - 1))
    wrong = chance.choice(
        [
            word[:place] + word[place + 1 :],
            word[:place] + chance.choice("aeinrst") + word[place:],
            word[:place] + word[place + 1 : place + 2] + word[place : place + 1] + word[place + 2 :],
        ]
    )
    return text.replace(word, wrong, 1)


def test_no_rated_query_loses_a_word_however_it_is_typed(spelling: Spelling) -> None:
    chance = random.Random(7)  # noqa: S311 - the same mistakes in every run
    texts = [row["text"] for half in HALVES for row in read_rated(half).queries]
    assert len(texts) > 200
    for text in texts:
        for typed in (text, text.lower(), mistyped(text.lower(), chance)):
            assert seen(typed, spelling) == "", typed


def test_without_a_content_that_knows_words_only_capitals_count() -> None:
    small = Spelling({"register": 3}, Splitter({"register": 3}))
    for spelling in (None, small):
        assert seen("beflaggung dienstgebäude", spelling) == ""
        assert seen("Kwame Asante", spelling) == "Kwame Asante"
        assert seen("max mustermann", spelling) == "max mustermann"


def test_long_rows_of_letters_are_taken(spelling: Spelling) -> None:
    assert seen("anna" + " a" * 3000, spelling) == "anna" + " a" * 3000
    assert seen("anna" + "-a" * 3000, spelling).startswith("anna")


def test_lists_are_folded_and_share_no_word_that_would_undo_them() -> None:
    for name in ("first_names", "last_names", "common_words", "no_streets", "no_street_endings", "numbered"):
        assert len(listed(name)) > (50 if name == "no_streets" else 80)
        assert all(word.isalpha() and word == word.lower() for word in listed(name))
    assert "herr" in everyday_words()


@pytest.fixture
def counted(indexed: Library, monkeypatch: pytest.MonkeyPatch) -> Iterator[Library]:
    """A library whose few words are taken for enough."""
    monkeypatch.setattr(names, "LEAST_KNOWN", 5)
    recorder._reset()
    yield indexed
    recorder._reset()


def test_what_is_stored_has_no_name_in_lower_case(counted: Library) -> None:
    assert masked("register gesine brodersen") == "register [Name]"
    look_for("register gesine brodersen")
    recorder.flush()
    row = SearchDay.objects.get()
    stored: dict[str, Any] = {"text": row.text, "normal": row.normal}
    assert stored == {"text": "register [Name]", "normal": row.normal}
    assert "gesin" not in row.normal
    assert "broders" not in row.normal
