"""The Wiener Sachtextformel: syllables, order of texts, and terms that do not count."""

import pytest

from knowledge.readability import band_of, hardest, measure, syllables


@pytest.mark.parametrize(
    ("word", "count"),
    [("Haus", 1), ("Gebäude", 3), ("Ämter", 2), ("Verwaltung", 3), ("Quelle", 2), ("neue", 2), ("Brief", 1),
     ("Daten", 2), ("Straße", 2), ("Barrierefreiheit", 5), ("h", 1)],
)  # fmt: skip
def test_syllables(word: str, count: int) -> None:
    assert syllables(word) == count


def test_easy_text_is_easier_than_hard_text() -> None:
    easy = measure("Das Haus ist groß. Es hat eine Tür. Wir gehen hinein.")
    hard = measure(
        "Die Inanspruchnahme datenschutzrechtlicher Informationspflichten erfordert Verwaltungsverfahren."
    )
    assert easy.grade is not None
    assert hard.grade is not None
    assert easy.grade < 5
    assert hard.grade > 15
    assert (easy.words, easy.sentences) == (11, 3)


def test_legal_and_glossary_terms_do_not_count() -> None:
    plain = measure("Das Amt gibt die Daten frei.")
    legal = measure(
        "Das Amt gibt nach § 5 Abs. 1 Satz 2 die Daten Informationszugang frei.", ["Informationszugang"]
    )
    assert legal.words == plain.words + 1
    assert legal.sentences == 1


@pytest.mark.parametrize("text", ["", "   ", "§ 5 Abs. 1", "123 ..."])
def test_text_without_words_has_no_grade(text: str) -> None:
    assert measure(text).grade is None


def test_ordinals_end_no_sentence_and_terms_are_inflected() -> None:
    assert measure("Bis zum 1. Januar prüft das Amt den 2. Antrag.").sentences == 1
    assert measure("Bis zum 1. Januar prüft das Amt die 2. und letzte Fassung.").sentences == 1
    assert measure("Wegen des Informationszugangs und der Zugänge.", ["Informationszugang"]).words == 5


def test_the_formula_by_hand() -> None:
    """Ten words in two sentences: 2 of three syllables and more, 3 longer than six letters, 6 of one syllable."""
    found = measure("Das Amt prüft den Antrag. Die Verwaltung schreibt einen Bescheidentwurf.")
    assert (found.words, found.sentences) == (10, 2)
    expected = 0.1935 * 20 + 0.1672 * 5 + 0.1297 * 30 - 0.0327 * 60 - 0.875
    assert found.grade == round(expected, 1)


def test_bands() -> None:
    assert [band_of(grade) for grade in (4, 9, 9.1, 12, 13, 14.1)] == [
        "gut lesbar", "gut lesbar", "mittel", "mittel", "schwer", "sehr schwer",
    ]  # fmt: skip


def test_the_hardest_sentences_as_they_are_written() -> None:
    easy = "Das Haus ist groß und es hat auch eine Tür."
    hard = "Die Inanspruchnahme z. B. datenschutzrechtlicher Pflichten erfordert ein Verwaltungsverfahren."
    harder = "Vollstreckungsrechtliche Zuständigkeitsregelungen bedürfen verordnungsrechtlicher Konkretisierung."
    found = hardest(f"{easy} {hard} {harder} Kurz gesagt: Ja.")
    assert [sentence for sentence, _ in found] == [hard]
    found = hardest(f"{easy} {hard} {harder} Zusätzlich dazu.\n{harder.replace('bedürfen', 'bedürfen oft noch')}")
    assert found[0][0].startswith("Vollstreckungsrechtliche")
