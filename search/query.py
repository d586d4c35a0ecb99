"""From what a reader typed to a planned query: words, phrases, citations, synonyms, filters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from portal.core.visibility import Visibility
from search.analysis import Token, analyse, stop_words
from search.documents import Citation
from search.engines.base import Group, SearchQuery, Word
from search.registry import registry
from search.synonyms import Synonyms, current_synonyms

LONGEST_QUERY = 300
MOST_WORDS = 32
MOST_PHRASES = 4
MOST_CITATIONS = 4
PLACE_WORDS = {"abs", "absatz", "art", "artikel", "s", "satz", "nr", "nummer", "paragraph", "paragraf", "anlage"}
QUOTED = re.compile(r'"([^"]*)"')
QUOTES = str.maketrans(dict.fromkeys("„“”«»‟″", '"'))


@dataclass(frozen=True)
class Typed:
    """What a reader typed, made harmless; `shortened` says that the end was cut off.

    `words` has blanks in place of the phrases.
    """

    text: str
    words: str
    phrases: tuple[str, ...] = ()
    shortened: bool = False


def parse(raw: str) -> Typed:
    """Clean a query: no control or direction characters, balanced quotes, at most 300 characters."""
    text = unicodedata.normalize("NFC", raw[: LONGEST_QUERY * 8])
    text = "".join(_harmless(char) for char in text)
    text = " ".join(text.translate(QUOTES).split())
    shortened = len(text) > LONGEST_QUERY or len(raw) > LONGEST_QUERY * 8
    if shortened:
        text = text[:LONGEST_QUERY].rsplit(" ", 1)[0]
    if text.count('"') % 2:
        last = text.rindex('"')
        text = " ".join((text[:last] + " " + text[last + 1 :]).split())
    phrases = tuple(phrase for phrase in QUOTED.findall(text) if analyse(phrase).tokens)[:MOST_PHRASES]
    return Typed(text=text, words=QUOTED.sub(_blank, text), phrases=phrases, shortened=shortened)


def _blank(phrase: re.Match[str]) -> str:
    """Return as many blanks, so that what follows keeps its place."""
    return " " * len(phrase[0])


def _harmless(char: str) -> str:
    """Return a blank for control characters and blanks, nothing for invisible ones (soft hyphen, direction)."""
    category = unicodedata.category(char)
    if category in {"Cf", "Cs", "Co", "Cn"}:
        return ""
    return " " if category[0] in "CZ" else char


def plan(
    typed: Typed,
    *,
    level: Visibility = Visibility.PUBLIC,
    kinds: Iterable[str] = (),
    topic: int | None = None,
    synonyms: Synonyms | None = None,
) -> SearchQuery:
    """Return the query for the engines; synonyms are those of the installation unless given."""
    citations = recognise(typed.text)
    found = [token for token in analyse(typed.words).tokens if not _names_place(token, citations)][:MOST_WORDS]
    groups = _groups(found, current_synonyms() if synonyms is None else synonyms)
    phrases = tuple(tuple(analyse(phrase).exact) for phrase in typed.phrases)
    return SearchQuery(
        text=typed.text,
        groups=groups,
        phrases=phrases,
        citations=tuple(citations),
        level=level,
        kinds=tuple(kinds),
        topic=topic,
    )


def _names_place(token: Token, citations: Sequence[Citation]) -> bool:
    """True for "Abs.", "Art." and bare numbers of a provision that was recognised: the citation says it better."""
    if token.exact not in PLACE_WORDS and not (token.exact.isdigit() and len(token.exact) < 4):
        return False
    return any(not item.is_act and item.start <= token.start < item.end for item in citations)


def recognise(text: str) -> list[Citation]:
    """Return the acts and provisions named in a text, each once."""
    found = [citation for recogniser in registry.citation_recognisers for citation in recogniser.recognise(text)]
    unique = list({citation.ref: citation for citation in found}.values())[:MOST_CITATIONS]
    rest = "".join(
        char if not any(citation.start <= place < citation.end for citation in found) else " "
        for place, char in enumerate(text)
    )
    alone = not any(token.exact not in stop_words() for token in analyse(rest).tokens)
    return [replace(citation, alone=alone) for citation in unique]


def _groups(found: Sequence[Token], synonyms: Synonyms) -> tuple[Group, ...]:
    """Join words into groups: names that have synonyms as a whole, the other words that carry a topic alone."""
    words = _words(found)
    stops = stop_words()
    stems = [token.stem for token in found]
    groups: list[Group] = []
    index = 0
    while index < len(found):
        length, alternatives = synonyms.match(stems, index)
        if length:
            span = range(index, index + length)
            carrying = tuple(words[place] for place in span if length == 1 or found[place].exact not in stops)
            name = tuple(stems[index : index + length]) if length > 1 else ()
            groups.append(Group(carrying, alternatives, name))
        elif found[index].exact not in stops:
            groups.append(Group(words=(words[index],)))
        index += max(1, length)
    if not groups:
        groups = [Group(words=(word,)) for word in words]
    return tuple(dict.fromkeys(groups))


def _words(found: Sequence[Token]) -> list[Word]:
    """Return the words with spellings in one: hyphenated ones, and each with its neighbour."""
    words = [Word(token.exact, token.stem) for token in found]
    for index in range(len(found) - 1):
        first, second = found[index], found[index + 1]
        if len(first.exact) + len(second.exact) < 4 or first.exact.startswith("§"):
            continue
        spelling = first.exact + second.exact
        for place in (index, index + 1):
            words[place] = replace(words[place], joined=(*words[place].joined, spelling))
    return words
