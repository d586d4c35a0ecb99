"""How German text becomes words of the index: one analysis for documents, queries and highlighting.

Four readings of each word: `exact` (folded), `stem` (light stem), `parts` (parts of compounds; made by
search.compounds), `grams` (runs of four letters, for ranking only). Hyphenated words are split and additionally
joined, so that "Bund-ID" and "BundID" meet.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

DATA = Path(__file__).parent / "data"
LONGEST_WORD = 100
# § and number are one word; numbers keep their inner separators ("2018/1724", "31.12.2027").
TOKEN = re.compile(
    r"§{1,2}\s*(?P<section>\d{1,4}[a-z]?)\b|(?P<number>\d+(?:[.,:/]\d+)+)|(?P<word>[^\W_]+(?:['’][^\W_]+)?)",
    re.UNICODE,
)
HYPHENS = "-‐‑‒–­"
# The same words without their places, for whole texts: no group, no way back into a word. Between two words that a
# hyphen joins stands that hyphen.
_WORD = r"§{1,2}\s*\d{1,4}[a-z]?\b|\d+(?:[.,:/]\d+)+|[^\W_]+(?:['’][^\W_]+)?"
_WORDS = re.compile(rf"(?>{_WORD})|(?<=[^\W_])[{HYPHENS}](?={_WORD})")
_HYPHENS = frozenset(HYPHENS)
_VOWEL_STATE = {"e", "i", "q", "y"}


def normalise(word: str) -> str:
    """Fold a word: lower case, no accents, ß as ss, ä/ae as a.

    The rules of Lucene's GermanNormalizationFilter (after the snowball german2 variant): "ae" and "oe" lose
    their e, "ue" only where no vowel or q stands before it ("Quelle", "neue" stay).
    """
    folded = unicodedata.normalize("NFKC", word).lower().replace("ß", "ss")
    plain = "".join(char for char in unicodedata.normalize("NFD", _mark(folded)) if char.isprintable())
    return _drop_umlaut_e(plain).translate(_LETTERS)


# Letters that are no base letter with a mark, as Lucene's ASCIIFoldingFilter writes them.
_LETTERS = str.maketrans(
    {"’": "'", "ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
_UMLAUTS = str.maketrans({"ä": "A", "ö": "O", "ü": "U"})


def _mark(word: str) -> str:
    """Mark real umlauts by capitals, since a following e is no part of them ("Äe")."""
    return unicodedata.normalize("NFC", word).translate(_UMLAUTS)


def _drop_umlaut_e(word: str) -> str:
    result: list[str] = []
    state = "N"  # N ordinary, V stops u from starting an umlaut, U an e may be dropped
    for char in word:
        if unicodedata.combining(char):
            continue
        if char in "ao":
            state = "U"
        elif char == "u":
            state = "U" if state == "N" else "V"
        elif char in "AOU":
            char, state = char.lower(), "V"  # noqa: PLW2901 - the marked umlaut becomes its vowel
        elif char == "e" and state == "U":
            state = "V"
            continue
        else:
            state = "V" if char in _VOWEL_STATE else "N"
        result.append(char)
    return "".join(result)


_ST_ENDING = set("bdfghklmnt")


def light_stem(word: str) -> str:
    """Return the light stem of a normalised word: plural, case and adjective endings, nothing more.

    The algorithm is "light German" of J. Savoy, Light Stemming Approaches for the French, Portuguese, German
    and Hungarian Languages (SAC 2006), in the form in which Lucene applies it.
    """
    if not word.isalpha() and any(map(str.isdigit, word)):
        return word
    return _step2(_step1(word))


def _step1(word: str) -> str:
    size = len(word)
    if size > 5 and word.endswith("ern"):
        return word[:-3]
    if size > 4 and word.endswith(("em", "en", "er", "es")):
        return word[:-2]
    if size > 3 and (word[-1] == "e" or (word[-1] == "s" and word[-2] in _ST_ENDING)):
        return word[:-1]
    return word


def _step2(word: str) -> str:
    size = len(word)
    if size > 5 and word.endswith("est"):
        return word[:-3]
    if size > 4 and (word.endswith(("er", "en")) or (word.endswith("st") and word[-3] in _ST_ENDING)):
        return word[:-2]
    return word


@lru_cache(maxsize=200_000)
def forms(raw: str) -> tuple[str, str]:
    """Return (exact, stem) of one word as written."""
    exact = normalise(raw)[:LONGEST_WORD]
    return exact, light_stem(exact)


GRAM = 4
GRAM_STEP = 2


@lru_cache(maxsize=200_000)
def grams(stem: str) -> tuple[str, ...]:
    """Return every second run of four letters of a stem with its borders: "anmeld" gives _anm, nmel, eld_.

    Words of one root share most of them ("Öffnungszeit", "geöffnet"); every second one ranks as well as all
    of them and halves the index.
    """
    bordered = f"_{stem}_"
    return tuple(bordered[at : at + GRAM] for at in range(0, max(1, len(bordered) - GRAM + 1), GRAM_STEP))


@lru_cache(maxsize=1)
def stop_words() -> frozenset[str]:
    """Return the words that carry no topic in a question, normalised."""
    data = tomllib.loads((DATA / "stopwords.toml").read_text(encoding="utf-8"))
    return frozenset(normalise(word) for words in data.values() for word in words)


@dataclass(slots=True)
class Token:
    """One word with its place in the text; `joined` is the hyphenated word it ends, without hyphens."""

    raw: str
    exact: str
    stem: str
    start: int
    end: int
    joined: str = ""
    hyphenated: bool = False


def tokens(text: str) -> Iterator[Token]:
    """Yield the words of a text with their offsets (in characters)."""
    chain: list[Token] = []
    for match in TOKEN.finditer(text):
        section = match["section"]
        raw = f"§{section}" if section else match.group(0)
        exact, stem = (f"§{section.lower()}",) * 2 if section else forms(raw)
        if not exact:
            continue
        token = Token(raw, exact, stem, match.start(), match.end())
        if chain and _hyphen_between(text, chain[-1].end, token.start):
            chain.append(token)
            token.hyphenated = True
            token.joined = "".join(part.exact for part in chain)[:LONGEST_WORD]
        else:
            chain = [token]
        yield token


def raw_words(text: str) -> list[str]:
    """Return the words of a text as `tokens` does, as written, and the hyphens between those that belong together.

    For whole texts: several times as fast as `tokens`.
    """
    return _WORDS.findall(text)


def places_of_words(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield the `raw_words` of a text, each with its place (start and end in characters)."""
    for match in _WORDS.finditer(text):
        yield match[0], match.start(), match.end()


def raw_forms(raw: str) -> tuple[str, str]:
    """Return (exact, stem) of one of the `raw_words`; empty for a hyphen."""
    if raw in HYPHENS:
        return "", ""
    if raw[0] == "§":
        section = f"§{raw.lstrip('§').strip().lower()}"
        return section, section
    return forms(raw)


def joined_words(raws: list[str]) -> list[str]:
    """Return the hyphenated words among `raw_words` without their hyphens, as `Analysis.joined` does."""
    found: list[str] = []
    last = -2
    chain = ""
    places = [] if _HYPHENS.isdisjoint(raws) else [at for at, raw in enumerate(raws) if raw in _HYPHENS]
    for at in places:
        before, after = raw_forms(raws[at - 1])[0], raw_forms(raws[at + 1])[0]
        chain = chain if at == last + 2 else before
        chain = chain + after if before and after else after
        if before and after:
            found.append(chain[:LONGEST_WORD])
        last = at
    return found


def _hyphen_between(text: str, end: int, start: int) -> bool:
    return start - end == 1 and text[end] in HYPHENS


@dataclass
class Analysis:
    """A text as the index sees it; `joined` are hyphenated words without their hyphens."""

    tokens: list[Token] = field(default_factory=list)

    @property
    def exact(self) -> list[str]:
        return [token.exact for token in self.tokens]

    @property
    def stems(self) -> list[str]:
        return [token.stem for token in self.tokens]

    @property
    def joined(self) -> list[str]:
        return [token.joined for token in self.tokens if token.joined]

    @property
    def content(self) -> list[Token]:
        """Return the words that carry a topic; all of them if there is no other."""
        stops = stop_words()
        return [token for token in self.tokens if token.exact not in stops] or self.tokens

    @property
    def grams(self) -> list[str]:
        """Return the grams of the words that carry a topic."""
        stops = stop_words()
        return [gram for token in self.tokens if token.exact not in stops for gram in grams(token.stem)]

    @property
    def content_stems(self) -> list[str]:
        return [token.stem for token in self.content]


def analyse(text: str) -> Analysis:
    return Analysis(list(tokens(text)))
