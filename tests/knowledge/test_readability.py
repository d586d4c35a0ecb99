"""The Wiener Sachtextformel: syllables, order of texts, and terms that do not count."""

import pytest

from knowledge.readability import measure, syllables


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
