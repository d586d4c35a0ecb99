"""Where what was asked for stands in a document, and how people write it: the index knows stems, readers words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from search.analysis import Token, analyse
from search.compounds import root
from search.documents import Citation, SearchDocument
from search.engines.base import Group, SearchQuery

PLACES = {"title": "im Titel", "keywords": "in den Suchwörtern und Themen", "summary": "in der Kurzantwort",
          "text": "im Text"}  # fmt: skip
# Words that stand further apart than their own length and this are written without what lies between.
LOOSE = 12
MOST_RELATED = 4
SHORTEST_ROOT = 4


@dataclass(frozen=True)
class Place:
    """A place of a document in which words stand in a row: how often, and as written there first."""

    name: str
    count: int
    written: str

    @property
    def where(self) -> str:
        return PLACES[self.name] + (f" ({self.count}-mal)" if self.count > 1 else "")

    def __str__(self) -> str:
        return f"steht {self.where}"


def listed(places: Sequence[Place]) -> str:
    """Return places as one says them: "im Titel, in der Kurzantwort und im Text (3-mal)"."""
    *first, last = [place.where for place in places]
    return f"{', '.join(first)} und {last}" if first else last


@dataclass(frozen=True)
class _Text:
    text: str
    tokens: list[Token]

    @classmethod
    def read(cls, text: str) -> _Text:
        return cls(text, analyse(text).tokens)

    def rows(self, words: Sequence[str], reading: str = "stem") -> list[int]:
        """Return where words stand in a row, in one reading."""
        here, size = [getattr(token, reading) for token in self.tokens], len(words)
        return [at for at in range(len(here) - size + 1) if here[at : at + size] == list(words)] if size else []

    def written(self, at: int, size: int) -> str:
        """Return words as they are written."""
        chosen = self.tokens[at : at + size]
        together = " ".join(self.text[chosen[0].start : chosen[-1].end].split())
        loose = " ".join(token.raw for token in chosen)
        return together if len(together) <= len(loose) + LOOSE else loose


class Asked:
    """The words of a query, as they were typed."""

    def __init__(self, query: SearchQuery) -> None:
        self._typed = _Text.read(query.text)

    def group(self, group: Group) -> str:
        if group.name:
            return self._spelled(group.name, "stem")
        return self.phrase(tuple(word.exact for word in group.words))

    def phrase(self, words: Sequence[str]) -> str:
        return self._spelled(words, "exact")

    def _spelled(self, words: Sequence[str], reading: str) -> str:
        found = self._typed.rows(words, reading)
        return self._typed.written(found[0], len(words)) if found else " ".join(words)


class Read:
    """A document read once, to look for words in it."""

    def __init__(self, document: SearchDocument) -> None:
        self._document = document
        texts = {"title": f"{document.title}\n{document.question}", "keywords": document.keywords,
                 "summary": document.summary, "text": document.text}  # fmt: skip
        self._texts = {name: _Text.read(text) for name, text in texts.items()}

    def places(self, words: Sequence[str], reading: str = "stem") -> list[Place]:
        """Return where words stand in a row, in one reading."""
        found = ((name, text, text.rows(words, reading)) for name, text in self._texts.items())
        return [Place(name, len(rows), text.written(rows[0], len(words))) for name, text, rows in found if rows]

    def title_lacks(self, group: Group) -> bool:
        """True where a word of a group is not in the title."""
        stems = {token.stem for token in self._texts["title"].tokens}
        return any(word.stem not in stems for word in group.words)

    def is_named(self, text: str) -> bool:
        """True where a text, with or without its question words, is exactly the own name of the document."""
        typed = analyse(text)
        own = [analyse(name).exact for name in self._document.suggest[:1]]
        return typed.exact in own or [token.exact for token in typed.content] in own

    def related(self, group: Group) -> list[str]:
        """Return words of the document that hold a word of a group or share its root, as written."""
        found: dict[str, str] = {}
        for word in group.words:
            own = root(word.stem)
            for text in self._texts.values():
                for token in text.tokens:
                    if (len(own) >= SHORTEST_ROOT and own in token.exact) or token.exact in word.joined:
                        found.setdefault(token.exact, token.raw)
        return sorted(found.values(), key=str.casefold)[:MOST_RELATED]

    def relation(self, citation: Citation) -> Iterator[str]:
        """Say what a document has to do with a provision, the nearest alone (as the planner counts it)."""
        wider = citation.ancestors
        if citation.is_among(self._document.defines):
            yield "ist diese Vorschrift oder ein Teil davon"
        elif citation.is_among(self._document.cites):
            yield "nennt diese Vorschrift"
        elif any(item in self._document.defines for item in wider):
            yield "ist die Vorschrift darüber oder das Gesetz selbst"
        elif any(item in self._document.cites for item in wider if "/" in item):
            yield "nennt die Vorschrift darüber"
