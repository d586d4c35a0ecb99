"""How hard a text is to read: first Wiener Sachtextformel, without terms nobody can avoid.

1. WSTF = 0.1935·MS + 0.1672·SL + 0.1297·IW − 0.0327·ES − 0.875 with MS the share of words of three syllables and
more, SL words per sentence, IW the share of words of more than six letters, ES the share of words of one syllable.
Source: Richard Bamberger, Erich Vanecek: Lesen – Verstehen – Lernen – Schreiben, Wien 1984. The result is about
the school year needed to understand the text, 4 (very easy) to 15 (very hard).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from portal.core.sentences import split_sentences

Terms = Iterable[str] | re.Pattern[str] | None

WORD = re.compile(r"[A-Za-zÄÖÜäöüßé]+(?:-[A-Za-zÄÖÜäöüßé]+)*")
COLON = re.compile(r":+(?=\s|$)")
CITATION = re.compile(
    r"(?:§§?|Art\.|Artikel)\s*\d+\w?(?:\s*(?:(?:Abs\.|Satz|Nr\.|Buchst\.|Absatz|Nummer)\s*\w+|bis\s+\d+\w?))*"
)
ABBREVIATION = re.compile(r"\b(?:[A-Za-z]\.\s?){2,}|\b(?:bzw|ggf|usw|vgl|ca|Abs|Nr|Art|Buchst)\.|\b[A-ZÄÖÜ]{2,}\b")
# "1. Januar", "der 2. und der 3. Schritt": an ordinal number ends no sentence.
_MONTHS = "Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember"
ORDINAL = re.compile(rf"\b\d{{1,2}}\.\s+(?={_MONTHS}|[a-zäöü])")
# Two letters that sound as one; "ie" is one sound, "io" or "ea" are two.
VOWELS = re.compile(r"aa|ee|oo|ie|ei|ai|au|äu|eu|ey|ay|[aeiouyäöüé]")
ENDINGS = r"(?:es|en|er|s|n|e)?"
# A shorter piece says little about how hard it is to read.
MIN_WORDS = 6
# The portal's own bands of the grade; the formula itself names only its ends.
BANDS = ((9.0, "gut lesbar"), (12.0, "mittel"), (14.0, "schwer"))
HARDEST_BAND = "sehr schwer"
HARD_FROM = BANDS[1][0]


@dataclass(frozen=True)
class Readability:
    """Grade (about the school year needed: 4 easy, 15 very hard) with the counts behind it."""

    grade: float | None
    words: int
    sentences: int

    @property
    def band(self) -> str:
        """The grade in words; empty where there is nothing to measure."""
        return "" if self.grade is None else band_of(self.grade)


def band_of(grade: float) -> str:
    return next((name for limit, name in BANDS if grade <= limit), HARDEST_BAND)


def syllables(word: str) -> int:
    """Spoken syllables of a German word, at least one."""
    lowered = word.lower().replace("qu", "q")
    return max(1, len(VOWELS.findall(lowered)))


def pattern_of(terms: Iterable[str]) -> re.Pattern[str] | None:
    """Return what finds terms that do not count, longest first, with their endings; None without terms."""
    names = sorted({term.strip() for term in terms if term.strip()}, key=len, reverse=True)
    if not names:
        return None
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, names))}){ENDINGS}(?!\w)", re.IGNORECASE)


def reduce(text: str, terms: re.Pattern[str] | None) -> str:
    """Return a text without what nobody can write more simply: citations, abbreviations, terms."""
    text = ORDINAL.sub(" ", ABBREVIATION.sub(" ", CITATION.sub(" ", text)))
    return terms.sub(" ", text) if terms else text


def _grade(sentences: Sequence[Sequence[str]]) -> float | None:
    words = [word for sentence in sentences for word in sentence]
    if not words:
        return None
    counts = [syllables(word) for word in words]
    total = len(words)
    many = 100 * sum(count >= 3 for count in counts) / total
    single = 100 * sum(count == 1 for count in counts) / total
    long = 100 * sum(len(word) > 6 for word in words) / total
    grade = 0.1935 * many + 0.1672 * total / len(sentences) + 0.1297 * long - 0.0327 * single - 0.875
    return round(grade, 1)


def _compiled(terms: Terms) -> re.Pattern[str] | None:
    return terms if terms is None or isinstance(terms, re.Pattern) else pattern_of(terms)


def measure(text: str, terms: Terms = None) -> Readability:
    """Measure plain text; citations, abbreviations and the given terms (acts, glossary) do not count."""
    pattern = _compiled(terms)
    parts = [part for sentence in _sentences(text) for part in COLON.split(reduce(sentence, pattern))]
    sentences = [words for part in parts if (words := WORD.findall(part))]
    return Readability(_grade(sentences), sum(map(len, sentences)), len(sentences))


def _sentences(text: str) -> list[str]:
    """Return the sentences of a text as they are written."""
    return [sentence for line in text.split("\n") for sentence in split_sentences(line)]


def hardest(
    text: str, terms: Iterable[str] | re.Pattern[str] | None = None, count: int = 3
) -> list[tuple[str, float]]:
    """Return the hardest sentences as they are written, each with its grade, the hardest first."""
    pattern = _compiled(terms)
    found: dict[str, float] = {}
    for sentence in _sentences(text):
        words = WORD.findall(reduce(sentence, pattern))
        grade = _grade([words]) if len(words) >= MIN_WORDS else None
        if grade is not None and grade > BANDS[0][0]:
            found[sentence] = grade
    return sorted(found.items(), key=lambda item: -item[1])[:count]
