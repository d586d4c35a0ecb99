"""Who takes part, as people type it and as mail programs write it."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest

from consultations.refusals import NotPossible
from consultations.wizard.participants import read_participants

ANNA, KARL = ("Anna Müller", "anna@a.de"), ("Karl Klein", "karl@b.de")


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("", []),
        (" ;\n, \n", []),
        ("Anna Müller, anna@a.de\nKarl Klein, karl@b.de", [ANNA, KARL]),
        ("Anna Müller anna@a.de", [ANNA]),
        ("anna@a.de, Anna Müller", [ANNA]),
        ("Anna Müller\tANNA@a.de", [ANNA]),
        ("Anna Müller (anna@a.de)", [ANNA]),
        ("- Anna Müller: anna@a.de", [ANNA]),
        ("Anna Müller <anna@a.de>", [ANNA]),
        ("'Anna Müller' <mailto:anna@a.de>", [ANNA]),
        ("Anna Müller <anna@a.de>; Karl Klein <karl@b.de>", [ANNA, KARL]),
        ("Anna Müller <anna@a.de>;Karl Klein <karl@b.de>;", [ANNA, KARL]),
        ("Anna Müller <anna@a.de>, Karl Klein <karl@b.de>", [ANNA, KARL]),
        ("Anna Müller, anna@a.de; Karl Klein, karl@b.de", [ANNA, KARL]),
        ("Anna Müller; anna@a.de; Karl Klein; karl@b.de", [ANNA, KARL]),
        ("Nora Öz; Anna Müller; anna@a.de", [("Nora Öz", ""), ANNA]),
        ('"Klein, Karl" <karl@b.de>', [("Klein, Karl", "karl@b.de")]),
        ('"Klein; Karl" <karl@b.de>; Anna Müller <anna@a.de>', [("Klein; Karl", "karl@b.de"), ANNA]),
        ("Klein, Karl <karl@b.de>", [("Klein, Karl", "karl@b.de")]),
        ("Anna Müller <anna@a.de>, Klein, Karl <karl@b.de>", [ANNA, ("Klein, Karl", "karl@b.de")]),
        ("anna@a.de; karl@b.de", [("anna@a.de", "anna@a.de"), ("karl@b.de", "karl@b.de")]),
        ("anna@a.de, karl@b.de", [("anna@a.de", "anna@a.de"), ("karl@b.de", "karl@b.de")]),
        ("anna@a.de <mailto:anna@a.de>", [("anna@a.de", "anna@a.de")]),
        ("<anna@a.de>", [("anna@a.de", "anna@a.de")]),
        ("Nora Öz, Bauamt", [("Nora Öz, Bauamt", "")]),
        ("Nora Öz\nNora Öz\nAnna Müller, anna@a.de\nA. Müller <ANNA@A.de>", [("Nora Öz", ""), ANNA]),
        ("anna@a.de\nAnna Müller, anna@a.de\nA. Müller, anna@a.de", [ANNA]),
        ('Karl "Kalle" Klein <karl@b.de>', [('Karl "Kalle" Klein', "karl@b.de")]),
    ],
)
def test_it_is_read(text: str, people: list[tuple[str, str]]) -> None:
    assert read_participants(text) == people


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Anna Müller, anna@a.de, Karl Klein, karl@b.de", "mehrere E-Mail-Adressen in einer Zeile: „Anna Müller"),
        ("Anna <anna@a.de> Karl <karl@b.de>", "jede Person in eine eigene Zeile"),
        ("Nora Öz, nora@", "E-Mail-Adresse von Nora Öz"),
        ("Nora Öz <@b.de>", "E-Mail-Adresse von Nora Öz"),
        ("nora@@b.de", "E-Mail-Adresse von nora@@b.de"),
        ("Nora Öz, nora @ b.de", "E-Mail-Adresse von Nora Öz"),
        ("x" * 121, "je Zeile einen Namen"),
        ("x" * 300 + "@b.de", "je Zeile einen Namen"),
        ("\n".join(f"Person {number}" for number in range(21)), "Bis zu 20 Personen"),
        ("; ".join(f"p{number}@b.de" for number in range(21)), "Bis zu 20 Personen"),
    ],
)
def test_what_cannot_be_told_for_certain_is_refused_and_named(text: str, sentence: str) -> None:
    with pytest.raises(NotPossible, match=sentence):
        read_participants(text)


@pytest.mark.parametrize("text", ["x" * 5000, "@" + "x" * 5000, '"' * 5000, "<" * 5000, " " * 5000, "a;" * 2500])
def test_nothing_that_can_be_sent_takes_long(text: str) -> None:
    begun = time.perf_counter()
    with suppress(NotPossible):
        read_participants(text)
    assert time.perf_counter() - begun < 2
