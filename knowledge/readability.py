"""How hard a text is to read: first Wiener Sachtextformel, without terms nobody can avoid."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

WORD = re.compile(r"[A-Za-zÄÖÜäöüßé]+(?:-[A-Za-zÄÖÜäöüßé]+)*")
SENTENCE = re.compile(r"[.!?:]+(?=\s|$)|\n+")
CITATION = re.compile(
    r"(?:§§?|Art\.|Artikel)\s*\d+\w?(?:\s*(?:(?:Abs\.|Satz|Nr\.|Buchst\.|Absatz|Nummer)\s*\w+|bis\s+\d+\w?))*"
)
ABBREVIATION = re.compile(r"\b(?:[A-Za-z]\.\s?){2,}|\b(?:bzw|ggf|usw|vgl|ca|Abs|Nr|Art|Buchst)\.|\b[A-ZÄÖÜ]{2,}\b")
# Two letters that sound as one; "ie" is one sound, "io" or "ea" are two.
VOWELS = re.compile(r"aa|ee|oo|ie|ei|ai|au|äu|eu|ey|ay|[aeiouyäöüé]")


@dataclass(frozen=True)
class Readability:
    """Grade (about the school year needed: 4 easy, 15 very hard) with the counts behind it."""

    grade: float | None
    words: int
    sentences: int


def syllables(word: str) -> int:
    """Spoken syllables of a German word, at least one."""
    lowered = word.lower().replace("qu", "q")
    return max(1, len(VOWELS.findall(lowered)))


def measure(text: str, terms: Iterable[str] = ()) -> Readability:
    """Measure plain text; citations, abbreviations and the given terms (acts, glossary) do not count."""
    text = ABBREVIATION.sub(" ", CITATION.sub(" ", text))
    names = sorted({term for term in terms if term}, key=len, reverse=True)
    if names:
        text = re.sub(rf"\b(?:{'|'.join(map(re.escape, names))})\b", " ", text, flags=re.IGNORECASE)
    sentences = [words for part in SENTENCE.split(text) if (words := WORD.findall(part))]
    words = [word for sentence in sentences for word in sentence]
    if not words:
        return Readability(None, 0, 0)
    counts = [syllables(word) for word in words]
    total = len(words)
    many = 100 * sum(count >= 3 for count in counts) / total
    single = 100 * sum(count == 1 for count in counts) / total
    long = 100 * sum(len(word) > 6 for word in words) / total
    grade = 0.1935 * many + 0.1672 * total / len(sentences) + 0.1297 * long - 0.0327 * single - 0.875
    return Readability(round(grade, 1), total, len(sentences))
