"""Sentences end where readers say they end: one rule for all who count or cut them."""

from __future__ import annotations

import time

import pytest

from knowledge.validation import short_answer_error
from portal.core.sentences import split_sentences


@pytest.mark.parametrize(
    "sentence",
    [
        "Das gilt z.B. für Anträge und z. B. Bescheide.",
        "Das folgt aus § 9 Abs. 1 i.V.m. § 2 OZG und i. V. m. Art. 6.",
        "Die Kosten betragen 5 Mio. Euro, später 2 Mrd. Euro.",
        "Der Kommunale Verband e. V. und der Bund e.V. helfen.",
        "Das Hess. E-Government-Gesetz gilt, vgl. Anlage Nr. 3.",
        "Das steht im Beschl. v. 3. Mai und im Urt. v. 03.05.2024 des Gerichts.",
        "Die o. g. Stelle ist u. a. bis 19. August zuständig, ggf. Dritte.",
        "Der Antrag (Abschn. 2) geht an die Behörde usw. im Land.",
        "Ist das sicher?",
    ],
)
def test_an_abbreviation_ends_no_sentence(sentence: str) -> None:
    assert split_sentences(sentence) == [sentence]
    assert split_sentences(f"{sentence} Danach folgt „mehr“. Ende") == [sentence, "Danach folgt „mehr“.", "Ende"]


def test_sentences_end_at_all_their_marks() -> None:
    text = "Eins! Zwei? „Drei.“ Das OZG gilt seit 2017. Und so weiter … Ende."
    assert len(split_sentences(text)) == 6


def test_a_short_answer_with_abbreviations_is_accepted() -> None:
    assert short_answer_error("Das gilt z.B. für den Verein e. V. mit 5 Mio. Euro. " * 5) == ""
    assert "6 Sätze" in short_answer_error("Das gilt. " * 6)


@pytest.mark.parametrize("text", ["a" * 200_000, "." * 200_000, ".“" * 100_000, "a. " * 60_000])
def test_it_is_linear(text: str) -> None:
    started = time.process_time()
    split_sentences(text)
    assert time.process_time() - started < 2
